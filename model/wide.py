"""The wide part in NumPy: a linear model over the words of a text and over its runs of two and three words.

A word of the vocabulary brings its subwords' weights with it; a newcomer has those alone. Reference: Wang and
Manning 2012 (n-grams weighted by naive Bayes). A term's key holds its word ids in 21 bits each, the last word
lowest. Shapes: N texts, F terms, M newcomers, S buckets of subwords, C labels, K occurrences of known terms.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Self, TypeAlias

import numpy as np

from model.text.newcomers import Arrivals
from model.text.sequences import FloatArray, Positions, Sequences
from model.text.subwords import subwords_of
from model.text.vocabulary import UNKNOWN

if TYPE_CHECKING:
    import numpy.typing as npt

MAX_WORDS = 3  # of a term
ID_BITS = 21
SHORTEST_HASH, LONGEST_HASH = 2, 2**24  # buckets of subwords
NEWCOMERS_AT_FIRST = 1024  # rows made for them at once; twice as many each time that they are filled
NEWCOMER_VALUES = 2**20  # newcomers at once, times labels: bounds the memory while their rows are made
CHUNK_VALUES = 4 * 1024**2  # words at once, times labels: bounds the memory of many texts

TermKeys: TypeAlias = "npt.NDArray[np.int64]"


@dataclass(frozen=True)
class WideSizes:
    """How much the wide part knows."""

    terms: int  # F
    buckets: int  # S, of subwords

    def is_valid(self) -> bool:
        """Whether there can be such a part."""
        return self.terms >= 0 and SHORTEST_HASH <= self.buckets <= LONGEST_HASH and self.buckets & (self.buckets - 1) == 0

    def shapes(self, labels: int) -> dict[str, tuple[int, ...]]:
        """Every array's name and shape; `terms` is int64, the others are float32."""
        return {
            "terms": (self.terms,),
            "squares": (self.terms,),
            "weights": (self.terms, labels),
            "bias": (labels,),
            "subword_squares": (self.buckets,),
            "subword_weights": (self.buckets, labels),
        }


@dataclass(frozen=True)
class WideWeights:
    """The terms that the model knows, and the subwords that stand for words which it does not."""

    terms: TermKeys  # (F,) ascending
    squares: FloatArray  # (F,) of each term's value: its share in a text's squared length
    weights: FloatArray  # (F, C) times the term's value
    bias: FloatArray  # (C,)
    subword_squares: FloatArray  # (S,) likewise, of each bucket
    subword_weights: FloatArray  # (S, C)

    @property
    def sizes(self) -> WideSizes:
        """How much this is."""
        return WideSizes(len(self.terms), len(self.subword_squares))

    def to_arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """The arrays by name."""
        return asdict(self)

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, npt.NDArray[np.generic]]) -> Self:
        """The inverse of `to_arrays`; raises ValueError where no training would have written such arrays."""
        made = cls(**arrays)  # type: ignore[arg-type]  # names and types were checked where they were read
        if (np.diff(made.terms) <= 0).any() or (len(made.terms) and made.terms[0] <= UNKNOWN):
            raise ValueError("the terms do not ascend")
        if min(made.squares.min(initial=0), made.subword_squares.min(initial=0)) < 0:
            raise ValueError("a square is negative")
        return made

    @classmethod
    def nothing(cls) -> Self:
        """A part that knows nothing."""
        none = np.zeros(0, np.float32)
        return cls(np.zeros(0, np.int64), none, none[:, None], none, none, none[:, None])

    def scaled(self, scale: float, bias: FloatArray) -> WideWeights:
        """The part whose logits are this one's, times `scale`, plus (C,) `bias`."""
        factor = np.float32(scale)
        scaled_bias = (self.bias * factor + bias).astype(np.float32)
        return WideWeights(
            self.terms, self.squares, self.weights * factor, scaled_bias, self.subword_squares, self.subword_weights * factor
        )


class NewcomerRows:
    """Squares and weights of the newcomers: words that only their subwords tell of."""

    def __init__(self, weights: WideWeights, newcomers: Arrivals) -> None:
        self.learned, self.newcomers = weights, newcomers
        self._generation, self.count = -1, 0  # M, as of the last update
        self.squares, self.weights = np.zeros(0, np.float32), np.zeros((0, len(weights.bias)), np.float32)  # (>= M,), (>= M, C)

    def update(self) -> None:
        """Add the words that came since the last time; forget all when they started anew."""
        if self._generation != self.newcomers.generation:
            self._generation, self.count = self.newcomers.generation, 0
        count = self.newcomers.count
        if count > len(self.squares):
            room = max(count, 2 * len(self.squares), NEWCOMERS_AT_FIRST)
            self.squares, self.weights = (_extended(rows[: self.count], room) for rows in (self.squares, self.weights))
        if count > self.count:
            self.fill(self.count, count)
        self.count = count

    def fill(self, first: int, last: int) -> None:
        """Compute the rows from `first` to `last` (exclusive)."""
        words = self.newcomers.since(first)
        at_once = max(16, NEWCOMER_VALUES // len(self.learned.bias))  # for each has dozens of subwords
        for start in range(first, last, at_once):
            new = slice(start, min(start + at_once, last))
            buckets, starts = subwords_of(words[new.start - first : new.stop - first], len(self.learned.subword_squares))
            self.squares[new] = np.add.reduceat(self.learned.subword_squares[buckets], starts[:-1])
            self.weights[new] = np.add.reduceat(self.learned.subword_weights[buckets], starts[:-1])


def _extended(rows: FloatArray, room: int) -> FloatArray:
    """The rows, and zeros behind them."""
    return np.concatenate([rows, np.zeros((room - len(rows), *rows.shape[1:]), np.float32)])


def terms_of(sequences: Sequences, known_words: int) -> tuple[TermKeys, Positions]:
    """Keys of all terms in some texts, repetitions too, and the text that each stands in; both are of one length.

    A term has at most `MAX_WORDS` neighbouring words of one text, all of them in the vocabulary, whose ids
    are below `known_words`. The order is by the number of words, then by place.
    """
    ids = sequences.ids.astype(np.int64)
    texts = np.repeat(np.arange(len(sequences)), sequences.lengths)
    is_known = (ids > UNKNOWN) & (ids < known_words)
    is_term = is_known
    keys, found_in, current = [ids[is_term]], [texts[is_term]], ids
    for words in range(2, MAX_WORDS + 1):
        current = (current[:-1] << ID_BITS) | ids[words - 1 :]
        is_term = is_term[:-1] & is_known[words - 1 :] & (texts[: len(current)] == texts[words - 1 :])
        keys.append(current[is_term])
        found_in.append(texts[: len(current)][is_term])
    return np.concatenate(keys), np.concatenate(found_in)


class NumpyWide:
    """Logits of the wide part. A text's logits are the same, bit for bit, whatever texts stand beside it."""

    def __init__(self, weights: WideWeights, newcomers: Arrivals) -> None:
        self._learned, self._bias = weights, weights.bias
        self._known_words = newcomers.first_id
        self._new = NewcomerRows(weights, newcomers)

    def __call__(self, sequences: Sequences) -> FloatArray:
        """(N, C) logits: each known term and newcomer of a text counts once, and the vector of their values has length 1."""
        self._new.update()
        logits = np.empty((len(sequences), len(self._bias)), np.float32)
        for first, last in _chunks(sequences, max(1, CHUNK_VALUES // len(self._bias))):
            logits[first:last] = self._chunk(sequences.take(np.arange(first, last)))
        return logits

    def _chunk(self, sequences: Sequences) -> FloatArray:
        logits = np.zeros((len(sequences), len(self._bias)), np.float32)
        texts, positions = self._known(sequences)  # (K,), (K,)
        if len(texts):
            starts = np.flatnonzero(np.diff(texts, prepend=-1))  # of each text that has a known term
            sums = np.add.reduceat(self._rows(self._learned.weights, self._new.weights, positions), starts, axis=0)
            squares = np.add.reduceat(self._rows(self._learned.squares, self._new.squares, positions), starts)
            roots = np.sqrt(squares, out=np.full(len(squares), np.inf, np.float32), where=squares > 0)
            logits[texts[starts]] = sums / roots[:, None]
        logits += self._bias
        return logits

    @staticmethod
    def _rows(learned: FloatArray, new: FloatArray, positions: Positions) -> FloatArray:
        """(K, ...) rows of the terms, or from the position behind the last of them on, of the newcomers."""
        is_new = positions >= len(learned)
        found = np.empty((len(positions), *learned.shape[1:]), np.float32)
        found[~is_new], found[is_new] = learned[positions[~is_new]], new[positions[is_new] - len(learned)]
        return found

    def _known(self, sequences: Sequences) -> tuple[Positions, Positions]:
        """Texts and positions of their distinct known terms and newcomers, text by text in the order in which they are met.

        Not in the order of the positions: a newcomer's depends on the texts before, and so would the last bit of a sum.
        """
        terms = self._learned.terms
        keys, texts = terms_of(sequences, self._known_words)
        positions = np.minimum(np.searchsorted(terms, keys), max(len(terms) - 1, 0))
        is_known = terms[positions] == keys if len(terms) else np.zeros(len(keys), np.bool_)
        arrivals = sequences.ids.astype(np.int64) - self._known_words
        is_new = (arrivals >= 0) & (arrivals < self._new.count)
        found = np.concatenate([positions[is_known], arrivals[is_new] + len(terms)])
        found_in = np.concatenate([texts[is_known], np.repeat(np.arange(len(sequences)), sequences.lengths)[is_new]])
        _, first = np.unique(found_in * (len(terms) + self._new.count) + found, return_index=True)
        first = first[np.lexsort((first, found_in[first]))]
        return found_in[first], found[first]


def _chunks(sequences: Sequences, most: int) -> Iterator[tuple[int, int]]:
    """First and last (exclusive) text of portions of at most `most` words, or of one text that has more."""
    ends, first = np.cumsum(sequences.lengths, dtype=np.int64), 0
    while first < len(sequences):
        before = ends[first - 1] if first else 0
        last = max(first + 1, int(np.searchsorted(ends, before + most, side="right")))
        yield first, last
        first = last
