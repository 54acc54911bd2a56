"""Texts without a label: which there are, and some of them drawn by chance."""

from __future__ import annotations

import heapq
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import blake2b
from http import HTTPStatus
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

from refusal import Refusal, not_there

from contract.columns import choose_columns
from contract.errors import UserError
from contract.labelling import Task
from contract.layout import TABLE_SUFFIXES, TEXT_SUFFIXES
from contract.manifest import DroppedLine, open_manifest, read_sources
from contract.posts import parse_collected, unlabelled_prefix
from contract.review_list import MAX_TEXT_CHARS
from contract.table import RejectedRow, TableReader
from contract.texts import normal_form, text_digest

MOST_OBJECTS = 400  # that a job's texts are drawn from: they are read while somebody waits, and a day's collection may have more
MOST_BYTES = 32 * 1024**2  # of those objects, and of the chosen texts a quarter of that
MOST_LISTED = 10_000  # objects of a classifier that are looked at to say what there is
AT_ONCE = 8


class Found(NamedTuple):
    """An object with texts."""

    key: str
    size: int  # bytes
    at: str  # when it was written, ISO 8601


@dataclass
class Source:
    """What a person chooses: a file, or a day's collection."""

    source: str  # a key, or what the keys of a day start with
    objects: int = 0
    bytes: int = 0
    newest: str = ""

    def add(self, found: Found) -> None:
        """Count an object."""
        self.objects += 1
        self.bytes += found.size
        self.newest = max(self.newest, found.at)


def sources(s3: Any, bucket: str, classifier: str) -> tuple[list[Source], bool]:
    """What there is for a classifier, the newest first, and whether there is more than could be looked at."""
    groups: dict[str, Source] = {}
    count = 0
    for found in _listed(s3, bucket, unlabelled_prefix(classifier)):
        count += 1
        if count > MOST_LISTED:
            break
        name = f"{found.key.rpartition('/')[0]}/" if parse_collected(found.key) else found.key
        groups.setdefault(name, Source(name)).add(found)
    return sorted(groups.values(), key=lambda source: source.newest, reverse=True), count > MOST_LISTED


@dataclass
class Drawn:
    """The texts of some objects of which some are drawn: those whose hashes are smallest, so the same of the same objects."""

    salt: str
    most: int
    unreadable: int = 0
    objects: int = 0  # that were read
    unread: int = 0
    _kept: dict[str, Task] = field(default_factory=dict)
    _heap: list[tuple[int, str]] = field(default_factory=list)  # negated hashes: the largest comes first

    def add(self, text: str, key: str) -> None:
        """Draw it or not; a text that is there already is from one more object."""
        digest = text_digest(text).hex()
        if known := self._kept.get(digest):
            if key not in known.objects:
                known.objects.append(key)
            return
        rank = chance(self.salt, digest)
        if len(self._heap) < self.most:
            heapq.heappush(self._heap, (-rank, digest))
        elif rank < -self._heap[0][0]:
            _, gone = heapq.heapreplace(self._heap, (-rank, digest))
            del self._kept[gone]
        else:
            return
        self._kept[digest] = Task(digest=digest, text=text, objects=[key])

    def tasks(self) -> list[Task]:
        """What was drawn, in the order of drawing."""
        return [self._kept[digest] for _, digest in sorted(self._heap, reverse=True)]


def chance(salt: str, digest: str) -> int:
    """A number as good as drawn by chance for a text, the same whoever draws."""
    return int.from_bytes(blake2b(f"{salt}/{digest}".encode(), digest_size=8).digest(), "big")


def draw(s3: Any, bucket: str, classifier: str, wanted: Sequence[str], drawn: Drawn, text_column: str) -> None:
    """Draw from the objects that are wanted, or from some of them, by chance, where there are too many to read.

    Raises Refusal when there are none or one is too large, UserError when one cannot be read.
    """
    prefix = unlabelled_prefix(classifier)
    for source in wanted:
        if not source.startswith(prefix):
            raise UserError(
                f"'{source}' is no text of the classifier '{classifier}': its texts without a label lie below '{prefix}'. Posts are"
                " collected for the classifier of the setting collect_classifier."
            )
    found = {entry.key: entry for source in wanted for entry in _wanted(s3, bucket, source)}
    if not found:
        raise not_there(f"There is no file of texts at '{wanted[0]}'. Drop one below '{prefix}' of the train bucket.")
    keys = _readable(list(found.values()), drawn.salt)
    drawn.objects, drawn.unread = len(keys), len(found) - len(keys)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(AT_ONCE) as pool:
        paths = pool.map(lambda numbered: _fetched(s3, bucket, numbered[1], Path(folder) / str(numbered[0])), enumerate(keys))
        for key, path in zip(keys, paths, strict=True):
            for text in _texts(path, key, text_column):
                if text is None or len(text) > MAX_TEXT_CHARS:
                    drawn.unreadable += 1
                elif normal_form(text):
                    drawn.add(text, key)
            path.unlink()


def _readable(found: Sequence[Found], salt: str) -> list[str]:
    """The keys of as many objects as are read for one job, drawn by chance where that is not all."""
    if large := next((each for each in found if each.size > MOST_BYTES), None):
        raise Refusal(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"'{large.key}' has {large.size / 1024**2:,.0f} MiB; at most {MOST_BYTES // 1024**2} MiB are read for one labelling job."
            " Drop it in parts.",
        )
    by_chance = sorted(found, key=lambda each: chance(salt, each.key))
    sizes = accumulate(each.size for each in by_chance)
    return sorted(each.key for each, size in zip(by_chance[:MOST_OBJECTS], sizes, strict=False) if size <= MOST_BYTES)


def _wanted(s3: Any, bucket: str, source: str) -> Iterator[Found]:
    """The objects of a source: a folder's, or the one of the name."""
    for found in _listed(s3, bucket, source):
        if source.endswith("/") or found.key == source:
            yield found


def _listed(s3: Any, bucket: str, prefix: str) -> Iterator[Found]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for entry in page.get("Contents", []):
            if entry["Size"] and entry["Key"].lower().endswith(TEXT_SUFFIXES):
                yield Found(entry["Key"], entry["Size"], entry["LastModified"].isoformat())


def _fetched(s3: Any, bucket: str, key: str, path: Path) -> Path:
    path.write_bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    return path


def _texts(path: Path, key: str, text_column: str) -> Iterator[str | None]:
    """The texts of a file; None for a row or a line that cannot be read."""
    if key.lower().endswith(TABLE_SUFFIXES):
        table = TableReader(path, key)
        column = choose_columns(table.header, key, text_column=text_column, is_training=False).text
        for row in table:
            yield None if isinstance(row, RejectedRow) else row.fields[column]
        return
    with open_manifest(path) as stream:
        for line in read_sources(stream, key):
            yield None if isinstance(line, DroppedLine) else line.text
