"""The statistics behind the table of accuracy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.scores import Outcome, calibration_error, difference, macro_f1


def _outcome(is_right: list[bool], numbers: list[int]) -> Outcome:
    return Outcome(np.array(is_right), np.array(numbers), 0.0, 0.0)


def test_macro_f1_counts_every_label_alike() -> None:
    """By hand: a has F1 2*2/(3+2) = 0.8, b 2*1/(1+2) = 2/3, and a label that is only answered has 0."""
    assert macro_f1(["a", "a", "a", "b"], ["a", "a", "b", "b"]) == pytest.approx((0.8 + 2 / 3) / 2)
    assert macro_f1(["a", "a"], ["a", "c"]) == pytest.approx((2 / 3 + 0) / 2)


def test_calibration_error_is_the_gap_between_confidence_and_success() -> None:
    """0 for a system that is right as often as it says, the gap for one that is always surer."""
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.5, 1.0, 200_000)
    is_right = rng.random(len(confidence)) < confidence
    assert calibration_error(confidence, is_right) < 0.005
    assert calibration_error(np.full(1000, 0.9), np.arange(1000) % 2 == 0) == pytest.approx(0.4, abs=0.02)


def test_the_lead_and_its_interval() -> None:
    """100 of 1000 rows won and 50 lost are a lead of 5 points, give or take twice the standard error of 1.2."""
    ours = [True] * 100 + [False] * 50 + [True] * 850
    theirs = [False] * 100 + [True] * 50 + [True] * 850
    rows = list(range(1000))
    gain, low, high = difference([_outcome(ours, rows)], [_outcome(theirs, rows)], np.random.default_rng(0))
    assert gain == pytest.approx(0.05)
    assert (low, high) == (pytest.approx(0.026, abs=0.003), pytest.approx(0.074, abs=0.003))


def test_the_same_rows_under_several_seeds_are_no_new_evidence() -> None:
    """Three seeds that agree on every row give the interval of one, not one narrower by the root of three."""
    rng = np.random.default_rng(1)
    ours, theirs = (_outcome((rng.random(400) < share).tolist(), list(range(400))) for share in (0.9, 0.85))
    once = difference([ours], [theirs], np.random.default_rng(0))
    thrice = difference([ours] * 3, [theirs] * 3, np.random.default_rng(0))
    assert thrice == pytest.approx(once)


def test_an_outcome_outlives_its_run(tmp_path: Path) -> None:
    """What was saved is loaded again, value by value, and nothing else lies beside it."""
    saved = _outcome([True, False, True], [4, 7, 9])
    saved.save(tmp_path / "set" / "fastText, tuned-0.npz")
    loaded = Outcome.load(tmp_path / "set" / "fastText, tuned-0.npz")
    assert (loaded.is_right.tolist(), loaded.numbers.tolist()) == ([True, False, True], [4, 7, 9])
    assert (loaded.macro_f1, loaded.seconds) == (saved.macro_f1, saved.seconds)
    assert [path.name for path in (tmp_path / "set").iterdir()] == ["fastText, tuned-0.npz"]
