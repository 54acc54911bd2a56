"""Reading and writing CSV: rows in = rows out + rows rejected.

A row is known by its number in a spreadsheet: the header is row 1. Lines without any character are
no rows, but they count in the numbering, as they do in a spreadsheet.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple, TextIO

from contract.encoding import (
    ADVICE,
    EMPTY,
    MAX_FIELD_CHARS,
    TableFormat,
    detect,
    named_delimiter,
    open_text,
)
from contract.errors import UserError
from contract.unpacking import GZIP_DAMAGE, gzip_refusal

PREDICTION_COLUMNS = (
    "predicted_label",
    "confidence",
    "second_label",
    "second_confidence",
    "needs_review",
    "review_reason",
    "model_version",
)
EXPLANATION_COLUMN = "explanation"  # added on request: the words that moved the decision
REJECTED_COLUMNS = ("row", "reason", "record")
YES, NO = "yes", "no"
MAX_RECORD_CHARS = 4 * MAX_FIELD_CHARS  # a longer row is no row: line ends are missing, or a quotation mark
MARK = codecs.BOM_UTF8  # the first bytes of a written table, by which a spreadsheet knows its encoding
LINE_END = "\r\n"

_ESCAPE = "backslashreplace"
_SURROGATES = re.compile("[\ud800-\udfff]")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]\d+([.,]\d+)?")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f]")  # no name of a column holds one


class Row(NamedTuple):
    """A readable row: as many fields as the header has."""

    number: int
    fields: list[str]
    weight: float = 1.0  # how sure its label is; of a table, all rows alike


class RejectedRow(NamedTuple):
    """A row that cannot be read: why, and its characters as they stood in the file."""

    number: int
    reason: str
    record: str


class OpenQuote(Exception):
    """A quotation mark, or the want of line ends, swallows all that follows: nobody can say where the rows below it begin."""

    def __init__(self, number: int, *, is_beyond_bound: bool) -> None:
        super().__init__(number)
        self.number = number  # of the row in which it opens
        self.is_beyond_bound = is_beyond_bound  # field or row is longer than any; otherwise the text came to its end


class RowReader:
    """The rows of a text in bounded memory, one by one; an iterator.

    A row is `width` fields wide, or as wide as the first one when that is 0. Above the first one, lines of white space and
    one that names the delimiter for Excel count as blank ones. Raises OpenQuote when rows cannot be told apart, and whatever reading the
    lines raises. What is only a part of a text may end below a quotation mark that the lines after it show to be misplaced.
    """

    def __init__(self, lines: Iterator[str], table: TableFormat, width: int = 0, *, is_part: bool = False) -> None:
        csv.field_size_limit(MAX_FIELD_CHARS)
        self.number = 0  # of the row that was read last, or is being read
        self._table = table
        self._width = width
        self._is_part = is_part
        self._lines = _Lines(lines)
        self._records = csv.reader(self._lines, delimiter=table.delimiter, strict=True)

    def __iter__(self) -> RowReader:
        return self

    def __next__(self) -> Row | RejectedRow:
        fields: list[str] = []
        while not fields:
            self.number += 1
            self._lines.start_record()
            try:
                fields = next(self._records)
            except _TooLongError as error:
                raise OpenQuote(self.number, is_beyond_bound=True) from error
            except csv.Error as error:
                is_beyond_bound = "field larger" in str(error)
                if is_beyond_bound or ("unexpected end of data" in str(error) and not self._is_part):
                    raise OpenQuote(self.number, is_beyond_bound=is_beyond_bound) from error
                self._lines.take_back()
                return self._rejected("has a quotation mark inside a quoted field that is not doubled")
            if not self._width and (not self._lines.record.strip() or named_delimiter(self._lines.record)):
                fields = []
        if self._table.has_damage and _SURROGATES.search(self._lines.record):
            return self._rejected(f"holds bytes that are not {self._table.encoding_name}")
        self._width = self._width or len(fields)
        if len(fields) != self._width:
            return self._rejected(f"has {len(fields)} columns where the first row has {self._width}")
        return Row(self.number, fields)

    @property
    def chars_read(self) -> int:
        """How many characters stand up to the end of the row that was read last, its line end included."""
        return self._lines.chars_read

    def _rejected(self, reason: str) -> RejectedRow:
        return RejectedRow(self.number, reason, self._lines.record)


@dataclass
class TableReader:
    """Reads a table row by row in bounded memory; `name` is what its owner calls it.

    Raises UserError when the file as a whole cannot be read.
    """

    path: Path
    name: str

    def __post_init__(self) -> None:
        self.format: TableFormat = detect(self.path, self.name)
        for row in self._records():
            if isinstance(row, RejectedRow):
                raise UserError(f"'{self.name}': the first row, which should hold the column names, {row.reason}. {ADVICE}")
            if any(map(_CONTROL.search, row.fields)):
                raise UserError(f"'{self.name}' is no table: its first row, which should hold the column names, is no text. {ADVICE}")
            self.header: list[str] = row.fields
            self.header_number = row.number  # more than 1 below blank lines
            return
        raise UserError(f"'{self.name}' {EMPTY}")

    def __iter__(self) -> Iterator[Row | RejectedRow]:
        """All rows below the header, readable or not, in order."""
        records = self._records()
        next(records)
        yield from records

    def _records(self) -> Iterator[Row | RejectedRow]:
        with open_text(self.path, self.format) as text:
            rows = RowReader(iter(partial(text.readline, MAX_RECORD_CHARS + 1), ""), self.format)
            try:
                yield from rows
            except OpenQuote as error:
                if error.is_beyond_bound:
                    raise UserError(
                        f"'{self.name}': row {error.number} is longer than a row can be. Either a quotation mark that opens in it is"
                        " never closed, or its line end is missing. Mend that and drop the file again."
                    ) from error
                raise UserError(
                    f"'{self.name}': a quotation mark opened in row {error.number} is never closed, so the rows below it"
                    " cannot be told apart. Close it, or double it if it belongs to the text, and drop the file again."
                ) from error
            except UnicodeDecodeError as error:
                encoding = self.format.encoding_name
                raise UserError(f"'{self.name}' cannot be read as {encoding} in row {rows.number} or a row below it. {ADVICE}") from error
            except GZIP_DAMAGE as error:
                if not self.format.is_gzip:
                    raise
                raise gzip_refusal(self.name, error) from error


class _TooLongError(Exception):
    """A record has more characters than any has."""


class _Lines:
    """The lines of a text, remembering those of the record that is being read. Raises _TooLongError when they are too many."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._source = lines
        self._taken: list[str] = []
        self._again: deque[str] = deque()
        self._chars_before = 0  # of the records before this one
        self._chars = 0  # of this one

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._source)
        self._taken.append(line)
        self._chars += len(line)
        if self._chars > MAX_RECORD_CHARS:
            raise _TooLongError
        return line

    def start_record(self) -> None:
        self._chars_before, self._chars = self.chars_read, 0
        self._taken.clear()

    def take_back(self) -> None:
        """Keep the first line of a misquoted record alone: an open quotation mark had taken sound rows with it."""
        self._again.extendleft(reversed(self._taken[1:]))
        del self._taken[1:]
        self._chars = len(self._taken[0])

    @property
    def chars_read(self) -> int:
        return self._chars_before + self._chars

    @property
    def record(self) -> str:
        return "".join(self._taken).rstrip("\r\n")


class TableWriter:
    """Writes CSV that a spreadsheet opens with its accents right: UTF-8 with a mark, CRLF line ends.

    A tab-separated table is written with commas, for the file is named `.csv`.
    """

    def __init__(self, file: TextIO, delimiter: str) -> None:
        self._writer = csv.writer(file, delimiter=written_delimiter(delimiter), lineterminator=LINE_END)

    @staticmethod
    def open(path: Path) -> TextIO:
        """A new file with the right encoding and line ends; what UTF-8 cannot hold is written as an escape."""
        return path.open("w", encoding="utf-8-sig", errors=_ESCAPE, newline="")

    def write(self, fields: Sequence[str]) -> None:
        """Write one row."""
        self._writer.writerow(fields)


def written_delimiter(delimiter: str) -> str:
    """The delimiter of the results of a table that has this one."""
    return ";" if delimiter == ";" else ","


def csv_line(fields: Sequence[str], delimiter: str) -> str:
    """The line, or a part of a line, that a TableWriter would make of fields, without its end: many times as fast.

    Only an empty field that is alone in its line would need quotation marks that it does not get here.
    """
    line = delimiter.join(fields)
    if '"' in line or "\n" in line or "\r" in line or line.count(delimiter) >= len(fields):
        return delimiter.join([_quoted(field, delimiter) for field in fields])
    return line


def _quoted(field: str, delimiter: str) -> str:
    """A field with quotation marks around it if it needs them."""
    if '"' in field:
        return '"' + field.replace('"', '""') + '"'
    return f'"{field}"' if delimiter in field or "\n" in field or "\r" in field else field


def to_bytes(lines: str) -> bytes:
    """Lines as a TableWriter's file holds them."""
    return lines.encode("utf-8", _ESCAPE)


def added_columns(header: Sequence[str], added: Sequence[str] = PREDICTION_COLUMNS) -> list[str]:
    """Names for added columns: their own, numbered where the table has such a column already."""
    taken = set(header)
    names = []
    for name in added:
        candidate, number = name, 2
        while candidate in taken:
            candidate, number = f"{name}_{number}", number + 1
        taken.add(candidate)
        names.append(candidate)
    return names


def neutralise(text: str) -> str:
    """A text that a spreadsheet would run as a formula, with an apostrophe before it; a number such as -1 is none."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) and not _NUMBER.fullmatch(text) else text
