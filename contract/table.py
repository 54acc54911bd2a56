"""Reading and writing CSV: rows in = rows out + rows rejected.

A row is known by its number in a spreadsheet: the header is row 1. Lines without any character are
no rows, but they count in the numbering, as they do in a spreadsheet.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TextIO

from contract.encoding import ADVICE, EMPTY, GZIP_DAMAGE, MAX_FIELD_CHARS, TableFormat, detect, open_text
from contract.errors import UserError

PREDICTION_COLUMNS = (
    "predicted_label",
    "confidence",
    "second_label",
    "second_confidence",
    "needs_review",
    "review_reason",
    "model_version",
)
REJECTED_COLUMNS = ("row", "reason", "record")
YES, NO = "yes", "no"

_SURROGATES = re.compile("[\ud800-\udfff]")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]\d+([.,]\d+)?")


class Row(NamedTuple):
    """A readable row: as many fields as the header has."""

    number: int
    fields: list[str]


class RejectedRow(NamedTuple):
    """A row that cannot be read: why, and its characters as they stood in the file."""

    number: int
    reason: str
    record: str


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
            self.header: list[str] = row.fields
            return
        raise UserError(f"'{self.name}' {EMPTY}")

    def __iter__(self) -> Iterator[Row | RejectedRow]:
        """All rows below the header, readable or not, in order."""
        records = self._records()
        next(records)
        yield from records

    def _records(self) -> Iterator[Row | RejectedRow]:
        csv.field_size_limit(MAX_FIELD_CHARS)
        with open_text(self.path, self.format) as text:
            lines = _Lines(text)
            records = csv.reader(lines, delimiter=self.format.delimiter, strict=True)
            number = width = 0
            while True:
                number += 1
                lines.start_record()
                try:
                    fields = next(records)
                except StopIteration:
                    return
                except csv.Error as error:
                    self._refuse_open_quote(error, number)
                    lines.take_back()
                    yield RejectedRow(number, "has a quotation mark inside a quoted field that is not doubled", lines.record)
                    continue
                except UnicodeDecodeError as error:
                    encoding = self.format.encoding_name
                    raise UserError(f"'{self.name}' cannot be read as {encoding} in row {number} or a row below it. {ADVICE}") from error
                except GZIP_DAMAGE as error:
                    if not self.format.is_gzip:
                        raise
                    raise UserError(f"'{self.name}' is a damaged gzip file ({error}). Compress it again and drop it again.") from error
                if not fields:
                    continue
                if self.format.has_damage and _SURROGATES.search(lines.record):
                    yield RejectedRow(number, f"holds bytes that are not {self.format.encoding_name}", lines.record)
                elif len(fields) != (width := width or len(fields)):
                    yield RejectedRow(number, f"has {len(fields)} columns where the first row has {width}", lines.record)
                else:
                    yield Row(number, fields)

    def _refuse_open_quote(self, error: csv.Error, number: int) -> None:
        """A misquoted row is rejected alone; a quotation mark that swallows the rest refuses the file."""
        if "unexpected end of data" in str(error) or "field larger" in str(error):
            raise UserError(
                f"'{self.name}': a quotation mark opened in row {number} is never closed, so the rows below it"
                " cannot be told apart. Close it, or double it if it belongs to the text, and drop the file again."
            ) from error


class _Lines:
    """The lines of a text, remembering those of the record that is being read."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._taken: list[str] = []
        self._again: deque[str] = deque()

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._text)
        self._taken.append(line)
        return line

    def start_record(self) -> None:
        self._taken.clear()

    def take_back(self) -> None:
        """Keep the first line of a misquoted record alone: an open quotation mark had taken sound rows with it."""
        self._again.extendleft(reversed(self._taken[1:]))
        del self._taken[1:]

    @property
    def record(self) -> str:
        return "".join(self._taken).rstrip("\r\n")


class TableWriter:
    """Writes CSV that a spreadsheet opens with its accents right: UTF-8 with a mark, CRLF line ends.

    A tab-separated table is written with commas, for the file is named `.csv`.
    """

    def __init__(self, file: TextIO, delimiter: str) -> None:
        self._writer = csv.writer(file, delimiter=";" if delimiter == ";" else ",", lineterminator="\r\n")

    @staticmethod
    def open(path: Path) -> TextIO:
        """A new file with the right encoding and line ends; what UTF-8 cannot hold is written as an escape."""
        return path.open("w", encoding="utf-8-sig", errors="backslashreplace", newline="")

    def write(self, fields: Sequence[str]) -> None:
        """Write one row."""
        self._writer.writerow(fields)

    def write_all(self, rows: Sequence[Sequence[str]]) -> None:
        """Write many rows."""
        self._writer.writerows(rows)


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
