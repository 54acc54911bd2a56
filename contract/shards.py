"""A large table is classified in shards: how many, and the documents that pass between those who do it.

One job plans, the children of an array job classify a shard each, one job joins. Jobs can submit none, so the number
of shards is fixed before anyone has seen the file; some may turn out empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from contract.documents import Document
from contract.encoding import TableFormat
from contract.layout import Drop
from contract.promise import Promise

GZIP_RATIO = 4  # of a text's size to that of its gzip, about
MAX_SHARDS = 1000  # of the 10,000 that Batch allows; joining takes up to three of S3's 10,000 parts for each


def shard_count(drop: Drop, size_bytes: int, shard_bytes: int) -> int:
    """How many shards of about `shard_bytes` a dropped object makes; 1: it is classified in one piece."""
    unpacked = size_bytes * (GZIP_RATIO if drop.has_suffix((".gz",)) else 1)
    return min(max(1, -(-unpacked // shard_bytes)), MAX_SHARDS)


@dataclass(frozen=True)
class Assignment(Document):
    """What a prediction is to do: which table is read how, and which model classifies which column."""

    input: str  # s3://bucket/key, or a file
    input_version: str
    format: dict[str, Any]  # a TableFormat
    header: list[str]
    header_number: int  # of its row
    text_position: int  # of the column with the text
    classifier: str
    model: str  # s3://bucket/key, or a file
    model_version: str  # as it stands in the column of this name
    is_explained: bool  # a column says which words moved each decision
    training_object: str
    training_object_version: str
    promise: dict[str, Any]  # a Promise
    own_position: int | None = None  # of the column with the submitter's own category

    @property
    def promised(self) -> Promise:
        """What is promised about the rows that need no review."""
        return Promise(**self.promise)

    @property
    def table(self) -> TableFormat:
        """How the table is read."""
        return TableFormat(**self.format)


class ByteRange(NamedTuple):
    """A part of an object; empty when it ends where it starts."""

    start: int
    end: int


@dataclass(frozen=True)
class Plan(Document):
    """`plan.json`: the shards of a table, which are ranges of the dropped object.

    Where no range of it can be read alone, for it is compressed or of an encoding with wide characters, each shard that
    is not empty is an object of its own, and the ranges are those of all of them in a row.
    """

    assignment: dict[str, Any]  # an Assignment
    starts: list[int]  # of the shards, and where the last one ends
    is_rewritten: bool
    started_at: str  # ISO 8601, UTC
    seconds: float

    def __post_init__(self) -> None:
        _ = self.task  # raises TypeError for what is no assignment

    @property
    def task(self) -> Assignment:
        """What all shards together are to do."""
        return Assignment(**self.assignment)

    @property
    def shards(self) -> list[ByteRange]:
        """The shards in order."""
        return [ByteRange(*ends) for ends in zip(self.starts, self.starts[1:], strict=False)]


@dataclass(frozen=True)
class ShardOutcome(Document):
    """What came of one shard."""

    rows_in: int
    rows_out: int
    rows_rejected: int
    rows_to_review: int
    labels: dict[str, int]
    own_labels: int  # rows with a category of the submitter's own
    own_labels_known: int  # of them, those whose category is a label of the model
    own_labels_differing: int  # of those, the rows that the model gave another label
    numbers: int  # row numbers that it takes, blank lines included
    results_bytes: int
    engine: str
    seconds: float
