"""How a file is written: encodings, delimiters, compression, and files that are no tables."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
from collections.abc import Callable

import pytest

from contract.encoding import DELIMITERS
from contract.errors import UserError
from contract.table import RejectedRow, Row, TableReader

Read = Callable[..., TableReader]

ROWS = [
    ["text", "label"],
    ["Die Tür schließt nicht, “wie neu”; schade", "Türen"],
    ["Erste Zeile\nzweite Zeile", "Maße"],
    ["", 'ohne "Text"'],
]

ENCODINGS = {
    "utf-8": ("utf-8", b"", "utf-8"),
    "utf-8 with a mark": ("utf-8", codecs.BOM_UTF8, "utf-8-sig"),
    "utf-16-le with a mark": ("utf-16-le", codecs.BOM_UTF16_LE, "utf-16"),
    "utf-16-be with a mark": ("utf-16-be", codecs.BOM_UTF16_BE, "utf-16"),
    "utf-16-le": ("utf-16-le", b"", "utf-16-le"),
    "utf-16-be": ("utf-16-be", b"", "utf-16-be"),
    "utf-32-le with a mark": ("utf-32-le", codecs.BOM_UTF32_LE, "utf-32"),
    "windows-1252": ("cp1252", b"", "cp1252"),
}


def _csv(rows: list[list[str]], delimiter: str = ",", lineterminator: str = "\r\n") -> str:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter, lineterminator=lineterminator).writerows(rows)
    return buffer.getvalue()


def _rows(table: TableReader) -> list[list[str]]:
    rows = [table.header]
    for row in table:
        assert isinstance(row, Row), row
        rows.append(row.fields)
    return rows


@pytest.mark.parametrize("is_compressed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("delimiter", DELIMITERS, ids=DELIMITERS.values())
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_encoding_delimiter_and_compression_reads_the_same(read: Read, encoding: str, delimiter: str, is_compressed: bool) -> None:
    """The same rows come out of every form in which Excel, a database or a script writes them."""
    codec, mark, expected = ENCODINGS[encoding]
    content = mark + _csv(ROWS, delimiter).encode(codec)
    table = read(gzip.compress(content) if is_compressed else content)
    assert _rows(table) == ROWS
    assert (table.format.encoding, table.format.delimiter, table.format.is_gzip) == (expected, delimiter, is_compressed)


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "text",
    ["Дверь стиральной машины не закрывается, вода течёт", "洗衣机的门关不上，一直漏水", "Η πόρτα δεν κλείνει"],
    ids=["Russian", "Chinese", "Greek"],
)
def test_utf_16_without_a_mark_is_known_in_other_scripts_too(read: Read, text: str, codec: str) -> None:
    """Where few characters have a zero byte, the line ends still have theirs."""
    rows = [["text", "label"], *[[f"{text} {text}", text[:4]]] * 40]
    assert _rows(read(_csv(rows).encode(codec))) == rows


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_every_line_end_ends_a_row(read: Read, line_end: str) -> None:
    """Files of Unix, Windows and old Macs have the same rows."""
    assert _rows(read(f'text,label{line_end}a,b{line_end}"c d",e{line_end}'.encode())) == [["text", "label"], ["a", "b"], ["c d", "e"]]


def test_a_file_without_a_last_line_end_is_complete(read: Read) -> None:
    """The last row counts although no line end follows it."""
    assert _rows(read(b"text,label\na,b")) == [["text", "label"], ["a", "b"]]


def test_bytes_that_mean_nothing_in_windows_1252_do_not_refuse_a_row(read: Read) -> None:
    """Five bytes are unassigned; they become control characters and the accents beside them stay right."""
    assert _rows(read(b"text,label\nT\xfcr \x81,b\n")) == [["text", "label"], ["Tür \x81", "b"]]


def test_a_pound_sign_alone_is_windows_1252(read: Read) -> None:
    """One byte above ASCII, invalid as UTF-8, is what a Western spreadsheet wrote."""
    assert _rows(read(b"text,label\n\xa3 20,b\n"))[1] == ["£ 20", "b"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8 with a mark"])
def test_one_damaged_row_is_rejected_and_the_accents_above_it_stay(read: Read, encoding: str) -> None:
    """A bad byte costs its own row only, whether or not the file starts with a mark."""
    lines = [b"text,label", "schön,b".encode(), b"b\xffse,c", "süß,d".encode()]
    rows = list(read(ENCODINGS[encoding][1] + b"\n".join(lines)))
    assert rows == [
        Row(2, ["schön", "b"]),
        RejectedRow(3, "holds bytes that are not UTF-8", "b\udcffse,c"),
        Row(4, ["süß", "d"]),
    ]


def test_a_bad_byte_far_below_the_first_chunk_is_found(read: Read) -> None:
    """The whole file decides on its encoding, not its beginning."""
    lines = [b"text,label", *["schön,b".encode()] * 200_000, b"b\xffse,c"]
    *_, last = read(b"\n".join(lines))
    assert isinstance(last, RejectedRow)
    assert last.number == 200_002


@pytest.mark.parametrize("encoding", ["utf-16-le with a mark", "utf-16-be with a mark", "utf-16-le", "utf-16-be"])
def test_half_a_surrogate_pair_costs_one_row_of_utf_16(read: Read, encoding: str) -> None:
    """Text cut by a program between two halves of an emoji is rejected alone."""
    codec, mark, _ = ENCODINGS[encoding]
    rows = list(read(mark + "text,label\na,b\ncut \ud83d,c\nd,e\n".encode(codec, "surrogatepass")))
    assert [type(row) for row in rows] == [Row, RejectedRow, Row]


def test_half_a_surrogate_pair_in_utf_32_costs_one_row(read: Read) -> None:
    """Lone surrogates never pass as text, for no encoder downstream takes them."""
    rows = list(read(codecs.BOM_UTF32_LE + "text,label\ncut \ud83d,c\nd,e\n".encode("utf-32-le", "surrogatepass")))
    assert [type(row) for row in rows] == [RejectedRow, Row]


def test_utf_16_that_breaks_off_inside_a_character_is_refused(read: Read) -> None:
    """An odd number of bytes means that the file was cut; the message names encoding and remedy."""
    content = codecs.BOM_UTF16_LE + "text,label\na,b\n".encode("utf-16-le") + b"a"
    with pytest.raises(UserError, match=r"'claims\.csv'.*UTF-16.*CSV UTF-8"):
        list(read(content))


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"PK\x03\x04\x14\x00", "an Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "an old Excel workbook"),
        (b"PAR1\x15\x04", "a Parquet file"),
        (b"%PDF-1.7", "a PDF"),
        (b"\x89PNG\r\n", "a picture"),
        (b"BZh91AY", "a bzip2 archive"),
        (gzip.compress(b"PK\x03\x04\x14\x00", mtime=0), "an Excel workbook"),
        (b"<!DOCTYPE html>\n<html><p>Sign in, please</p>", "a web page"),
        (b"\xef\xbb\xbf\n<HTML>", "a web page"),
        (b'{"text": "no heat"}', "a JSON file"),
        (b'[{"text": "no heat"}]', "a JSON file"),
        (b"SQLite format 3\x00" + bytes(range(32)) * 40, "no text file"),
    ],
)
def test_another_file_named_csv_is_refused_by_its_name(read: Read, content: bytes, kind: str) -> None:
    """A workbook renamed to .csv is refused as what it is, with the remedy."""
    with pytest.raises(UserError, match=rf"'march/claims\.csv' is {kind}.*CSV UTF-8"):
        read(content, "march/claims.csv")


@pytest.mark.parametrize(
    "content", [b'{"source": "no heat", "kind": 1}', b'[{"kind":1, "kind-metadata": {}}]', b'\xef\xbb\xbf{"source-ref": "s3://b/t"}\r\n']
)
def test_a_manifest_named_csv_is_told_its_name(read: Read, content: bytes) -> None:
    """To save it as a table would help nobody."""
    with pytest.raises(
        UserError, match=r"'a\.json' is a JSON file that looks like an augmented manifest.* NAME\.jsonl, with one JSON object a line"
    ):
        read(content, "a.json")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\r\n\r\n",
        b" \t\n",
        codecs.BOM_UTF8,
        codecs.BOM_UTF16_LE,
        codecs.BOM_UTF16_BE + "\r\n\r\n".encode("utf-16-be"),
        "\r\n\r\n".encode("utf-16-le"),
        codecs.BOM_UTF32_LE,
        gzip.compress(b"", mtime=0),
    ],
    ids=["nothing", "line ends", "spaces", "mark", "UTF-16 mark", "UTF-16 line ends", "unmarked UTF-16", "UTF-32 mark", "gzip"],
)
def test_an_empty_file_is_refused(read: Read, content: bytes) -> None:
    """A file without a single character of text says what it lacks, however its emptiness is written."""
    with pytest.raises(UserError, match=r"'claims\.csv' is empty.*column names"):
        read(content)


def test_a_table_below_many_blank_lines_is_not_empty(read: Read) -> None:
    """Blank lines above the header are skipped, however many."""
    table = read(b"\r\n" * 40_000 + b"text,label\r\na,b\r\n")
    assert _rows(table) == [["text", "label"], ["a", "b"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le with a mark"])
@pytest.mark.parametrize("where", [0.02, 0.4, 0.7, 0.98])
def test_a_damaged_gzip_file_is_refused(read: Read, where: float, encoding: str) -> None:
    """Whether bits were flipped or the end is missing: the sentence says to compress it again, never a traceback."""
    codec, mark, _ = ENCODINGS[encoding]
    text = "text,label\n" + "".join(f"claim {number * 7919 % 10_007},b\n" for number in range(30_000))
    whole = gzip.compress(mark + text.encode(codec))
    at = int(len(whole) * where)
    for damaged in (whole[:at], whole[:at] + b"\xff" * 64 + whole[at + 64 :]):
        with pytest.raises(UserError, match=r"'claims\.csv' is a damaged gzip file.*Compress it again"):
            list(read(damaged))


def test_the_delimiter_is_the_one_that_cuts_the_header(read: Read) -> None:
    """Commas in the texts do not outvote the semicolon that separates the columns."""
    table = read(b"text;label\nHello, world, again;b\nc, d;e\n")
    assert _rows(table) == [["text", "label"], ["Hello, world, again", "b"], ["c, d", "e"]]


def test_a_comma_in_a_column_name_does_not_hide_the_semicolon(read: Read) -> None:
    """The delimiter that cuts all rows alike wins over one that happens to occur in the header."""
    table = read(b"claim, as told;label\nbroken;b\ntorn, worn, bent;c\n")
    assert table.header == ["claim, as told", "label"]


def test_a_single_column_keeps_the_commas_of_its_texts(read: Read) -> None:
    """A spreadsheet that separates by semicolons leaves commas unquoted; no row of the one column may be lost to them."""
    assert _rows(read("text\r\nkaputt, leider\r\nalles gut\r\nlaut, heiß, defekt\r\n".encode())) == [
        ["text"],
        ["kaputt, leider"],
        ["alles gut"],
        ["laut, heiß, defekt"],
    ]


FOREIGN = [
    ("привет", "cp1251"),
    ("не работает", "cp1251"),
    ("не работает", "koi8_r"),
    ("дверь", "cp866"),
    ("γεια σου", "iso8859_7"),
    ("שלום", "cp1255"),
    ("سلام", "cp1256"),
    ("พัสดุ", "cp874"),
    ("坏了漏水", "gb18030"),
    ("漏水了", "big5"),
    ("水漏れ", "shift_jis"),
    ("문이 안", "euc_kr"),
]


@pytest.mark.parametrize(("word", "codec"), FOREIGN, ids=[codec + word for word, codec in FOREIGN])
def test_a_single_word_in_another_encoding_is_enough(read: Read, word: str, codec: str) -> None:
    """Nobody tries a tool with eight rows of nine words first; in the wrong letters a result looks like one in the right ones."""
    with pytest.raises(UserError, match="its letters cannot be told for sure"):
        read(f"id,text\n1,{word}\n".encode(codec))


@pytest.mark.parametrize(
    "word",
    [
        "ÄÖÜäöüß",
        "äöüÄÖÜß",
        "éèêëàâùûç",
        "ÁÉÍÓÚÑáéíóúñ",
        "ÅÄÖåäö",
        "«Été»",
        "“Über…”",
        "à l’île",
        "ações",
        "hääyöaie",
        "þæð",
        "©®™",
        "½¼¾",
        "…«ça»…",
    ],
)
def test_western_letters_beside_each_other_are_read(read: Read, word: str) -> None:
    """Of one language, with signs about them, and all umlauts in a row, as people type them to see whether they come through."""
    assert _rows(read(f"id,text\n1,{word}\n".encode("cp1252")))[1] == ["1", word]
