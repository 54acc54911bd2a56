"""The image as SageMaker and Batch run it: `make test-image` builds it without a Docker engine and runs its verbs."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from podman import Podman

REPOSITORY = Path(__file__).resolve().parents[2]
SAMPLES = REPOSITORY / "data" / "samples"
USER = 1000
# As the job definition of PredictionStack asks for, and less: no network, no capability, nothing to write but what is mounted.
CONFINED = (
    "--user=1000:1000",
    "--read-only",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--network=none",
    "--tmpfs=/scratch:mode=1777",
)
SAGEMAKER = ("--network=none",)  # starts its containers as root, with the usual capabilities
ASK = """
from urllib.request import Request, urlopen
assert urlopen("http://127.0.0.1:8080/ping").status == 200
body = b'{"instances": ["the pump leaks oil", ""], "configuration": {"k": 2}}'
print(urlopen(Request("http://127.0.0.1:8080/invocations", body, {"Content-Type": "application/json"})).read().decode())
"""
HYPERPARAMETERS = {"num_epoch": "2", "hidden_units": "8", "embedding_size": "16"}
CONFIDENCE = 1e-3  # that two builds of one engine may differ by


def ml_folder(folder: Path, owner: int) -> Path:
    """A tree as SageMaker mounts it: the input can be read by all, and all belongs to one user."""
    channel = folder / "input" / "data" / "training"
    channel.mkdir(parents=True)
    (channel / "train.csv").write_bytes((SAMPLES / "warranty_train.csv").read_bytes())
    settings = folder / "input" / "config" / "hyperparameters.json"
    settings.parent.mkdir()
    settings.write_text(json.dumps(HYPERPARAMETERS))
    for name in ("model", "output", "checkpoints", "results"):
        (folder / name).mkdir()
    for path in (folder, *folder.rglob("*")):
        os.chown(path, owner, owner)
    os.chown(folder / "results", USER, USER)  # not SageMaker's: here the tests let a prediction write
    return folder


def mounted(folder: Path) -> str:
    """The option that mounts the tree."""
    return f"--volume={folder}:/opt/ml"


@pytest.fixture(scope="module")
def trained(podman: Podman, image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A tree in which the container has trained, started as SageMaker starts it."""
    folder = ml_folder(tmp_path_factory.mktemp("sagemaker") / "ml", owner=0)
    podman.run(image, "train", options=[*SAGEMAKER, mounted(folder)])
    yield folder


def rows_of(folder: Path) -> list[list[str]]:
    """What came of the sample claims, header first."""
    with (folder / "claims_results.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_trains_as_sagemaker_starts_it(trained: Path) -> None:
    """Root starts it, an ordinary user does the work: what it wrote is that user's, and the input stays as it was."""
    model = {path.name for path in (trained / "model").iterdir()}
    assert model >= {"model.json", "weights.npz", "evaluation.json", "report.html"}
    assert {path.stat().st_uid for path in (trained / "model").iterdir()} == {USER}
    assert {path.stat().st_uid for path in (trained / "input").rglob("*")} == {0}
    assert list((trained / "output").iterdir()) == []


def test_trains_without_root_rights_or_network(podman: Podman, image: str, tmp_path: Path) -> None:
    """No privilege, no network and no place to write but the mounted tree are needed."""
    folder = ml_folder(tmp_path / "ml", owner=USER)
    podman.run(image, "train", options=[*CONFINED, mounted(folder)])
    assert (folder / "model" / "model.json").exists()


def test_a_refused_file_ends_in_a_sentence(podman: Podman, image: str, tmp_path: Path) -> None:
    """What SageMaker shows as the failure's reason is the sentence that names the column and the remedy."""
    folder = ml_folder(tmp_path / "ml", owner=0)
    (folder / "input" / "data" / "training" / "train.csv").write_text("one,two\na,b\n")
    podman.run(image, "train", options=[*SAGEMAKER, mounted(folder)], status=2)
    assert "'one', 'two'" in (folder / "output" / "failure").read_text()


def test_predicts_what_this_machine_predicts(podman: Podman, image: str, trained: Path, tmp_path: Path) -> None:
    """The same model gives the same rows inside and outside the image, by a compiled engine in both."""
    (trained / "claims.csv").write_bytes((SAMPLES / "claims.csv").read_bytes())
    inside, outside = trained / "results" / "inside", tmp_path / "outside"
    verb = ("predict", "--input", "/opt/ml/claims.csv", "--output", "/opt/ml/results/inside")
    podman.run(image, *verb, options=[*CONFINED, mounted(trained)])
    command = [sys.executable, "-m", "container", "predict", "--root", trained, "--input", SAMPLES / "claims.csv", "--output", outside]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True)
    ours, theirs = rows_of(outside), rows_of(inside)
    confidence = ours[0].index("confidence")
    assert [row[:confidence] for row in theirs] == [row[:confidence] for row in ours]
    for mine, other in zip(ours[1:], theirs[1:], strict=True):
        assert float(other[confidence]) == pytest.approx(float(mine[confidence]), abs=CONFIDENCE)
    engine = json.loads((inside / "summary.json").read_text())["engine"]
    assert engine.startswith("kernel ")


def test_serves_without_root_rights_or_network(podman: Podman, image: str, trained: Path) -> None:
    """The model answers on SageMaker's port, and a stop ends the container with status 0."""
    name = "kit-serving"
    podman("run", "--detach", f"--name={name}", *CONFINED, mounted(trained), image, "serve")
    try:
        while "port 8080" not in podman("logs", name):
            assert podman("inspect", "--format={{.State.Status}}", name).strip() == "running"
        answers = json.loads(podman("exec", name, "python", "-c", ASK))
        assert [len(answer["label"]) for answer in answers] == [2, 0]
        podman("stop", "--time=30", name)
        assert podman("inspect", "--format={{.State.ExitCode}}", name).strip() == "0"
    finally:
        podman("rm", "--force", name)


def test_a_gpu_that_is_missing_is_missed(podman: Podman, image: str) -> None:
    """The smoke test of a GPU fails on a machine without one, in a sentence that says so."""
    said = podman.run(image, "smoke", "--accelerator", "gpu", options=CONFINED, status=1)
    assert "The job asked for a GPU, found none" in said


def test_the_smoke_test_passes_on_a_cpu(podman: Podman, image: str) -> None:
    """The same check of training and prediction that ended the build passes in the finished image, confined."""
    podman.run(image, "smoke", options=CONFINED)


def test_the_image_says_what_it_is_made_of(podman: Podman, image: str) -> None:
    """Its bill of materials names Python's packages and Debian's, without network and for an ordinary user."""
    bill = json.loads(podman.run(image, "sbom", options=CONFINED))
    found = {part["purl"].partition("@")[0] for part in bill["components"]}
    assert found >= {"pkg:pypi/mxnet", "pkg:pypi/numpy", "pkg:deb/debian/libgomp1", "pkg:deb/debian/tini"}


def test_nothing_of_the_image_can_be_changed_by_its_user(podman: Podman, image: str) -> None:
    """Neither the code nor the libraries can be written by the user that runs them, and no program raises its rights."""
    places = ("/opt/kit", "/opt/venv", "/opt/cuda-stub", "/usr", "/etc")
    hidden = ("-type", "d", "-not", "-readable", "-prune")
    found = ("-not", "-type", "l", "(", "-writable", "-o", "-perm", "/6000", ")", "-print")
    options = ["--user=1000:1000", "--network=none", "--entrypoint=find"]
    assert podman.run(image, *places, "-xdev", *hidden, "-o", *found, options=options) == ""


def test_a_stop_is_heard(podman: Podman, image: str, tmp_path: Path) -> None:
    """SIGTERM to the container reaches the verb through tini and the change of user, and ends it in a sentence."""
    folder = ml_folder(tmp_path / "ml", owner=0)
    endless = HYPERPARAMETERS | {"num_epoch": "100", "patience": "100"}
    (folder / "input" / "config" / "hyperparameters.json").write_text(json.dumps(endless))
    name = "kit-stopped"
    podman("run", "--detach", f"--name={name}", *SAGEMAKER, mounted(folder), image, "train")
    try:
        while "epoch 1" not in podman("logs", name):
            assert podman("inspect", "--format={{.State.Status}}", name).strip() == "running"
        podman("stop", "--time=120", name)
        assert podman("inspect", "--format={{.State.ExitCode}}", name).strip() == "1"
        assert "told to stop" in (folder / "output" / "failure").read_text()
    finally:
        podman("rm", "--force", name)
