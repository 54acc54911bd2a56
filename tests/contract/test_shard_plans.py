"""How many shards a table makes, and what their plan says."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from contract.encoding import TableFormat
from contract.errors import AlgorithmError
from contract.layout import Drop
from contract.promise import Promise
from contract.shards import GZIP_RATIO, MAX_SHARDS, Assignment, ByteRange, Plan, shard_count

TASK = Assignment(
    input="s3://predict/claims.csv",
    input_version="v1",
    format=asdict(TableFormat("utf-16", ";", is_gzip=False, has_damage=True)),
    header=["id", "écrasé"],
    header_number=3,
    text_position=1,
    classifier="main",
    model="s3://models/a/output/model.tar.gz",
    model_version="v7",
    is_explained=False,
    training_object="s3://train/claims.csv",
    training_object_version="t1",
    promise=asdict(Promise(0.05, 0.9, None, [0.1])),
)
PLAN = Plan(asdict(TASK), starts=[12, 20, 20, 31], is_rewritten=False, started_at="2026-11-21T08:00:00+00:00", seconds=1.5)


@pytest.mark.parametrize(
    ("key", "size_bytes", "count"),
    [
        ("claims.csv", 0, 1),
        ("claims.csv", 100, 1),
        ("claims.csv", 101, 2),
        ("claims.csv", 650, 7),
        ("claims.csv.gz", 100 // GZIP_RATIO, 1),
        ("CLAIMS.TSV.GZ", 100 // GZIP_RATIO + 1, 2),
        ("claims.csv", 10**12, MAX_SHARDS),
    ],
)
def test_a_shard_is_about_as_large_as_was_asked(key: str, size_bytes: int, count: int) -> None:
    """One up to the size, then as many as it takes, within what Batch and S3 allow."""
    assert shard_count(Drop("main", key), size_bytes, 100) == count


def test_a_plan_is_read_as_it_was_written() -> None:
    """All jobs of a prediction agree on the table's format and on the shards, empty ones included."""
    read = Plan.from_json(PLAN.to_json())
    assert read == PLAN
    assert read.task == TASK
    assert read.task.table == TableFormat("utf-16", ";", is_gzip=False, has_damage=True)
    assert read.shards == [ByteRange(12, 20), ByteRange(20, 20), ByteRange(20, 31)]


@pytest.mark.parametrize("text", ["{}", "[]", PLAN.to_json().replace('"header_number": 3,', "")])
def test_what_is_no_plan_is_refused(text: str) -> None:
    """A plan of another version of the kit is not half understood."""
    with pytest.raises(AlgorithmError, match="no plan of this kit's version"):
        Plan.from_json(text)
