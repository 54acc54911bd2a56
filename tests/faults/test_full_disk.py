"""A disk that is full: the verbs fail in a plain sentence, leave no result, and do well once there is room."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

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


def test_predict_on_a_full_disk(tmp_path: Path) -> None:
    """Status 1, a sentence that names the disk, no result and no rubbish; with room the same command works."""
    model = save_tiny_model(tmp_path / "model")
    table = tmp_path / "claims.csv"
    table.write_text("text\n" + "the parcel came late\n" * 50_000, encoding="utf-8")
    arguments = ["predict", "--input", str(table), "--output", str(tmp_path / "out"), "--model", str(model), "--workers", "2"]
    full = run(1_000_000, tmp_path / "scratch", *arguments)
    assert (full.returncode, "PlatformError: The disk is full." in full.stderr) == (1, True), full.stderr
    assert [*(tmp_path / "out").iterdir(), *(tmp_path / "scratch").iterdir()] == []
    assert run(10**9, tmp_path / "scratch", *arguments).returncode == 0
    assert json.loads((tmp_path / "out" / "summary.json").read_bytes())["rows_out"] == 50_000
