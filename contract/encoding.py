"""Which bytes a table is made of: compression, encoding, delimiter; decided before a row is read.

The whole file is decoded once, in chunks, because one bad byte in row 90,000 must not turn every
accent above it into rubbish: a file that is mostly valid UTF-8 stays UTF-8 and only the damaged rows
are rejected; otherwise it is Windows-1252, what Excel writes by default, unless its bytes stand as they
never do in a Western text.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from contract.byte_patterns import HighBytes, utf16, utf32
from contract.errors import UserError
from contract.titles import refuse_titles
from contract.unpacking import GZIP_DAMAGE, gzip_refusal, open_bytes

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
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
    (b"\x1f\x8b", "a gzip file inside a gzip file"),
    (b"PK\x03\x04", "an Excel workbook or a zip archive"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"PAR1", "a Parquet file"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"BZh", "a bzip2 archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"Rar!", "a RAR archive"),
    (b"ARROW1", "an Arrow file"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x7fELF", "a program"),
)

EMPTY = "is empty. It needs a first row with column names and one row per text."
_OTHER_TEXTS = (
    (re.compile(rb"<!doctype|<!--|<(html|head|body|table|meta|script|div)\b"), "a web page"),
    (re.compile(rb"<\?xml"), "an XML file"),
    (re.compile(rb"\{\s*[\"}]|\[\s*[\[{\"]"), "a JSON file"),
    (re.compile(rb"\{\\rtf"), "a Word document"),
    (re.compile(rb"%!ps"), "a PostScript file"),
)
_MANIFEST = re.compile(rb'[{,]\s*"(source|source-ref|[^"]+-metadata)"\s*:')
_START = 1024
_CONTROL = bytes({*range(32)} - {*b"\t\n\r\f\x1b"})
_MOST_CONTROL = 0.05

_BLANK_LINES = re.compile(r"\s*[\r\n]")
_NAMED_DELIMITER = re.compile(r'"?sep=(?P<delimiter>.)"?[,;\t|]*', re.IGNORECASE)

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


def open_text(path: Path, table: TableFormat) -> io.TextIOWrapper:
    """The file's characters with its own line ends; unreadable bytes become lone surrogates."""
    return as_text(open_bytes(path, table.is_gzip), table)


def as_text(stream: BinaryIO, table: TableFormat) -> io.TextIOWrapper:
    """A stream's characters in the same way; closing it closes the stream."""
    return io.TextIOWrapper(stream, encoding=table.encoding, errors=_NARROW.get(table.encoding, "surrogatepass"), newline="")


def detect(path: Path, name: str) -> TableFormat:
    """Find out how a file is written. `name` is what its owner calls it.

    Raises UserError for an empty file, for one that is no text, and for one whose encoding nobody can tell.
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
                encoding, has_damage = _utf8_or_windows(head, stream, name)
        table = TableFormat(encoding, ",", is_gzip, has_damage)
        return replace(table, delimiter=_delimiter(path, table, name))
    except GZIP_DAMAGE as error:
        if not is_gzip:
            raise
        raise gzip_refusal(name, error) from error


def _refuse_other_files(head: bytes, name: str) -> None:
    if len(head) < _HEAD and not head.strip(b"\r\n\t \xef\xbb\xbf"):
        raise UserError(f"'{name}' {EMPTY}")
    for magic, kind in _NOT_TABLES:
        if head.startswith(magic):
            raise UserError(f"'{name}' is {kind}, not a CSV file. {ADVICE}")
    start = head[:_START].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    for pattern, kind in _OTHER_TEXTS:
        if pattern.match(start):
            if _MANIFEST.search(head):
                raise UserError(
                    f"'{name}' is {kind} that looks like an augmented manifest: name it NAME.manifest or NAME.jsonl, with one JSON object a"
                    " line, and drop it again."
                )
            raise UserError(f"'{name}' is {kind}, not a CSV file. {ADVICE}")


def _refuse_binary(head: bytes, name: str) -> None:
    """Text holds next to no control characters; a database or a program, never as small as a kilobyte, is full of them."""
    if len(head) >= _START and len(head.translate(None, _CONTROL)) < (1 - _MOST_CONTROL) * len(head):
        raise UserError(f"'{name}' is no text file. {ADVICE}")


def _marked_or_wide(head: bytes) -> str | None:
    """The encoding that a byte order mark names, or UTF-16 or UTF-32 without one, known by their zero bytes."""
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding
    return utf32(head) or utf16(head)


def _utf8_or_windows(head: bytes, stream: BinaryIO, name: str) -> tuple[str, bool]:
    """UTF-8 when enough of its multi-byte characters are valid; whether some are not.

    Raises UserError for what is neither that nor Windows-1252.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    found = HighBytes()
    chunk = head
    while True:
        text = decoder.decode(chunk, final=not chunk)
        if not text.isascii():
            found.add(chunk, text)
        if not chunk:
            break
        chunk = stream.read(_CHUNK)
    if found.is_utf8:
        return "utf-8", bool(found.bad)
    if not found.is_western:
        raise UserError(
            f"'{name}' is written in an encoding that is neither UTF-8 nor that of Western European languages (Windows-1252),"
            f" so its letters cannot be told for sure. {ADVICE}"
        )
    return "cp1252", False


def _delimiter(path: Path, table: TableFormat, name: str) -> str:
    """The delimiter that cuts the first records into equally many fields, two at least if the header allows.

    A single column is cut by the delimiter that leaves most of its texts whole. A first line as Excel reads it, `sep=;`,
    names the delimiter. Raises UserError when a title stands above the header.
    """
    try:
        with open_text(path, table) as text:
            sample = text.read(_HEAD)
        is_cut = len(sample) == _HEAD
    except UnicodeDecodeError as error:
        raise UserError(f"'{name}' starts like {table.encoding.upper()} but cannot be read as such. {ADVICE}") from error
    blank, sample = _parted(sample)
    first_line = sample.partition("\n")[0].partition("\r")[0]
    if named := named_delimiter(first_line):
        sample = sample[len(first_line) :]
    refuse_titles(blank + sample, name, [named] if named in DELIMITERS else [*DELIMITERS], is_cut=is_cut)
    if named in DELIMITERS:
        return named
    _, sample = _parted(sample)
    best, best_score = ",", (False, 0.0, 0)
    for delimiter in DELIMITERS:
        if widths := _widths(sample, delimiter, is_cut=is_cut):
            share = widths.count(widths[0]) / len(widths)
            best, best_score = max((best, best_score), (delimiter, (widths[0] > 1, share, widths[0])), key=lambda pair: pair[1])
    return best


def _parted(sample: str) -> tuple[str, str]:
    """The lines of white space that a text starts with, and what is below them."""
    blank = _BLANK_LINES.match(sample)
    end = blank.end() if blank else 0
    return sample[:end], sample[end:]


def named_delimiter(line: str) -> str:
    """The delimiter that a line without its end names for Excel, as `sep=;` does; empty when it is no such line."""
    match = _NAMED_DELIMITER.fullmatch(line)
    return match["delimiter"] if match else ""


def _widths(sample: str, delimiter: str, *, is_cut: bool) -> list[int]:
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
    return widths[:-1] if len(widths) > 1 and is_cut else widths  # the last record may be cut


def _c1_controls(error: UnicodeError) -> tuple[str, int]:
    """Five bytes mean nothing in Windows-1252; browsers read them as C1 controls, and so do we."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(map(chr, error.object[error.start : error.end])), error.end


codecs.register_error("c1controls", _c1_controls)
