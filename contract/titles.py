"""Lines above the names of the columns: a title, a date of export, cells that are all empty.

Read as a table, such a file would have one column, its names would be a row, and each of its rows one text with delimiters
in it. Whether it is one, or a column of texts that happen to hold commas, the row says that should be the header: it holds a
name that columns have, or nothing but short words, none of them beside a space as in prose, and the rows below it are as wide.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from typing import NamedTuple

from contract.columns import LABEL_NAMES, TEXT_NAMES, is_figure, is_one_of, may_be_text
from contract.errors import UserError

MAX_TITLES = 10  # lines above a header
_SAMPLED_ROWS = 60
_LEAST_ROWS = 2  # below what may be a header whose names are not known
_PROSE = ",;"  # delimiters that stand in sentences, too
# Thai, Lao, Burmese, Khmer, Japanese, Chinese: no space tells a comma of theirs from a delimiter.
_UNPARTED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]")
_NAME_START = re.compile(r"[^\W\d]|[_#]")


class _Row(NamedTuple):
    number: int
    cells: list[str]

    @property
    def filled(self) -> list[str]:
        return [cell.strip() for cell in self.cells if cell.strip()]

    @property
    def is_prose(self) -> bool:
        """Whether white space stands beside a delimiter."""
        return any(cell != cell.strip() for cell in self.cells)


def refuse_titles(sample: str, name: str, delimiters: Sequence[str], *, is_cut: bool) -> None:
    """Raises UserError when the header of the table that starts with the sample stands below something else."""
    tables = {delimiter: _rows(sample, delimiter, is_cut=is_cut) for delimiter in delimiters}
    if not all(rows and len(rows[0].filled) <= 1 for rows in tables.values()):
        return
    for delimiter, rows in tables.items():
        if header := _header_below(rows, delimiter):
            first = rows[0]
            what = "looks like a title" if first.filled else "holds no names"
            raise UserError(
                f"'{name}': row {first.number} {what}, and the names of the columns seem to stand in row {header.number}. Delete the lines"
                f" above row {header.number} and drop the file again. If it has one column whose texts hold commas or the like, put each"
                f" text into quotation marks, below the name '{TEXT_NAMES[0]}'."
            )


def _rows(sample: str, delimiter: str, *, is_cut: bool) -> list[_Row]:
    """The first rows that are not blank, numbered as a RowReader does."""
    rows: list[_Row] = []
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter), 1):
            if any(map(str.strip, cells)) or (len(cells) > 1 and not delimiter.isspace()):
                rows.append(_Row(number, cells))
            if len(rows) > _SAMPLED_ROWS:
                return rows[:-1]
    except csv.Error:
        pass  # what came before the error still tells
    return rows[:-1] if is_cut else rows  # the last row may be cut


def _header_below(rows: Sequence[_Row], delimiter: str) -> _Row | None:
    """The row below the first one that is the header; None when no row is."""
    wide = [at for at, row in enumerate(rows[: MAX_TITLES + 1]) if len(row.filled) > 1]
    is_text = any(is_one_of(cell, TEXT_NAMES) for cell in rows[0].filled)
    for at in wide:
        row, below = rows[at], rows[at + 1 :]
        if _holds_known_name(row, below, is_first=at == wide[0], is_text=is_text):
            return row
    is_padded = len(rows[0].cells) > 1
    if wide and not (is_text and is_padded):
        row, below = rows[wide[0]], rows[wide[0] + 1 :]
        if _reads_like_names(row) and _agrees(row, below, delimiter, is_text=is_text):
            return row
    return None


def _holds_known_name(row: _Row, below: Sequence[_Row], *, is_first: bool, is_text: bool) -> bool:
    """Whether a row is a header by one of its names. One beside white space may be a part of a text, as in 'Review, please'."""
    if not any(is_one_of(cell, (*TEXT_NAMES, *LABEL_NAMES)) for cell in row.filled) or any(map(is_figure, row.filled)):
        return False
    wide_enough = sum(len(other.cells) >= len(row.cells) for other in below)
    if row.is_prose:
        return is_first and not is_text and wide_enough == len(below)
    return 2 * wide_enough > len(below) or not (below or is_text)


def _reads_like_names(row: _Row) -> bool:
    """Whether all cells could be names, no two alike: what starts with a figure is none."""
    are_names = all(_NAME_START.match(cell) and not may_be_text(cell) for cell in row.filled)
    return are_names and len({*map(str.casefold, row.filled)}) == len(row.cells)


def _agrees(row: _Row, below: Sequence[_Row], delimiter: str, *, is_text: bool) -> bool:
    """Whether the rows below are as wide, and neither the marks of sentences nor of other scripts can have made them so."""
    if len(below) < _LEAST_ROWS or any(len(other.cells) != len(row.cells) for other in below):
        return False
    is_numbered = any(all(map(is_figure, column)) for column in zip(*(other.cells for other in below), strict=True))
    if is_numbered or delimiter not in _PROSE:
        return True
    return not is_text and not any(other.is_prose or any(map(_UNPARTED.search, other.cells)) for other in (row, *below))
