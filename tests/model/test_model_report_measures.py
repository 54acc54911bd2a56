"""The report's statistics, against figures worked out by hand or drawn with a known truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.training.report.measures import (
    BINS,
    CURVE_POINTS,
    MIN_IN_BIN,
    calibration_error,
    calibration_error_by_chance,
    confusions,
    coverage_curve,
    reliability,
)


@given(st.integers(1, 400))
def test_bins_hold_equally_many_rows(rows: int) -> None:
    """No bin is nearly empty but for want of rows, and all rows are in one."""
    bins = reliability(np.linspace(0.3, 1, rows), np.ones(rows, np.bool_))
    sizes = [entry.rows for entry in bins]
    assert sum(sizes) == rows
    assert max(sizes) - min(sizes) <= 1
    assert len(sizes) == BINS or len(sizes) * MIN_IN_BIN <= max(rows, MIN_IN_BIN) < (len(sizes) + 1) * MIN_IN_BIN
    assert [entry.confidence for entry in bins] == sorted(entry.confidence for entry in bins)


def test_the_calibration_error_of_a_known_case() -> None:
    """Always 0.9 sure and 70 in 100 right is an error of 0.2, whatever the order of the rows."""
    is_right = np.tile(np.arange(10) < 7, 150)
    assert calibration_error(reliability(np.full(1500, 0.9), is_right)) == pytest.approx(0.2, abs=0.01)


def test_the_error_of_a_calibrated_model_is_that_of_chance() -> None:
    """The figure given for comparison is what such a model shows on average."""
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.5, 1, 2000)
    errors = [calibration_error(reliability(confidence, rng.random(2000) < confidence)) for _ in range(50)]
    assert calibration_error_by_chance(reliability(confidence, np.ones(2000, np.bool_))) == pytest.approx(np.mean(errors), rel=0.1)


def test_a_coverage_curve_by_hand() -> None:
    """Rows of equal confidence come together; the last point is all rows."""
    shares, accuracies = coverage_curve(np.array([0.9, 0.5, 0.9, 0.8]), np.array([True, False, False, True]))
    assert shares.tolist() == [0.5, 0.75, 1.0]
    assert accuracies.tolist() == pytest.approx([1 / 2, 2 / 3, 1 / 2])


def test_a_coverage_curve_has_few_points() -> None:
    """However many rows there are, and both ends are kept."""
    rng = np.random.default_rng(0)
    confidence = rng.random(50_000)
    shares, _ = coverage_curve(confidence, rng.random(50_000) < confidence)
    assert len(shares) == CURVE_POINTS
    assert (shares[0], shares[-1]) == (1 / 50_000, 1.0)


def test_confusions_by_hand() -> None:
    """The most frequent first; an answer without a label counts as one."""
    actual, predicted = np.array([0, 0, 0, 1, 2, 2]), np.array([1, 1, 0, -1, 0, 2])
    assert confusions(actual, predicted, 3) == [(0, 1, 2), (1, -1, 1), (2, 0, 1)]
