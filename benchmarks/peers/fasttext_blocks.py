"""fastText at its best: behind the kit's own reader and writer, whole blocks of the file read and written by the workers.

Not what a fastText user has; it tells how much of the kit's speed is the model's and how much is the reader's.
"""

from __future__ import annotations

from multiprocessing import get_context
from urllib.parse import unquote

import fasttext  # type: ignore[import-not-found]  # of the benchmarks' own environment

from benchmarks.peers.batch import Given, arguments
from benchmarks.peers.words import words
from contract.blocks import TableBlocks, read_block
from contract.table import TableReader, csv_line, to_bytes

PREFIX = "__label__"
LINE_END = "\r\n"


class BlockClassifier:
    """From a block's bytes to the bytes of its results."""

    def __init__(self, given: Given) -> None:
        fasttext.FastText.eprint = lambda *_: None  # it warns of a renamed class at every load
        self._model = fasttext.load_model(str(given.model))
        self._names = {label: unquote(label.removeprefix(PREFIX)) for label in self._model.get_labels()}
        self.table = TableReader(given.input, given.input.name)
        self._position = self.table.header.index(given.column)

    def __call__(self, block: bytes) -> bytes:
        """The results' lines."""
        rows = read_block(block, self.table.format, len(self.table.header)).rows
        labels, confidences = self._model.predict([" ".join(words(row[self._position])) for row in rows])
        lines = [
            f"{csv_line([*row, self._names[label[0]] if label else '', ''], ',')}{confidence[0] if label else 0:.4f}{LINE_END}"
            for row, label, confidence in zip(rows, labels, confidences, strict=True)
        ]
        return to_bytes("".join(lines))


_classifier: BlockClassifier  # set before the processes are forked


def main() -> None:
    """Classify a file."""
    global _classifier  # noqa: PLW0603  # what forked processes share is a global
    given = arguments()
    _classifier = BlockClassifier(given)
    table = _classifier.table
    with given.output.open("wb") as results, get_context("fork").Pool(given.processes) as pool:
        results.write(to_bytes(",".join([*table.header, "label", "confidence"]) + LINE_END))
        results.writelines(pool.imap(_answer, TableBlocks(table)))


def _answer(block: bytes) -> bytes:
    return _classifier(block)


if __name__ == "__main__":
    main()
