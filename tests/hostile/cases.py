"""What a hostile file is, what should become of it, and the pieces that such files are made of."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

DELIMITERS = ",;\t|"
LINE_ENDS = ("\r\n", "\n", "\r")
SPECIAL = '",;\t|\r\n'

# Words of a language alone, and words that Windows-1252 can write.
WORDS = {
    "English": [
        "the",
        "parcel",
        "came",
        "late",
        "box",
        "was",
        "crushed",
        "motor",
        "hums",
        "and",
        "stops",
        "valve",
        "leaks",
        "screen",
        "stays",
        "dark",
    ],
    "Western": [
        "écrasé",
        "naïve",
        "Tür",
        "größer",
        "señor",
        "coûte",
        "Maß",
        "“neu”",
        "€20",
        "déjà",
        "vu",
        "Über",
        "straße",
        "garçon",
        "l’été",
        "fünf",
        "weiß",
    ],
    "Russian": ["дверь", "стиральной", "машины", "не", "закрывается", "вода", "течёт", "на", "пол", "посылка", "пришла", "поздно"],
    "Greek": ["η", "πόρτα", "του", "πλυντηρίου", "δεν", "κλείνει", "και", "το", "νερό", "τρέχει", "στο", "πάτωμα"],
    "Hebrew": ["החבילה", "הגיעה", "מאוחר", "מדי", "והקופסה", "הייתה", "מעוכה"],
    "Arabic": ["وصل", "الطرد", "متأخرا", "وكان", "الصندوق", "محطما", "والماء", "يتسرب"],
    "Chinese": ["洗衣机", "的", "门", "关不上", "一直", "漏水", "快递", "上午", "来得", "太晚", "箱子", "压坏", "了"],
    "Japanese": ["洗濯機の", "ドアが", "閉まりません", "水が", "もれて", "います", "荷物が", "おそく", "届きました"],
    "Korean": ["세탁기", "문이", "닫히지", "않고", "물이", "샙니다", "소포가", "늦게", "도착했습니다"],
    "emoji": ["😀", "👩\u200d👩\u200d👧", "🇩🇪", "👍🏽", "❤️", "🏴\u200d☠️", "broken", "💔", "late", "⏰"],
    "Polish": ["łódź", "żółw", "drzwi", "pralki", "się", "nie", "zamykają", "paczka", "przyszła", "późno"],
}


@dataclass(frozen=True)
class Rows:
    """The file is read: its names of columns, its readable rows in order, and the numbers of the rows that are rejected."""

    header: list[str]
    rows: list[list[str]]
    rejected: Sequence[int] = ()


@dataclass(frozen=True)
class Refusal:
    """The file is refused in a sentence with these words."""

    words: str


@dataclass(frozen=True)
class Case:
    """One file."""

    name: str
    content: bytes
    expected: Rows | Refusal
    file: str = "claims.csv"


Maker = Callable[[random.Random], list[Case]]


def phrase(rng: random.Random, language: str = "English", words: int = 0) -> str:
    """A few words of a language."""
    return " ".join(rng.choices(WORDS[language], k=words or rng.randint(2, 9)))


def decorated(rng: random.Random, text: str) -> str:
    """A text with something in it that has to be quoted, or that a careless reader would take away."""
    extra = rng.choice(["", "", ", so", "; so", ' "so"', "\r\nso", "\nso", "\tso", "|so", " ", '"', ",", "''", "  so"])
    return text + extra if rng.random() < 0.7 else extra + text


def table(rng: random.Random, language: str = "English", rows: int = 0) -> list[list[str]]:
    """A header with a column `text` at a random place, and rows."""
    header = ["id", "text", "remark"]
    rng.shuffle(header)
    made = [header]
    for number in range(rows or rng.randint(3, 12)):
        fields = {"id": str(number), "text": decorated(rng, phrase(rng, language)), "remark": rng.choice(["", "x", phrase(rng, language)])}
        made.append([fields[name] for name in header])
    return made


def line(fields: Sequence[str], delimiter: str = ",", *, is_all_quoted: bool = False) -> str:
    """Fields as a line without its end, quoted where that is needed."""
    return delimiter.join(quoted(field) if is_all_quoted or any(char in field for char in SPECIAL) else field for field in fields)


def quoted(field: str) -> str:
    """A field in quotation marks."""
    return '"' + field.replace('"', '""') + '"'


def lines(rows: Sequence[Sequence[str]], delimiter: str = ",", end: str = "\r\n", *, is_all_quoted: bool = False) -> str:
    """A whole table as text."""
    return "".join(line(fields, delimiter, is_all_quoted=is_all_quoted) + end for fields in rows)


def read(rows: Sequence[Sequence[str]], rejected: Sequence[int] = ()) -> Rows:
    """The expectation that a table comes back as it is."""
    return Rows(list(rows[0]), [list(fields) for fields in rows[1:]], rejected)
