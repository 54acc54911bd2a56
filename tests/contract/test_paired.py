"""What a few observations prove: two models on the same rows, and a share of a sample."""

from __future__ import annotations

import numpy as np
import pytest

from contract.binomial import at_most, exact_interval
from contract.paired import Paired


def test_a_paired_comparison_by_hand() -> None:
    """Ten rows only ours, two only theirs, of a hundred: McNemar's exact p is 2 * 79 / 4096."""
    ours = np.arange(100) < 90
    theirs = ours.copy()
    theirs[:10], theirs[90:92] = False, True
    paired = Paired.of(ours, theirs)
    assert (paired.only_ours, paired.only_theirs, paired.difference) == (10, 2, 0.08)
    assert paired.p_value == pytest.approx(2 * 79 / 4096)
    assert paired.interval == pytest.approx((0.00816, 0.14870), abs=1e-5)


def test_equal_models_do_not_differ() -> None:
    """Neither identical answers nor as many wins on both sides prove anything."""
    assert Paired(50, 0, 0).p_value == 1.0
    assert Paired(50, 6, 6).p_value == 1.0
    assert Paired(1, 1, 0).interval[1] <= 1.0


def test_the_interval_of_a_difference_holds_the_truth() -> None:
    """Of 1,000 comparisons of two models that differ by 5 points, about 950 intervals hold the 5."""
    rng = np.random.default_rng(0)
    kinds = rng.choice(3, p=(0.1, 0.05, 0.85), size=(1000, 300))  # only ours, only theirs, no difference
    intervals = [Paired(300, int((row == 0).sum()), int((row == 1).sum())).interval for row in kinds]
    assert 0.93 < np.mean([low <= 0.05 <= high for low, high in intervals]) < 0.97


@pytest.mark.parametrize(
    ("count", "total", "interval"),
    [(0, 0, (0.0, 1.0)), (0, 10, (0.0, 0.3085)), (10, 10, (0.6915, 1.0)), (2, 60, (0.0041, 0.1153)), (5, 100, (0.0164, 0.1128))],
)
def test_exact_intervals_are_those_of_the_tables(count: int, total: int, interval: tuple[float, float]) -> None:
    """Clopper and Pearson's limits, as every table of them has them; nothing observed proves nothing."""
    assert exact_interval(count, total) == pytest.approx(interval, abs=5e-5)


def test_an_exact_interval_holds_the_truth() -> None:
    """Of samples of 40 with a true share of 5 %, at least 95 % have an interval that holds it, weighed by how often each comes."""
    covered = 0.0
    for count in range(41):
        low, high = exact_interval(count, 40)
        if low <= 0.05 <= high:
            covered += at_most(count, 40, 0.05) - (at_most(count - 1, 40, 0.05) if count else 0.0)
    assert 0.95 <= covered < 1


def test_large_numbers_are_no_trouble() -> None:
    """Neither overflow nor rounding: half of ten thousand is no proof, a hundred more is."""
    assert at_most(5000, 10_000, 0.5) == pytest.approx(0.504, abs=1e-3)
    assert Paired(100_000, 5000, 5000).p_value == 1.0
    assert Paired(100_000, 5200, 4800).p_value < 0.001
