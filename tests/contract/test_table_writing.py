"""Writing CSV: what a spreadsheet makes of it, and the names of added columns."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from pathlib import Path

import pytest

from contract.table import PREDICTION_COLUMNS, TableWriter, added_columns, neutralise


def _written(path: Path, rows: Sequence[Sequence[str]], delimiter: str = ",") -> bytes:
    with TableWriter.open(path) as file:
        writer = TableWriter(file, delimiter)
        for row in rows:
            writer.write(row)
    return path.read_bytes()


def test_a_spreadsheet_sees_the_accents(tmp_path: Path) -> None:
    """The mark tells Excel that the file is UTF-8, and rows end as it expects."""
    content = _written(tmp_path / "results.csv", [["text"], ["schön"]])
    assert content == codecs.BOM_UTF8 + "text\r\nschön\r\n".encode()


@pytest.mark.parametrize(("delimiter", "expected"), [(",", b"a,b"), (";", b"a;b"), ("\t", b"a,b")])
def test_the_delimiter_stays_unless_it_was_a_tab(tmp_path: Path, delimiter: str, expected: bytes) -> None:
    """A spreadsheet that writes semicolons reads semicolons; tabs make no file named .csv."""
    assert _written(tmp_path / "results.csv", [["a", "b"]], delimiter) == codecs.BOM_UTF8 + expected + b"\r\n"


def test_what_utf_8_cannot_hold_is_written_as_an_escape(tmp_path: Path) -> None:
    """The list of rejected rows shows damaged bytes instead of failing on them."""
    assert _written(tmp_path / "rejected.csv", [["b\udcffse"]]) == codecs.BOM_UTF8 + b"b\\udcffse\r\n"


def test_a_single_empty_field_is_no_blank_line(tmp_path: Path) -> None:
    """A row of one empty column is written so that it stays a row."""
    assert _written(tmp_path / "results.csv", [["text"], [""]]) == codecs.BOM_UTF8 + b'text\r\n""\r\n'


def test_added_columns_have_their_own_names() -> None:
    """A table without such columns gets the names as they are documented."""
    assert added_columns(["text", "label"]) == list(PREDICTION_COLUMNS)


def test_added_columns_never_hide_one_of_the_table() -> None:
    """A result dropped again keeps its old columns; the new ones are numbered, past numbers already there."""
    header = ["text", *PREDICTION_COLUMNS, "confidence_2"]
    names = added_columns(header)
    assert not set(names) & set(header)
    assert names[0] == "predicted_label_2"
    assert names[1] == "confidence_3"
    assert len(set(names)) == len(PREDICTION_COLUMNS)


@pytest.mark.parametrize("text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\tx", "\rx", "-", "+", "--1", "-1+1"])
def test_what_a_spreadsheet_would_run_is_disarmed(text: str) -> None:
    """An apostrophe makes a formula a text."""
    assert neutralise(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "refund", "1", "a=b", "'=1", "-1", "+1", "-0.5", "-1,5"])
def test_what_a_spreadsheet_would_not_run_is_left_alone(text: str) -> None:
    """Labels such as -1 and +1 are numbers, and must equal those of the training file."""
    assert neutralise(text) == text
