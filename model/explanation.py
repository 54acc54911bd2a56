"""Which words of a text moved the model's decision, and how far.

Each word in turn is taken for an unknown one, wherever it stands in the text, and the model asked again: what the
log-odds of its label lose is what the word had given; +0.7 means that it doubled the odds. Reference: Li, Monroe and Jurafsky
2016 (erasure of words).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from model.classifier import Classifier, Scored
from model.confidence import probabilities
from model.text.sequences import FloatArray, IntArray, Sequences
from model.text.vocabulary import UNKNOWN

MOST_SUPPORTING, MOST_OPPOSING = 4, 2  # words that are named
MAX_WORDS = 400  # of one text that are tried, from its beginning and its end as the network reads it
MAX_IDS = 4_000_000  # that are computed for one text, so that of a very long one fewer words are tried
IDS_AT_ONCE = 1_000_000  # bounds memory
CHARS_PER_WORD = 5  # about, and the space behind it; where words are shorter there are more
SMALLEST = 0.05  # change of the log-odds that is worth a mention


@dataclass(frozen=True)
class Influence:
    """A word, and by how much it raised the log-odds of the label that was given; negative: it spoke against it."""

    word: str
    change: float

    def __str__(self) -> str:
        return f"{self.word} ({self.change:+.1f})"


@dataclass(frozen=True)
class Explanation:
    """The words that moved a decision most, each kind with the strongest first; none for a text without a word."""

    supporting: list[Influence]
    opposing: list[Influence]

    def __str__(self) -> str:
        said = ", ".join(map(str, self.supporting))
        against = f"against it: {', '.join(map(str, self.opposing))}" if self.opposing else ""
        return "; ".join(part for part in (said, against) if part)


def explain(
    classifier: Classifier, texts: Sequence[str], supporting: int = MOST_SUPPORTING, opposing: int = MOST_OPPOSING
) -> list[Explanation]:
    """For each text what spoke for its label and what against it; marks are tried with the words, and not named."""
    with classifier.turn:
        return [
            explain_row(classifier, some, row, supporting, opposing) for some in classifier.scored(texts) for row in range(len(some.texts))
        ]


def explain_row(classifier: Classifier, scored: Scored, row: int, supporting: int, opposing: int) -> Explanation:
    """The same of one text that the classifier has read; whoever let it read holds its `turn` still."""
    if scored.encoded.is_empty[row]:
        return Explanation([], [])
    sequence = scored.encoded.sequences.take(np.array([row]))
    ids = sequence.ids
    words = dict(zip(ids.tolist(), classifier.words(scored.texts[row]), strict=True))
    tried = [word for word in dict.fromkeys(sequence.head_and_tail(_most_tried(len(ids))).ids.tolist()) if word != UNKNOWN]
    at_once = max(1, IDS_AT_ONCE // len(ids))
    parts = [scored.logits[row : row + 1]]
    parts += [classifier.logits(_without_each(ids, tried[start : start + at_once])) for start in range(0, len(tried), at_once)]
    odds = _log_odds(np.concatenate(parts))
    changes = odds[0] - odds[1:]
    ranked = [Influence(words[tried[at]], float(changes[at])) for at in np.argsort(-np.abs(changes), kind="stable")]
    named = [entry for entry in ranked if abs(entry.change) >= SMALLEST and any(map(str.isalnum, entry.word))]
    return Explanation(
        [entry for entry in named if entry.change > 0][:supporting], [entry for entry in named if entry.change < 0][:opposing]
    )


def times_read(chars: int) -> int:
    """About how often a text of so many characters is computed for its explanation."""
    words = chars // CHARS_PER_WORD + 1
    return min(words, _most_tried(words))


def _most_tried(words: int) -> int:
    return max(1, min(MAX_WORDS, MAX_IDS // words))


def _without_each(ids: IntArray, words: Sequence[int]) -> Sequences:
    """The same T ids once for each of n words, in which that one is unknown."""
    variants = np.tile(ids, (len(words), 1))  # (n, T)
    for variant, word in zip(variants, words, strict=True):
        variant[ids == word] = UNKNOWN
    return Sequences(variants.ravel(), np.full(len(words), len(ids), np.int32))


def _log_odds(logits: FloatArray) -> FloatArray:
    """(n, C) logits to (n,) log-odds of the first row's best label against all others."""
    shares = probabilities(logits.astype(np.float64))
    right = np.clip(shares[:, logits[0].argmax()], 1e-12, 1 - 1e-12)
    odds: FloatArray = np.log(right) - np.log1p(-right)
    return odds
