"""The compiled engine: the same answers as NumPy's, many times faster."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from ctypes import byref

import numpy as np

from model.architecture import DIRECTIONS, GATES, Architecture
from model.engine import Learned
from model.forward import MAX_TABLE_BYTES, Forward, Layer, NumpyForward, tiled_product
from model.kernel.binding import CDirection, CRows, CTexts, Handle, Library, no_memory
from model.kernel.encoder import KernelEncoder, KernelNewcomers
from model.text.newcomers import most_kept
from model.text.sequences import FloatArray, IntArray, Sequences
from model.text.vocabulary import UNKNOWN
from model.wide import NewcomerRows, WideWeights


class KernelEngine:
    """Computes with one compiled variant. A text's result is the same, bit for bit, whatever texts stand beside it."""

    def __init__(self, learned: Learned, library: Library) -> None:
        sizes = learned.architecture
        is_deep = KernelForward.has_form_of(sizes, library.lanes)
        self.name = f"kernel {library.variant}" if is_deep else f"kernel {library.variant}, the network in numpy {np.__version__}"
        with ThreadPoolExecutor(1) as beside:  # NumPy multiplies without holding Python up
            deep = beside.submit(_forward, library if is_deep else None, learned)
            self.encode = KernelEncoder(library, learned.rules, learned.vocabulary, learned.max_tokens, most_kept(sizes.labels))
            self.wide = KernelWide(library, learned.wide, self.encode.newcomers)
            self.deep = deep.result()


def _forward(library: Library | None, learned: Learned) -> Forward:
    """The network in the kernel, or else in NumPy."""
    if library is None:
        return NumpyForward(learned.architecture, learned.weights, learned.max_tokens)
    return KernelForward(library, learned.architecture, learned.weights, learned.max_tokens)


class KernelWide:
    """Logits of the wide part. F terms, C labels."""

    def __init__(self, library: Library, weights: WideWeights, newcomers: KernelNewcomers) -> None:
        self._c = library.c
        self._terms = np.ascontiguousarray(weights.terms, np.int64)  # (F,)
        self._squares = np.ascontiguousarray(weights.squares, np.float32)  # (F,)
        self._weights = np.ascontiguousarray(weights.weights, np.float32)  # (F, C)
        self._bias = np.ascontiguousarray(weights.bias, np.float32)  # (C,)
        if len(self._squares) != len(self._terms) or self._weights.shape != (len(self._terms), len(self._bias)):
            raise ValueError("the wide part's arrays are not of one size")
        self._new = KernelNewcomerRows(library, weights, newcomers)
        self._known_words = newcomers.first_id
        self._table = Handle(self._c.kernel_terms_new(self._terms.ctypes.data, len(self._terms)), self._c.kernel_terms_free)

    def __call__(self, sequences: Sequences) -> FloatArray:
        """(N, C) logits of N texts."""
        ids, lengths = _checked(sequences)
        logits = np.empty((len(lengths), len(self._bias)), np.float32)
        self._new.update()
        is_done = self._c.kernel_wide(
            self._table,
            byref(CRows(self._squares.ctypes.data, self._weights.ctypes.data)),
            byref(CRows(self._new.squares.ctypes.data, self._new.weights.ctypes.data)),
            self._known_words,
            self._new.count,
            self._bias.ctypes.data,
            len(self._bias),
            ids.ctypes.data,
            lengths.ctypes.data,
            len(lengths),
            logits.ctypes.data,
        )
        if not is_done:
            raise no_memory()
        return logits


class KernelNewcomerRows(NewcomerRows):
    """The same rows from the kernel's words, but for the order of the additions."""

    newcomers: KernelNewcomers

    def __init__(self, library: Library, weights: WideWeights, newcomers: KernelNewcomers) -> None:
        super().__init__(weights, newcomers)
        self._c = library.c
        self._subwords = tuple(np.ascontiguousarray(rows, np.float32) for rows in (weights.subword_squares, weights.subword_weights))

    def fill(self, first: int, last: int) -> None:
        """Compute the rows from `first` to `last` (exclusive)."""
        _, content, ends = self.newcomers.places()
        subwords = CRows(*(rows.ctypes.data for rows in self._subwords))
        bits = len(self._subwords[0]).bit_length() - 1
        labels = self.weights.shape[1]
        to = self.squares.ctypes.data, self.weights.ctypes.data
        self._c.kernel_subword_rows(content, ends, first, last, byref(subwords), bits, labels, *to)


class KernelForward:
    """Logits of the network. V words, H units, C labels, D directions."""

    def __init__(self, library: Library, sizes: Architecture, weights: Mapping[str, FloatArray], max_tokens: int) -> None:
        self._c = library.c
        self._sizes, self._max_tokens = sizes, max_tokens
        self._output = np.ascontiguousarray(weights["output"].T)  # (2*D*H, C)
        self._output_bias = weights["output.bias"]
        self._directions = []
        for way in sizes.directions:
            layer = Layer(weights, f"{way}.0")
            table, hidden = _table(layer, weights["embedding"], library.lanes), _hidden(layer, library.lanes)
            numbers = (sizes.words, sizes.hidden_units, table.shape[1], way == DIRECTIONS[1])
            self._directions.append((CDirection(table.ctypes.data, hidden.ctypes.data, *numbers), table, hidden))

    @staticmethod
    def has_form_of(sizes: Architecture, lanes: int) -> bool:
        """Whether the kernel can compute such a network: one layer, and tables that fit."""
        units = -(-sizes.hidden_units // lanes) * lanes
        return sizes.layers == 1 and sizes.words > UNKNOWN and sizes.words * GATES * units * 4 <= MAX_TABLE_BYTES

    def __call__(self, sequences: Sequences) -> FloatArray:
        """(N, C) logits of N texts."""
        ids, lengths = _checked(sequences)
        starts = sequences.starts
        texts = CTexts(ids.ctypes.data, starts.ctypes.data, lengths.ctypes.data, self._max_tokens)
        order = np.argsort(-np.minimum(lengths, self._max_tokens).astype(np.int64), kind="stable")
        features = np.empty((len(lengths), self._sizes.features), np.float32)
        units, width = self._sizes.hidden_units, features.itemsize
        for number, (direction, *_) in enumerate(self._directions):
            highest = features.ctypes.data + number * units * width
            mean = highest + len(self._directions) * units * width
            if not self._c.kernel_deep(byref(direction), byref(texts), order.ctypes.data, len(order), highest, mean, self._sizes.features):
                raise no_memory()
        return tiled_product(features, self._output) + self._output_bias


def _checked(sequences: Sequences) -> tuple[IntArray, IntArray]:
    """Ids and lengths as the kernel reads them; raises ValueError where it would read beyond them."""
    ids, lengths = np.ascontiguousarray(sequences.ids, np.int32), np.ascontiguousarray(sequences.lengths, np.int32)
    if (len(lengths) and lengths.min() < 1) or int(lengths.sum(dtype=np.int64)) != len(ids):
        raise ValueError("the texts' lengths do not add up to their ids, or a text has none")
    return ids, lengths


def _in_blocks(values: FloatArray, lanes: int) -> FloatArray:
    """(n, 4H) to (n, B, 4, lanes): the gates of each block of units side by side, zeros behind the last unit."""
    units = values.shape[1] // GATES
    blocks = -(-units // lanes)
    padded = np.zeros((len(values), GATES, blocks * lanes), np.float32)
    padded[:, :, :units] = values.reshape(len(values), GATES, units)
    return padded.reshape(len(values), GATES, blocks, lanes).transpose(0, 2, 1, 3)


def _table(layer: Layer, embedding: FloatArray, lanes: int) -> FloatArray:
    """(V, B, 4, lanes): what each word adds to the gates."""
    weights, bias = _in_blocks(layer.input, lanes), _in_blocks(layer.bias[None], lanes)
    table = np.empty((len(embedding), *weights.shape[1:]), np.float32)
    np.matmul(embedding, weights.reshape(len(weights), -1), out=table.reshape(len(table), -1))
    table += bias
    return table


def _hidden(layer: Layer, lanes: int) -> FloatArray:
    """(B, H, 4, lanes): the recurrent weights."""
    return np.ascontiguousarray(_in_blocks(layer.hidden, lanes).transpose(1, 0, 2, 3))
