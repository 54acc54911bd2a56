"""The logits of a fastText model for texts as word ids, in NumPy: what fastText's own program computes, to the last digits.

A text's input rows are those of its words, of the end of its line, and of every run of two and more words, which a hash finds.
Their mean times the output rows is the text's logits. A word that the model does not know has no row of its own, and takes part in
runs by its hash, as in fastText; an erased word (id `UNKNOWN`) takes part in none. N texts, T words, D width, C labels.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from contract.blazingtext import LINE_END, encode_word
from model.fasttext_file import END, FastText
from model.forward import tiled_product
from model.text.newcomers import Arrivals
from model.text.sequences import Flags, FloatArray, Positions, Sequences
from model.text.vocabulary import SPECIAL, UNKNOWN

if TYPE_CHECKING:
    import numpy.typing as npt

CHUNK_VALUES = 8 * 1024**2  # input rows at once, times their width: bounds the memory of many texts

Hashes: TypeAlias = "npt.NDArray[np.uint64]"

_FNV_START, _FNV_PRIME, _UINT32 = 2_166_136_261, 16_777_619, 0xFFFF_FFFF
_RUN_PRIME = np.uint64(116_049_371)
_NONE = -1  # the row of what has none


class FastTextScores:
    """Computes logits; `scale` and `bias` (C,) are applied to them. A text's are the same, bit for bit, whatever stands beside it."""

    def __init__(self, model: FastText, newcomers: Arrivals, scale: float, bias: FloatArray) -> None:
        self._model, self._newcomers = model, newcomers
        self._output = np.ascontiguousarray(model.output.T * np.float32(scale))  # (D, C)
        self.bias = bias
        self._known = np.concatenate([np.zeros(SPECIAL, np.uint64), hashes_of(model.words)])
        self._line_end = hashes_of([LINE_END], is_encoded=True)[0]
        self._line_end_row = next((row for row, word in enumerate(model.words) if word == END), _NONE)
        self._generation, self._new = -1, np.zeros(0, np.uint64)

    def __call__(self, sequences: Sequences) -> FloatArray:
        """(N, C) logits."""
        hashes = self._hashes()
        most = max(1, CHUNK_VALUES // (self._output.shape[0] * self._model.word_ngrams))
        means = np.empty((len(sequences), self._output.shape[0]), np.float32)
        ends, first = np.cumsum(sequences.lengths, dtype=np.int64), 0
        while first < len(sequences):
            before = ends[first - 1] if first else 0
            last = max(first + 1, int(np.searchsorted(ends, before + most, side="right")))
            means[first:last] = self._means(sequences.take(np.arange(first, last)), hashes)
            first = last
        return tiled_product(means, self._output) + self.bias

    def _hashes(self) -> Hashes:
        """The hash of every id, newcomers included."""
        if self._generation != self._newcomers.generation:
            self._generation, self._new = self._newcomers.generation, np.zeros(0, np.uint64)
        if self._newcomers.count > len(self._new):
            self._new = np.concatenate([self._new, hashes_of(self._newcomers.since(len(self._new)))])
        return np.concatenate([self._known, self._new])

    def _means(self, sequences: Sequences, hashes: Hashes) -> FloatArray:
        """(N, D) mean input rows; zeros for a text that has none."""
        texts = np.repeat(np.arange(len(sequences)), sequences.lengths + 1)  # one place more, for the end of the line
        is_end = np.append(np.diff(texts), 1).astype(np.bool_)
        ids = np.full(len(texts), UNKNOWN, np.int64)
        ids[~is_end] = sequences.ids
        rows = np.where((ids >= SPECIAL) & (ids < len(self._known)), ids - SPECIAL, _NONE)
        rows[is_end] = self._line_end_row
        found, found_in = [rows], [texts]
        if self._model.has_ngrams:
            of_word = np.where(is_end, self._line_end, hashes[ids])
            for row, text in self._runs(of_word, texts, is_erased=(ids == UNKNOWN) & ~is_end):
                found.append(row)
                found_in.append(text)
        every, owner = np.concatenate(found), np.concatenate(found_in)
        order = np.flatnonzero(every >= 0)
        order = order[np.argsort(owner[order], kind="stable")]
        counts = np.bincount(owner[order], minlength=len(sequences))
        means = np.zeros((len(sequences), self._output.shape[0]), np.float32)
        has_rows = np.flatnonzero(counts)
        if len(has_rows):
            starts = np.concatenate([[0], np.cumsum(counts[has_rows])[:-1]])
            sums = np.add.reduceat(self._model.input[every[order]], starts, axis=0)
            means[has_rows] = sums / counts[has_rows, None].astype(np.float32)
        return means

    def _runs(self, of_word: Hashes, texts: Positions, is_erased: Flags) -> Iterable[tuple[Positions, Positions]]:
        """Rows and texts of all runs of two words, then of three, and so on."""
        current, is_run = of_word, ~is_erased
        for words in range(2, self._model.word_ngrams + 1):
            current = current[:-1] * _RUN_PRIME + of_word[words - 1 :]
            is_run = is_run[:-1] & ~is_erased[words - 1 :] & (texts[: len(current)] == texts[words - 1 :])
            buckets = current[is_run] % np.uint64(self._model.buckets)
            yield buckets.astype(np.int64) + len(self._model.words), texts[: len(current)][is_run]


def hashes_of(words: Iterable[str], *, is_encoded: bool = False) -> Hashes:
    """(T,) fastText's hashes of words: FNV-1a of 32 bits over signed bytes, widened to 64 bits as signed numbers are."""
    found = [_hash(word if is_encoded else encode_word(word)) for word in words]
    return np.array(found, np.uint32).astype(np.int32).astype(np.int64).astype(np.uint64)


def _hash(word: str) -> int:
    value = _FNV_START
    for byte in word.encode("utf-8", "replace"):
        value = ((value ^ (byte if byte < 128 else byte | 0xFFFF_FF00)) * _FNV_PRIME) & _UINT32  # noqa: PLR2004  # a signed byte's bound
    return value
