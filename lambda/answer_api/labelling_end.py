"""The end of a labelling job: each text's label, as an augmented manifest, whose arrival in the train bucket starts a training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError
from call import Call
from labelling_jobs import find_job, read_tasks
from labelling_outcome import lacking, texts_by_label, weighed
from refusal import Refusal, not_now
from services import Services

from contract.errors import UserError
from contract.labelling import MANIFEST_ATTRIBUTE, Task, manifest_drop
from contract.labelling_ledger import LabellingJob, LabellingLedger, LabellingStatus, Said
from contract.manifest_writing import ManifestWriter
from contract.records import JobKind, make_job_id, now

TURN_SECONDS = 60  # in which one caller writes a job's manifest: two would start two trainings
DIGITS = 4  # of a confidence

_Answers = Mapping[str, Mapping[str, Said]]  # by digests of texts, then by who gave them


def finish_labelling_job(call: Call) -> dict[str, Any]:
    """Take no more answers and write what they say, without the texts of labels that are to be left out.

    Raises Refusal when no training could learn from it, or it is written, and UserError for a label that the job does not have.
    What takes seconds, or is refused, comes before the job is closed: until then people label on. Once more it writes when what was
    written is there no longer: a call that broke off is made good, and a manifest that was erased is written without the texts that
    were erased.
    """
    services, ledger, without = call.services, LabellingLedger(call.services.table), call.given["without"]
    job = find_job(call)
    if unknown := [label for label in without if label not in job.labels]:
        raise UserError(f"'{unknown[0]}' is no label of the labelling job '{job.name}'. Load the page again.")
    if job.status == LabellingStatus.DELETING:
        raise not_now(f"The labelling job '{job.name}' is being deleted.")
    if job.manifest_version and _is_there(services, job):
        key = manifest_drop(job.classifier, job.name).key
        raise not_now(f"The labelling job '{job.name}' is finished already: '{key}' holds its labels.")
    tasks, answers = read_tasks(services, job), _answers(ledger, job)
    lines = _lines(ledger, job, tasks, answers, without)
    if not services.ledger.take_turn(f"finish labelling#{job.path}", limit=1, period_seconds=TURN_SECONDS):
        raise not_now(f"Somebody else is finishing the labelling job '{job.name}'. Look again in a minute.")
    closed = ledger.change(job, status=LabellingStatus.FINISHED, finished_at=now(), finished_by=call.who.name)
    if closed is None:
        raise _crossed(job)
    if (last := _answers(ledger, closed)) != answers:  # given while the others were weighed
        lines = _lines(ledger, closed, tasks, last, without)
    left_out = closed.texts - len(lines)
    drop, bucket = manifest_drop(job.classifier, job.name), services.environment.train_bucket
    put = services.s3.put_object(Bucket=bucket, Key=drop.key, Body=b"".join(lines), ContentType="application/jsonlines")
    if ledger.change(closed, labelled=len(lines), left_out=left_out, manifest_version=put["VersionId"]) is None:
        raise _crossed(job)
    job_id = make_job_id(JobKind.TRAIN, bucket, drop.key, put["VersionId"])
    return {"labelled": len(lines), "left_out": left_out, "manifest": drop.key, "job_id": job_id}


def _answers(ledger: LabellingLedger, job: LabellingJob) -> _Answers:
    return {state.digest: state.answers for state in ledger.states(job) if state.answers}


def _lines(ledger: LabellingLedger, job: LabellingJob, tasks: Sequence[Task], answers: _Answers, without: Sequence[str]) -> list[bytes]:
    """The manifest's lines, of all texts that have a label, in the order of drawing.

    Raises Refusal when no training could learn from them; then the job is open, for there is something to be labelled.
    """
    given = [answers.get(task.digest, {}) for task in tasks]
    found = weighed(job, given, without)
    if missing := lacking(job, texts_by_label(found)):
        if job.status != LabellingStatus.OPEN:
            ledger.change(job, status=LabellingStatus.OPEN, finished_at="", finished_by="")
        raise not_now(f"{missing} The labelling job stays open.")
    writer = ManifestWriter(MANIFEST_ATTRIBUTE, job.labels, f"labelling-job/{job.name}")
    return [
        writer.line(task.text, said.label, max(round(said.confidence, DIGITS), 10**-DIGITS), max(one.at for one in each.values()))
        for task, each, said in zip(tasks, given, found, strict=True)
        if said
    ]


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
