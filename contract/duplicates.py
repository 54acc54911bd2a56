"""Which rows of a table hold the same text, in memory that hardly grows with the table.

A row leaves 16 bytes: the key of its text, its number and its label's number. They are shared out by key among buckets,
which move to the disk when they grow, and are sorted one bucket at a time.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import groupby
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import NamedTuple, Self

from contract.texts import KEY_BYTES

BUCKETS = 64
BUCKET_MEMORY_BYTES = 256 * 1024  # a larger bucket lies on the disk
NO_LABEL = 0  # the label's number in a table without labels

_RECORD = struct.Struct(f">{KEY_BYTES}sII")  # big-endian, so that the order of the bytes is that of the values


class Occurrence(NamedTuple):
    """A row that holds a text."""

    row: int
    label: int


class Group(NamedTuple):
    """All rows that hold one text, in order."""

    key: bytes
    rows: list[Occurrence]


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

    def add(self, key: bytes, row: int, label: int = NO_LABEL) -> None:
        """Note that a row holds the text of this key."""
        self._buckets[key[0] % BUCKETS].write(_RECORD.pack(key, row, label))

    def groups(self, bucket: int) -> Iterator[Group]:
        """The texts of one bucket, each with its rows."""
        for key, records in groupby(sorted(self._records(bucket)), key=lambda record: record[:KEY_BYTES]):
            yield Group(key, [Occurrence(*_RECORD.unpack(record)[1:]) for record in records])

    def keys(self, bucket: int) -> frozenset[bytes]:
        """The texts of one bucket."""
        return frozenset(record[:KEY_BYTES] for record in self._records(bucket))

    def _records(self, bucket: int) -> Iterator[bytes]:
        file = self._buckets[bucket]
        file.seek(0)
        content = file.read()
        return (content[start : start + _RECORD.size] for start in range(0, len(content), _RECORD.size))
