"""A few of the kills that `make test-faults` does by the dozen; see tests/faults/kills.py."""

from __future__ import annotations

from tests.faults.kills import kill_trainings
from tests.faults.predictions import kill_predictions


def test_killed_predictions_leave_nothing_and_end_the_same() -> None:
    """To a folder, a bucket, and in shards, killed or told to stop: no part is ever visible, and the second try gives the same bytes."""
    assert kill_predictions(3, seed=3, say=print, rows=30_000) == []


def test_a_killed_training_goes_on_and_ends_the_same() -> None:
    """No step before the checkpoint is done twice, and the model is that of an undisturbed run, byte for byte."""
    assert kill_trainings(1, seed=1, say=print, epochs=3) == []  # this seed kills it amid the epochs
