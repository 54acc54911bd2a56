"""The published original's way to classify: spaCy text by text, every text 500 words long, MXNet's LSTM of 100 units.

Only its speed is measured: the weights are random. It runs in the kit's environment, which has MXNet and spaCy.
"""

from __future__ import annotations

import csv
from itertools import islice
from typing import Any

import mxnet as mx  # type: ignore[import-untyped]  # ships no types
import numpy as np
import spacy
from mxnet import gluon
from mxnet.gluon import nn, rnn  # type: ignore[import-untyped]  # likewise

from benchmarks.peers.batch import MAX_FIELD_CHARS, arguments

WORDS_PER_TEXT = 500
VOCABULARY_SIZE = 30_000
WIDTH = 100
BATCH_SIZE = 64


class Network(gluon.HybridBlock):  # type: ignore[misc]  # MXNet's classes are untyped
    """Embedding, LSTM, its last state, output."""

    def __init__(self, labels: int) -> None:
        super().__init__()
        with self.name_scope():
            self.embedding = nn.Embedding(VOCABULARY_SIZE, WIDTH)
            self.lstm = rnn.LSTM(WIDTH, input_size=WIDTH)
            self.output = nn.Dense(labels, in_units=WIDTH)

    def hybrid_forward(self, F: Any, ids: Any) -> Any:
        """(T, B) ids to (B, C) logits."""
        return self.output(F.slice_axis(self.lstm(self.embedding(ids)), axis=0, begin=-1, end=None).squeeze(axis=0))


def main() -> None:
    """Classify a file; the model is none, two labels are enough."""
    given = arguments()
    csv.field_size_limit(MAX_FIELD_CHARS)
    tokenizer = spacy.blank("en").tokenizer
    network = Network(labels=2)
    network.initialize()
    network.hybridize(static_alloc=True)
    known: dict[str, int] = {}
    with given.input.open(encoding="utf-8", newline="") as file, given.output.open("w", encoding="utf-8", newline="") as results:
        reader, writer = csv.reader(file), csv.writer(results)
        header = next(reader)
        position = header.index(given.column)
        writer.writerow([*header, "label"])
        while rows := list(islice(reader, BATCH_SIZE)):
            ids = np.zeros((WORDS_PER_TEXT, len(rows)), np.float32)
            for column, row in enumerate(rows):
                found = [known.setdefault(token.text.lower(), len(known) % VOCABULARY_SIZE) for token in tokenizer(row[position])]
                ids[: min(len(found), WORDS_PER_TEXT), column] = found[:WORDS_PER_TEXT]
            answers = network(mx.nd.array(ids)).asnumpy().argmax(axis=1)
            writer.writerows([*row, str(answer)] for row, answer in zip(rows, answers, strict=True))


if __name__ == "__main__":
    main()
