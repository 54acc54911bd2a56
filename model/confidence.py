"""From logits to labels: calibrated probabilities and whether a person should look."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from model.encoding import Encoded
from model.sequences import FloatArray

NO_TEXT = "no text"
NO_KNOWN_WORDS = "no known words"
LOW_CONFIDENCE = "low confidence"
CLOSE_RUNNER_UP = "close runner-up"
SHORTENED = "text was shortened"

CLOSE = 0.1  # less than this between the best two labels is a toss-up, however few rows are below the threshold


@dataclass(frozen=True)
class Prediction:
    """What the model says about one text; `review_reason` is empty when no person need look."""

    label: str
    confidence: float
    second_label: str
    second_confidence: float
    review_reason: str


def probabilities(logits: FloatArray, temperature: float) -> FloatArray:
    """(N, C) logits to (N, C) probabilities; a temperature above 1 makes them more even."""
    scaled = logits / np.float32(temperature)
    scaled -= scaled.max(axis=1, keepdims=True)
    odds: FloatArray = np.exp(scaled)
    odds /= odds.sum(axis=1, keepdims=True)
    return odds


def predictions(logits: FloatArray, encoded: Encoded, labels: list[str], temperature: float, threshold: float) -> list[Prediction]:
    """The best two labels of each text. A text without a word gets no label and confidence 0.

    The reasons for a review, the first that holds: no text; no known words; low confidence (below the
    threshold); close runner-up. An uncertain row whose text was shortened says that too.
    """
    shares = probabilities(logits, temperature)
    order = np.argsort(-shares, axis=1, kind="stable")[:, :2]  # (N, 2); equal shares: the earlier label
    best, second = np.take_along_axis(shares, order, axis=1).T.tolist() if len(shares) else ([], [])
    made = []
    for number, (first_label, second_label) in enumerate(order.tolist()):
        if encoded.is_empty[number]:
            made.append(Prediction("", 0.0, "", 0.0, NO_TEXT))
            continue
        reason = ""
        if encoded.is_unknown[number]:
            reason = NO_KNOWN_WORDS
        elif best[number] < threshold:
            reason = LOW_CONFIDENCE
        elif best[number] - second[number] < CLOSE:
            reason = CLOSE_RUNNER_UP
        if reason and encoded.is_truncated[number]:
            reason = f"{reason}; {SHORTENED}"
        made.append(Prediction(labels[first_label], best[number], labels[second_label], second[number], reason))
    return made
