"""One block of a table, from its bytes to the finished lines of the result: what a worker process does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from contract.blocks import read_block
from contract.review_list import other_columns
from contract.shards import Assignment
from contract.table import (
    EXPLANATION_COLUMN,
    LINE_END,
    MARK,
    NO,
    PREDICTION_COLUMNS,
    YES,
    RejectedRow,
    added_columns,
    csv_line,
    neutralise,
    to_bytes,
    written_delimiter,
)
from model.classifier import Classifier
from model.review_picks import BlockPicks, Picker


class ClassifiedBlock(NamedTuple):
    """What came of a block; each count is made where the thing happens, so that a lost row shows."""

    size_bytes: int  # of the block itself
    lines: bytes  # of the results
    rejected: list[RejectedRow]  # numbered from 1
    numbers: int  # row numbers that it takes, blank lines included
    rows_in: int
    rows_out: int
    rows_to_review: int
    labels: Counter[str]
    review: BlockPicks


class BlockClassifier:
    """Classifies the blocks of one table. With `is_neutralising_all`, its own columns are disarmed for spreadsheets, too."""

    def __init__(self, classifier: Classifier, task: Assignment, *, is_neutralising_all: bool) -> None:
        self._classifier = classifier
        self._table = task.table
        self._header = task.header
        self._text_position = task.text_position
        self._model_version = task.model_version
        self._is_explained = task.is_explained
        self._promise = task.promised
        self._is_neutralising_all = is_neutralising_all
        self._delimiter = written_delimiter(self._table.delimiter)
        others = other_columns(task.header, task.text_position, task.own_position)
        self._pick = Picker(classifier.labels, task.own_position, task.model_version, others)

    @property
    def header_line(self) -> bytes:
        """The first bytes of the results: the mark and the names of the columns."""
        added = [*PREDICTION_COLUMNS, EXPLANATION_COLUMN] if self._is_explained else PREDICTION_COLUMNS
        return MARK + to_bytes(csv_line([*self._original(self._header), *added_columns(self._header, added)], self._delimiter) + LINE_END)

    def __call__(self, block: bytes) -> ClassifiedBlock:
        """Read, classify and write one block."""
        found = read_block(block, self._table, len(self._header))
        texts = [fields[self._text_position] for fields in found.rows]
        said = self._classifier.classify(texts, self._promise)
        names = [*self._classifier.labels, ""]  # the last one for position -1, of a row without text
        positions = said.best.tolist()
        shown = [csv_line([neutralise(name)], self._delimiter) for name in names]
        ends = {reason: self._end(reason) for reason in set(said.reasons)}
        comma = self._delimiter
        originals = [csv_line(self._original(fields), comma) for fields in found.rows]
        lines = [
            f"{original}{comma}{shown[best]}{comma}{share:.4f}{comma}{shown[second]}{comma}{second_share:.4f}"
            f"{comma}{ends[reason]}{explanation}{LINE_END}"
            for original, best, share, second, second_share, reason, explanation in zip(
                originals,
                positions,
                said.confidence.tolist(),
                said.second.tolist(),
                said.second_confidence.tolist(),
                said.reasons,
                self._explanations(texts),
                strict=True,
            )
        ]
        return ClassifiedBlock(
            size_bytes=len(block),
            lines=to_bytes("".join(lines)),
            rejected=found.rejected,
            numbers=found.numbers,
            rows_in=len(found.rows) + len(found.rejected),
            rows_out=len(lines),
            rows_to_review=len(lines) - said.reasons.count(""),
            labels=Counter({names[position]: count for position, count in Counter(positions).items()}),
            review=self._pick(found.rows, texts, originals, said),
        )

    def _original(self, fields: Sequence[str]) -> Sequence[str]:
        return [neutralise(value) for value in fields] if self._is_neutralising_all else fields

    def _end(self, reason: str) -> str:
        """The columns of a row that are the same for many."""
        return csv_line([YES if reason else NO, reason, self._model_version], self._delimiter)

    def _explanations(self, texts: Sequence[str]) -> list[str]:
        """The end of each line: nothing unless explanations were asked for."""
        if not self._is_explained:
            return [""] * len(texts)
        from model.explanation import explain  # noqa: PLC0415  # for those who ask

        found = map(str, explain(self._classifier, texts))
        return [self._delimiter + csv_line([neutralise(text)], self._delimiter) for text in found]
