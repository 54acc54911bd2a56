"""Cells with anything in them: they come back as they are, and nothing of them is run, resolved or read as markup."""

from __future__ import annotations

import random
import string

from tests.hostile.cases import DELIMITERS, WORDS, Case, lines, phrase, read

TEXTS = {
    "numbers": ["42", "-1", "3,14", "1e309", "NaN", "inf", "0x1F", "٣", "²", "00012"],
    "nothing": ["", " ", "\u00a0", "\u3000", "\t", "\u200b", "-", ".", "?!", "…"],
    "formulas": ["=1+1", "+SUM(A1)", "-2+3", "@cmd", '=cmd|"/c calc"!A0', '=HYPERLINK("x")', "\t=1", "'=1", "＝1+1", "%0A=1"],
    "markup": ["<b>late</b>", "<script>alert(1)</script>", "a < b > c", "<" * 300, "&lt;x&gt;", "<!-- x -->", "]]>", "<![CDATA[x"],
    "code": ["'; DROP TABLE claims; --", "{{7*7}}", "${jndi:ldap://x}", "$(reboot)", "`id`", "%s%n%x", "{0.__class__}", "\\x41\\n"],
    "paths": ["../../etc/passwd", "C:\\Windows", "\\\\host\\share", "file:///etc/passwd", "s3://bucket/key", "http://a.b/?c=1&d=%20"],
    "right-to-left": ["שלום עולם", "مرحبا بالعالم", "\u202eevil\u202c", "abc \u200f אבג \u200e 123", "\u2067x\u2069"],
    "emoji": ["😀", "👩‍👩‍👧‍👦", "🇩🇪🇫🇷", "👍🏿", "❤️", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "☺", "😀" * 500],
    "invisible": ["a\u200bb", "a\u200db", "\u00ad", "a\u2060b", "\ufeff", "e\u0301", "Z" + "\u0300" * 100, "\U000e0041"],
    "rare": ["\ufffe", "\uffff", "\U0010ffff", "\ue000", "\U000f0000", "\ufffd", "\u0378", "ﷺ", "𝕳𝖊𝖑𝖑𝖔", "ｆｕｌｌ"],
    "control": ["a\x07b", "\x1b[31mred\x1b[0m", "a\x7fb", "\x0b", "\x08", "a\x0cb", "late \x00 early", "\x01"],
    "case": ["İstanbul", "ß ẞ SS", "ǅ", "ﬁne", "ΑΣ ας", "ı", "K"],
    "repetition": ["a" * 5000, "((((" * 500, "." * 3000, "late " * 5000, "http://" * 200, "a." * 2000, ":)" * 1000, "-" * 4000],
    "urls": ["http://" + "a" * 3000, "x" * 90 + "@" + "y" * 90 + ".com", "a.b." * 300, "http://[::1]:80/", "https://xn--e1afmkfd"],
    "yes-and-no": ["null", "None", "NULL", "\\N", "undefined", "true", "#N/A", "#REF!", "(blank)", "n/a"],
}


def odd_texts(rng: random.Random) -> list[Case]:
    """Each family in rows of its own, with a delimiter by chance."""
    made = []
    for name, texts in TEXTS.items():
        chosen = rng.sample(texts, len(texts))
        rows = [["id", "text", "remark"], *([str(number), text, rng.choice(chosen)] for number, text in enumerate(chosen))]
        made.append(Case(f"texts-{name}", lines(rows, rng.choice(DELIMITERS)).encode(), read(rows)))
    return made


def random_texts(rng: random.Random) -> list[Case]:
    """Characters by chance, from all of Unicode but what is no character."""
    made = []
    alphabets = {
        "ascii": string.printable,
        "unicode": "".join(map(chr, [*range(1, 0xD800), *range(0xE000, 0x3000)]))
        + "".join(chr(rng.randint(0x10000, 0x10FFFF)) for _ in range(99)),
        "separators": "\",;|\t\r\n \\'",
        "words": "".join(f"{word} " for words in WORDS.values() for word in words),
    }
    for name, alphabet in alphabets.items():
        rows = [["text", "id"]]
        rows += [["".join(rng.choices(alphabet, k=rng.randint(0, 60))), str(number)] for number in range(rng.randint(5, 40))]
        made.append(Case(f"random-{name}", lines(rows, rng.choice(DELIMITERS), is_all_quoted=True).encode(), read(rows)))
    return made


def sameness(rng: random.Random) -> list[Case]:
    """Copies and contradictions are classified like any other row."""
    text = phrase(rng)
    rows = [["text", "label"], *([rng.choice([text, text.upper(), f" {text} "]), rng.choice("ab")] for _ in range(30))]
    return [Case("copies", lines(rows).encode(), read(rows))]
