"""Texts to word ids: the one path that training and prediction share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from model.sequences import IntArray, Sequences
from model.tokenizer import MAX_PIECES_KEPT, Tokenizer
from model.vocabulary import UNKNOWN, Vocabulary

T = TypeVar("T")


@dataclass(frozen=True)
class Encoded:
    """Texts as word ids, and what a reviewer may want to know about each."""

    sequences: Sequences  # a text without any word counts as one unknown word
    is_empty: npt.NDArray[np.bool_]  # (N,): no word at all
    is_truncated: npt.NDArray[np.bool_]  # (N,)
    is_unknown: npt.NDArray[np.bool_]  # (N,): none of its words is in the vocabulary


def head_and_tail(items: list[T], most: int) -> list[T]:
    """The first quarter and the last three quarters of `most` items: verdicts stand at the end."""
    if len(items) <= most:
        return items
    head = most // 4
    return items[:head] + items[head - most :]


def words_of(tokenizer: Tokenizer, texts: Iterable[str], max_tokens: int) -> Iterator[list[str]]:
    """The words of each text that the model will see."""
    for text in texts:
        pieces = _outer_pieces(tokenizer.pieces(text), max_tokens)
        yield head_and_tail(list(chain.from_iterable(map(tokenizer.words, pieces))), max_tokens)


class Encoder:
    """Encodes texts, remembering the ids of pieces that it has met."""

    def __init__(self, tokenizer: Tokenizer, vocabulary: Vocabulary, max_tokens: int) -> None:
        self.tokenizer = tokenizer
        self.vocabulary = vocabulary
        self.max_tokens = max_tokens
        self._known = _PieceIds(tokenizer, vocabulary)

    def __call__(self, texts: Sequence[str]) -> Encoded:
        """The ids of each text, head and tail of the long ones."""
        rows: list[list[int]] = []
        is_truncated = np.zeros(len(texts), np.bool_)
        is_empty = np.zeros(len(texts), np.bool_)
        for number, text in enumerate(texts):
            pieces = self.tokenizer.pieces(text)
            ids = list(chain.from_iterable(map(self._known.__getitem__, _outer_pieces(pieces, self.max_tokens))))
            is_truncated[number] = len(ids) > self.max_tokens
            is_empty[number] = not ids
            rows.append(head_and_tail(ids, self.max_tokens) or [UNKNOWN])
        lengths = np.fromiter(map(len, rows), np.int32, len(rows))
        sequences = Sequences(np.fromiter(chain.from_iterable(rows), np.int32, int(lengths.sum())), lengths)
        return Encoded(sequences, is_empty, is_truncated, _has_only_unknown(sequences.ids, sequences))


class _PieceIds(dict[str, tuple[int, ...]]):
    """Ids of the words of a piece, computed when first asked for."""

    def __init__(self, tokenizer: Tokenizer, vocabulary: Vocabulary) -> None:
        super().__init__()
        self._tokenizer, self._vocabulary = tokenizer, vocabulary

    def __missing__(self, piece: str) -> tuple[int, ...]:
        if len(self) >= MAX_PIECES_KEPT:
            self.clear()
        ids = self[piece] = tuple(map(self._vocabulary.id, self._tokenizer.words(piece)))
        return ids


def _outer_pieces(pieces: list[str], most: int) -> list[str]:
    """The pieces that can hold words of the head or the tail: each holds at least one word."""
    if len(pieces) <= 2 * most:
        return pieces
    return pieces[:most] + pieces[-most:]


def _has_only_unknown(ids: IntArray, sequences: Sequences) -> npt.NDArray[np.bool_]:
    if not len(sequences):
        return np.zeros(0, np.bool_)
    return ~np.logical_or.reduceat(ids != UNKNOWN, sequences.starts)
