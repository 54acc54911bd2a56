"""The reader and the writer against Python's own csv module, on tables and texts made by chance."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from contract.encoding import DELIMITERS
from contract.errors import UserError
from contract.table import LINE_END, RejectedRow, Row, TableReader, TableWriter, csv_line, written_delimiter

settings.register_profile("kit", deadline=None, derandomize=True, database=None)  # the same examples on every machine
settings.load_profile("kit")

DELIMITER = st.sampled_from(sorted(DELIMITERS))
PIECES = st.sampled_from(['"', '""', "\n", "\r\n", "\r", "a", "b c", "é", "語", " ", "'", "\\", "=", "D", 'D"', '"D'])
FIELD = st.text(st.characters(exclude_categories=["Cs"]), max_size=15)
HEADER = ["text", "label"]


def read(content: str) -> tuple[list[str], list[Row | RejectedRow]]:
    """Header and rows as the kit reads them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "claims.csv"
        path.write_bytes(content.encode())
        table = TableReader(path, path.name)
        return table.header, list(table)


def records(content: str, delimiter: str) -> tuple[list[list[str]], bool]:
    """The records that Python's own reader finds, and whether it came to the end."""
    found: list[list[str]] = []
    try:
        found.extend(csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        return found, False
    return found, True


@given(DELIMITER, st.lists(PIECES, max_size=60))
def test_the_reader_is_pythons_reader(delimiter: str, pieces: list[str]) -> None:
    """As far as Python reads a text, so does the kit, record by record; one of another width is a rejected row, a blank one none.

    From where Python gives up, the kit goes on: the next row is a rejected one, or the file is refused for that row.
    """
    top = delimiter.join(HEADER) + "\n" + f"sound{delimiter}row\n" * 60  # the delimiter is beyond doubt
    body = "".join(pieces).replace("D", delimiter)
    expected, is_whole = records(top + body, delimiter)
    try:
        header, rows = read(top + body)
    except UserError as error:
        assert not is_whole
        assert f"opened in row {len(expected) + 1}" in str(error) or "is never closed" in str(error)
        return
    assert header == HEADER
    wanted = [(number, fields) for number, fields in enumerate(expected[1:], 2) if fields]
    for row, (number, fields) in zip(rows, wanted, strict=False):
        assert row.number == number
        assert row.fields == fields if isinstance(row, Row) else len(fields) != len(HEADER)
    if is_whole:
        assert len(rows) == len(wanted)
    else:
        assert isinstance(rows[len(wanted)], RejectedRow)


@given(st.lists(st.lists(FIELD, min_size=3, max_size=3), max_size=8), DELIMITER)
def test_what_the_kit_writes_python_reads(rows: list[list[str]], delimiter: str) -> None:
    """Any reader of CSV gets the fields that were written, by either way of writing."""
    made = written_delimiter(delimiter)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "results.csv"
        with TableWriter.open(path) as file:
            writer = TableWriter(file, delimiter)
            for fields in rows:
                writer.write(fields)
        with path.open(encoding="utf-8-sig", newline="") as file:
            assert list(csv.reader(file, delimiter=made, strict=True)) == rows
    quick = "".join(csv_line(fields, made) + LINE_END for fields in rows)
    assert list(csv.reader(io.StringIO(quick, newline=""), delimiter=made, strict=True)) == rows


@given(
    st.lists(st.lists(FIELD, min_size=2, max_size=2), min_size=1, max_size=8),
    DELIMITER,
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC]),
    st.sampled_from(["", "sep"]),
)
def test_what_python_writes_the_kit_reads(rows: list[list[str]], delimiter: str, quoting: Any, first: str) -> None:
    """In every style of quoting, and below a line that names the delimiter."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, quoting=quoting).writerows([HEADER, *rows])
    above = f"sep={delimiter}\r\n" if first else ""
    header, found = read(above + text.getvalue())
    assert header == HEADER
    assert [row.fields for row in found if isinstance(row, Row)] == rows
    assert found[0].number == 2 + bool(above)
