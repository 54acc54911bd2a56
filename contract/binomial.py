"""How sure a count is that was observed on a few things."""

from __future__ import annotations

import math
from collections.abc import Callable

_STEPS = 60  # of bisection: more than a float can tell apart


def at_most(count: int, total: int, share: float) -> float:
    """The probability of at most `count` successes in `total` trials, each with the probability `share` (0 < share < 1)."""
    logs = (
        math.lgamma(total + 1)
        - math.lgamma(done + 1)
        - math.lgamma(total - done + 1)
        + done * math.log(share)
        + (total - done) * math.log1p(-share)
        for done in range(count + 1)
    )
    return min(1.0, math.fsum(map(math.exp, logs)))


def exact_interval(count: int, total: int, confidence: float = 0.95) -> tuple[float, float]:
    """The interval of Clopper and Pearson (1934) for the share of which `count` in `total` is a sample; (0, 1) of none at all.

    It holds the true share with at least the given probability, however few there are.
    """
    tail = (1 - confidence) / 2
    low = 0.0 if count == 0 else _root(lambda share: 1 - at_most(count - 1, total, share) < tail)
    high = 1.0 if count == total else _root(lambda share: at_most(count, total, share) > tail)
    return low, high


def _root(is_below: Callable[[float], bool]) -> float:
    """Where a condition that holds for small shares ceases to."""
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if is_below(middle) else (low, middle)
    return (low + high) / 2
