"""Makes warranty claims as the customers and dealers of an appliance maker write them.

    python data/prepare.py --rows N --seed S --out DIR

writes train.csv (with the column `category`), claims.csv (without it) and claims_labels.csv (the truth
about claims.csv). Row n depends on the seed, the file and n alone, so more rows only add to the end.
`--samples` writes the small files that lie in data/samples/ instead.
"""

from __future__ import annotations

import argparse
import csv
import re
import string
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any, TypeVar

T = TypeVar("T")

HERE = Path(__file__).parent
HEADER = ("claim_id", "received", "product", "channel", "claim", "category")
CHANNELS = {"web form": 40, "e-mail": 30, "dealer": 20, "phone note": 10}
FIRST_DAY, DAYS = date(2025, 1, 1), 365
CLAIMS_SHARE = 0.1  # rows to classify, per row to train on

SAMPLE_SEED, SAMPLE_TRAIN_ROWS, SAMPLE_CLAIMS_ROWS = 17, 1200, 60

# Shares of texts; the README gives what they make of the task.
VAGUE = 0.04  # nothing in the text tells the category
SHORT = 0.14
TWO_TROUBLES = 0.09  # a second category is mentioned after the one that counts
DENIAL = 0.55  # says which other trouble it is not
GREETING, CONTEXT, REQUEST = 0.19, 0.35, 0.4
DEALER_CONTEXT = 0.7
CORES = {1: 60, 2: 30, 3: 10}  # sentences about the trouble itself: their number and its weight
LINE_BREAK = 0.04
SHORTEST_MISTYPED = 4  # letters


@dataclass(frozen=True)
class Hand:
    """How a person types."""

    weight: int
    slips_per_word: float
    letters: Callable[[str], str] = str
    has_punctuation: bool = True
    endings: tuple[str, ...] = ("",)


HANDS = (
    Hand(66, 0.025),
    Hand(8, 0.1, str.lower),
    Hand(12, 0.1, str.lower, has_punctuation=False),
    Hand(5, 0.025, str.lower),
    Hand(2, 0.025, str.upper),
    Hand(7, 0.025, endings=("!!", "!!!", "...", " :-(")),
)


@dataclass(frozen=True)
class Claim:
    """One row, in the order of HEADER."""

    claim_id: str
    received: str
    product: str
    channel: str
    claim: str
    category: str

    def fields(self, header: Sequence[str]) -> list[str]:
        """The values of some columns."""
        return [getattr(self, name) for name in header]


class Author:
    """Writes claims from phrases.toml."""

    def __init__(self, phrases: dict[str, Any]) -> None:
        self._phrases = phrases
        self._categories: dict[str, Any] = phrases["categories"]

    def claims(self, count: int, seed: int, file: str) -> Iterator[Claim]:
        """`count` claims of one file; each number has its own random stream."""
        for number in range(count):
            yield self._claim(Random(f"{seed}/{file}/{number}"), number, file)  # noqa: S311  # believable, not secret

    def _claim(self, random: Random, number: int, file: str) -> Claim:
        category = _weighted(random, {name: entry["share"] for name, entry in self._categories.items()})
        product = random.choice(self._categories[category].get("products", list(self._phrases["products"])))
        channel = _weighted(random, CHANNELS)
        received = FIRST_DAY + timedelta(days=random.randrange(DAYS))
        text = _typed(random, self._text(random, category, product, channel))
        prefix = "T" if file == "train" else "C"
        return Claim(f"{prefix}{number + 1:06d}", received.isoformat(), product, channel, text, category)

    def _text(self, random: Random, category: str, product: str, channel: str) -> list[str]:
        """The sentences, in order."""
        kind = random.random()
        if kind < VAGUE:
            lines = [random.choice(self._phrases["vague"]["lines"])]
        elif kind < VAGUE + SHORT:
            lines = [random.choice(self._categories[category]["shorts"])]
        else:
            lines = self._letter(random, category, is_dealer=channel == "dealer")
        return [self._filled(random, line, product) for line in lines]

    def _letter(self, random: Random, category: str, *, is_dealer: bool) -> list[str]:
        """Greeting, context, the trouble and what it is not, request; most of them optional."""
        others = [name for name in self._categories if name != category]
        trouble = random.sample(self._categories[category]["cores"], _weighted(random, CORES))
        if random.random() < DENIAL:
            trouble.insert(random.randint(0, len(trouble)), random.choice(self._categories[random.choice(others)]["denials"]))
        if random.random() < TWO_TROUBLES:
            trouble.append("Also: " + random.choice(self._categories[random.choice(others)]["cores"]))
        before, after = [], []
        if not is_dealer and random.random() < GREETING:
            before.append(random.choice(self._phrases["greetings"]["lines"]))
        voice = "dealer" if is_dealer else "lines"
        if random.random() < (DEALER_CONTEXT if is_dealer else CONTEXT):
            before.append(random.choice(self._phrases["contexts"][voice]))
        if random.random() < REQUEST:
            after.append(random.choice(self._phrases["requests"][voice]))
        return [*before, *trouble, *after]

    def _filled(self, random: Random, line: str, product: str) -> str:
        """The line with its names in braces replaced."""

        def word(match: re.Match[str]) -> str:
            name = match[1]
            if name == "product":
                return product
            if name == "part":
                return str(random.choice(self._phrases["products"][product]))
            if name == "order":
                return f"{random.choice(string.ascii_uppercase)}{random.randrange(10_000, 99_999)}"
            return str(random.choice(self._phrases["words"][name]))

        return re.sub(r"\{(\w+)\}", word, line)


def _weighted(random: Random, weights: Mapping[T, int]) -> T:
    return random.choices(list(weights), list(weights.values()))[0]


def _typed(random: Random, sentences: Sequence[str]) -> str:
    """The sentences as one person types them: letters, punctuation, typing errors, line breaks."""
    hand = _weighted(random, {hand: hand.weight for hand in HANDS})
    joints = [" "] * (len(sentences) - 1)
    if joints and random.random() < LINE_BREAK:
        joints[random.randrange(len(joints))] = "\n"
    text = "".join(sentence + joint for sentence, joint in zip(sentences, [*joints, ""], strict=True))
    words = (_mistyped(random, word) if random.random() < hand.slips_per_word else word for word in text.split(" "))
    text = hand.letters(" ".join(words))
    if not hand.has_punctuation:
        text = re.sub(r"[.,;:]+(?=\s|$)", "", text)
    ending = random.choice(hand.endings)
    return text.rstrip(".") + ending if ending else text


def _mistyped(random: Random, word: str) -> str:
    """One slip inside a word: two letters swapped, one dropped, doubled or replaced."""
    if len(word) < SHORTEST_MISTYPED or not word.isalpha():
        return word
    place = random.randrange(1, len(word) - 1)
    before, letter, after = word[:place], word[place], word[place + 1 :]
    slips = (after[0] + letter + after[1:], after, letter + letter + after, random.choice("aeiourstn") + after)
    return before + random.choice(slips)


def load_author() -> Author:
    """The author with the phrases beside this file."""
    return Author(tomllib.loads((HERE / "phrases.toml").read_text(encoding="utf-8")))


def write(path: Path, header: Sequence[str], claims: Sequence[Claim], *, delimiter: str = ",", encoding: str = "utf-8") -> None:
    """Write some columns of the claims as CSV with CRLF line ends."""
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(header)
        writer.writerows(claim.fields(header) for claim in claims)


def write_all(out: Path, rows: int, seed: int) -> None:
    """train.csv, claims.csv and claims_labels.csv."""
    author = load_author()
    out.mkdir(parents=True, exist_ok=True)
    write(out / "train.csv", HEADER, list(author.claims(rows, seed, "train")))
    claims = list(author.claims(max(round(rows * CLAIMS_SHARE), 1), seed, "claims"))
    write(out / "claims.csv", HEADER[:-1], claims)
    write(out / "claims_labels.csv", ("claim_id", "category"), claims)


def write_samples(out: Path) -> None:
    """The committed samples; claims_excel.csv holds the rows of claims.csv as Excel saves them in much of Europe."""
    author = load_author()
    out.mkdir(parents=True, exist_ok=True)
    write(out / "warranty_train.csv", HEADER, list(author.claims(SAMPLE_TRAIN_ROWS, SAMPLE_SEED, "train")))
    claims = list(author.claims(SAMPLE_CLAIMS_ROWS, SAMPLE_SEED, "claims"))
    write(out / "claims.csv", HEADER[:-1], claims)
    write(out / "claims_excel.csv", HEADER[:-1], claims, delimiter=";", encoding="cp1252")
    write(out / "claims_labels.csv", ("claim_id", "category"), claims)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Make warranty claims to train on and to classify.")
    parser.add_argument("--rows", type=int, default=20_000, metavar="N", help="rows of train.csv; claims.csv gets a tenth of it")
    parser.add_argument("--seed", type=int, default=17, metavar="S", help="another seed, other claims")
    parser.add_argument("--out", type=Path, default=Path(".cache/data/warranty"), metavar="DIR", help="folder to write into")
    parser.add_argument("--samples", action="store_true", help="write the small committed samples instead (their own rows and seed)")
    given = parser.parse_args(arguments)
    if given.rows < 1:
        parser.error("--rows must be at least 1.")
    if given.samples:
        write_samples(given.out)
    else:
        write_all(given.out, given.rows, given.seed)


if __name__ == "__main__":
    main()
