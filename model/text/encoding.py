"""Texts to word ids: the one path that training and prediction share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from model.text.newcomers import Ids
from model.text.sequences import Flags, Sequences
from model.text.tokenizer import MAX_PIECES_KEPT, MAX_TEXT_CHARS, Tokenizer
from model.text.vocabulary import UNKNOWN


@dataclass(frozen=True)
class Encoded:
    """Texts as word ids, and what a reviewer may want to know about each."""

    sequences: Sequences  # all words of each text; a text without any word counts as one unknown word
    is_empty: Flags  # (N,): no word at all
    is_truncated: Flags  # (N,): more words than the network reads; the wide part reads them all
    is_cut: Flags  # (N,): more characters than anything reads
    is_unknown: Flags  # (N,): none of its words is in the vocabulary


class Encoder:
    """Encodes texts, remembering the ids of pieces that it has met. `max_tokens` is what the network reads of a text."""

    def __init__(self, tokenizer: Tokenizer, newcomers: Ids, max_tokens: int, *, is_forgetting: bool = True) -> None:
        self.tokenizer = tokenizer
        self.newcomers, self._max_tokens, self._is_forgetting = newcomers, max_tokens, is_forgetting
        self._known = PieceIds(tokenizer, newcomers)

    def __call__(self, texts: Sequence[str]) -> Encoded:
        """The ids of each text."""
        if self._is_forgetting and self.newcomers.is_full():
            self.newcomers.forget()
            self.forget()
        rows = [self.ids(text) for text in texts]
        is_empty = np.fromiter((not row for row in rows), np.bool_, len(rows))
        lengths = np.fromiter(map(len, rows), np.int32, len(rows))
        ids = np.fromiter(chain.from_iterable(row or (UNKNOWN,) for row in rows), np.int32)
        sequences = Sequences(ids, np.maximum(lengths, 1))
        is_truncated = lengths > self._max_tokens
        return Encoded(sequences, is_empty, is_truncated, beyond_bound(texts), sequences.unknown_share(self.newcomers.first_id) == 1)

    def forget(self) -> None:
        """Resolve every piece anew, because ids mean other words now."""
        self._known.clear()

    def ids(self, text: str) -> list[int]:
        """The ids of one text, perhaps none."""
        return list(chain.from_iterable(map(self._known.__getitem__, self.tokenizer.pieces(text))))

    def piece_ids(self, piece: str) -> tuple[int, ...]:
        """The ids of one piece of a text, as the tokenizer cuts it."""
        return self._known[piece]


def beyond_bound(texts: Sequence[str]) -> Flags:
    """(N,) whether a text has more characters than are read."""
    return np.fromiter((len(text) > MAX_TEXT_CHARS for text in texts), np.bool_, len(texts))


class PieceIds(dict[str, tuple[int, ...]]):
    """Ids of the words of a piece, computed when first asked for."""

    def __init__(self, tokenizer: Tokenizer, words: Ids) -> None:
        super().__init__()
        self._tokenizer, self._words = tokenizer, words

    def __missing__(self, piece: str) -> tuple[int, ...]:
        if len(self) >= MAX_PIECES_KEPT:
            self.clear()
        ids = self[piece] = tuple(map(self._words.id, self._tokenizer.words(piece)))
        return ids
