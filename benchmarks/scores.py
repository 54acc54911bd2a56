"""How right answers are, how honest confidences, and how sure one can be that one system is more accurate than another.

N rows; a row keeps its number in its file, so that answers to the same row are known as such in several test sets.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from benchmarks.datasets import Positions

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]

BINS = 15
RESAMPLES = 2000


@dataclass(frozen=True)
class Outcome:
    """One system's answers to one seed's test rows."""

    is_right: Booleans  # (N,)
    numbers: Positions  # (N,) what the rows are called in their file
    macro_f1: float
    seconds: float  # of the training, tuning included
    calibration_error: float = float("nan")  # nan: the system is not asked for its confidence
    doubtful_share: float = float("nan")

    def save(self, path: Path) -> None:
        """Write it down, whole or not at all, for a run of hours may break off."""
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f"partial-{path.name}")
        np.savez(partial, **{name: np.asarray(value) for name, value in asdict(self).items()})
        partial.replace(path)

    @classmethod
    def load(cls, path: Path) -> Self:
        """The inverse of `save`."""
        with np.load(path) as found:
            return cls(**{name: value if value.ndim else value.item() for name, value in found.items()})


def macro_f1(truth: Sequence[str], answers: Sequence[str]) -> float:
    """The mean of the labels' F1 scores, over the labels of the truth and of the answers."""
    hits = Counter(true for true, answer in zip(truth, answers, strict=True) if true == answer)
    counts = Counter(truth) + Counter(answers)
    return sum(2 * hits[label] / count for label, count in counts.items()) / len(counts)


def calibration_error(confidence: Floats, is_right: Booleans) -> float:
    """Expected calibration error over bins of equal mass (Naeini et al. 2015; Nguyen and O'Connor 2015)."""
    order = np.argsort(confidence, kind="stable")
    bins = [part for part in np.array_split(order, BINS) if len(part)]
    return float(sum(len(part) * abs(confidence[part].mean() - is_right[part].mean()) for part in bins) / len(order))


def difference(own: Sequence[Outcome], others: Sequence[Outcome], rng: np.random.Generator) -> tuple[float, float, float]:
    """Our accuracy less theirs, and its 95 % interval: a paired bootstrap over rows, pooled over seeds.

    A row that stands in the test sets of several seeds is drawn with all its answers, for they are no independent ones.
    """
    numbers = np.concatenate([one.numbers for one in own])
    gains = np.concatenate([our.is_right.astype(float) - their.is_right for our, their in zip(own, others, strict=True)])
    _, row = np.unique(numbers, return_inverse=True)
    gain, count = np.bincount(row, gains), np.bincount(row)
    means = np.empty(RESAMPLES)
    for resample in range(RESAMPLES):
        drawn = rng.integers(len(gain), size=len(gain))
        means[resample] = gain[drawn].sum() / count[drawn].sum()
    low, high = np.quantile(means, [0.025, 0.975])
    return float(gains.mean()), float(low), float(high)
