"""Two models on the same rows.

References: McNemar 1947, in its exact form; Bonett and Price 2012 (interval of a paired difference).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from contract.binomial import at_most

LIKELY_CHANCE = 0.05  # a p-value above it proves nothing
Z = 1.96  # 95 %


@dataclass(frozen=True)
class Paired:
    """On how many rows just one of two models is right."""

    rows: int
    only_ours: int  # rows that only this model gets right
    only_theirs: int

    @classmethod
    def of(cls, ours: Iterable[bool], theirs: Iterable[bool]) -> Self:
        """From which of the same rows each gets right."""
        pairs = [(bool(our), bool(their)) for our, their in zip(ours, theirs, strict=True)]
        return cls(len(pairs), pairs.count((True, False)), pairs.count((False, True)))

    @property
    def difference(self) -> float:
        """Accuracy of this model minus that of the other."""
        return (self.only_ours - self.only_theirs) / self.rows

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the difference (Bonett and Price: one row is added to either kind)."""
        ours, theirs = (self.only_ours + 1) / (self.rows + 2), (self.only_theirs + 1) / (self.rows + 2)
        half = Z * math.sqrt((ours + theirs - (ours - theirs) ** 2) / (self.rows + 2))
        return max(-1.0, ours - theirs - half), min(1.0, ours - theirs + half)

    @property
    def p_value(self) -> float:
        """Of McNemar's exact test: how often rows on which just one is right would part so unevenly by chance."""
        return min(1.0, 2 * at_most(min(self.only_ours, self.only_theirs), self.only_ours + self.only_theirs, 0.5))

    @property
    def is_proven(self) -> bool:
        """Whether chance hardly explains the difference."""
        return self.p_value <= LIKELY_CHANCE
