"""How right a model is."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from contract.evaluations import Score


@dataclass(frozen=True)
class ClassScore:
    """How right a model is about one label."""

    label: str
    precision: float
    recall: float
    f1: float
    rows: int  # that have the label


def class_scores(actual: Sequence[str], predicted: Sequence[str]) -> list[ClassScore]:
    """One score for every label that occurs, as the truth or as an answer, in alphabetical order."""
    having, answered = Counter(actual), Counter(predicted)
    right = Counter(truth for truth, answer in zip(actual, predicted, strict=True) if truth == answer)
    return [
        ClassScore(
            label=name,
            precision=right[name] / answered[name] if answered[name] else 0.0,
            recall=right[name] / having[name] if having[name] else 0.0,
            f1=2 * right[name] / (answered[name] + having[name]),
            rows=having[name],
        )
        for name in sorted({*having, *answered})
    ]


def score(actual: Sequence[str], predicted: Sequence[str]) -> Score:
    """Accuracy, and the mean F1 of the labels that the rows have or that were answered."""
    right = sum(truth == answer for truth, answer in zip(actual, predicted, strict=True))
    scores = class_scores(actual, predicted)
    return Score(right / len(actual), sum(entry.f1 for entry in scores) / len(scores), len(actual))


def wilson_interval(right: float, rows: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927), which holds for few rows too."""
    share, spread = right / rows, z * z / rows
    middle = (share + spread / 2) / (1 + spread)
    half = z * math.sqrt(share * (1 - share) / rows + spread / (4 * rows)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)
