"""The deep part in NumPy: the LSTM's forward pass on a CPU.

Equal to Gluon's. A text's result is the same, bit for bit, whatever texts stand beside it: no padding enters, and
every matrix product has one shape, `TILE` rows, because a BLAS may add in another order for another shape.
The first layer's product of embedding and input weights is constant at prediction, so it is computed
once per word and looked up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

import numpy as np

from model.architecture import Architecture
from model.text.sequences import FloatArray, IntArray, Sequences, batches_by_length

TILE = 8  # texts in one matrix product; OpenBLAS treats up to 8 rows alike, of more the last ones may differ in the last bit
BATCH_SIZE = 64 * TILE
MAX_TABLE_BYTES = 256 * 1024**2  # per direction; above it the product is computed as words come

# (N, C) logits of N texts
Forward = Callable[[Sequences], FloatArray]


class NumpyForward:
    """Logits from weights as they lie in the artifact. V words, E embedding size, H units, C labels.

    Of each text it reads `max_tokens` words, head and tail; a word beyond V is unknown.
    """

    def __init__(
        self, sizes: Architecture, weights: Mapping[str, FloatArray], max_tokens: int, max_table_bytes: int = MAX_TABLE_BYTES
    ) -> None:
        self._sizes, self._max_tokens = sizes, max_tokens
        self._embedding = weights["embedding"]  # (V, E)
        self._stacks = [[Layer(weights, f"{way}.{layer}") for layer in range(sizes.layers)] for way in sizes.directions]
        self._output = np.ascontiguousarray(weights["output"].T)  # (2*D*H, C) for D directions
        self._output_bias = weights["output.bias"]  # (C,)
        has_tables = sizes.words * self._stacks[0][0].bias.nbytes <= max_table_bytes
        self._tables = [stack[0].inputs(self._embedding) if has_tables else None for stack in self._stacks]  # (V, 4H)

    def __call__(self, sequences: Sequences) -> FloatArray:
        """(N, C) logits of N texts."""
        seen = sequences.head_and_tail(self._max_tokens).clamped(self._sizes.words)
        logits = np.empty((len(seen), self._sizes.labels), np.float32)
        for rows in batches_by_length(seen.lengths, BATCH_SIZE):
            lengths = seen.lengths[rows]  # falling
            ids = np.zeros((_whole_tiles(len(rows)), int(lengths[0])), np.int32)
            ids[: len(rows)] = seen.padded(rows, ids.shape[1])
            logits[rows] = self._batch(np.ascontiguousarray(ids.T), lengths)
        return logits

    def _batch(self, ids: IntArray, lengths: IntArray) -> FloatArray:
        """(T, B) ids, B of whole tiles, and (n,) lengths of the texts among them, to (n, C) logits."""
        steps, texts = np.arange(len(ids)), len(lengths)
        active = np.searchsorted(-lengths, -steps, side="left")  # (T,) texts longer than each step: the first ones
        highest, means = [], []
        for number, (stack, table) in enumerate(zip(self._stacks, self._tables, strict=True)):
            if number:  # the second direction reads each text from its end
                ids = ids.copy()
                ids[:, :texts] = np.take_along_axis(ids[:, :texts], np.maximum(lengths - 1 - steps[:, None], 0), axis=0)
            words = (ids[step, : _whole_tiles(count)] for step, count in enumerate(active))
            first, *others = stack
            states = first.run(table[some] if table is not None else first.inputs(self._embedding[some]) for some in words)
            for layer in others:
                states = layer.run(map(layer.inputs, states))
            top, total = self._pool(states, active)
            highest.append(top)
            means.append(total / lengths[:, None].astype(np.float32))
        features = np.zeros((ids.shape[1], self._sizes.features), np.float32)
        features[:texts] = np.concatenate(highest + means, axis=1)
        logits: FloatArray = tiled_product(features, self._output)[:texts] + self._output_bias
        return logits

    def _pool(self, states: Iterable[FloatArray], active: Iterable[int]) -> tuple[FloatArray, FloatArray]:
        """(n, H) maximum and sum over the steps of each text."""
        top = total = np.zeros((0, 0), np.float32)
        for state, count in zip(states, active, strict=True):
            if not len(top):
                top, total = state[:count].copy(), state[:count].copy()
                continue
            np.maximum(top[:count], state[:count], out=top[:count])
            total[:count] += state[:count]
        return top, total


class Layer:
    """One LSTM layer in one direction. sigmoid(x) = (1 + tanh(x / 2)) / 2, so one tanh serves all gates."""

    def __init__(self, weights: Mapping[str, FloatArray], name: str) -> None:
        hidden = weights[f"{name}.hidden"]  # (4H, H)
        self._units = hidden.shape[1]
        half = np.full((len(hidden), 1), 0.5, np.float32)
        half[2 * self._units : 3 * self._units] = 1.0  # the candidate is a tanh already
        self.input = np.ascontiguousarray((weights[f"{name}.input"] * half).T)  # (E, 4H)
        self.hidden = np.ascontiguousarray((hidden * half).T)  # (H, 4H)
        self.bias = weights[f"{name}.bias"] * half[:, 0]  # (4H,)

    def inputs(self, values: FloatArray) -> FloatArray:
        """(n, E) to (n, 4H)."""
        product = tiled_product(values, self.input)
        product += self.bias
        return product

    def run(self, inputs: Iterable[FloatArray]) -> Iterator[FloatArray]:
        """Per step (n, 4H) to (n, H); n never grows, for the longest texts come first."""
        h = self._units
        state = cell = None
        for given in inputs:
            count = len(given)
            gates = np.tanh(given if state is None else given + tiled_product(state[:count], self.hidden))
            new = (0.5 + 0.5 * gates[:, :h]) * gates[:, 2 * h : 3 * h]
            cell = new if cell is None else (0.5 + 0.5 * gates[:, h : 2 * h]) * cell[:count] + new
            state = (0.5 + 0.5 * gates[:, 3 * h :]) * np.tanh(cell)
            yield state


def _whole_tiles(rows: int) -> int:
    return -(-rows // TILE) * TILE


def tiled_product(values: FloatArray, weights: FloatArray) -> FloatArray:
    """(n, a) times (a, b) in products of `TILE` rows each."""
    whole, tiles = _whole_tiles(len(values)), values
    if whole > len(values):
        tiles = np.zeros((whole, values.shape[1]), np.float32)
        tiles[: len(values)] = values
    product: FloatArray = np.matmul(tiles.reshape(-1, TILE, values.shape[1]), weights).reshape(whole, weights.shape[1])
    return product[: len(values)]
