"""The image's parts that can be held without building it: locks, build context, entry point, driver stub."""

from __future__ import annotations

import ctypes
import os
import re
import subprocess
from pathlib import Path

import pytest
from container_cases import REPOSITORY

from container import cuda
from container.__main__ import main
from container.smoke import smoke

CONTAINER = REPOSITORY / "container"
FLAVOURS = ("cpu", "gpu")
LOCKS = (
    "requirements.txt",
    "benchmarks/requirements.txt",
    "container/requirements-cpu.txt",
    "container/requirements-gpu.txt",
    "container/requirements-en_core_web_md.txt",
    "model/kernel/requirements.txt",
)

# What libmxnet.so of mxnet-cu112 1.9.1 binds of libcuda.so.1 when it is loaded.
DRIVER_SYMBOLS = {
    "cuDeviceGet",
    "cuDevicePrimaryCtxRetain",
    "cuGetErrorString",
    "cuGraphKernelNodeGetParams",
    "cuGraphNodeGetType",
    "cuLaunchKernel",
    "cuModuleGetFunction",
    "cuModuleLoadData",
    "cuModuleLoadDataEx",
    "cuModuleUnload",
}


def locked(path: Path) -> dict[str, str]:
    """The packages of a lock file and their versions."""
    return dict(re.findall(r"^([\w.-]+)==([\w.+]+)", path.read_text(), re.MULTILINE))


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_the_image_runs_what_the_tests_ran(flavour: str) -> None:
    """Every package in the image has the version of the environment in which the suite ran."""
    tested = locked(REPOSITORY / "requirements.txt")
    image = locked(CONTAINER / f"requirements-{flavour}.txt")
    differing = {name: version for name, version in image.items() if tested.get(name) != version}
    assert {name for name in differing if not name.startswith("nvidia-")} <= {"mxnet-cu112"}
    assert image.get("mxnet", image.get("mxnet-cu112")) == tested["mxnet"]


@pytest.mark.parametrize("lock", LOCKS)
def test_locks_name_versions_and_hashes_only(lock: str) -> None:
    """A lock pins each package by hash and names no place to get it from."""
    text = (REPOSITORY / lock).read_text()
    assert "://" not in text
    assert "--index" not in text
    requirements = re.split(r"\n(?=\S)", text.strip())
    assert [entry for entry in requirements if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_locks_follow_their_sources(flavour: str) -> None:
    """What the source pins is what the lock holds."""
    image = locked(CONTAINER / f"requirements-{flavour}.txt")
    for source in ("base", flavour):
        pinned = locked(CONTAINER / f"requirements-{source}.in")
        assert {name: image.get(name) for name in pinned} == pinned


def instructions() -> list[str]:
    """The Dockerfile's instructions, each in one line."""
    text = re.sub(r"^#.*\n", "", (CONTAINER / "Dockerfile").read_text(), flags=re.MULTILINE)
    return [line for line in re.sub(r"\\\n", " ", text).splitlines() if line.strip()]


def test_the_dockerfile_holds_what_sagemaker_and_batch_need() -> None:
    """Root entry point under tini, no health check, no fused kernels, and no driver stub in the linker's paths."""
    lines = instructions()
    verbs = [line.split()[0] for line in lines]
    assert not {"USER", "HEALTHCHECK"} & set(verbs)
    assert 'ENTRYPOINT ["/usr/bin/tini", "--", "/opt/kit/container/entrypoint"]' in lines
    environment = next(line for line in lines if line.startswith("ENV"))
    assert "MXNET_USE_FUSION=0" in environment
    assert "LD_LIBRARY_PATH" not in environment
    assert str(cuda.STUB) in " ".join(lines)


def test_the_build_context_holds_what_is_copied() -> None:
    """Every folder that the Dockerfile copies is on the context's allow-list, and nothing else is."""
    allowed = set(re.findall(r"^!(\S+)", (REPOSITORY / ".dockerignore").read_text(), re.MULTILINE))
    sources = [line.split()[1:-1] for line in instructions() if line.startswith("COPY") and "--from" not in line]
    copied = {source.split("/")[0] for group in sources for source in group}
    assert copied == allowed


def test_the_stub_has_every_function_that_mxnet_binds() -> None:
    """A function missing from the stub would fail the import of MXNet on a machine without a driver."""
    source = (CONTAINER / "cuda_stub.c").read_text()
    defined = set(re.findall(r"^NO_DEVICE\((\w+)\)", source, re.MULTILINE)) | set(re.findall(r"^int (\w+)\(", source, re.MULTILINE))
    assert defined >= DRIVER_SYMBOLS


@pytest.mark.parametrize(
    ("has_driver", "has_stub", "loaded"),
    [(True, True, False), (False, True, True), (False, False, False)],
    ids=["driver", "stub", "cpu-build"],
)
def test_the_stub_never_stands_before_the_driver(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_driver: bool, has_stub: bool, loaded: bool
) -> None:
    """The stub is loaded only where the driver's library is absent, and then for all to see."""
    stub = tmp_path / cuda.DRIVER
    if has_stub:
        stub.touch()
    asked: list[tuple[str, int]] = []

    def load(name: str, mode: int = ctypes.DEFAULT_MODE) -> object:
        asked.append((name, mode))
        if name == cuda.DRIVER and not has_driver:
            raise OSError(f"{name}: cannot open shared object file")
        return object()

    monkeypatch.setattr(ctypes, "CDLL", load)
    assert cuda.make_importable(stub) is loaded
    assert asked[0][0] == cuda.DRIVER
    assert asked[1:] == ([(str(stub), ctypes.RTLD_GLOBAL)] if loaded else [])


@pytest.mark.filterwarnings("ignore::DeprecationWarning:mxnet")  # MXNet 1.9.1 uses names that NumPy 1.23 deprecates
def test_the_build_ends_with_a_training_and_a_prediction(tmp_path: Path) -> None:
    """The smoke step of the build passes here, so that it fails there for the image's reasons only."""
    smoke(main, tmp_path, "cpu")
    assert (tmp_path / "results" / "summary.json").exists()
    assert main(["predict", "--root", str(tmp_path), "--input", "missing.csv", "--output", str(tmp_path / "none")]) == 2


def fake(folder: Path, name: str, script: str) -> None:
    """Put a command before the real one."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def enter(tmp_path: Path, uid: int, *arguments: str, **others: str) -> list[str]:
    """Run the entry point as if by a user with this id, with `others` for commands; returns what it said and the commands that it ran."""
    commands = tmp_path / "bin"
    commands.mkdir()
    log = tmp_path / "log"
    fake(commands, "id", f"echo {uid}")
    fake(commands, "chown", f'echo "chown $*" >> {log}')
    fake(commands, "python", f'echo "python $# $*" >> {log}')
    fake(commands, "setpriv", f'while [ "${{1#--}}" != "$1" ]; do echo "$1" >> {log}; shift; done; exec "$@"')
    for name, script in others.items():
        fake(commands, name, script)
    environment = {"PATH": f"{commands}:{os.environ['PATH']}", "SAGEMAKER_BASE_DIR": str(tmp_path / "ml")}
    done = subprocess.run([str(CONTAINER / "entrypoint"), *arguments], env=environment, check=True, stderr=subprocess.PIPE, text=True)
    return [*done.stderr.splitlines(), *log.read_text().splitlines()]


def test_the_entry_point_gives_up_root(tmp_path: Path) -> None:
    """Started as root, it hands over only what a verb writes and drops every privilege before any of the kit's code runs."""
    (tmp_path / "ml" / "input").mkdir(parents=True)
    ran = enter(tmp_path, 0, "train")
    root = tmp_path / "ml"
    assert [line for line in ran if line.startswith("chown")] == [
        f"chown -R 1000:1000 {root / name}" for name in ("model", "output", "checkpoints")
    ]
    assert ran[-1] == "python 3 -m container train"
    assert {"--reuid=1000", "--clear-groups", "--no-new-privs", "--bounding-set=-all"} <= set(ran[ran.index("--reuid=1000") :])


@pytest.mark.parametrize(
    ("name", "script", "reason"),
    [
        ("setpriv", "exit 1", "root rights cannot be given up"),
        ("find", "echo secret.csv", "holds what only root can read"),
    ],
)
def test_a_job_that_stays_root_says_so(tmp_path: Path, name: str, script: str, reason: str) -> None:
    """It runs rather than fails, and its log says plainly that it is root, why, and where more stands."""
    (tmp_path / "ml" / "input").mkdir(parents=True)
    ran = enter(tmp_path, 0, "train", **{name: script})
    assert ran[-1] == "python 3 -m container train"
    (said,) = (line for line in ran if "THIS JOB RUNS AS ROOT" in line)
    assert said.startswith("entrypoint: ")
    assert reason in said
    (section,) = re.findall(r"docs/security\.md, '(.+)'", said)
    assert f"## {section}\n" in (CONTAINER.parent / "docs" / "security.md").read_text(encoding="utf-8")


def test_the_entry_point_passes_its_arguments_as_they_are(tmp_path: Path) -> None:
    """Started as another user, as Batch does, it only runs the verb; names with spaces stay whole."""
    assert enter(tmp_path, 1000, "predict", "--input", "s3://b/a file (2).csv") == [
        "python 5 -m container predict --input s3://b/a file (2).csv"
    ]
