"""Words outside the vocabulary: numbered as they are met, and known by their subwords alone."""

from __future__ import annotations

from typing import Protocol

from model.text.vocabulary import UNKNOWN, Vocabulary

MAX_KEPT = 65_536  # more are forgotten before other texts are encoded, which bounds the memory ...
MAX_VALUES = 2**24  # ... as this does for the weights of each, one for every label


def most_kept(labels: int) -> int:
    """How many are kept from one call to the next."""
    return min(MAX_KEPT, MAX_VALUES // labels)


class Arrivals(Protocol):
    """The newcomers of an engine. `generation` grows when all are forgotten and their ids are given anew."""

    generation: int
    first_id: int  # of a newcomer; below it are the vocabulary's

    @property
    def count(self) -> int:
        """How many there are."""

    def since(self, number: int) -> list[str]:
        """The newcomers but for the first `number` of them."""


class Ids(Arrivals, Protocol):
    """Numbers words."""

    def id(self, word: str) -> int:
        """The word's id, a new one when it was never met."""

    def is_full(self) -> bool:
        """Whether other texts should start with none."""

    def forget(self) -> None:
        """Give the ids anew."""


class Newcomers:
    """Ids of all words: the vocabulary's own, and from its end on those of the others, in the order of their arrival."""

    def __init__(self, vocabulary: Vocabulary, most_kept: int = MAX_KEPT) -> None:
        self._vocabulary, self._most_kept = vocabulary, most_kept
        self._ids: dict[str, int] = {}
        self._words: list[str] = []
        self.generation = 0
        self.first_id = len(vocabulary)

    def id(self, word: str) -> int:
        """The word's id, a new one when it was never met."""
        known = self._vocabulary.id(word)
        if known != UNKNOWN:
            return known
        known = self._ids.setdefault(word, self.first_id + len(self._words))
        if known == self.first_id + len(self._words):
            self._words.append(word)
        return known

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._words)

    def since(self, number: int) -> list[str]:
        """The newcomers but for the first `number` of them."""
        return self._words[number:]

    def is_full(self) -> bool:
        """Whether other texts should start with none."""
        return self.count > self._most_kept

    def forget(self) -> None:
        """Give the ids anew. Sequences with ids of before must not be used any more."""
        self._ids.clear()
        self._words.clear()
        self.generation += 1

    @property
    def all_words(self) -> list[str]:
        """The word of every id; empty for the special ones."""
        return ["", "", *self._vocabulary.words, *self._words]
