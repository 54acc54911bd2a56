"""Which rows of a table hold the same text, in memory that hardly grows with the table.

A row leaves 24 bytes: the key of its text, its number, its label's number and its weight. They are shared out by key among buckets,
which move to the disk when they grow, and are gone through one at a time.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import chain, repeat
from math import fsum
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import NamedTuple, Self

from contract.texts import KEY_BYTES

BUCKETS = 64
BUCKET_MEMORY_BYTES = 256 * 1024  # a larger bucket lies on the disk
RECORDS_AT_ONCE = 4096
SHOWN = 2  # rows of a text that are named
NO_LABEL = 0  # the label's number in a table without labels

_RECORD = struct.Struct(f">{KEY_BYTES}sIId")


@dataclass
class Occurrences:
    """The rows with one label that hold a text."""

    count: int = 0
    first: list[int] = field(default_factory=list)  # the first two of them
    weights: Counter[float] = field(default_factory=Counter)  # how many have each

    @property
    def weight(self) -> float:
        """The sum of their weights, rounded once: those that a training takes for a tie are one here too."""
        return fsum(chain.from_iterable(repeat(weight, count) for weight, count in self.weights.items()))

    def add(self, row: int, weight: float) -> None:
        """Note one more."""
        self.count += 1
        self.weights[weight] += 1
        if self.count <= SHOWN:
            self.first.append(row)


class Group(NamedTuple):
    """All rows that hold one text, by label in the order in which they come."""

    key: bytes
    labels: Mapping[int, Occurrences]

    @property
    def rows(self) -> int:
        """How many rows."""
        return sum(occurrences.count for occurrences in self.labels.values())


class TextIndex:
    """Collects rows, then tells which of them hold the same text. A context manager: it may have files on the disk."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        files = [SpooledTemporaryFile(BUCKET_MEMORY_BYTES) for _ in range(BUCKETS)]  # noqa: SIM115  # the stack closes them
        self._buckets = [self._stack.enter_context(file) for file in files]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.close()

    def add(self, key: bytes, row: int, label: int = NO_LABEL, weight: float = 1.0) -> None:
        """Note that a row holds the text of this key; the weight is how sure its label is."""
        self._buckets[key[0] % BUCKETS].write(_RECORD.pack(key, row, label, weight))

    def groups(self, bucket: int) -> Iterator[Group]:
        """The texts of one bucket, each with its rows."""
        once: dict[bytes, bytes] = {}  # most texts: their only record
        several: dict[bytes, dict[int, Occurrences]] = {}
        for record in self._records(bucket):
            key = record[:KEY_BYTES]
            if key not in several and key not in once:
                once[key] = record
                continue
            labels = several.setdefault(key, {})
            for each in (once.pop(key, None), record):
                _note(labels, each)
        for key in sorted([*once, *several]):
            if key in once:
                several[key] = {}
                _note(several[key], once[key])
            yield Group(key, several[key])

    def keys(self, bucket: int) -> frozenset[bytes]:
        """The texts of one bucket."""
        return frozenset(record[:KEY_BYTES] for record in self._records(bucket))

    def _records(self, bucket: int) -> Iterator[bytes]:
        file = self._buckets[bucket]
        file.seek(0)
        while content := file.read(RECORDS_AT_ONCE * _RECORD.size):
            yield from (content[start : start + _RECORD.size] for start in range(0, len(content), _RECORD.size))


def _note(labels: dict[int, Occurrences], record: bytes | None) -> None:
    if record is not None:
        _, row, label, weight = _RECORD.unpack(record)
        labels.setdefault(label, Occurrences()).add(row, weight)
