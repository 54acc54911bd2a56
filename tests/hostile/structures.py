"""Tables that are sound but odd in shape: they come back as they are."""

from __future__ import annotations

import random

from contract.table import PREDICTION_COLUMNS
from tests.hostile.cases import DELIMITERS, LINE_ENDS, Case, Refusal, Rows, line, lines, phrase, read, table

UNKNOWN = "has no column that is known to hold the text"


def blank_lines(rng: random.Random) -> list[Case]:
    """Above, between and below the rows; they are no rows, but they count."""
    rows = table(rng)
    end = rng.choice(LINE_ENDS)
    entries = [line(fields) for fields in rows]
    above, between = end * rng.randint(1, 30), end * rng.randint(2, 4)
    return [
        Case("blank-lines-above", (above + end.join(entries)).encode(), read(rows)),
        Case("blank-lines-between", between.join(entries).encode(), read(rows)),
        Case("blank-lines-below", (end.join(entries) + above).encode(), read(rows)),
        Case("many-blank-lines-above", ("\n" * 70_000 + lines(rows)).encode(), read(rows)),
        Case("rejected-below-blank-lines", b"\n\nid,text\n\n\n1,late\n\n2,too,many\n", Rows(["id", "text"], [["1", "late"]], [8])),
    ]


def line_ends(rng: random.Random) -> list[Case]:
    """Any line end ends a row, and a mixture too; inside quotation marks none does."""
    rows = table(rng, rows=9)
    mixed = "".join(line(fields) + rng.choice(LINE_ENDS) for fields in rows[:-1]) + line(rows[-1])
    inside = [["id", "text"], ["1", "a\rb\nc\r\nd\n\n\r\re"], ["2", "\n"], ["3", "\r\n\r\n"], ["4", "\r"]]
    plain = [["id", "text"], ["1", "late"], ["2", "early"]]
    separators = [plain[0], ["1", "a\x0bb\x0cc\x85d\u2028e\u2029f\x1cg"]]
    return [
        Case("mixed-line-ends", mixed.encode(), read(rows)),
        Case("line-ends-inside", lines(inside, end=rng.choice(LINE_ENDS)).encode(), read(inside)),
        Case("cr-cr-lf", lines(plain, end="\r\r\n").encode(), read(plain)),
        Case("lf-cr", lines(plain, end="\n\r").encode(), read(plain)),
        Case("no-last-line-end", lines(rows).rstrip("\r\n").encode(), read(rows)),
        Case("other-separators", lines(separators).encode(), read(separators)),
        Case("dos-end-of-file", lines(plain).encode() + b"\x1a", read(plain, [4])),
    ]


def quotation_marks(rng: random.Random) -> list[Case]:
    """Doubled, alone in a field, around everything, inside unquoted fields."""
    rows = [["id", "text"], ["1", '"'], ["2", '""'], ["3", '"""'], ["4", 'a"b'], ["5", '","'], ["6", '"\n"'], ["7", ""]]
    loose = 'id,text\n1,a 5" nail\n2,said "no"\n3,x""y\n4,ends with "\n5,\'single\'\n6,`back`\n'
    texts = ['a 5" nail', 'said "no"', 'x""y', 'ends with "', "'single'", "`back`"]
    loose_rows = [["id", "text"], *([str(number), text] for number, text in enumerate(texts, 1))]
    spaced = [["id", " text"], ["1", ' "late"'], ["2", " so "]]
    return [
        Case("only-quotation-marks", lines(rows).encode(), read(rows)),
        Case("all-quoted", lines(rows, rng.choice(DELIMITERS), is_all_quoted=True).encode(), read(rows)),
        Case("loose-quotation-marks", loose.encode(), read(loose_rows)),
        Case("space-before-quotation-mark", b'id, text\n1, "late"\n2, so \n', read(spaced)),
        Case("quoted-header-with-lines", b'id,"text\nof the ""claim"""\n1,late\n', Refusal("has no column that is known")),
    ]


def named_delimiters(rng: random.Random) -> list[Case]:
    """The line by which a file tells Excel its delimiter is no row."""
    made = []
    for delimiter in DELIMITERS:
        rows = table(rng)
        body = lines(rows, delimiter)
        made.append(Case(f"sep-{delimiter!r}", f"sep={delimiter}\r\n{body}".encode(), read(rows)))
    rows = [["text", "id"], ["a, b", "1"], ["c", "2"]]
    body = lines(rows, ";")
    made.append(Case("sep-quoted", f'"sep=;"\r\n{body}'.encode(), read(rows)))
    made.append(Case("sep-utf-16", f"SEP=;\n{body}".encode("utf-16"), read(rows)))
    made.append(Case("sep-unknown", f"sep=^\n{body}".encode(), read(rows)))
    made.append(Case("sep-alone", b"sep=;\r\n", Refusal("is empty")))
    made.append(Case("sep-below", b"text,id\nsep=;,1\n", read([["text", "id"], ["sep=;", "1"]])))
    return made


def widths(rng: random.Random) -> list[Case]:
    """One column, and thousands; many rows; long rows."""
    one = [["text"], *([phrase(rng)] for _ in range(9))]
    commas = [["text"], ["broken, sadly"], ["fine"], ["loud, hot, dead"]]
    many = [[f"column {number}" for number in range(1999)] + ["text"]]
    many += [[str(rng.random())[:6] for _ in range(1999)] + [phrase(rng)] for _ in range(3)]
    ragged = [["text", *(f"c{number}" for number in range(1999))], *([phrase(rng), *[""] * 1999] for _ in range(2))]
    ragged_body = lines(ragged).encode() + b"late" + b"," * 1998 + b"\r\n"
    tall = [["id", "text"], *([str(number), phrase(rng, words=2)] for number in range(20_000))]
    empty = [["text", "a", "b"], ["", "", ""], ["late", "", ""], ["", "", ""]]
    return [
        Case("one-column", lines(one).encode(), read(one)),
        Case("one-column-with-commas", b"text\nbroken, sadly\nfine\nloud, hot, dead\n", read(commas)),
        Case("two-thousand-columns", lines(many, rng.choice(DELIMITERS)).encode(), read(many)),
        Case("two-thousand-columns-but-one", ragged_body, read(ragged, [4])),
        Case("twenty-thousand-rows", lines(tall).encode(), read(tall)),
        Case("only-delimiters", lines(empty).encode(), read(empty)),
    ]


def headers(rng: random.Random) -> list[Case]:
    """Names twice, without a name, very long, written in odd ways."""
    row = [phrase(rng), "1", "2"]
    names = {
        "duplicates": ["text", "id", "id"],
        "without-names": ["text", "", ""],
        "spaces": ["  text ", "\u00a0", " "],
        "upper-case": ["TEXT", "ID", "Id"],
        "claim-text": ["Claim_Text", "a-b", "c"],
        "zero-width": ["\u200btext\u200e", "x\u200d", "y"],
        "no-break-space": ["claim\u00a0text", "x", "y"],
        "quoted": ['"text"', "x,y", "a\nb"],
        "formula": ["text", "=1+1", "@x"],
        "numbers": ["text", "1", "2"],
        "chinese": ["文本", "编号", "备注"],
        "long": ["text", "n" * 70_000, "x" * 100_000],
        "results": ["text", "predicted_label", "confidence"],
        "results-twice": ["text", "predicted_label", "predicted_label_2"],
        "emoji": ["text", "😀", "👩‍👩‍👧"],
        "control": ["text", "a\tb", "c\x0bd"],
        "html": ["text", "<b>x</b>", "&amp;"],
    }
    made = []
    for name, header in names.items():
        rows = [header, row, [phrase(rng), "3", "4"]]
        expected = Refusal("has no column that is known") if name == "quoted" else read(rows)
        made.append(Case(f"header-{name}", lines(rows).encode(), expected))
    result = [["text", *PREDICTION_COLUMNS], ["late", "a", "0.9", "b", "0.1", "no", "", "v1"]]
    return [*made, Case("our-own-result", lines(result).encode("utf-8-sig"), read(result))]


def only_columns(rng: random.Random) -> list[Case]:
    """Above a single column stands a name, or the first of the texts: that one is not lost, however short, in whatever script."""
    names = ["statement", "Beschwerde", "feedback_2024", "Customer comments", "Kundenfeedback", "客户投诉内容", "Réclamations", "жалоба"]
    claims = ["terrible", "Terrible", "broken pump", "defekt", "E13", "broken_pump", "x" * 500_000, "late!", "12.5"]
    claims += [rng.choice(["broken", "late", "dark"]), *("".join(phrase(rng, language).split()) for language in ("Chinese", "Japanese"))]
    claims += [
        phrase(rng, language, rng.randint(1, 2)) for language in ("Russian", "Arabic", "Hebrew", "Korean", "Polish", "emoji", "Western")
    ]
    made = []
    for number, name in enumerate(names):
        rows = [[name], *([phrase(rng)] for _ in range(rng.randint(1, 9)))]
        made.append(Case(f"only-name-{number}", lines(rows).encode("utf-8-sig"), read(rows)))
    for number, claim in enumerate(claims):
        rows = [[claim], *([phrase(rng, words=rng.randint(1, 4))] for _ in range(rng.randint(0, 9)))]
        made.append(Case(f"only-claim-{number}", lines(rows, is_all_quoted=True).encode("utf-8-sig"), Refusal("may be a text")))
    return made


def titles(rng: random.Random) -> list[Case]:
    """Above the header of a sound table: a title, several, one padded as spreadsheets do, cells without anything, white space."""
    rows = table(rng)
    delimiter, end = rng.choice(DELIMITERS), rng.choice(LINE_ENDS)
    body = lines(rows, delimiter, end=end)
    tops = ["Claims", "Report", "Claims 2025", f"Claim{delimiter * 2}", delimiter * 2, f"Claims{end}{end}as of Monday"]
    refused = Refusal("seem to stand in row")
    made = [Case(f"title-{at}", f"{top}{end}{body}".encode(), refused if top.strip() else read(rows)) for at, top in enumerate(tops)]
    texts = [["Feedback"], *([f"{phrase(rng)}, {phrase(rng)}"] for _ in range(9))]
    one = end.join(text for (text,) in texts).encode()
    return [*made, Case("white-space-above", f" \t {end}{body}".encode(), read(rows)), Case("a-comma-in-each", one, read(texts))]


def long_names(rng: random.Random) -> list[Case]:
    """The name of the column that is read goes into records, which have bounds."""
    row = [phrase(rng), "1"]
    spaces, unseen = " " * rng.randint(200, 500_000), "\u200b" * rng.randint(200, 70_000)
    names = {"spaces": f"text{spaces}", "unseen": f"te{unseen}xt", "words": f"claim{spaces}text"}
    refused = Refusal("the name of the text column in the first row has")
    made = [Case(f"long-name-{name}", lines([[long, "id"], row]).encode(), refused) for name, long in names.items()]
    made += [Case(f"long-name-alone-{name}", lines([[long], row[:1]]).encode(), refused) for name, long in names.items()]
    twice = lines([[names["spaces"], names["words"]], row]).encode()
    return [*made, Case("long-names-twice", twice, Refusal("has more than one column that could be the text"))]


def no_header(rng: random.Random) -> list[Case]:
    """Where the column with the text cannot be known the names are shown."""
    several = "has more than one column that could be the text"
    return [
        Case("no-known-column", b"id,price\n1,2\n", Refusal(UNKNOWN)),
        Case("two-text-columns", b"text,review\na,b\n", Refusal(several)),
        Case("text-twice", b"text,text\na,b\n", Refusal(several)),
        Case("numbers-only", b"1,2,3\n4,5,6\n", Refusal(UNKNOWN)),
        Case("texts-only", f"{phrase(rng, words=5)}\n{phrase(rng)}\n".encode(), Refusal("may be a text")),
        Case("empty-names", b",,\n1,2,3\n", Refusal(UNKNOWN)),
        Case("tildes", b"id~text\n1~late\n", Refusal("seems to hold several names")),
        Case("fixed-width", b"id    text\n1     late\n", Refusal("seems to hold several names")),
        Case("title-above", b"Claims of March\n\nid,text\n1,late\n", Refusal("row 1 looks like a title")),
        Case("header-only", b"id,text\r\n", Refusal("has no rows below the header")),
        Case("header-only-no-end", b"text", Refusal("has no rows below the header")),
        Case("header-and-blanks", b"id,text\n\n\n\r\n", Refusal("has no rows below the header")),
        Case("header-of-nul", b"te\0xt,id\nlate,1\n", Refusal("is no text")),
        Case("header-ragged-quote", b'"te"xt,id\nlate,1\n', Refusal("the first row, which should hold the column names")),
    ]


def names_of_files(rng: random.Random) -> list[Case]:
    """Names that break a line, move the cursor, or look like something else: the file is read, and a sentence about it stays one line."""
    names = [
        "aa\nbb.csv",
        "bell\x07.csv",
        "\x1b[2Jgone.csv",
        "line\u2028end.csv",
        "-rf.csv",
        "=1+1.csv",
        "👩\u200d👧 文.csv",
        "%s {0} $HOME.csv",
    ]
    rows = table(rng)
    read_well = [Case(f"file-name-{number}", lines(rows).encode(), read(rows), name) for number, name in enumerate(names)]
    refused = [Case(f"file-name-refused-{number}", b"id,price\n1,2\n", Refusal(UNKNOWN), name) for number, name in enumerate(names)]
    return [*read_well, *refused]
