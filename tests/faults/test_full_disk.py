"""A disk that is full: the verbs fail in a plain sentence, leave no result, and do well once there is room."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hostile.tiny_model import save_tiny_model

REPOSITORY = Path(__file__).resolve().parents[2]
# No file may grow beyond a bound, which a process meets as it meets a full disk.
LAUNCH = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
os.execv(sys.executable, [sys.executable, "-m", "container", *sys.argv[2:]])
"""


def run(most_bytes: int, scratch: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A verb whose files have a bound."""
    scratch.mkdir(exist_ok=True)
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1", "TMPDIR": str(scratch)}
    command = [sys.executable, "-c", LAUNCH, str(most_bytes), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_predict_on_a_full_disk(tmp_path: Path, workers: str) -> None:
    """Status 1, a sentence that names the disk, no result and no rubbish; with room the same command works."""
    model = save_tiny_model(tmp_path / "model")
    table = tmp_path / "claims.csv"
    table.write_text("text\n" + "the parcel came late\n" * 50_000, encoding="utf-8")
    arguments = ["predict", "--input", str(table), "--output", str(tmp_path / "out"), "--model", str(model), "--workers", workers]
    full = run(1_000_000, tmp_path / "scratch", *arguments)
    assert (full.returncode, "PlatformError: The disk is full." in full.stderr) == (1, True), full.stderr
    assert [*(tmp_path / "out").iterdir(), *(tmp_path / "scratch").iterdir()] == []
    assert run(10**9, tmp_path / "scratch", *arguments).returncode == 0
    assert json.loads((tmp_path / "out" / "summary.json").read_bytes())["rows_out"] == 50_000


def test_train_on_a_full_disk(tmp_path: Path) -> None:
    """The reason stands where SageMaker looks for it, and there is no model."""
    channel = tmp_path / "input" / "data" / "training"
    channel.mkdir(parents=True)
    rows = "".join(f"the parcel {number} came late,late\nthe motor {number} hums,broken\n" for number in range(40))
    (channel / "claims.csv").write_text("text,label\n" + rows, encoding="utf-8")
    settings = tmp_path / "input" / "config" / "hyperparameters.json"
    settings.parent.mkdir()
    settings.write_text(json.dumps({"epochs": "1", "embedding_size": "8", "hidden_units": "8"}), encoding="utf-8")
    full = run(20_000, tmp_path / "scratch", "train", "--root", str(tmp_path))
    assert full.returncode == 1, full.stderr
    assert (tmp_path / "output" / "failure").read_text(encoding="utf-8") == "PlatformError: The disk is full. Give the job a larger volume."
    assert not (tmp_path / "model" / "model.json").exists()
