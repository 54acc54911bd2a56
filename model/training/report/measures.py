"""The statistics of the report.

References: Wilson 1927 (interval of a share, in model.training.scores); Naeini, Cooper and Hauskrecht 2015 (expected calibration
error), with bins of equal mass. Two models are compared in contract.paired.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from model.text.sequences import Positions
from model.training.report.findings import Flags, Floats

BINS = 15  # of equal mass, as the literature has it ...
MIN_IN_BIN = 20  # ... but of fewer rows than that nothing can be seen
CURVE_POINTS = 300


@dataclass(frozen=True)
class Bin:
    """Rows of similar confidence."""

    rows: int
    confidence: float  # mean
    right: int

    @property
    def accuracy(self) -> float:
        """Share that is right."""
        return self.right / self.rows


def reliability(confidence: Floats, is_right: Flags) -> list[Bin]:
    """At most BINS bins of equally many rows, by confidence; fewer of few rows."""
    order = np.argsort(confidence, kind="stable")
    parts = np.array_split(order, max(1, min(BINS, len(order) // MIN_IN_BIN)))
    return [Bin(len(part), float(confidence[part].mean()), int(is_right[part].sum())) for part in parts]


def calibration_error(bins: list[Bin]) -> float:
    """Expected calibration error: the mean distance of confidence and accuracy."""
    return sum(entry.rows * abs(entry.accuracy - entry.confidence) for entry in bins) / sum(entry.rows for entry in bins)


def calibration_error_by_chance(bins: list[Bin]) -> float:
    """What a perfectly calibrated model would show on so many rows: the mean absolute error of each bin's share."""
    errors = (entry.rows * math.sqrt(2 / math.pi * entry.confidence * (1 - min(entry.confidence, 1.0)) / entry.rows) for entry in bins)
    return sum(errors) / sum(entry.rows for entry in bins)


def coverage_curve(confidence: Floats, is_right: Flags) -> tuple[Floats, Floats]:
    """(P,) shares of the rows, the most confident first, and (P,) the accuracies among them.

    Rows of equal confidence come together, for no threshold parts them.
    """
    order = np.argsort(-confidence, kind="stable")
    taken = np.arange(1, len(order) + 1)
    accuracy = np.cumsum(is_right[order]) / taken
    ends = np.flatnonzero(np.append(np.diff(confidence[order]) != 0, True))
    kept = ends[np.unique(np.linspace(0, len(ends) - 1, min(len(ends), CURVE_POINTS)).round().astype(np.int64))]
    return taken[kept] / len(order), accuracy[kept]


def confusions(actual: Positions, predicted: Positions, classes: int) -> list[tuple[int, int, int]]:
    """(right label, answer, rows) of all wrong answers, the most frequent first; an answer without a label is -1."""
    wrong = actual != predicted
    cells, counts = np.unique(actual[wrong] * (classes + 1) + predicted[wrong] + 1, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    return [
        (cell // (classes + 1), cell % (classes + 1) - 1, count)
        for cell, count in zip(cells[order].tolist(), counts[order].tolist(), strict=True)
    ]
