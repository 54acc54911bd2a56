"""Which words of a text moved the model's decision, and how far.

Each word in turn is taken for an unknown one, wherever it stands in the text, and the model asked again: what the
odds of its label lose is what the word had given. Reference: Li, Monroe and Jurafsky 2016 (erasure of words).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from model.classifier import Classifier
from model.confidence import probabilities
from model.sequences import FloatArray, Sequences
from model.vocabulary import UNKNOWN

MAX_WORDS = 400  # of one text that are tried, the first ones
SMALLEST = 0.05  # change of the log-odds that is worth a mention


@dataclass(frozen=True)
class Influence:
    """A word, and by how much it raised the log-odds of the label that was given; negative: it spoke against it."""

    word: str
    change: float


def explain(classifier: Classifier, texts: Sequence[str], most: int = 5) -> list[list[Influence]]:
    """For each text the words that moved its label most, strongest first."""
    return [_influences(classifier, text, most) for text in texts]


def _influences(classifier: Classifier, text: str, most: int) -> list[Influence]:
    encoded = classifier.encode([text])
    if encoded.is_empty[0]:
        return []
    ids = encoded.sequences.ids
    words = dict(zip(ids.tolist(), classifier.words(text), strict=True))
    tried = [word for word in dict.fromkeys(ids.tolist()) if word != UNKNOWN][:MAX_WORDS]
    variants = np.tile(ids, (len(tried) + 1, 1))  # (n + 1, T): the text itself, then without each word
    for row, word in enumerate(tried, 1):
        variants[row, ids == word] = UNKNOWN
    lengths = np.full(len(variants), len(ids), np.int32)
    odds = _log_odds(classifier.logits(Sequences(variants.ravel(), lengths)))
    changes = odds[0] - odds[1:]
    strongest = np.argsort(-np.abs(changes), kind="stable")[:most]
    return [Influence(words[tried[at]], float(changes[at])) for at in strongest if abs(changes[at]) >= SMALLEST]


def _log_odds(logits: FloatArray) -> FloatArray:
    """(n, C) logits to (n,) log-odds of the first row's best label against all others."""
    shares = probabilities(logits.astype(np.float64))
    right = np.clip(shares[:, logits[0].argmax()], 1e-12, 1 - 1e-12)
    odds: FloatArray = np.log(right) - np.log1p(-right)
    return odds
