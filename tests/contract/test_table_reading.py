"""Rows of a table: which are read, which are rejected, and how they are numbered."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest

from contract.encoding import MAX_FIELD_CHARS
from contract.errors import UserError
from contract.table import REJECTED_COLUMNS, RejectedRow, Row, TableReader

Read = Callable[..., TableReader]


def test_quoted_line_ends_belong_to_their_field(read: Read) -> None:
    """A line end inside quotation marks neither ends the row nor counts as one."""
    assert list(read(b'text,label\r\n"one\r\ntwo\n\nthree",a\r\nb,c\r\n')) == [Row(2, ["one\r\ntwo\n\nthree", "a"]), Row(3, ["b", "c"])]


def test_blank_lines_are_no_rows_but_count(read: Read) -> None:
    """Row numbers are those of a spreadsheet, where a blank line has a number too."""
    assert list(read(b"text,label\n\na,b\n\n\nc,d\n\n")) == [Row(3, ["a", "b"]), Row(6, ["c", "d"])]


def test_the_header_may_stand_below_blank_lines(read: Read) -> None:
    """The first line with a character holds the column names; numbers still count from the top."""
    table = read(b"\n\ntext,label\na,b\n")
    assert table.header == ["text", "label"]
    assert list(table) == [Row(4, ["a", "b"])]


def test_a_ragged_row_is_rejected_with_its_counts_and_its_own_characters(read: Read) -> None:
    """Too many and too few fields are said in figures, and the record stands as it stood in the file."""
    rows = list(read(b'text,label\na,b\n"c",d,"e\nf"\ng\nh,i\n'))
    assert rows == [
        Row(2, ["a", "b"]),
        RejectedRow(3, "has 3 columns where the first row has 2", '"c",d,"e\nf"'),
        RejectedRow(4, "has 1 columns where the first row has 2", "g"),
        Row(5, ["h", "i"]),
    ]


def test_a_misquoted_row_is_rejected_alone(read: Read) -> None:
    """A quotation mark that should be doubled costs its own row and no other."""
    rows = list(read(b'text,label\na,b\n"He said "no" twice",c\nd,e\n'))
    assert [type(row) for row in rows] == [Row, RejectedRow, Row]
    assert isinstance(rows[1], RejectedRow)
    assert rows[1].number == 3
    assert "not doubled" in rows[1].reason
    assert rows[1].record == '"He said "no" twice",c'


def test_quotation_marks_inside_an_unquoted_field_are_text(read: Read) -> None:
    """Inches and spoken words in unquoted fields are read as they stand."""
    assert list(read(b'text,label\na 5" nail,b\nsaid "no",c\n')) == [Row(2, ['a 5" nail', "b"]), Row(3, ['said "no"', "c"])]


def test_an_open_quotation_mark_does_not_swallow_the_rows_up_to_the_next(read: Read) -> None:
    """The row with the mark is rejected; the sound rows below it are read and keep their numbers."""
    rows = list(read(b'text,label\na,b\n"open,c\nd,e\nf,g\n"quoted, text",h\ni,j\n'))
    assert [row.number for row in rows] == [2, 3, 4, 5, 6, 7]
    assert [row.number for row in rows if isinstance(row, RejectedRow)] == [3]
    assert rows[4] == Row(6, ["quoted, text", "h"])


def test_a_quotation_mark_that_is_never_closed_refuses_the_file(read: Read) -> None:
    """The row where it opens is named, for every row below it would vanish."""
    with pytest.raises(UserError, match=r"'claims\.csv': a quotation mark opened in row 3 is never closed.*double it"):
        list(read(b'text,label\na,b\n"c,d\ne,f\ng,h\n'))


def test_a_long_field_is_read_and_an_endless_one_refused(read: Read) -> None:
    """A megabyte of text is a text; beyond the bound it is taken for an unclosed quotation mark."""
    assert list(read(b"text,label\n" + b"x" * 1_000_000 + b",b\n")) == [Row(2, ["x" * 1_000_000, "b"])]
    with pytest.raises(UserError, match="row 2"):
        list(read(b'text,label\n"' + (b"x" * 1023 + b"\n") * (MAX_FIELD_CHARS // 1024 + 1) + b'",b\n'))


def test_zero_bytes_are_characters_of_their_row(read: Read) -> None:
    """A binary zero in a text, as databases export it, loses no row."""
    assert list(read(b"text,label\na\x00b,c\nd,e\n")) == [Row(2, ["a\x00b", "c"]), Row(3, ["d", "e"])]


def test_a_header_alone_is_a_table_without_rows(read: Read) -> None:
    """Whether no rows are too few is for the reader's caller to say."""
    table = read(b"text,label\n")
    assert (table.header, list(table)) == (["text", "label"], [])


def test_duplicate_and_empty_column_names_are_kept(read: Read) -> None:
    """Reading changes no name; choosing among them is another's task."""
    assert read(b"text,text,,\na,b,c,d\n").header == ["text", "text", "", ""]


def test_a_row_of_empty_fields_is_a_row(read: Read) -> None:
    """Delimiters alone make a row, for its columns must come back."""
    assert list(read(b"text,label\n,\n")) == [Row(2, ["", ""])]


def test_a_header_that_cannot_be_read_refuses_the_file(read: Read) -> None:
    """Without column names nothing else can be said; the message gives the remedy."""
    with pytest.raises(UserError, match=r"'claims\.csv': the first row, which should hold the column names, .*CSV UTF-8"):
        read(b'"te"xt,label\na,b\n')
    with pytest.raises(UserError, match="bytes that are not UTF-8"):
        read("Beschädigte Größe ".encode() + b"\xff,label\na,b\n")


def test_a_table_can_be_read_twice(read: Read) -> None:
    """Each iteration starts at the first row: training reads a file in several passes."""
    table = read(b"text,label\na,b\n")
    assert list(table) == list(table) == [Row(2, ["a", "b"])]


def test_a_rejected_row_fits_the_columns_of_its_file() -> None:
    """A field added to a rejected row without a column would shift the file that lists them."""
    assert RejectedRow._fields == ("number", "reason", "record")
    assert REJECTED_COLUMNS == ("row", "reason", "record")


def test_a_rejected_record_survives_being_listed(read: Read) -> None:
    """What is written into the list of rejected rows reads back as it stood in the file."""
    (rejected,) = read(b'text,label\n"a ""b""",c,"d\ne"\n')
    assert isinstance(rejected, RejectedRow)
    assert next(csv.reader(io.StringIO(rejected.record, newline=""))) == ['a "b"', "c", "d\ne"]
