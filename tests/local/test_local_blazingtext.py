"""fastText in BlazingText's place: the same channels, names and files, and a log that says what it is."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from local.coverage import NOT_EVALUATED

TOLD = {
    "mode": "supervised",
    "epochs": "5",
    "learning_rate": "0.5",
    "word_ngrams": "2",
    "vector_dim": "4",
    "buckets": "100",
    "min_count": "1",
}


def _train(root: Path, told: dict[str, str], channels: tuple[str, ...] = ("train", "validation")) -> subprocess.CompletedProcess[str]:
    for channel in channels:
        folder = root / "input" / "data" / channel
        folder.mkdir(parents=True)
        (folder / f"{channel}.txt").write_text("__label__a it leaks\n__label__b it rattles\n" * 20, encoding="utf-8")
    (root / "input" / "config").mkdir(parents=True)
    (root / "input" / "config" / "hyperparameters.json").write_text(json.dumps(told))
    command = [sys.executable, "-m", "local.blazingtext", "train", "--root", str(root)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_it_trains_and_says_what_it_is(tmp_path: Path) -> None:
    """The hyperparameters have BlazingText's names, the model its format; log and `kit up` say that it is not BlazingText."""
    done = _train(tmp_path, TOLD | {"early_stopping": "False"})
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "model" / "model.bin").stat().st_size > 0
    assert done.stdout.startswith("Not BlazingText: ")
    assert any("BlazingText" in sentence for sentence in NOT_EVALUATED)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [({"dropout": "0.5"}, "Additional hyperparameters are not allowed: dropout"), ({"mode": "skipgram"}, "mode 'skipgram' is not run")],
    ids=str,
)
def test_what_blazingtext_would_refuse_is_refused(tmp_path: Path, change: dict[str, str], sentence: str) -> None:
    """A hyperparameter of ours among its own would only show on AWS otherwise."""
    done = _train(tmp_path, TOLD | change)
    assert done.returncode == 1
    assert sentence in (tmp_path / "output" / "failure").read_text()


def test_a_channel_that_is_missing_is_told(tmp_path: Path) -> None:
    """Without lines there is nothing to learn from."""
    assert _train(tmp_path, TOLD, channels=("validation",)).returncode == 1
    assert "the channel 'train' holds 0 files" in (tmp_path / "output" / "failure").read_text()
