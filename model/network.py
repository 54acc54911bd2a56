"""The network in Gluon: embedding, LSTMs that read the text from both ends, pooling, output.

References: Graves and Schmidhuber 2005 (bidirectional LSTM); Gal and Ghahramani 2016 (one dropout mask
of the embedding for a whole text); Conneau et al. 2017 (maximum of all states instead of the last one).
Shapes: T steps, B texts, E embedding size, H hidden units, D directions, C labels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import mxnet as mx  # type: ignore[import-untyped]  # MXNet ships no types
import numpy as np
from mxnet import gluon
from mxnet.gluon import nn, rnn  # type: ignore[import-untyped]  # likewise

from contract.errors import PlatformError
from model.architecture import Architecture
from model.engine import Engine, Learned
from model.text.encoding import Encoded
from model.text.sequences import FloatArray, Positions, Sequences, batches_by_length

PAD_MULTIPLE = 16  # few distinct shapes, so that memory plans are used again
PREDICTION_BATCH_SIZE = 128


class Network(gluon.HybridBlock):  # type: ignore[misc]  # MXNet's classes are untyped
    """Logits of padded texts. A text's logits depend neither on its padding nor on its batch.

    A bidirectional `rnn.LSTM` would ignore the lengths on a CPU, so the second direction is an LSTM of its
    own that reads each text reversed within its length.
    """

    def __init__(self, sizes: Architecture, dropout: float = 0.0, embedding_dropout: float = 0.0) -> None:
        super().__init__()
        self.sizes = sizes
        self._dropout, self._embedding_dropout = dropout, embedding_dropout
        with self.name_scope():
            self.embedding = nn.Embedding(sizes.words, sizes.embedding_size)
            self.forward_lstm = self._lstm()
            self.backward_lstm = self._lstm() if sizes.is_bidirectional else None
            self.output = nn.Dense(sizes.labels, in_units=sizes.features)

    def _lstm(self) -> Any:
        sizes = self.sizes
        between_layers = self._dropout if sizes.layers > 1 else 0.0
        return rnn.LSTM(sizes.hidden_units, num_layers=sizes.layers, dropout=between_layers, input_size=sizes.embedding_size)

    def hybrid_forward(self, F: Any, ids: Any, lengths: Any) -> Any:  # F: Gluon's name for the operators
        """ids (T, B), lengths (B,) to logits (B, C)."""
        embedded = self.embedding(ids)  # (T, B, E)
        if self._embedding_dropout:
            embedded = F.Dropout(embedded, p=self._embedding_dropout, axes=(0,))  # one mask for all steps of a text
        states = [self.forward_lstm(embedded)]  # (T, B, H)
        if self.backward_lstm is not None:
            # Left in reverse: the pooling below does not mind the order.
            states.append(self.backward_lstm(F.SequenceReverse(embedded, lengths, use_sequence_length=True)))
        states = F.concat(*states, dim=2)  # (T, B, D*H)
        highest = F.max(F.SequenceMask(states, lengths, use_sequence_length=True, value=-1.0), axis=0)  # a state is never below -1
        total = F.sum(F.SequenceMask(states, lengths, use_sequence_length=True), axis=0)
        mean = F.broadcast_div(total, F.expand_dims(lengths, axis=1))  # (B, D*H)
        features = F.concat(highest, mean, dim=1)  # (B, 2*D*H)
        return self.output(F.Dropout(features, p=self._dropout))  # (B, C)

    def _directions(self) -> list[tuple[str, Any]]:
        return [(name, getattr(self, f"{name}_lstm")) for name in self.sizes.directions]

    def to_weights(self) -> dict[str, FloatArray]:
        """The parameters under the names of the artifact."""
        weights = {"embedding": _numpy(self.embedding.weight)}
        for direction, lstm in self._directions():
            for layer in range(self.sizes.layers):
                name, at = f"{direction}.{layer}", f"l{layer}"
                weights[f"{name}.input"] = _numpy(getattr(lstm, f"{at}_i2h_weight"))
                weights[f"{name}.hidden"] = _numpy(getattr(lstm, f"{at}_h2h_weight"))
                weights[f"{name}.bias"] = _numpy(getattr(lstm, f"{at}_i2h_bias")) + _numpy(getattr(lstm, f"{at}_h2h_bias"))
        return weights | {"output": _numpy(self.output.weight), "output.bias": _numpy(self.output.bias)}

    def set_weights(self, weights: Mapping[str, FloatArray]) -> None:
        """The inverse of `to_weights`; an initialised network computes the same afterwards."""
        self.embedding.weight.set_data(mx.nd.array(weights["embedding"]))
        for direction, lstm in self._directions():
            for layer in range(self.sizes.layers):
                name, at = f"{direction}.{layer}", f"l{layer}"
                getattr(lstm, f"{at}_i2h_weight").set_data(mx.nd.array(weights[f"{name}.input"]))
                getattr(lstm, f"{at}_h2h_weight").set_data(mx.nd.array(weights[f"{name}.hidden"]))
                getattr(lstm, f"{at}_i2h_bias").set_data(mx.nd.array(weights[f"{name}.bias"]))
                getattr(lstm, f"{at}_h2h_bias").set_data(mx.nd.zeros_like(getattr(lstm, f"{at}_h2h_bias").list_data()[0]))
        self.output.weight.set_data(mx.nd.array(weights["output"]))
        self.output.bias.set_data(mx.nd.array(weights["output.bias"]))


def contexts(accelerator: str) -> list[Any]:
    """All GPUs, or the CPU. Raises PlatformError when a GPU was asked for and none is there."""
    if accelerator == "cpu":
        return [mx.cpu()]
    found = mx.context.num_gpus()
    if not found:
        raise PlatformError(
            "The job asked for a GPU, found none: the host has no GPU or its driver does not reach the container."
            " Run it on a GPU instance, or deploy with the accelerator 'cpu'."
        )
    return [mx.gpu(number) for number in range(found)]


def pad(sequences: Sequences, rows: Positions) -> tuple[Any, Any]:
    """Some texts as (T, B) ids and (B,) lengths; T is a multiple of `PAD_MULTIPLE`."""
    lengths = sequences.lengths[rows]
    width = -(-int(lengths.max()) // PAD_MULTIPLE) * PAD_MULTIPLE
    return sequences.padded(rows, width).T, lengths.astype(np.float32)


class GluonForward:
    """Logits of many texts from a network on one device: prediction on a GPU, validation while training."""

    def __init__(self, network: Network, context: Any) -> None:
        self._network, self._context = network, context

    @classmethod
    def of(cls, sizes: Architecture, weights: Mapping[str, FloatArray], context: Any) -> Self:
        """With weights as they lie in the artifact."""
        network = Network(sizes)
        network.initialize(ctx=context)
        network.set_weights(weights)
        network.hybridize(static_alloc=True)
        return cls(network, context)

    def __call__(self, sequences: Sequences) -> FloatArray:
        """(N, C) logits of N texts."""
        logits = np.empty((len(sequences), self._network.sizes.labels), np.float32)
        for rows in batches_by_length(sequences.lengths, PREDICTION_BATCH_SIZE):
            ids, lengths = pad(sequences, rows)
            out = self._network(mx.nd.array(ids, ctx=self._context), mx.nd.array(lengths, ctx=self._context))
            logits[rows] = out.asnumpy()
        return logits


class GluonEngine:
    """The network on the first GPU; words and the wide part stay with an engine of the CPU."""

    def __init__(self, learned: Learned, beside: Engine) -> None:
        context = contexts("gpu")[0]
        self._beside = beside
        self._forward = GluonForward.of(learned.architecture, learned.weights, context)
        self._words, self._max_tokens = learned.architecture.words, learned.max_tokens
        self.name = f"mxnet on {context}, {beside.name}"

    def encode(self, texts: Sequence[str]) -> Encoded:
        """The ids of all words of N texts."""
        return self._beside.encode(texts)

    def wide(self, sequences: Sequences) -> FloatArray:
        """(N, C) logits of the wide part."""
        return self._beside.wide(sequences)

    def deep(self, sequences: Sequences) -> FloatArray:
        """(N, C) logits of the network."""
        return self._forward(sequences.head_and_tail(self._max_tokens).clamped(self._words))


def split_to(devices: Sequence[Any], values: Any, axis: int = 0) -> list[Any]:
    """A batch, cut along one axis, one part per device; fewer parts when there are fewer rows."""
    used = devices[: values.shape[axis]]
    parts: list[Any] = gluon.utils.split_and_load(mx.nd.array(values), used, batch_axis=axis, even_split=False)
    return parts


def _numpy(parameter: Any) -> FloatArray:
    values: FloatArray = parameter.list_data()[0].asnumpy()
    return values
