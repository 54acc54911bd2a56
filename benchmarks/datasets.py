"""The rows to measure on: sets in a folder, or generated ones, cut so that no text stands on both sides.

Official test rows are used as they are, even where one of their texts was trained on.

A folder holds a set as NAME/train.csv with NAME/test.csv, as `data/fetch.py` lays them down, or as
NAME_train.csv; all may be gzip-compressed, and a set without test rows is cut by seed.
"""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.measuring import KIT, ROOT, RUNS, run

Positions = npt.NDArray[np.int64]

FETCHED = ROOT / ".cache" / "data"
LABEL_COLUMNS, TEXT_COLUMNS = ("label", "category"), ("text", "claim")
FIRST_SEED = 100  # seed s of a benchmark cuts with 100 + s, as every figure of the kit's README was cut
TEST_SHARE = 0.2
MAX_FIELD_CHARS = 1 << 30

_SPACE = re.compile(r"\s+")


@dataclass(frozen=True)
class Rows:
    """Labelled texts, and what each row is called in its file."""

    texts: list[str]
    labels: list[str]
    numbers: Positions  # (N,) from 0, in the order of the file

    def __len__(self) -> int:
        return len(self.texts)

    def take(self, positions: Sequence[int] | Positions) -> Rows:
        """Some of the rows."""
        numbers = self.numbers[np.asarray(positions, np.int64)]
        return Rows([self.texts[at] for at in positions], [self.labels[at] for at in positions], numbers)


@dataclass(frozen=True)
class Dataset:
    """A set by its name; `test` is None when it has no official test rows."""

    name: str
    train: Rows
    test: Rows | None

    @property
    def digest(self) -> str:
        """Eight characters that tell these rows from others."""
        found = blake2b(digest_size=4)
        for rows in (self.train, self.test or self.train.take([])):
            for pair in zip(rows.texts, rows.labels, strict=True):
                found.update(repr(pair).encode())
        return found.hexdigest()

    def split(self, seed: int, share: float = TEST_SHARE) -> tuple[Rows, Rows]:
        """Training and test rows; a training row whose text is among the test rows is left out."""
        if self.test is not None:
            return self.train, self.test
        order = np.random.default_rng(FIRST_SEED + seed).permutation(len(self.train))
        cut = int(len(order) * share)
        test = self.train.take(np.sort(order[:cut]))
        seen = set(map(normalised, test.texts))
        return self.train.take([at for at in order[cut:] if normalised(self.train.texts[at]) not in seen]), test


def normalised(text: str) -> str:
    """What two texts have in common when they differ in case and white space only."""
    return _SPACE.sub(" ", text).strip().lower()


def read(path: Path) -> Rows:
    """A labelled CSV file."""
    csv.field_size_limit(MAX_FIELD_CHARS)
    with path.open("rb") as raw, gzip.open(raw) if path.suffix == ".gz" else raw as content:
        file = io.TextIOWrapper(content, encoding="utf-8-sig", newline="")
        records = csv.DictReader(file)
        columns = records.fieldnames or ()
        label = next(column for column in LABEL_COLUMNS if column in columns)
        text = next(column for column in TEXT_COLUMNS if column in columns)
        pairs = [(record[text], record[label]) for record in records]
    return Rows([pair[0] for pair in pairs], [pair[1] for pair in pairs], np.arange(len(pairs)))


def find(folder: Path) -> dict[str, tuple[Path, Path | None]]:
    """The files of each set in a folder: training rows, test rows or None."""
    found = {}
    for path in sorted(folder.glob("*/train.csv*")) + sorted(folder.glob("*_train.csv*")):
        name = path.parent.name if path.parent != folder else path.name.partition("_train.csv")[0]
        others = [path.with_name(path.name.replace("train.csv", f"{kind}.csv")) for kind in ("test", "dev")]
        found[name] = (path, next((other for other in others if other.exists()), None))
    return found


def load(folder: Path | None, names: Sequence[str] = ()) -> Iterator[Dataset]:
    """The named sets of a folder, one in memory at a time; without names all, without a folder what was fetched, or else the samples.

    Raises ValueError for a name that the folder does not hold.
    """
    files = find(folder or FETCHED) or {"samples": (ROOT / "data" / "samples" / "warranty_train.csv", None)}
    if unknown := set(names) - set(files):
        raise ValueError(f"No set {', '.join(sorted(unknown))} there. There are: {', '.join(files)}.")
    for name in names or files:
        train, test = files[name]
        yield Dataset(name, read(train), read(test) if test else None)


def generated(rows: int) -> Dataset:
    """Claims that nobody wrote: short texts of ten categories, with a test file of a tenth as many rows."""
    folder = RUNS / f"claims-{rows}"
    if not (folder / "train.csv").exists():
        run([*KIT[:1], "data/prepare.py", "--rows", str(rows), "--out", str(folder)])
    return Dataset("claims", read(folder / "train.csv"), None)


def joined(rows: Rows, count: int) -> Rows:
    """Long texts from short ones of the same label: `count` each, as many rows as there are wholes."""
    texts, labels = [], []
    for label in sorted(set(rows.labels)):
        some = iter([text for text, its in zip(rows.texts, rows.labels, strict=True) if its == label])
        while len(group := list(itertools.islice(some, count))) == count:
            texts.append(" ".join(group))
            labels.append(label)
    return Rows(texts, labels, np.arange(len(texts)))


def write_labelled(rows: Rows, path: Path) -> None:
    """A training file as users have them."""
    _write(path, ("label", "text"), zip(rows.labels, rows.texts, strict=True))


def write_unlabelled(texts: Sequence[str], path: Path, rows: int) -> None:
    """A file to classify: the texts over and over until there are `rows`."""
    _write(path, ("id", "text"), ((str(number), texts[number % len(texts)]) for number in range(rows)))


def _write(path: Path, header: Sequence[str], rows: Iterator[tuple[str, ...]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    with partial.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
    partial.replace(path)
