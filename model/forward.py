"""The network's forward pass in NumPy: what runs on a CPU.

Equal to Gluon's, and each text's result is independent of the texts beside it: no padding enters.
The first layer's product of embedding and input weights is constant at prediction, so it is computed
once per word and looked up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

import numpy as np

from model.architecture import Architecture
from model.sequences import FloatArray, IntArray, Sequences, batches_by_length

BATCH_SIZE = 512
MAX_TABLE_BYTES = 256 * 1024**2  # per direction; above it the product is computed as words come

# (N, C) logits of N texts
Forward = Callable[[Sequences], FloatArray]


class NumpyForward:
    """Logits from weights as they lie in the artifact. V words, E embedding size, H units, C labels."""

    def __init__(self, sizes: Architecture, weights: Mapping[str, FloatArray], max_table_bytes: int = MAX_TABLE_BYTES) -> None:
        self.name = f"numpy {np.__version__}"
        self._sizes = sizes
        self._embedding = weights["embedding"]  # (V, E)
        self._stacks = [[_Layer(weights, f"{way}.{layer}") for layer in range(sizes.layers)] for way in sizes.directions]
        self._output = weights["output"].T  # (2*D*H, C) for D directions
        self._output_bias = weights["output.bias"]  # (C,)
        has_tables = sizes.words * self._stacks[0][0].bias.nbytes <= max_table_bytes
        self._tables = [stack[0].inputs(self._embedding) if has_tables else None for stack in self._stacks]  # (V, 4H)

    def __call__(self, sequences: Sequences) -> FloatArray:
        """(N, C) logits of N texts."""
        logits = np.empty((len(sequences), self._sizes.labels), np.float32)
        for rows in batches_by_length(sequences.lengths, BATCH_SIZE):
            lengths = sequences.lengths[rows]  # (B,), falling
            ids = np.ascontiguousarray(sequences.padded(rows, int(lengths[0])).T)  # (T, B)
            logits[rows] = self._batch(ids, lengths)
        return logits

    def _batch(self, ids: IntArray, lengths: IntArray) -> FloatArray:
        """(T, B) ids to (B, C) logits."""
        steps = np.arange(len(ids))
        active = np.searchsorted(-lengths, -steps, side="left")  # (T,) texts longer than each step: the first ones
        highest, means = [], []
        for number, (stack, table) in enumerate(zip(self._stacks, self._tables, strict=True)):
            if number:  # the second direction reads each text from its end
                ids = np.take_along_axis(ids, np.maximum(lengths - 1 - steps[:, None], 0), axis=0)
            words = (ids[step, :count] for step, count in enumerate(active))
            first, *others = stack
            states = first.run(table[some] if table is not None else first.inputs(self._embedding[some]) for some in words)
            for layer in others:
                states = layer.run(map(layer.inputs, states))
            top, total = self._pool(states, len(lengths))
            highest.append(top)
            means.append(total / lengths[:, None].astype(np.float32))
        logits: FloatArray = np.concatenate(highest + means, axis=1) @ self._output + self._output_bias
        return logits

    def _pool(self, states: Iterable[FloatArray], texts: int) -> tuple[FloatArray, FloatArray]:
        """(B, H) maximum and sum over the steps of each text."""
        top = np.full((texts, self._sizes.hidden_units), -1.0, np.float32)  # a state is never below -1
        total = np.zeros_like(top)
        for state in states:
            count = len(state)
            np.maximum(top[:count], state, out=top[:count])
            total[:count] += state
        return top, total


class _Layer:
    """One LSTM layer in one direction. sigmoid(x) = (1 + tanh(x / 2)) / 2, so one tanh serves all gates."""

    def __init__(self, weights: Mapping[str, FloatArray], name: str) -> None:
        hidden = weights[f"{name}.hidden"]  # (4H, H)
        self._units = hidden.shape[1]
        half = np.full((len(hidden), 1), 0.5, np.float32)
        half[2 * self._units : 3 * self._units] = 1.0  # the candidate is a tanh already
        self._input = np.ascontiguousarray((weights[f"{name}.input"] * half).T)  # (E, 4H)
        self._hidden = np.ascontiguousarray((hidden * half).T)  # (H, 4H)
        self.bias = weights[f"{name}.bias"] * half[:, 0]  # (4H,)

    def inputs(self, values: FloatArray) -> FloatArray:
        """(n, E) to (n, 4H)."""
        product: FloatArray = values @ self._input
        product += self.bias
        return product

    def run(self, inputs: Iterable[FloatArray]) -> Iterator[FloatArray]:
        """Per step (n, 4H) to (n, H); n never grows, for the longest texts come first."""
        h = self._units
        state = cell = None
        for given in inputs:
            count = len(given)
            gates = np.tanh(given if state is None else given + state[:count] @ self._hidden)
            new = (0.5 + 0.5 * gates[:, :h]) * gates[:, 2 * h : 3 * h]
            cell = new if cell is None else (0.5 + 0.5 * gates[:, h : 2 * h]) * cell[:count] + new
            state = (0.5 + 0.5 * gates[:, 3 * h :]) * np.tanh(cell)
            yield state
