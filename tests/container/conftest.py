"""A real tiny model, trained once, and ways to run the verbs on it."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest
from container_cases import LEAST_PART_BYTES, Cloud, Ended, prepare_training, start
from hypothesis import settings
from moto import mock_aws
from shard_cases import Shards, loaded

from container import objects, uploads
from container.__main__ import main
from contract.container_environments import PredictionEnvironment, TrainingEnvironment

settings.register_profile("kit", deadline=None, derandomize=True, database=None)  # the same examples on every machine
settings.load_profile("kit")


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root in which `train` has run, as a process."""
    root = prepare_training(tmp_path_factory.mktemp("trained"))
    environment = TrainingEnvironment(model_version=7, training_object="s3://train/claims.csv", training_object_version="t1").to_env()
    process = start("train", "--root", str(root), **environment)
    log, _ = process.communicate()
    assert process.returncode == 0, log
    (root / "log").write_text(log)
    return root


@pytest.fixture
def root(trained: Path, tmp_path: Path) -> Path:
    """A root of one's own with the trained model in it."""
    shutil.copytree(trained / "model", tmp_path / "root" / "model")
    return tmp_path / "root"


@pytest.fixture(autouse=True)
def _as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Undo what a verb does to its process, for here it is the tests' own; and no account can be reached."""
    for name in [*TrainingEnvironment.names(), *PredictionEnvironment.names()]:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in {
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("container.stopping._stopped", Event())
    handler = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, handler)
    objects.client.cache_clear()


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ended]:
    """Run a verb in this process with an environment; returns how it ended."""

    def run_verb(*arguments: object, **environment: object) -> Ended:
        for name, value in environment.items():
            monkeypatch.setenv(name.upper(), str(value))
        capfd.readouterr()
        status = main([str(argument) for argument in arguments])
        said = capfd.readouterr()
        return Ended(status, said.out + said.err)

    return run_verb


@pytest.fixture
def predict(run: Callable[..., Ended], root: Path) -> Callable[..., Ended]:
    """Run `predict` with the trained model in this process."""

    def run_predict(source: object, output: object, *more: object, **environment: object) -> Ended:
        return run("predict", "--root", root, "--input", source, "--output", output, "--workers", 1, *more, **environment)

    return run_predict


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    """S3 in memory."""
    objects.client.cache_clear()
    with mock_aws():
        yield Cloud()


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a few hundred bytes be enough for a part, so that small objects are joined as large ones are."""
    monkeypatch.setattr(uploads, "LEAST_PART_BYTES", LEAST_PART_BYTES)
    monkeypatch.setattr("moto.s3.models.S3_UPLOAD_PART_MIN_SIZE", LEAST_PART_BYTES)


@pytest.fixture
def shards(run: Callable[..., Ended], trained: Path, monkeypatch: pytest.MonkeyPatch) -> Shards:
    """The verbs of a job in shards, which share the trained model."""
    for verb in ("plan", "predict", "shard"):
        monkeypatch.setattr(
            f"container.{verb}.load_classifier", lambda model, work, accelerator, engine="": loaded(model, accelerator, engine)
        )
    return Shards(run, trained)
