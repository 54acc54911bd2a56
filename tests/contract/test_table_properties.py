"""Properties that hold for every table: what is written reads back, and no bytes break the reader."""

from __future__ import annotations

import csv
import gzip
import io
import re
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from contract.encoding import DELIMITERS
from contract.errors import UserError
from contract.table import LINE_END, MARK, RejectedRow, Row, TableReader, TableWriter, csv_line, to_bytes, written_delimiter

# Surrogates are no characters; a zero byte makes a file look like UTF-16 and has a test of its own.
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
FIELDS = st.one_of(st.text(CHARACTERS, max_size=12), st.text("\",;\t\r\n'= a", max_size=8))
DELIMITER = st.sampled_from(sorted(DELIMITERS))
CODEC = st.sampled_from(["utf-8", "utf-8-sig", "utf-16"])
QUOTING = st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
LINE_ENDS = st.sampled_from(["\r\n", "\n"])
TOKENS = [b'"', b",", b";", b"\t", b"\n", b"\r", b"\r\n", b" ", b"a", b"text", b"\x00", b"\xff", b"\xfe", b"\xef\xbb\xbf", b"\xc3", b"\xa9"]


@st.composite
def _tables(draw: st.DrawFn) -> list[list[str]]:
    """Rows of equal width, at least two, below a header of plain names."""
    width = draw(st.integers(2, 4))
    row = st.lists(FIELDS, min_size=width, max_size=width)
    return [[f"column {number}" for number in range(width)], *draw(st.lists(row, max_size=6))]


def _read(content: bytes) -> tuple[TableReader, list[Row | RejectedRow]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        path.write_bytes(content)
        table = TableReader(path, "table.csv")
        return table, list(table)


@given(_tables(), DELIMITER, CODEC, QUOTING, LINE_ENDS)
def test_what_pythons_csv_module_writes_reads_back(rows: list[list[str]], delimiter: str, codec: str, quoting: int, line_end: str) -> None:
    """Every table of two columns or more comes back field by field, with the line numbers in order."""
    buffer = io.StringIO()
    # With "\n" alone Python leaves "\r" unquoted, where no reader can tell it from a line end.
    quoted = csv.QUOTE_ALL if line_end == "\n" else quoting
    csv.writer(buffer, delimiter=delimiter, quoting=quoted, lineterminator=line_end).writerows(rows)  # type: ignore[arg-type]  # typeshed wants a literal
    table, body = _read(buffer.getvalue().encode(codec))
    assert table.header == rows[0]
    assert body == [Row(number, fields) for number, fields in enumerate(rows[1:], start=2)]


@given(_tables(), DELIMITER)
def test_what_the_kit_writes_the_kit_reads(rows: list[list[str]], delimiter: str) -> None:
    """Results can be dropped again, and nothing in a column changes on the way."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "results.csv"
        with TableWriter.open(path) as file:
            writer = TableWriter(file, delimiter)
            for row in rows:
                writer.write(row)
        table = TableReader(path, "results.csv")
        assert [table.header, *(row.fields for row in table if isinstance(row, Row))] == rows


@given(st.lists(st.one_of(FIELDS, st.text(max_size=3)), min_size=2, max_size=5), DELIMITER)
def test_a_quickly_written_line_is_that_of_the_writer(fields: list[str], delimiter: str) -> None:
    """Whatever stands in the fields, characters that UTF-8 cannot hold included, both ways of writing give the same bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "results.csv"
        with TableWriter.open(path) as file:
            TableWriter(file, delimiter).write(fields)
        assert MARK + to_bytes(csv_line(fields, written_delimiter(delimiter)) + LINE_END) == path.read_bytes()


@given(st.one_of(st.binary(max_size=300), st.lists(st.sampled_from(TOKENS), max_size=60).map(b"".join)))
def test_no_bytes_break_the_reader(content: bytes) -> None:
    """Arbitrary bytes give rows, rejected rows or a sentence for their owner, and nothing else."""
    try:
        table, body = _read(content)
    except UserError as error:
        assert "'table.csv'" in str(error)
        return
    numbers = [row.number for row in body]
    assert numbers == sorted(set(numbers))
    assert all(len(row.fields) == len(table.header) for row in body if isinstance(row, Row))
    assert not any("\ud800" <= char <= "\udfff" for row in body if isinstance(row, Row) for field in row.fields for char in field)


@given(st.lists(st.sampled_from([token for token in TOKENS if token not in (b'"', b"\xef\xbb\xbf", b"\x00")]), max_size=80).map(b"".join))
def test_rows_in_are_rows_plus_rejected_rows(lines: bytes) -> None:
    """Where no quotation mark joins lines, every line with a character is a row or a rejected row, if the letters can be told."""
    try:
        _, body = _read(b"text,label\n" + lines)
    except UserError as error:
        assert "its letters cannot be told for sure" in str(error)
        return
    expected = [number for number, line in enumerate(re.split(rb"\r\n|\r|\n", lines), start=2) if line]
    assert [row.number for row in body] == expected


@given(st.integers(0, 10_000), st.binary(min_size=1, max_size=40), st.booleans())
def test_no_damage_to_a_gzip_file_breaks_the_reader(at: int, damage: bytes, is_cut: bool) -> None:
    """Flipped bits and a missing end give the right rows or a sentence, never another exception."""
    whole = gzip.compress(b"text,label\n" + b"".join(b"claim %d,b\n" % (number * 7919 % 10_007) for number in range(2000)), mtime=0)
    at = min(at, len(whole) - 1)
    damaged = whole[:at] if is_cut else whole[:at] + damage + whole[at + len(damage) :]
    try:
        _, body = _read(damaged)
    except UserError as error:
        assert "'table.csv'" in str(error)
        return
    assert all(row.number > 1 for row in body)
