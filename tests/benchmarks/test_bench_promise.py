"""The table of promises."""

from __future__ import annotations

from benchmarks.bench_promise import Kept, cells


def test_a_promise_over_seeds_by_hand() -> None:
    """Made in two of three seeds, broken in one: 70 of 300 rows without a review, 4 of them wrong, 3 of 30 in the worst seed."""
    seeds = [Kept("5", 100, 40, 1), Kept("5", 100, 30, 3), Kept("5", 100, 0, 0)]
    assert cells(seeds) == ["5%", "2 of 3", "23.3%", "5.71%", "10.00%", "1"]


def test_a_promise_that_was_never_made_has_no_figures() -> None:
    """Nothing is divided by the rows that there are none of."""
    assert cells([Kept("0.5", 100, 0, 0)]) == ["0.5%", "0 of 1", "0.0%", "", "", "0"]
