"""Which bytes a table is made of: compression, encoding, delimiter; decided before a row is read.

The whole file is decoded once, in chunks, because one bad byte in row 90,000 must not turn every
accent above it into rubbish: a file that is mostly valid UTF-8 stays UTF-8 and only the damaged rows
are rejected; otherwise it is Windows-1252, what Excel writes by default.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from contract.errors import UserError

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
MAX_FIELD_CHARS = 16 * 1024 * 1024  # a longer field is an unclosed quotation mark
_HEAD = _CHUNK = 1 << 16  # small enough to stay in the processor's cache, and often without any accent
_SNIFFED_RECORDS = 50

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it starts with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_NARROW = {"cp1252": "c1controls", "utf-8": "surrogateescape", "utf-8-sig": "surrogateescape"}  # and what becomes of unreadable bytes

_NOT_TABLES = (
    (b"PK\x03\x04", "an Excel workbook or a zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"PAR1", "a Parquet file"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"BZh", "a bzip2 archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"\xfd7zXZ", "an xz archive"),
)

GZIP_DAMAGE = (EOFError, OSError, zlib.error)  # what reading a damaged gzip file raises
EMPTY = "is empty. It needs a first row with column names and one row per text."
_OTHER_TEXTS = (
    (b"<!doctype", "a web page"),
    (b"<html", "a web page"),
    (b"<?xml", "an XML file"),
    (b'{"', "a JSON file"),
    (b"[{", "a JSON file"),
    (b"{\\rtf", "a Word document"),
)
_START = 1024
_CONTROL = bytes({*range(32)} - {*b"\t\n\r\f\x1b"})
_MOST_CONTROL = 0.05

_UNREADABLE = re.compile("[\udc80-\udcff]")  # how "surrogateescape" marks a byte

ADVICE = "Save it as 'CSV UTF-8 (comma delimited)' and drop it again."


@dataclass(frozen=True)
class TableFormat:
    """What `detect` found."""

    encoding: str  # Python's name of the codec
    delimiter: str
    is_gzip: bool
    has_damage: bool  # some rows may hold bytes that the encoding cannot read

    @property
    def encoding_name(self) -> str:
        """What people call the encoding."""
        return self.encoding.upper().removesuffix("-SIG")

    @property
    def is_wide(self) -> bool:
        """Whether a character of ASCII takes more than the one byte that it takes in UTF-8 and Windows-1252."""
        return self.encoding not in _NARROW


def open_bytes(path: Path, is_gzip: bool) -> BinaryIO:
    """The file's bytes, decompressed."""
    return gzip.open(path, "rb") if is_gzip else path.open("rb")  # type: ignore[return-value]  # GzipFile reads as one


def bytes_read(stream: BinaryIO) -> int:
    """How many bytes of its file a stream that `open_bytes` gave has read."""
    file = getattr(stream, "fileobj", stream)  # a GzipFile has the file itself
    return int(file.tell())


def open_text(path: Path, table: TableFormat) -> io.TextIOWrapper:
    """The file's characters with its own line ends; unreadable bytes become lone surrogates."""
    return as_text(open_bytes(path, table.is_gzip), table)


def as_text(stream: BinaryIO, table: TableFormat) -> io.TextIOWrapper:
    """A stream's characters in the same way; closing it closes the stream."""
    return io.TextIOWrapper(stream, encoding=table.encoding, errors=_NARROW.get(table.encoding, "surrogatepass"), newline="")


def detect(path: Path, name: str) -> TableFormat:
    """Find out how a file is written. `name` is what its owner calls it.

    Raises UserError for an empty file and for one that is no text.
    """
    with path.open("rb") as file:
        is_gzip = file.read(2) == b"\x1f\x8b"
    try:
        with open_bytes(path, is_gzip) as stream:
            head = stream.read(_HEAD)
            _refuse_other_files(head, name)
            encoding = _marked_or_wide(head) or ""
            has_damage = bool(encoding)  # such a file is not read to its end here, so every row is looked at later
            if not encoding:
                _refuse_binary(head, name)
                encoding, has_damage = _utf8_or_windows(head, stream)
        table = TableFormat(encoding, ",", is_gzip, has_damage)
        return replace(table, delimiter=_delimiter(path, table, name))
    except GZIP_DAMAGE as error:
        if not is_gzip:
            raise
        raise UserError(f"'{name}' is a damaged gzip file ({error}). Compress it again and drop it again.") from error


def _refuse_other_files(head: bytes, name: str) -> None:
    if len(head) < _HEAD and not head.strip(b"\r\n\t \xef\xbb\xbf"):
        raise UserError(f"'{name}' {EMPTY}")
    for magic, kind in _NOT_TABLES:
        if head.startswith(magic):
            raise UserError(f"'{name}' is {kind}, not a CSV file. {ADVICE}")
    start = head[:_START].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    for mark, kind in _OTHER_TEXTS:
        if start.startswith(mark):
            raise UserError(f"'{name}' is {kind}, not a CSV file. {ADVICE}")


def _refuse_binary(head: bytes, name: str) -> None:
    """Text holds next to no control characters; a database or a program, never as small as a kilobyte, is full of them."""
    if len(head) >= _START and len(head.translate(None, _CONTROL)) < (1 - _MOST_CONTROL) * len(head):
        raise UserError(f"'{name}' is no text file. {ADVICE}")


def _marked_or_wide(head: bytes) -> str | None:
    """The encoding that a byte order mark names, or UTF-16 without one, known by its zero bytes."""
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding
    sample = head[: len(head) // 2 * 2]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    half = max(len(sample) // 2, 1)
    for encoding, zeros, others, line_ends in (
        ("utf-16-le", odd, even, (b"\n\0", b"\r\0")),
        ("utf-16-be", even, odd, (b"\0\n", b"\0\r")),
    ):
        is_latin = zeros > 0.4 * half and others < 0.1 * half
        # Other scripts have zero bytes in spaces, digits and line ends only, and a few in characters such as U+4E00.
        has_wide_lines = zeros > 0.05 * half and zeros > 2 * others and any(end in sample for end in line_ends)
        if is_latin or has_wide_lines:
            return encoding
    return None


def _utf8_or_windows(head: bytes, stream: BinaryIO) -> tuple[str, bool]:
    """UTF-8 when most of its multi-byte characters are valid; whether some are not."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    good = bad = 0
    chunk = head
    while True:
        text = decoder.decode(chunk, final=not chunk)
        if not text.isascii():
            damaged = _unreadable(text)
            bad += damaged
            good += len(text) - len(text.encode("ascii", "ignore")) - damaged
        if not chunk:
            break
        chunk = stream.read(_CHUNK)
    if bad and bad >= good:
        return "cp1252", False
    return "utf-8", bool(bad)


def _unreadable(text: str) -> int:
    """How many characters stand for bytes that could not be read."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return len(_UNREADABLE.findall(text))
    return 0


def _delimiter(path: Path, table: TableFormat, name: str) -> str:
    """The delimiter that cuts the first records into equally many fields, two at least if the header allows.

    A single column is cut by the delimiter that leaves most of its texts whole.
    """
    try:
        with open_text(path, table) as text:
            sample = text.read(_HEAD)
    except UnicodeDecodeError as error:
        raise UserError(f"'{name}' starts like {table.encoding.upper()} but cannot be read as such. {ADVICE}") from error
    best, best_score = ",", (False, 0.0, 0)
    for delimiter in DELIMITERS:
        if widths := _widths(sample, delimiter):
            share = widths.count(widths[0]) / len(widths)
            best, best_score = max((best, best_score), (delimiter, (widths[0] > 1, share, widths[0])), key=lambda pair: pair[1])
    return best


def _widths(sample: str, delimiter: str) -> list[int]:
    csv.field_size_limit(MAX_FIELD_CHARS)
    widths = []
    try:
        for record in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter):
            if record:
                widths.append(len(record))
            if len(widths) > _SNIFFED_RECORDS:
                break
    except csv.Error:
        pass  # what came before the error still tells
    return widths[:-1] if len(widths) > 1 and len(sample) == _HEAD else widths  # the last record may be cut


def _c1_controls(error: UnicodeError) -> tuple[str, int]:
    """Five bytes mean nothing in Windows-1252; browsers read them as C1 controls, and so do we."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(map(chr, error.object[error.start : error.end])), error.end


codecs.register_error("c1controls", _c1_controls)
