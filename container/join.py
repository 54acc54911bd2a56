"""The verb `join`: the last job of a prediction in shards puts their results together and publishes them.

The results are copied inside S3. The rejected rows, which are few, pass through this job: here alone their numbers in
the whole table are known.
"""

from __future__ import annotations

import csv
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from container import objects
from container.assignment import summarize, write_review
from container.batch import RejectedFile, Tally
from container.inputs import input_name
from container.objects import Address
from container.results import Staged, destination
from container.shard import read_plan
from container.stopping import raise_if_stopped
from container.uploads import Piece
from contract.container_environments import PredictionEnvironment
from contract.documents import Summary
from contract.errors import AlgorithmError
from contract.shard_keys import ShardKeys
from contract.shards import ShardOutcome
from contract.table import RejectedRow, written_delimiter
from model.review_picks import BlockPicks, Pick


def join(output: str, environment: PredictionEnvironment) -> Summary:
    """Publish what came of all shards, as `predict` would publish it; `output` is s3://bucket/prefix."""
    started = time.monotonic()
    keys, bucket = ShardKeys(environment.job_id), Address.parse(output).bucket
    plan = read_plan(bucket, keys)
    task = plan.task
    target = destination(output, input_name(task.input))
    outcomes = [_outcome(bucket, keys, number) for number in range(len(plan.shards))]
    with TemporaryDirectory(prefix="join-") as folder:
        path = Path(folder) / "rejected"  # not by its own name, which may be longer in S3 than here
        tally = Tally(numbers=task.header_number)
        with RejectedFile(path, task.table.delimiter) as rejected:
            for number, outcome in enumerate(outcomes):
                raise_if_stopped()
                if outcome.rows_rejected:
                    for row in _rejected(Address(bucket, keys.rejected(number)), Path(folder) / "shard", task.table.delimiter):
                        rejected.write(row._replace(number=tally.numbers + row.number))
                tally.add(_tally(outcome), _picks(Address(bucket, keys.review(number)), outcome))
        review = write_review(tally, Path(folder) / "review")
        summary = summarize(
            task,
            environment,
            tally,
            target,
            has_review=review is not None,
            engine=", ".join(sorted({outcome.engine for outcome in outcomes})),
            started_at=plan.started_at,
            seconds=plan.seconds + sum(outcome.seconds for outcome in outcomes) + time.monotonic() - started,
        )
        pieces = [Piece(Address(bucket, keys.results(number)), outcome.results_bytes) for number, outcome in enumerate(outcomes)]
        return target.publish(Staged(pieces, path if tally.rows_rejected else None, review, summary))


def _outcome(bucket: str, keys: ShardKeys, number: int) -> ShardOutcome:
    found = objects.read(Address(bucket, keys.outcome(number)))
    if found is None:
        raise AlgorithmError(f"Shard {number} of job {keys.job_id} ended well but left no result.")
    return ShardOutcome.from_json(found.body)


def _tally(outcome: ShardOutcome) -> Tally:
    return Tally(
        rows_in=outcome.rows_in,
        rows_out=outcome.rows_out,
        rows_rejected=outcome.rows_rejected,
        rows_to_review=outcome.rows_to_review,
        labels=Counter(outcome.labels),
        numbers=outcome.numbers,
    )


def _picks(place: Address, outcome: ShardOutcome) -> BlockPicks:
    found = objects.read(place)
    if found is None:
        raise AlgorithmError(f"The rows of a shard that may need a review are missing: there is no '{place}'.")
    picks = [Pick.from_line(line) for line in found.body.splitlines()]
    return BlockPicks(picks, outcome.own_labels, outcome.own_labels_known, outcome.own_labels_differing)


def _rejected(place: Address, path: Path, delimiter: str) -> Iterator[RejectedRow]:
    """The rejected rows of a shard, numbered from 1; `path` is where they may lie meanwhile."""
    if not objects.download(place, "", path):
        raise AlgorithmError(f"The rejected rows of a shard are missing: there is no '{place}'.")
    csv.field_size_limit(sys.maxsize)  # a record, which is one field here, has no bound of its own
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file, delimiter=written_delimiter(delimiter), strict=True)
        next(rows)  # the names of the columns
        for number, reason, record in rows:
            yield RejectedRow(int(number), reason, record)
