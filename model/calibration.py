"""Confidence that means what it says, and the confidence below which a person should look.

Reference: Guo et al. 2017 (temperature scaling).
"""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import minimize_scalar  # type: ignore[import-untyped]  # SciPy ships no types

from model.artifact import Review
from model.confidence import probabilities
from model.sequences import FloatArray, Positions

TARGET_ACCURACY = 0.95  # of the rows that need no review
EVEN_CHANCE = 0.5  # a row that is likelier wrong than right is looked at, however good the others are
MAX_LOG_TEMPERATURE = 2.0


def choose_temperature(logits: FloatArray, labels: Positions) -> float:
    """The temperature under which the right labels are likeliest.

    A log-normal prior around 1 counts as much as about one row, so that a handful of rows, all of them
    right, does not make the model certain of everything.
    """

    def loss(log_temperature: float) -> float:
        right = probabilities(logits, math.exp(log_temperature))[np.arange(len(labels)), labels]
        return float(-np.log(np.maximum(right, 1e-12)).sum() + 0.5 * log_temperature**2)

    return math.exp(minimize_scalar(loss, bounds=(-MAX_LOG_TEMPERATURE, MAX_LOG_TEMPERATURE), method="bounded").x)


def choose_review(logits: FloatArray, labels: Positions, temperature: float) -> Review:
    """The smallest confidence at and above which the rows are right often enough.

    Where no confidence suffices, the threshold is 1 and nearly every row asks for a review.
    """
    shares = probabilities(logits, temperature)
    confidence = shares.max(axis=1)
    order = np.argsort(-confidence, kind="stable")
    is_right = (shares.argmax(axis=1) == labels)[order]
    accuracy = np.cumsum(is_right) / np.arange(1, len(labels) + 1)
    # A threshold cannot part rows of equal confidence.
    is_last_of_its_kind = np.append(np.diff(confidence[order]) != 0, True)
    good = np.flatnonzero((accuracy >= TARGET_ACCURACY) & is_last_of_its_kind)
    if not len(good):
        return Review(1.0, TARGET_ACCURACY, 0.0)
    threshold = max(float(confidence[order][good[-1]]), EVEN_CHANCE)
    return Review(threshold, TARGET_ACCURACY, float((confidence >= threshold).mean()))
