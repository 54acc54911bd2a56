"""A training on a full disk, which takes too long for the suite: `make test-faults` runs it by this file's name."""

from __future__ import annotations

import json
from pathlib import Path

from tests.faults.test_full_disk import run


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
