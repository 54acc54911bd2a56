"""The training loop that a tutorial shows: the kit's LSTM in Gluon, rows shuffled, each batch padded to its longest, no hybridize.

    python -m benchmarks.peers.naive_gluon --input TRAIN.csv --rows N

Prints the seconds of one pass over the rows; reading, tokenization and imports are not in them. It runs in the kit's
environment, which has MXNet.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from pathlib import Path
from typing import Any

import mxnet as mx  # type: ignore[import-untyped]  # ships no types
import numpy as np
from mxnet import autograd, gluon
from mxnet.gluon import nn, rnn  # type: ignore[import-untyped]  # likewise

from benchmarks.datasets import read
from benchmarks.peers.words import words

MAX_TOKENS, VOCABULARY_SIZE, WIDTH, UNITS = 400, 30_000, 100, 64  # the sizes of the first recipe
BATCH_SIZE, LEARNING_RATE = 64, 2e-3


class Network(gluon.Block):  # type: ignore[misc]  # MXNet's classes are untyped
    """Embedding, LSTM from both ends, maximum and mean over all steps, output."""

    def __init__(self, labels: int) -> None:
        super().__init__()
        with self.name_scope():
            self.embedding = nn.Embedding(VOCABULARY_SIZE, WIDTH)
            self.lstm = rnn.LSTM(UNITS, input_size=WIDTH, bidirectional=True)
            self.dropout = nn.Dropout(0.5)
            self.output = nn.Dense(labels)

    def forward(self, ids: Any) -> Any:
        """(B, T) ids to (B, C) logits."""
        states = self.lstm(self.embedding(ids.T))
        return self.output(self.dropout(mx.nd.concat(states.max(axis=0), states.mean(axis=0), dim=1)))


def pad(rows: list[tuple[np.ndarray[Any, Any], int]]) -> tuple[Any, Any]:
    """Ids as wide as the longest of the batch, and labels."""
    ids = np.zeros((len(rows), max(len(each) for each, _ in rows)), np.float32)
    for line, (each, _) in zip(ids, rows, strict=True):
        line[: len(each)] = each
    return mx.nd.array(ids), mx.nd.array([label for _, label in rows])


def main() -> None:
    """Train for one pass."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--input", type=Path, required=True)
    parser.add_argument("--rows", type=int, required=True)
    given = parser.parse_args()
    every = read(given.input)
    rows = every.take(np.random.default_rng(0).permutation(len(every))[: given.rows])
    found = [words(text)[:MAX_TOKENS] for text in rows.texts]
    frequent = Counter(word for each in found for word in each).most_common(VOCABULARY_SIZE - 2)
    number = {word: at for at, (word, _) in enumerate(frequent, 2)}
    label = {name: at for at, name in enumerate(sorted(set(rows.labels)))}
    examples = [
        (np.array([number.get(word, 1) for word in each] or [1]), label[name]) for each, name in zip(found, rows.labels, strict=True)
    ]

    network = Network(len(label))
    network.initialize(mx.init.Xavier())
    trainer = gluon.Trainer(network.collect_params(), "adam", {"learning_rate": LEARNING_RATE})
    loss_of = gluon.loss.SoftmaxCrossEntropyLoss()
    started = time.perf_counter()
    for ids, labels in gluon.data.DataLoader(examples, BATCH_SIZE, shuffle=True, batchify_fn=pad):
        with autograd.record():
            loss = loss_of(network(ids), labels)
        loss.backward()
        trainer.step(len(labels))
        loss.mean().asscalar()  # a tutorial prints it
    print(f"seconds={time.perf_counter() - started:.3f}")


if __name__ == "__main__":
    main()
