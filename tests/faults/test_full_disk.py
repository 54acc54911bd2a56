"""A disk that is full: the verbs fail in a plain sentence, leave no result, and do well once there is room."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.faults.places import BucketPlace, buckets
from tests.hostile.tiny_model import save_tiny_model

REPOSITORY = Path(__file__).resolve().parents[2]
# No file may grow beyond a bound, which a process meets as it meets a full disk.
LAUNCH = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
os.execv(sys.executable, [sys.executable, "-m", "container", *sys.argv[2:]])
"""


def run(most_bytes: int, scratch: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """A verb whose files have a bound."""
    scratch.mkdir(exist_ok=True)
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1", "TMPDIR": str(scratch), **more}
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


def test_predict_into_a_bucket_on_a_full_disk(tmp_path: Path) -> None:
    """The same where results are uploaded: before there is room for all of them, none is."""
    model = save_tiny_model(tmp_path / "model")
    table = tmp_path / "claims.csv"
    table.write_text("text\n" + "the parcel came late\n" * 50_000 + "late,again\n", encoding="utf-8")
    with buckets() as endpoint:
        place = BucketPlace(table, endpoint, "full/claims.csv")
        arguments = ["predict", "--input", place.source, "--output", place.output, "--model", str(model), "--workers", "2"]
        full = run(1_000_000, tmp_path / "scratch", *arguments, **place.environment)
        assert (full.returncode, "PlatformError: The disk is full." in full.stderr) == (1, True), full.stderr
        assert place.result() == {}
        assert [*(tmp_path / "scratch").iterdir()] == []
        assert run(10**9, tmp_path / "scratch", *arguments, **place.environment).returncode == 0
        assert json.loads(place.result()["summary"])["rows_out"] == 50_000
        assert place.leftovers() == ""
