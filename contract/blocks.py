"""A table in blocks of whole records, so that several processes can read it at once.

Only line ends outside quoted fields end a record, so blocks are cut from the beginning to the end. Where every
quotation mark stands at the edge of a field or is doubled inside one, as in all that spreadsheets write, counting
them tells outside from inside, at the speed of memory. Where one stands elsewhere, the row-by-row reader itself says
where records end. Either way the blocks, read one by one, give exactly the rows that a TableReader gives.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import BinaryIO, NamedTuple

from contract.encoding import MAX_FIELD_CHARS, TableFormat, as_text
from contract.table import OpenQuote, RejectedRow, RowReader, TableReader
from contract.unpacking import GZIP_DAMAGE, bytes_read, open_bytes

BLOCK_BYTES = 1 << 19  # half as much takes 3 to 7 % longer; larger ones leave cores idle at the end of a small table


class BlockRows(NamedTuple):
    """What stands in a block: its readable rows, the others, and how many row numbers it takes, blank lines included."""

    rows: list[list[str]]
    rejected: list[RejectedRow]  # numbered from 1
    numbers: int


class TableBlocks:
    """The rows below a table's header in blocks of about `block_bytes` bytes; an iterable of bytes for `read_block`.

    Raises UserError in the words of the TableReader when the file as a whole cannot be read.
    """

    def __init__(self, table: TableReader, block_bytes: int = BLOCK_BYTES) -> None:
        self._table = table
        self._block_bytes = block_bytes
        self.end = 0  # of the block that was given last, in bytes from the beginning of what `cut` is given
        self.share_read = 0.0  # of the file: where the block that was given last ends, or a little below

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._blocks()
        except (OpenQuote, UnicodeDecodeError, *GZIP_DAMAGE):
            for _ in self._table:  # row by row, for its sentence names the row
                pass
            raise

    def _blocks(self) -> Iterator[bytes]:
        table = self._table.format
        file_bytes = self._table.path.stat().st_size
        is_below_header = False
        with open_bytes(self._table.path, table.is_gzip) as stream, _narrow(stream, table) as read:
            self.end = len(_mark(table))
            for block in cut(read, table, self._block_bytes):
                self.end += len(block)
                self.share_read = bytes_read(stream) / file_bytes
                if is_below_header:
                    yield block
                elif (size := _size_to_header(block, table)) is not None:
                    is_below_header = True
                    yield block[size:]


def cut(read: Callable[[int], bytes], table: TableFormat, block_bytes: int, *, is_part: bool = False) -> Iterator[bytes]:
    """Cut a stream behind ends of records; blocks are shorter or longer than `block_bytes` as the records demand.

    The stream is a whole table, or a part of one that was itself cut so. Raises OpenQuote, with a number that counts
    from somewhere above, where the records cannot be told apart.
    """
    wanted = block_bytes
    data = read(wanted)
    while more := read(wanted):
        end = _end_of_records(data, table)
        if end > MAX_FIELD_CHARS:
            _check(data[:end], table, is_part=True)
        if end:
            yield data[:end]
        data = data[end:] + more
        wanted = block_bytes if end else 2 * wanted  # so that the bytes of a long record are looked at few times
    end = _end_of_records(data, table)
    _check(data if end > MAX_FIELD_CHARS else data[end:], table, is_part=is_part)
    if data:
        yield data


def read_block(block: bytes, table: TableFormat, width: int) -> BlockRows:
    """The rows of a block, which have `width` columns: at the csv module's speed when nothing is wrong with any of them.

    A quotation mark that is still open at the end is misplaced: whoever cut there has seen the lines below.
    """
    text, is_damaged = _decode(block, table)
    if not is_damaged:
        csv.field_size_limit(MAX_FIELD_CHARS)
        with suppress(csv.Error):
            records = list(csv.reader(io.StringIO(text, newline=""), delimiter=table.delimiter, strict=True))
            if {*map(len, records)} <= {0, width}:
                return BlockRows([fields for fields in records if fields], [], len(records))
    reader = RowReader(io.StringIO(text, newline=""), table, width, is_part=True)
    rows, rejected = [], []
    for row in reader:
        if isinstance(row, RejectedRow):
            rejected.append(row)
        else:
            rows.append(row.fields)
    return BlockRows(rows, rejected, reader.number - 1)


@contextmanager
def _narrow(stream: BinaryIO, table: TableFormat) -> Iterator[Callable[[int], bytes]]:
    """A way to read a table's bytes without its mark, in UTF-8 when a line end is more than one byte in its own encoding."""
    if table.is_wide:
        with as_text(stream, table) as text:
            yield lambda size: text.read(size).encode("utf-8", "surrogatepass")
    else:
        stream.read(len(_mark(table)))
        yield stream.read


def _mark(table: TableFormat) -> bytes:
    """The bytes above the first record that belong to none."""
    return codecs.BOM_UTF8 if table.encoding == "utf-8-sig" else b""


def _codec(table: TableFormat) -> tuple[str, str]:
    """The encoding of a block, and what becomes of unreadable bytes."""
    if table.is_wide:
        return "utf-8", "surrogatepass"
    return ("cp1252", "c1controls") if table.encoding == "cp1252" else ("utf-8", "surrogateescape")


def _decode(block: bytes, table: TableFormat) -> tuple[str, bool]:
    """A block's characters, and whether some stand for bytes that cannot be read."""
    encoding, errors = _codec(table)
    try:
        return block.decode(encoding), False
    except UnicodeDecodeError:
        return block.decode(encoding, errors), table.has_damage


def _check(data: bytes, table: TableFormat, *, is_part: bool) -> None:
    """Raises OpenQuote when a field is not closed, or too long."""
    for _ in RowReader(io.StringIO(_decode(data, table)[0], newline=""), table, is_part=is_part):
        pass


def _size_bytes(text: str, table: TableFormat) -> int:
    """How many bytes of a block a part of its characters takes."""
    encoding, errors = _codec(table)
    return len(text) if encoding == "cp1252" else len(text.encode(encoding, errors))


def _size_to_header(block: bytes, table: TableFormat) -> int | None:
    """Where a block's first row ends; None when all its lines are blank."""
    text, _ = _decode(block, table)
    rows = RowReader(io.StringIO(text, newline=""), table)
    return _size_bytes(text[: rows.chars_read], table) if next(rows, None) else None


def _end_of_records(data: bytes, table: TableFormat) -> int:
    """Where the last record ends that is whole whatever may follow; 0 when none is."""
    end = _end_if_regular(data, table.delimiter)
    if end is None or (end == 0 and len(data) > MAX_FIELD_CHARS):
        end = _end_row_by_row(data, table)
    return end


def _end_if_regular(data: bytes, delimiter: str) -> int | None:
    """The same for data whose quotation marks stand where they should; None when one does not.

    Between the marks lie, in turn, what is outside and what is inside. A doubled mark inside a field looks like a field's
    end, nothing outside, and a field's begin.
    """
    if b'"' not in data:
        return _end_of_lines(data, 0, len(data))
    parts = data.split(b'"')
    outside = parts[0::2]
    if len(parts) % 2 == 0:
        outside.append(b"")  # an open field, which must begin where fields begin
    if _misplaced(delimiter).search(b'"'.join(outside)):
        return None
    at = len(data)
    for index in reversed(range(len(parts))):
        start = at - len(parts[index])
        if index % 2 == 0 and (end := _end_of_lines(data, start, at)):
            return end
        at = start - 1
    return 0


@cache
def _misplaced(delimiter: str) -> re.Pattern[bytes]:
    """A quotation mark in what is outside, each field being one, with neither delimiter, line end nor another mark beside it."""
    other = rb'[^"\r\n' + re.escape(delimiter.encode()) + rb"]"
    return re.compile(rb'"(?:' + other + rb"|(?<=" + other + rb'"))')  # begins with the mark, for which re searches fast


def _end_of_lines(data: bytes, start: int, stop: int) -> int:
    """Where the last line of a part ends; 0 when none does. A final \\r may be half of a line end."""
    return max(data.rfind(b"\n", start, stop), data.rfind(b"\r", start, min(stop, len(data) - 1))) + 1


def _end_row_by_row(data: bytes, table: TableFormat) -> int:
    if table.is_wide:  # in UTF-8 now, and read as a part of a table it may end amid a character
        data = data[: _end_of_lines(data, 0, len(data))]
    text, _ = _decode(data, table)
    whole = max(text.rfind("\n"), text.rfind("\r", 0, len(text) - 1)) + 1  # the last line may go on
    rows = RowReader(io.StringIO(text, newline=""), table)
    end = 0
    try:
        for _ in rows:
            if rows.chars_read > whole:
                break
            end = rows.chars_read
        else:
            end = whole
    except OpenQuote as error:
        if error.is_beyond_bound:
            raise
    return _size_bytes(text[:end], table)
