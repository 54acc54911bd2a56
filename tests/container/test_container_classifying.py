"""One block from its bytes to the finished lines, with a classifier that says what it is told to say."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from container.classifying import BlockClassifier
from contract.encoding import TableFormat
from contract.promise import Promise
from contract.shards import Assignment
from contract.table import RejectedRow, neutralise
from model.classifier import Classifier

PROMISE = Promise(0.05, 0.9, 0.8, [0.05, 0.1])
FORMULA, COMMA = "=late", 'broken, "badly"'


class Told:
    """Gives the labels in turn, the second one after the first; a text `none` has no label."""

    labels = ("fine", FORMULA, COMMA)

    def classify(self, texts: Sequence[str], promise: Promise) -> Any:
        """As the real one does, under the promise of the assignment."""
        assert promise == PROMISE
        best = [-1 if text == "none" else number % 3 for number, text in enumerate(texts)]
        return SimpleNamespace(
            best=np.array(best, np.int64),
            second=np.array([-1 if position < 0 else (position + 1) % 3 for position in best], np.int64),
            confidence=np.array([0.0 if position < 0 else 0.87654 for position in best], np.float32),
            second_confidence=np.array([0.0 if position < 0 else 0.12346 for position in best], np.float32),
            reasons=["no text" if position < 0 else "" for position in best],
        )


def block_classifier(width: int = 2, delimiter: str = ",", *, is_neutralising_all: bool = False) -> BlockClassifier:
    """Of a table whose first column is the text."""
    task = Assignment(
        input="claims.csv",
        input_version="",
        format=asdict(TableFormat("utf-8", delimiter, is_gzip=False, has_damage=True)),
        header=["text", "=a", "b", "c"][:width],
        header_number=1,
        text_position=0,
        classifier="main",
        model="model",
        model_version="v7",
        is_explained=False,
        training_object="",
        training_object_version="",
        promise=asdict(PROMISE),
    )
    return BlockClassifier(cast(Classifier, Told()), task, is_neutralising_all=is_neutralising_all)


def by_the_csv_module(rows: Sequence[Sequence[str]], delimiter: str = ",") -> bytes:
    """The same lines the slow way."""
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return file.getvalue().encode("utf-8", "backslashreplace")


def test_a_block_becomes_finished_lines() -> None:
    """Labels with commas are quoted and formulas disarmed; every count is that of the block."""
    done = block_classifier()(b'late,1\n\nnone,2\nragged\n"""x"", y",=3\n')
    assert done.lines.decode().splitlines() == [
        "late,1,fine,0.8765,'=late,0.1235,no,,v7",
        "none,2,,0.0000,,0.0000,yes,no text,v7",
        '"""x"", y",=3,"broken, ""badly""",0.8765,fine,0.1235,no,,v7',
    ]
    assert done.rejected == [RejectedRow(4, "has 1 columns where the first row has 2", "ragged")]
    assert (done.numbers, done.rows_in, done.rows_out, done.rows_to_review) == (5, 4, 3, 1)
    assert done.labels == Counter({"fine": 1, "": 1, COMMA: 1})


def test_a_block_without_rows_is_nothing() -> None:
    """Blank lines take numbers and no more."""
    done = block_classifier()(b"\n\n")
    assert (done.lines, done.rejected, done.numbers, done.rows_in, done.rows_out) == (b"", [], 2, 0, 0)


FIELD = st.one_of(st.text('ab,;"\r\n\t=é ', max_size=6), st.text(st.characters(exclude_categories=["Cs"]), max_size=4))


@given(st.integers(1, 4).flatmap(lambda width: st.lists(st.lists(FIELD, min_size=width, max_size=width), min_size=1, max_size=8)))
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("is_neutralising_all", [False, True])
def test_lines_are_what_the_csv_module_would_write(delimiter: str, is_neutralising_all: bool, rows: list[list[str]]) -> None:
    """Original columns come back field by field in the csv module's own quoting, whatever stands in them."""
    given_rows = [row for row in rows if row != [""]]  # alone in its line, an empty field is a blank line unless it is quoted
    block = by_the_csv_module(given_rows, delimiter)
    work = block_classifier(len(rows[0]), delimiter, is_neutralising_all=is_neutralising_all)
    said = Told().classify([row[0] for row in given_rows], PROMISE)
    names = [*Told.labels, ""]
    expected = [
        [
            *(map(neutralise, row) if is_neutralising_all else row),
            neutralise(names[best]),
            "0.0000" if best < 0 else "0.8765",
            neutralise(names[second]),
            "0.0000" if best < 0 else "0.1235",
            "yes" if reason else "no",
            reason,
            "v7",
        ]
        for row, best, second, reason in zip(given_rows, said.best, said.second, said.reasons, strict=True)
    ]
    assert work(block).lines == by_the_csv_module(expected, ";" if delimiter == ";" else ",")


def test_the_header_is_a_line_like_any_other() -> None:
    """Its names are neutralised on request only; the mark comes first."""
    assert block_classifier().header_line.startswith(b"\xef\xbb\xbftext,=a,predicted_label,confidence,")
    assert block_classifier(is_neutralising_all=True).header_line.startswith(b"\xef\xbb\xbftext,'=a,predicted_label")
    assert block_classifier().header_line.endswith(b",model_version\r\n")


def test_a_classifier_that_loses_a_row_is_found_out() -> None:
    """Answers are never moved to the row before them."""

    class Forgetful(Told):
        def classify(self, texts: Sequence[str], promise: Promise) -> Any:
            return super().classify(texts[1:], promise)

    work = block_classifier()
    work._classifier = cast(Classifier, Forgetful())
    with pytest.raises(ValueError, match="zip"):
        work(b"a,1\nb,2\n")
