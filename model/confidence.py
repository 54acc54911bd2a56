"""From logits to labels: probabilities and whether a person should look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from contract.promise import Promise
from model.text.encoding import Encoded
from model.text.sequences import FloatArray, Positions

if TYPE_CHECKING:
    import numpy.typing as npt

NO_LABEL = -1
NO_TEXT = "no text"
NO_KNOWN_WORDS = "no known words"
UNLIKE_TRAINING = "unlike the training data"
LOW_CONFIDENCE = "low confidence"
NOT_PROMISED = "no promise possible"
CLOSE_RUNNER_UP = "close runner-up"
SHORTENED = "text was shortened"

CLOSE = 0.1  # less than this between the best two labels is a toss-up, however few rows are below the threshold


@dataclass(frozen=True)
class Review:
    """When a person should look, whatever is promised, and how sure the promises are."""

    max_unknown_share: float  # a text with a larger share of words outside the vocabulary is unlike the training data
    promise_confidence: float


@dataclass(frozen=True)
class Prediction:
    """What the model says about one text; `review_reason` is empty when no person need look."""

    label: str
    confidence: float
    second_label: str
    second_confidence: float
    review_reason: str


@dataclass(frozen=True)
class Classified:
    """What the model says about N texts. A text without a word has label `NO_LABEL` and confidence 0."""

    best: Positions  # (N,) positions of labels
    second: Positions  # (N,)
    confidence: npt.NDArray[np.float64]  # (N,) of the best label
    second_confidence: npt.NDArray[np.float64]  # (N,)
    reasons: list[str]  # (N,) why a person should look; empty when none need


def probabilities(logits: FloatArray) -> FloatArray:
    """(N, C) logits to (N, C) probabilities."""
    odds: FloatArray = np.exp(logits - logits.max(axis=1, keepdims=True)) if len(logits) else logits
    odds /= odds.sum(axis=1, keepdims=True)
    return odds


def classified(logits: FloatArray, encoded: Encoded, unknown_share: FloatArray, max_unknown_share: float, promise: Promise) -> Classified:
    """The best two labels of N texts from their (N, C) logits and the (N,) share of words outside the vocabulary.

    The reasons for a review, the first that holds: no text; no known words; unlike the training data; low
    confidence (below the promise's threshold, if it has one); no promise possible (the model cannot keep the one that is
    wanted); close runner-up; a text so long that nothing reads its end. An uncertain row of whose text the network reads a
    part says that too.
    """
    shares, rows = probabilities(logits), np.arange(len(logits))
    best = shares.argmax(axis=1)  # of equal shares the earlier label
    others = shares.copy()
    others[rows, best] = -1.0
    second = others.argmax(axis=1)
    # As decimal digits show them, whatever the width of the float.
    confidence, runner_up = shares[rows, best].astype(np.float64), shares[rows, second].astype(np.float64)
    reasons = np.full(len(rows), "", object)
    for reason, holds in (  # later ones overrule
        (SHORTENED, encoded.is_cut),
        (CLOSE_RUNNER_UP, confidence - runner_up < CLOSE),
        (NOT_PROMISED, np.full(len(rows), not promise.is_kept)),
        (LOW_CONFIDENCE, confidence < (promise.threshold or 0.0)),
        (UNLIKE_TRAINING, unknown_share > max_unknown_share),
        (NO_KNOWN_WORDS, encoded.is_unknown),
    ):
        reasons[holds] = reason
    shortened = np.flatnonzero((encoded.is_truncated | encoded.is_cut) & (reasons != "") & (reasons != SHORTENED))
    reasons[shortened] = [f"{reason}; {SHORTENED}" for reason in reasons[shortened]]
    empty = encoded.is_empty
    reasons[empty] = NO_TEXT
    best[empty] = second[empty] = NO_LABEL
    confidence[empty] = runner_up[empty] = 0.0
    return Classified(best, second, confidence, runner_up, reasons.tolist())
