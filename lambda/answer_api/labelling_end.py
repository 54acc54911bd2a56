"""The end of a labelling job: each text's label, as an augmented manifest, whose arrival in the train bucket starts a training."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError
from call import Call
from consolidation import consolidate
from labelling_jobs import find_job, read_tasks
from refusal import Refusal, not_now
from services import Services

from contract.labelling import MANIFEST_ATTRIBUTE, manifest_drop
from contract.labelling_ledger import LabellingJob, LabellingLedger, LabellingStatus
from contract.manifest import ManifestWriter
from contract.records import JobKind, make_job_id, now

TURN_SECONDS = 60  # in which one caller writes a job's manifest: two would start two trainings
DIGITS = 4  # of a confidence


def finish_labelling_job(call: Call) -> dict[str, Any]:
    """Take no more answers and write what they say. Raises Refusal when there is nothing to write, or it is written.

    Once more it does so when what was written is there no longer: a call that broke off is made good, and a manifest that was erased
    is written without the texts that were erased.
    """
    services, ledger = call.services, LabellingLedger(call.services.table)
    job = find_job(call)
    if job.status == LabellingStatus.DELETING:
        raise not_now(f"The labelling job '{job.name}' is being deleted.")
    if job.manifest_version and _is_there(services, job):
        key = manifest_drop(job.classifier, job.name).key
        raise not_now(f"The labelling job '{job.name}' is finished already: '{key}' holds its labels.")
    if not any(state.labels for state in ledger.states(job)):
        raise not_now(f"No text of the labelling job '{job.name}' has a label yet. Label some first.")
    if not services.ledger.take_turn(f"finish labelling#{job.path}", limit=1, period_seconds=TURN_SECONDS):
        raise not_now(f"Somebody else is finishing the labelling job '{job.name}'. Look again in a minute.")
    closed = ledger.change(job, status=LabellingStatus.FINISHED, finished_at=now(), finished_by=call.who.name)
    if closed is None:
        raise _crossed(job)
    content, labelled = _manifest(services, ledger, closed)
    left_out = closed.texts - labelled
    drop, bucket = manifest_drop(job.classifier, job.name), services.environment.train_bucket
    put = services.s3.put_object(Bucket=bucket, Key=drop.key, Body=content, ContentType="application/jsonlines")
    if ledger.change(closed, labelled=labelled, left_out=left_out, manifest_version=put["VersionId"]) is None:
        raise _crossed(job)
    job_id = make_job_id(JobKind.TRAIN, bucket, drop.key, put["VersionId"])
    return {"labelled": labelled, "left_out": left_out, "manifest": drop.key, "job_id": job_id}


def _manifest(services: Services, ledger: LabellingLedger, job: LabellingJob) -> tuple[bytes, int]:
    """The lines of all texts that have a label, in the order of drawing, and how many."""
    states = {state.digest: state for state in ledger.states(job)}
    tasks = [task for task in read_tasks(services, job) if task.digest in states]
    found = consolidate([states[task.digest].labels for task in tasks], job.labels)
    writer = ManifestWriter(MANIFEST_ATTRIBUTE, job.labels, f"labelling-job/{job.name}")
    lines = [
        writer.line(
            task.text,
            said.label,
            max(round(said.confidence, DIGITS), 10**-DIGITS),
            max(one.at for one in states[task.digest].answers.values()),
        )
        for task, said in zip(tasks, found, strict=True)
        if said
    ]
    return b"".join(lines), len(lines)


def _is_there(services: Services, job: LabellingJob) -> bool:
    key = manifest_drop(job.classifier, job.name).key
    try:
        services.s3.head_object(Bucket=services.environment.train_bucket, Key=key, VersionId=job.manifest_version)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchKey", "NoSuchVersion"):
            return False
        raise
    return True


def _crossed(job: LabellingJob) -> Refusal:
    return not_now(f"Somebody else changed the labelling job '{job.name}' at this moment. Look again.")
