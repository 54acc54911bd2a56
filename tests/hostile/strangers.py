"""Files of other kinds that are named like a table: refused as what they are, with what to do."""

from __future__ import annotations

import bz2
import io
import json
import lzma
import pickle
import random
import sqlite3
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable

from tests.hostile.cases import Case, Refusal, Rows, lines, phrase, table

NO_TEXT = "no text"  # said of a file, or of its first row


def nothing(rng: random.Random) -> list[Case]:
    """Files without a character of text."""
    kinds = {
        "no-bytes": b"",
        "line-end": b"\n",
        "line-ends": b"\r\n" * rng.randint(2, 99),
        "spaces": b" \t \r\n ",
        "mark": b"\xef\xbb\xbf",
        "utf-16-mark": b"\xff\xfe",
        "utf-16-line-ends": "\ufeff\r\n\r\n".encode("utf-16-le"),
        "many-line-ends": b"\n" * 100_000,
    }
    nul = {"a-nul": b"\0", "nuls": b"\0" * rng.randint(2, 500), "many-nuls": b"\0" * 70_000}
    return [
        *(Case(f"empty-{name}", content, Refusal("is empty")) for name, content in kinds.items()),
        *(Case(name, content, Refusal("'claims.csv'")) for name, content in nul.items()),
    ]


def archives(rng: random.Random) -> list[Case]:
    """Workbooks, documents and archives that hold a table, or seem to."""
    body = lines(table(rng)).encode()
    workbook = "an Excel workbook or a zip archive"
    holder = io.BytesIO()
    with tarfile.open(fileobj=holder, mode="w") as tar:
        member = tarfile.TarInfo("claims.csv")
        member.size = len(body)
        tar.addfile(member, io.BytesIO(body))
    return [
        Case("xlsx", _zipped({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"}), Refusal(workbook)),
        Case("ods", _zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": body}), Refusal(workbook)),
        Case("docx", _zipped({"word/document.xml": b"<document/>"}), Refusal(workbook)),
        Case("zip", _zipped({"claims.csv": body}), Refusal(workbook)),
        Case("zip-bomb", _zipped({"claims.csv": b"text\n" + b"late\n" * 2_000_000}), Refusal(workbook)),
        Case("zip-empty", _zipped({}), Refusal("an empty zip archive")),
        Case("xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000), Refusal("an old Excel workbook")),
        Case("tar", holder.getvalue(), Refusal(NO_TEXT)),
        Case("bzip2", bz2.compress(body), Refusal("a bzip2 archive")),
        Case("xz", lzma.compress(body), Refusal("an xz archive")),
        Case("7z", b"7z\xbc\xaf\x27\x1c\x00\x04" + rng.randbytes(99), Refusal("a 7-Zip archive")),
        Case("zstd", b"\x28\xb5\x2f\xfd" + rng.randbytes(99), Refusal("a Zstandard archive")),
        Case("rar", b"Rar!\x1a\x07\x01\x00" + rng.randbytes(99), Refusal("a RAR archive")),
        Case("zlib", zlib.compress(body * 40), Refusal("'claims.csv'")),
    ]


def _zipped(files: dict[str, bytes]) -> bytes:
    """A zip archive."""
    holder = io.BytesIO()
    with zipfile.ZipFile(holder, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return holder.getvalue()


def binaries(rng: random.Random) -> list[Case]:
    """Data of programs."""
    database = sqlite3.connect(":memory:")
    database.execute("create table claims (id integer, text text)")
    pixels = zlib.compress(b"\0\xff\xff\xff")
    png = b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in ((b"IHDR", bytes(13)), (b"IDAT", pixels), (b"IEND", b"")))
    makers: dict[str, tuple[Callable[[], bytes], str]] = {
        "parquet": (lambda: b"PAR1" + rng.randbytes(200) + b"PAR1", "a Parquet file"),
        "arrow": (lambda: b"ARROW1\0\0" + rng.randbytes(200), "an Arrow file"),
        "pdf": (lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n", "a PDF"),
        "png": (lambda: png, "a picture"),
        "jpeg": (lambda: b"\xff\xd8\xff\xe0\x00\x10JFIF" + rng.randbytes(500), "a picture"),
        "gif": (lambda: b"GIF89a" + rng.randbytes(50), "a picture"),
        "sqlite": (database.serialize, NO_TEXT),
        "numpy": (lambda: b"\x93NUMPY\x01\x00v\x00{'descr': '<f4'}\n" + rng.randbytes(99), "a NumPy array"),
        "elf": (lambda: b"\x7fELF\x02\x01\x01" + bytes(500), "a program"),
        "pickle": (lambda: pickle.dumps([phrase(rng) for _ in range(99)]), NO_TEXT),
        "random": (lambda: rng.randbytes(5000), "'claims.csv' "),
        "small-random": (lambda: bytes([rng.randint(0, 8)]) + rng.randbytes(100) + b"\n" + rng.randbytes(50), "'claims.csv' "),
        "doubles": (lambda: b"".join(struct.pack("<d", rng.random()) for _ in range(400)), "'claims.csv' "),
    }
    return [Case(name, make(), Refusal(words)) for name, (make, words) in makers.items()]


def _chunk(kind: bytes, content: bytes) -> bytes:
    """A part of a PNG."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def web_pages(rng: random.Random) -> list[Case]:
    """What a portal sends instead of the file: a login page, a table in HTML, an error in XML."""
    rows = "".join(f"<tr><td>{phrase(rng)}</td></tr>" for _ in range(9))
    pages = {
        "html": f"<!DOCTYPE html>\n<html><body><table>{rows}</table></body></html>",
        "html-without-doctype": f"\ufeff\n <HTML><body>{rows}</body></html>",
        "html-table": f"<table border=1>{rows}</table>",
        "html-meta": f'<meta charset="utf-8"><table>{rows}</table>',
        "html-comment": f"<!-- exported -->\n<p>{rows}</p>",
    }
    xml = '<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code></Error>'
    return [
        *(Case(name, page.encode(), Refusal("a web page")) for name, page in pages.items()),
        Case("xml", xml.encode(), Refusal("an XML file")),
    ]


def json_files(rng: random.Random) -> list[Case]:
    """Objects, arrays, lines of JSON, of the right shape for a manifest and of the wrong one."""
    entries = [{"text": phrase(rng), "label": rng.choice("ab"), "source": "a &amp; b &#39;c&#39;"} for _ in range(5)]
    forms = {
        "object": json.dumps({"rows": entries}),
        "object-indented": json.dumps({"rows": entries}, indent=2),
        "array": json.dumps(entries),
        "array-indented": json.dumps(entries, indent=4),
        "array-of-arrays": json.dumps([list(entry.values()) for entry in entries]),
        "array-of-texts": json.dumps([entry["text"] for entry in entries]),
        "lines": "\n".join(map(json.dumps, entries)),
        "lines-with-entities": "\n".join(json.dumps({"source": "Tom &amp; Jerry &lt;3", "label": number}) for number in range(3)),
        "empty-object": "{}",
    }
    return [Case(f"json-{name}", text.encode(), Refusal("a JSON file")) for name, text in forms.items()]


def programs(rng: random.Random) -> list[Case]:
    """Text that is no table: dumps of databases, documents, logs."""
    inserts = "".join(f"INSERT INTO `claims` VALUES ({number},'{phrase(rng)}');\n" for number in range(9))  # noqa: S608  # a file, which nobody runs
    log = "".join(f"2026-11-21 10:{number:02}:00 INFO claim {number} came in late\n" for number in range(9))
    texts = {
        "sql-dump": (f"-- MySQL dump 10.13  Distrib 8.0\n{inserts}", "may be a text"),
        "sql-inserts": (inserts, "has no column that is known"),
        "sqlite-dump": (f"PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n{inserts}COMMIT;\n", "has no column that is known"),
        "rtf": ("{\\rtf1\\ansi{\\fonttbl\\f0 Swiss;}\\f0 late\\par}", "a Word document"),
        "postscript": ("%!PS-Adobe-3.0\nshowpage\n", "a PostScript file"),
        "log": (log, "may be a text"),
        "mail": ("Received: from mail (mail [10.0.0.1])\nSubject: late\n\nIt came late.\n", "may be a text"),
        "error-message": ("Error: the report could not be made, try again later\n", "'claims.csv'"),
    }
    markdown = Rows(["", " id ", " text ", ""], [["", "----", "------", ""], ["", " 1 ", " late ", ""]])
    return [
        *(Case(name, text.encode(), Refusal(words)) for name, (text, words) in texts.items()),
        Case("markdown", b"| id | text |\n|----|------|\n| 1 | late |\n", markdown),
    ]
