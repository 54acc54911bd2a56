"""The words that the model knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

PAD, UNKNOWN = 0, 1  # ids that stand for no word of the list
SPECIAL = 2
MAX_IDS = 2**21  # three ids make a term of the wide part, and must fit 63 bits


class Vocabulary:
    """Words and their ids: the first word has id 2."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = list(words)

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {word: number for number, word in enumerate(self.words, SPECIAL)}

    def __len__(self) -> int:
        """Number of ids, the two special ones included."""
        return len(self.words) + SPECIAL

    def id(self, word: str) -> int:
        """The word's id, `UNKNOWN` when it has none."""
        return self._ids.get(word, UNKNOWN)

    @classmethod
    def most_frequent(cls, counts: Mapping[str, int], size: int, min_count: int) -> Vocabulary:
        """The most frequent of counted words, at most `size`, equal counts in alphabetical order.

        Words seen fewer than `min_count` times are left out, unless no word is seen that often.
        """
        frequent = {word: count for word, count in counts.items() if count >= min_count} or counts
        return cls(sorted(frequent, key=lambda word: (-frequent[word], word))[:size])

    def extended(self, other: Vocabulary, size: int) -> Vocabulary:
        """These words, and behind them those of another vocabulary, at most `size` in all."""
        return Vocabulary([*self.words, *(word for word in other.words if word not in self._ids)][:size])
