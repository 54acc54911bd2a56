"""The verb `predict` in the child of an array job: one shard of a table, as `plan` cut it.

Everything that it writes lies under keys of its own, its counts last, so that a child which runs twice changes nothing.
"""

from __future__ import annotations

import time
from pathlib import Path
from tempfile import TemporaryDirectory

from container import objects, uploads
from container.artifacts import load_classifier
from container.batch import Cores, RejectedFile, classify_blocks
from container.classifying import BlockClassifier
from container.inputs import deleted
from container.objects import CSV, JSON, JSON_LINES, Address
from container.predict import Request
from container.progress import Progress
from contract.blocks import cut
from contract.container_environments import PredictionEnvironment
from contract.errors import AlgorithmError
from contract.shard_keys import ShardKeys
from contract.shards import Plan, ShardOutcome


def predict_shard(request: Request, environment: PredictionEnvironment, number: int) -> ShardOutcome:
    """Classify the rows of one shard; the first one's results begin with the header."""
    started = time.monotonic()
    keys, bucket = ShardKeys(environment.job_id), Address.parse(request.output).bucket
    plan = read_plan(bucket, keys)
    task = plan.task
    with TemporaryDirectory(prefix="shard-") as folder:
        work = Path(folder)
        rows, results, rejected = work / "rows", work / "results", work / "rejected"
        _fetch_rows(plan, number, Address(bucket, keys.input(number)), rows)
        # The plan's model: another may have come into use meanwhile.
        classifier = load_classifier(task.model, work, environment.accelerator, request.engine)
        block_classifier = BlockClassifier(classifier, task, is_neutralising_all=request.is_neutralising_all)
        cores = Cores.of(environment.accelerator, request.workers)
        with (
            rows.open("rb") as source,
            results.open("wb") as file,
            RejectedFile(rejected, task.table.delimiter) as rejects,
            Progress(f"shard {number}", "rows") as progress,
        ):
            if number == 0:
                file.write(block_classifier.header_line)
            tally = classify_blocks(
                cut(source.read, task.table, cores.block_bytes, is_part=True),
                block_classifier,
                numbers_above=0,
                results=file,
                rejected=rejects,
                progress=progress,
                workers=cores.workers,
            )
        uploads.upload(Address(bucket, keys.results(number)), results, CSV)
        if tally.rows_rejected:
            uploads.upload(Address(bucket, keys.rejected(number)), rejected, CSV)
        picks = b"".join(pick.to_line() for pick in tally.picks)
        objects.put(Address(bucket, keys.review(number)), picks, JSON_LINES)
        outcome = ShardOutcome(
            rows_in=tally.rows_in,
            rows_out=tally.rows_out,
            rows_rejected=tally.rows_rejected,
            rows_to_review=tally.rows_to_review,
            labels=dict(tally.labels),
            own_labels=tally.picks.own_labels,
            own_labels_known=tally.picks.own_labels_known,
            own_labels_differing=tally.picks.own_labels_differing,
            numbers=tally.numbers,
            results_bytes=results.stat().st_size,
            engine=classifier.engine,
            seconds=round(time.monotonic() - started, 3),
        )
    objects.put(Address(bucket, keys.outcome(number)), outcome.to_json().encode("utf-8", "backslashreplace"), JSON)
    return outcome


def read_plan(bucket: str, keys: ShardKeys) -> Plan:
    """The plan that the first job left."""
    found = objects.read(Address(bucket, keys.plan))
    if found is None:
        raise AlgorithmError(f"Job {keys.job_id} has no plan, so there are no shards to classify.")
    return Plan.from_json(found.body)


def _fetch_rows(plan: Plan, number: int, rewritten: Address, to: Path) -> None:
    """The rows of a shard as a file; an empty one for an empty shard."""
    part, source = plan.shards[number], Address.parse(plan.task.input)
    if part.start == part.end:
        to.touch()
    elif plan.is_rewritten:
        if not objects.download(rewritten, "", to):
            raise AlgorithmError(f"Shard {number} of '{source.key}' is not where the plan put it.")
    elif not objects.download_range(source, plan.task.input_version, part, to):
        raise deleted(source)
