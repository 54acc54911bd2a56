"""The published original's way to classify: spaCy text by text, every text 500 words long, then MXNet's LSTM.

https://github.com/zyh41/text-classification-with-gluon-on-aws-sagemaker-and-batch publishes two networks: its config.json has both
directions, 500 units each and vectors of 300, and its class's own defaults are three such layers of 100 units. A far smaller one is for
the cautious: one direction, 100 units, vectors of 100. All read 500 words of a vocabulary of 5,000, 64 texts at once. Only the speed is
measured: the weights are random, and of the two ways to read the states of 500 words the cheaper one is taken, the last state's. It
runs in the kit's environment, which has MXNet and spaCy.
"""

from __future__ import annotations

import argparse
import csv
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import mxnet as mx  # type: ignore[import-untyped]  # ships no types
import numpy as np
import spacy
from mxnet import gluon
from mxnet.gluon import nn, rnn  # type: ignore[import-untyped]  # likewise

from benchmarks.peers.batch import MAX_FIELD_CHARS

WORDS = 5_000  # in the vocabulary
WORDS_PER_TEXT = 500
BATCH_SIZE = 64


class Sizes(NamedTuple):
    """Of the network."""

    units: int  # in each direction
    layers: int
    is_bidirectional: bool
    vector_size: int


SIZES = {
    "config": Sizes(500, layers=1, is_bidirectional=True, vector_size=300),
    "defaults": Sizes(100, layers=3, is_bidirectional=True, vector_size=300),
    "least": Sizes(100, layers=1, is_bidirectional=False, vector_size=100),
}


class Network(gluon.HybridBlock):  # type: ignore[misc]  # MXNet's classes are untyped
    """Embedding, LSTM, its last state, output."""

    def __init__(self, labels: int, sizes: Sizes) -> None:
        super().__init__()
        with self.name_scope():
            self.embedding = nn.Embedding(WORDS, sizes.vector_size)
            self.lstm = rnn.LSTM(sizes.units, sizes.layers, bidirectional=sizes.is_bidirectional, input_size=sizes.vector_size)
            self.output = nn.Dense(labels, in_units=sizes.units * (1 + sizes.is_bidirectional))

    def hybrid_forward(self, F: Any, ids: Any) -> Any:
        """(T, B) ids to (B, C) logits."""
        return self.output(F.slice_axis(self.lstm(self.embedding(ids)), axis=0, begin=-1, end=None).squeeze(axis=0))


def main() -> None:
    """Classify a file; there is no model, and two labels are enough."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--input", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--sizes", choices=SIZES, required=True)
    given = parser.parse_args()
    csv.field_size_limit(MAX_FIELD_CHARS)
    tokenizer = spacy.blank("en").tokenizer
    network = Network(2, SIZES[given.sizes])
    network.initialize()
    network.hybridize(static_alloc=True)
    known: dict[str, int] = {}
    with given.input.open(encoding="utf-8", newline="") as file, given.output.open("w", encoding="utf-8", newline="") as results:
        reader, writer = csv.reader(file), csv.writer(results)
        header = next(reader)
        position = header.index("text")
        writer.writerow([*header, "label"])
        while rows := list(islice(reader, BATCH_SIZE)):
            ids = np.zeros((WORDS_PER_TEXT, len(rows)), np.float32)
            for column, row in enumerate(rows):
                found = [known.setdefault(token.text.lower(), len(known) % WORDS) for token in tokenizer(row[position])]
                ids[: min(len(found), WORDS_PER_TEXT), column] = found[:WORDS_PER_TEXT]
            answers = network(mx.nd.array(ids)).asnumpy().argmax(axis=1)
            writer.writerows([*row, str(answer)] for row, answer in zip(rows, answers, strict=True))


if __name__ == "__main__":
    main()
