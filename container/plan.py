"""The verb `plan`: the first job of a prediction in shards finds out what the shards are.

It reads the whole table, at the speed at which records can be told apart, and so refuses whatever `predict` would
refuse, before the other jobs begin. It cuts where a share of the file has been read. A table of which no part can be
read alone, for it is compressed or of wide characters, is written anew as one object per shard.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory

from container import objects, uploads
from container.artifacts import load_classifier
from container.assignment import assign
from container.inputs import fetch, input_name
from container.objects import CSV, JSON, Address
from container.stopping import raise_if_stopped
from contract.blocks import BLOCK_BYTES, TableBlocks
from contract.container_environments import PredictionEnvironment
from contract.shard_keys import ShardKeys
from contract.shards import Plan
from contract.table import TableReader

BLOCKS_PER_SHARD = 16  # at least, or shards of small tables would be very unequal


@dataclass(frozen=True)
class PlanRequest:
    """What the command line asks for."""

    input: str  # s3://bucket/key
    output: str  # s3://bucket/prefix
    model: str  # a folder, a tar.gz, or s3://bucket/key of one
    shards: int


def plan(request: PlanRequest, environment: PredictionEnvironment) -> Plan:
    """Cut a table into shards and leave the plan for those who classify them. Raises UserError and PlatformError as `predict` does."""
    started_at, started = datetime.now(UTC), time.monotonic()
    keys, bucket = ShardKeys(environment.job_id), Address.parse(request.output).bucket
    with TemporaryDirectory(prefix="plan-") as folder:
        work = Path(folder)
        found = fetch(request.input, environment.input_version, work / "input")
        table = TableReader(found.path, input_name(request.input))
        classifier = load_classifier(request.model, work, "cpu")  # it classifies nothing here
        task = assign(table, classifier, environment, found, source=request.input, model=request.model)
        is_rewritten = table.format.is_gzip or table.format.is_wide
        block_bytes = min(BLOCK_BYTES, found.path.stat().st_size // (request.shards * BLOCKS_PER_SHARD) + 1)
        blocks = TableBlocks(table, block_bytes)
        starts: list[int] = []
        for shard, group in groupby(_distributed(blocks, starts, request.shards), itemgetter(0)):
            with (work / "shard").open("wb") as file:
                for _, block in group:
                    if is_rewritten:
                        file.write(block)
            if is_rewritten:
                uploads.upload(Address(bucket, keys.input(shard)), work / "shard", CSV)
    made = Plan(
        assignment=asdict(task),
        starts=starts,
        is_rewritten=is_rewritten,
        started_at=started_at.isoformat(timespec="seconds"),
        seconds=round(time.monotonic() - started, 3),
    )
    objects.put(Address(bucket, keys.plan), made.to_json().encode("utf-8", "backslashreplace"), JSON)
    return made


def _distributed(blocks: TableBlocks, starts: list[int], shards: int) -> Iterator[tuple[int, bytes]]:
    """Each block with the number of its shard; fills `starts` with where the shards start and, at last, where the last one ends."""
    share_read = 0.0
    for block in blocks:
        raise_if_stopped()
        shard = min(int(share_read * shards), shards - 1)
        starts += [blocks.end - len(block)] * (shard + 1 - len(starts))  # of this shard, and of empty ones before it
        yield shard, block
        share_read = blocks.share_read
    starts += [blocks.end] * (shards + 1 - len(starts))
