"""The confidence below which a person should look, and the texts that are unlike what the model has learned from."""

from __future__ import annotations

import numpy as np

from model.confidence import Review, probabilities
from model.text.sequences import FloatArray, Positions

TARGET_ACCURACY = 0.95  # of the rows that need no review
LEAST = 0.75  # a row that may be wrong once in four times is looked at, however good the others are
MIN_ROWS = 20  # fewer say nothing about what is right often enough
USUAL = 0.995  # share of the held-out rows that are like the training data by definition
MIN_UNKNOWN_SHARE = 0.5  # a text most of whose words are known is never unlike them


def choose_review(logits: FloatArray, labels: Positions, unknown_share: FloatArray) -> Review:
    """The smallest confidence at and above which the held-out rows are right often enough, and were expected to be.

    Either alone would be met by luck at some confidence; the luckiest of many lies too low. From (N, C) calibrated logits,
    (N,) labels and the (N,) share of each text's words that is outside the vocabulary. Where no confidence suffices, the
    threshold is 1 and nearly every row asks for a review; likewise where the rows are too few to tell.
    """
    max_unknown = max(float(np.quantile(unknown_share, USUAL)), MIN_UNKNOWN_SHARE)
    shares = probabilities(logits)
    confidence = shares.max(axis=1)
    order, rows = np.argsort(-confidence, kind="stable"), np.arange(1, len(labels) + 1)
    accuracy = np.cumsum((shares.argmax(axis=1) == labels)[order]) / rows
    expected = np.cumsum(confidence[order]) / rows
    # A threshold cannot part rows of equal confidence.
    is_last_of_its_kind = np.append(np.diff(confidence[order]) != 0, True)
    good = np.flatnonzero((np.minimum(accuracy, expected) >= TARGET_ACCURACY) & is_last_of_its_kind)
    if not len(good) or len(labels) < MIN_ROWS:
        return Review(1.0, TARGET_ACCURACY, 0.0, max_unknown)
    threshold = max(float(confidence[order][good[-1]]), LEAST)
    return Review(threshold, TARGET_ACCURACY, float((confidence >= threshold).mean()), max_unknown)
