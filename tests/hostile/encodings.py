"""Tables in every encoding, delimiter and line end: right where the encoding can be told, refused where it cannot."""

from __future__ import annotations

import codecs
import gzip
import random

from tests.hostile.cases import DELIMITERS, LINE_ENDS, Case, Refusal, Rows, decorated, line, lines, phrase, read, table

UNICODE = {
    "utf-8": ("utf-8", b""),
    "utf-8-mark": ("utf-8", codecs.BOM_UTF8),
    "utf-16-le-mark": ("utf-16-le", codecs.BOM_UTF16_LE),
    "utf-16-be-mark": ("utf-16-be", codecs.BOM_UTF16_BE),
    "utf-32-le-mark": ("utf-32-le", codecs.BOM_UTF32_LE),
    "utf-32-be-mark": ("utf-32-be", codecs.BOM_UTF32_BE),
    "utf-16-le": ("utf-16-le", b""),
    "utf-16-be": ("utf-16-be", b""),
    "utf-32-le": ("utf-32-le", b""),
    "utf-32-be": ("utf-32-be", b""),
}
OTHERS = {
    "gb18030": "Chinese",
    "big5": "Chinese",
    "shift_jis": "Japanese",
    "euc_jp": "Japanese",
    "euc_kr": "Korean",
    "koi8_r": "Russian",
    "cp1251": "Russian",
    "cp866": "Russian",
    "iso8859_7": "Greek",
    "cp1255": "Hebrew",
    "cp1256": "Arabic",
    "cp500": "English",  # EBCDIC
    "cp1250": "Polish",
    "iso8859_2": "Polish",
    "cp850": "Western",  # of DOS
    "mac_roman": "Western",
}
UNKNOWN = Refusal("neither UTF-8 nor")


def unicode_tables(rng: random.Random) -> list[Case]:
    """Every form of Unicode with several scripts; delimiter, line end and quoting by chance."""
    made = []
    for name, (codec, mark) in UNICODE.items():
        for language in ("Western", "Russian", "Chinese", "emoji"):
            rows = table(rng, language)
            text = lines(rows, rng.choice(DELIMITERS), rng.choice(LINE_ENDS), is_all_quoted=rng.random() < 0.3)
            made.append(Case(f"{name}-{language}", mark + text.encode(codec), read(rows)))
    return made


def western_tables(rng: random.Random) -> list[Case]:
    """What Excel writes by default in Western Europe, with each delimiter and line end; its cousins are read likewise."""
    made = []
    for delimiter in DELIMITERS:
        for end in LINE_ENDS:
            rows = table(rng, "Western")
            made.append(Case(f"cp1252-{delimiter!r}-{end!r}", lines(rows, delimiter, end).encode("cp1252"), read(rows)))
    unassigned = [["id", "text"], ["1", "Tür \x81 zu"], ["2", "größer \x9d"]]
    made.append(Case("cp1252-unassigned", b"id,text\n1,T\xfcr \x81 zu\n2,gr\xf6\xdfer \x9d\n", read(unassigned)))
    return made


def other_encodings(rng: random.Random) -> list[Case]:
    """Letters that nobody can tell for sure are refused rather than guessed."""
    made = []
    for codec, language in OTHERS.items():
        # Words of an alphabet tell at once; pairs of bytes take some; Polish differs by how many letters of a kind it has.
        least = {"Russian": 3, "Greek": 3, "Hebrew": 3, "Arabic": 3, "Polish": 60}.get(language, 8)
        texts = [phrase(rng, language, 9) for _ in range(rng.randint(least, least + 25))]
        rows = [["id", "text", "remark"], *([str(number), text, "x"] for number, text in enumerate(texts))]
        made.append(Case(codec, lines(rows).encode(codec, "ignore"), UNKNOWN))
    rows = [["id", "text"], *([str(number), phrase(rng, "Russian")] for number in range(8))]
    made.append(Case("cp1251-below-ascii", b"id,text\n" + b"0,the parcel came late\n" * 4000 + lines(rows[1:]).encode("cp1251"), UNKNOWN))
    return made


def ascii_disguises(rng: random.Random) -> list[Case]:
    """Encodings that are ASCII to the eye: their letters stay as they stand in the file."""
    plain = [["id", "text"], *([str(number), decorated(rng, phrase(rng, "Western"))] for number in range(5))]
    utf7 = [[field.encode("utf-7").decode("ascii") for field in fields] for fields in plain]
    entities = [[field.encode("ascii", "xmlcharrefreplace").decode() for field in fields] for fields in plain]
    escapes = [[field.encode("ascii", "backslashreplace").decode() for field in fields] for fields in plain]
    iso2022 = [["id", "text"], ["1", "late"], ["2", phrase(rng, "Japanese").encode("iso2022_jp").decode("ascii")]]
    disguises = {"utf-7": utf7, "entities": entities, "escapes": escapes, "iso-2022-jp": iso2022}
    return [Case(name, lines(rows).encode("ascii"), read(rows)) for name, rows in disguises.items()]


def mixed_encodings(rng: random.Random) -> list[Case]:
    """Where one encoding rules, the rows in another are rejected alone."""
    made = []
    for other, language in (("cp1252", "Western"), ("cp1251", "Russian"), ("gb18030", "Chinese"), ("utf-16-le", "Chinese")):
        rows = [["id", "text"], *([str(number), f"é {phrase(rng, 'Russian')}"] for number in range(rng.randint(20, 40)))]
        at = rng.randint(1, len(rows) - 1)
        bad = b"9," + " ".join(("ß", phrase(rng, language)) if other == "cp1252" else (phrase(rng, language),)).encode(other)
        bad += b"\xff" if other == "gb18030" else b""  # two bytes of it may be a letter of UTF-8 by chance
        if other == "utf-16-le":
            bad = bad.replace(b"\n", b"").replace(b"\r", b"").replace(b'"', b"").replace(b",", b"") + b"\xff,"
        content = [*(line(fields).encode() for fields in rows[:at]), bad, *(line(fields).encode() for fields in rows[at:])]
        mark = rng.choice([b"", codecs.BOM_UTF8])
        made.append(Case(f"utf-8-with-a-row-of-{other}", mark + b"\n".join(content), read(rows, [at + 1])))
    return made


def broken_characters(rng: random.Random) -> list[Case]:
    """Characters that are cut, overlong, or half of a pair cost their row; a file that is cut inside one is refused."""
    made = []
    broken = {
        "overlong": b"\xc0\xaf",
        "cesu-8": b"\xed\xa0\xbd\xed\xb8\x80",
        "beyond-unicode": b"\xf5\x80\x80\x80",
        "cut": "дверь".encode()[:-1],
        "lone-continuation": b"\x80\x80",
        "ff": b"\xff",
    }
    for name, piece in broken.items():
        rows = [["text", "id"], *([phrase(rng, "Russian", 9), str(number)] for number in range(rng.randint(6, 12)))]
        at = rng.randint(1, len(rows))
        content = [line(fields).encode() for fields in rows]
        content.insert(at, b"late " + piece + b",9")
        made.append(Case(f"broken-{name}", b"\r\n".join(content), read(rows, [at + 1])))
    rows = table(rng, "Chinese")
    at = rng.randint(1, len(rows))
    for codec, mark in (("utf-16-le", codecs.BOM_UTF16_LE), ("utf-16-be", codecs.BOM_UTF16_BE), ("utf-32-le", codecs.BOM_UTF32_LE)):
        content = [line(fields) for fields in rows]
        content.insert(at, "1,late \ud83d,x")
        text = "".join(f"{entry}\n" for entry in content)
        made.append(Case(f"half-a-pair-{codec}", mark + text.encode(codec, "surrogatepass"), read(rows, [at + 1])))
        whole = mark + lines(rows).encode(codec)
        made.append(Case(f"cut-{codec}", whole + b"a", Refusal("cannot be read as")))
    made.append(Case("utf-32-beyond", codecs.BOM_UTF32_LE + "text\na\n".encode("utf-32-le") + b"\xff\xff\xff\x7f", Refusal("UTF-32")))
    return made


def marks(rng: random.Random) -> list[Case]:
    """Byte order marks where none belongs."""
    rows = [["text", "id"], ["late", "1"], ["early", "2"]]
    body = lines(rows).encode()
    double = Rows(["\ufefftext", "id"], rows[1:])
    middle = [["text", "id"], ["late", "1"], ["\ufefftext", "id"], ["early", "2"]]
    inside = [["text", "id"], [f"la\ufeffte {rng.random()}", "1"]]
    return [
        Case("two-marks", codecs.BOM_UTF8 * 2 + body, double),
        Case("mark-and-quotes", codecs.BOM_UTF8 + lines(rows, is_all_quoted=True).encode(), read(rows)),
        Case("mark-in-the-middle", lines(middle).encode(), read(middle)),
        Case("mark-inside-a-text", lines(inside).encode(), read(inside)),
        Case("blank-lines-below-the-mark", codecs.BOM_UTF8 + b"\r\n\r\n" + body, read(rows)),
    ]


def zipped(content: bytes) -> bytes:
    """A gzip file that is the same at any time."""
    return gzip.compress(content, mtime=0)


def compressed(rng: random.Random) -> list[Case]:
    """gzip is read through, in several members too, and whatever is wrong with it is said."""
    rows = table(rng, "Russian", 40)
    body = lines(rows).encode()
    whole = zipped(body)
    half = rng.randint(1, len(body) - 1)
    cut = rng.randint(20, len(whole) - 9)
    flipped = bytearray(whole)
    flipped[-rng.randint(1, 8)] ^= 1 << rng.randint(0, 7)  # checksum or size
    damaged = Refusal("damaged gzip file")
    return [
        Case("gzip", whole, read(rows), "claims.csv.gz"),
        Case("gzip-named-csv", whole, read(rows)),
        Case("csv-named-gzip", body, read(rows), "claims.csv.gz"),
        Case("gzip-members", zipped(body[:half]) + zipped(body[half:]), read(rows), "claims.csv.gz"),
        Case("gzip-zero-padded", whole + b"\0" * rng.randint(1, 600), read(rows), "claims.csv.gz"),
        Case("gzip-utf-16", zipped(codecs.BOM_UTF16_LE + lines(rows).encode("utf-16-le")), read(rows), "claims.csv.gz"),
        Case("gzip-cut", whole[:cut], damaged, "claims.csv.gz"),
        Case("gzip-header-only", whole[:10], damaged, "claims.csv.gz"),
        Case("gzip-flipped", bytes(flipped), damaged, "claims.csv.gz"),
        Case("gzip-rubbish-behind", whole + b"\nrubbish", damaged, "claims.csv.gz"),
        Case("gzip-of-gzip", zipped(whole), Refusal("a gzip file inside a gzip file"), "claims.csv.gz"),
        Case("gzip-of-nothing", zipped(b""), Refusal("is empty"), "claims.csv.gz"),
        Case("gzip-of-a-workbook", zipped(b"PK\x03\x04rest"), Refusal("an Excel workbook"), "claims.csv.gz"),
    ]
