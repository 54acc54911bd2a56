"""What people say of rows: the list of a job, their corrections, and the trainings that learn from them.

Texts and where they come from are read from the job's review list, never taken from the caller. Of a correction there are two records: the
ledger's, which says what stands, and the object of the train bucket, from which trainings learn.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import ClientError
from refusal import Refusal, not_now, not_there

from contract.corrections import Correction, checked_label
from contract.documents import Summary
from contract.drop_metadata import anew_metadata
from contract.errors import PlatformError, UserError
from contract.layout import (
    corrected_text_of,
    correction_key,
    corrections_prefix,
    is_reserved_train_key,
    parse_s3_uri,
    s3_uri,
    text_corrections_prefix,
)
from contract.ledger import ERASED, Ledger
from contract.records import Job, JobKind, make_job_id, now
from contract.review_ledger import Answer, ReviewLedger
from contract.review_list import ReviewKind, ReviewRow, read_review_list
from contract.texts import text_digest

ROUNDS = 5  # after which those who answer the same row at the same moment are too many
COPIED_METADATA = "copy-of"  # of a training file that was written over itself; versions with these bytes from which models were made
MOST_COPIED = 20  # of them, as metadata has 2 KB
GONE = ("404", "NoSuchKey", "NoSuchVersion", "MethodNotAllowed", "405")

log = logging.getLogger("answer_api")


@dataclass(frozen=True)
class Desk:
    """What the functions work with. `s3` is a boto3 client."""

    ledger: Ledger
    reviews: ReviewLedger
    s3: Any
    train_bucket: str
    retrain_after: int  # corrections, after which a training starts by itself; 0: none does


def review(desk: Desk, job_id: str) -> dict[str, Any]:
    """The rows of a job that a person should look at, with what was said of them. Raises Refusal."""
    job = _prediction(desk, job_id)
    rows, summary = _list_of(desk, job)
    answers = {answer.row: answer for answer in desk.reviews.answers(job_id) if answer.label}
    labels = desk.ledger.model(job.classifier, job.model_version).labels
    new = sorted({answer.label for answer in answers.values()} - set(labels))
    listed = sum(row.kind == ReviewKind.DOUBTFUL for row in rows)
    return {
        "rows": [row._asdict() | {"correction": _said(answers.get(row.row))} for row in rows],
        "labels": [*labels, *new],
        "more": summary.rows_to_review - listed,
    }


def correct(desk: Desk, who: str, job_id: str, row: int, label: str) -> dict[str, Any]:
    """Let a person's label of a row stand. Raises UserError for a label that is none, and Refusal.

    The same once more changes nothing. It may start a training. Whoever says something else than another person did hears of that.
    """
    label = checked_label(label)
    job = _prediction(desk, job_id)
    found = _row(desk, job, row)
    standing, before = desk.reviews.answer(job_id, row), None
    if standing is None or (standing.label, standing.by) != (label, who):
        standing = replace(_answer(found, label, who), was_known=found.kind == ReviewKind.SPOT_CHECK and _was_known(desk, job, found))
        before = desk.reviews.record(job_id, standing)
        is_new = before is None or not before.label
    else:
        is_new = False
    _settle(desk, job, found)
    if is_new:
        since = desk.reviews.add_one(job.classifier)
        if 0 < desk.retrain_after <= since:
            _train_when_due(desk, job.classifier)
    is_other = before is not None and before.label not in ("", label) and before.by != who
    return {"row": row, "label": standing.label, "by": standing.by, "at": standing.at, "replaced": _said(before) if is_other else None}


def withdraw(desk: Desk, who: str, job_id: str, row: int) -> None:
    """Let nothing stand of what was said of a row. Raises Refusal."""
    job = _prediction(desk, job_id)
    found = _row(desk, job, row)
    standing = desk.reviews.answer(job_id, row)
    if standing is None:
        return
    if standing.label:
        before = desk.reviews.record(job_id, _answer(found, "", who))
        if before is not None and before.label:
            desk.reviews.take_one_back(job.classifier)
    _settle(desk, job, found)


def corrections(desk: Desk, classifier: str) -> dict[str, int]:
    """How many texts of a classifier are corrected, how many answers came since its last training, after how many one starts by itself."""
    pages = desk.s3.get_paginator("list_objects_v2").paginate(Bucket=desk.train_bucket, Prefix=corrections_prefix(classifier))
    return {
        "total": len({corrected_text_of(entry["Key"]) for page in pages for entry in page.get("Contents", [])}),
        "since_training": desk.reviews.since_training(classifier),
        "retrain_after": desk.retrain_after,
    }


def train_anew(desk: Desk, classifier: str) -> dict[str, str]:
    """Train on the exact file of the current model, with all corrections. Raises Refusal when it is not there any more.

    It is written over itself with all that stands on it: a new version is a new training. The copy names those of which it is one, so
    that it can be told from what somebody dropped under the same name since: that is neither trained on nor hidden.
    """
    current = desk.ledger.current(classifier)
    if current is None:
        raise not_now(f"The classifier '{classifier}' has no model yet, and so no file to train on. Drop a labelled file first.")
    for job in desk.ledger.running(JobKind.TRAIN):
        if job.classifier == classifier:
            raise not_now(f"A training of the classifier '{classifier}' is under way (job {job.job_id}). Wait for its end.")
    model = desk.ledger.model(classifier, current.version)
    gone = not_now(
        f"The file on which model v{model.version} was trained is not there any more: it was deleted, or kept long enough."
        " Drop a labelled file; the corrections join it by themselves."
    )
    if model.training_object == ERASED:
        raise gone
    bucket, key = parse_s3_uri(model.training_object)
    if bucket != desk.train_bucket or is_reserved_train_key(key):
        raise gone
    try:
        head = desk.s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if _is_gone(error):
            raise gone from error
        raise
    wanted, copied_of = model.training_object_version, head["Metadata"].get(COPIED_METADATA, "").split()
    if wanted not in (*copied_of, head["VersionId"]):
        raise not_now(
            f"A newer file was dropped as '{key}' since model v{model.version} was trained, and the model in use was not made from it."
            " Drop the file that is to be trained on; the corrections join it by themselves."
        )
    if not desk.reviews.claim_copy(classifier, head["VersionId"]):
        raise not_now(f"Somebody else has just asked for a training of the classifier '{classifier}'. Look at the jobs in a minute.")
    copied = desk.s3.copy_object(
        Bucket=bucket,
        Key=key,
        CopySource={"Bucket": bucket, "Key": key, "VersionId": head["VersionId"]},
        MetadataDirective="REPLACE",  # S3 copies nothing onto itself without a change
        Metadata=head["Metadata"]
        | anew_metadata(corrections(desk, classifier)["total"])
        | {COPIED_METADATA: " ".join([*(each for each in copied_of if each != wanted), wanted][-MOST_COPIED:])},
        ContentType=head["ContentType"],
        TaggingDirective="REPLACE",
    )
    return {"job_id": make_job_id(JobKind.TRAIN, bucket, key, copied["VersionId"])}


def _train_when_due(desk: Desk, classifier: str) -> None:
    """Start a training once for so many corrections; what keeps it from starting now is no reason to refuse the correction."""
    if not desk.reviews.claim_training(classifier, desk.retrain_after):
        return
    try:
        job_id = train_anew(desk, classifier)["job_id"]
        log.info("%d corrections start training %s", desk.retrain_after, job_id)
    except Exception as error:
        desk.reviews.give_training_back(classifier)
        if not isinstance(error, Refusal):
            raise
        log.warning("no training is started: %s", error)


def _prediction(desk: Desk, job_id: str) -> Job:
    """The job of a file that was classified."""
    try:
        job = desk.ledger.job(job_id)
    except UserError as error:
        raise not_there(f"There is no job '{job_id}'.") from error
    if job.kind != JobKind.PREDICT:
        raise not_there(f"Job {job_id} is a training: it has no rows to review.")
    if not job.is_final:
        raise not_now(f"Job {job_id} has not ended yet. Its rows can be reviewed when it has.")
    if not job.results:
        raise not_there(f"Job {job_id} has no results, and so no rows to review.")
    return job


def _list_of(desk: Desk, job: Job) -> tuple[list[ReviewRow], Summary]:
    """The review list of a job and its summary, exactly the version that the summary names."""
    bucket, prefix = parse_s3_uri(job.results)
    gone = not_there(f"The results of job {job.job_id} are not there any more: they were deleted, or kept long enough.")
    try:
        summary = Summary.from_json(_read(desk, bucket, f"{prefix}summary.json"))
        if summary.input_version != job.object_version:
            raise not_there(f"The results of job {job.job_id} were replaced by those of a newer version of its file.")
        rows = read_review_list(_read(desk, bucket, f"{prefix}{summary.review}", summary.review_version)) if summary.review else []
    except ClientError as error:
        if _is_gone(error):
            raise gone from error
        raise
    return rows, summary


def _row(desk: Desk, job: Job, number: int) -> ReviewRow:
    rows, _ = _list_of(desk, job)
    found = next((row for row in rows if row.row == number), None)
    if found is None:
        raise not_there(f"Row {number:,} is not among the rows of job {job.job_id} that can be reviewed.")
    return found


def _answer(row: ReviewRow, label: str, who: str) -> Answer:
    return Answer(
        row=row.row,
        label=label,
        predicted_label=row.predicted_label,
        kind=row.kind,
        by=who,
        at=now(),
        digest=text_digest(row.text).hex(),
    )


def _was_known(desk: Desk, job: Job, row: ReviewRow) -> bool:
    """Whether the same text had a correction before the model of the job was trained."""
    trained_at = desk.ledger.model(job.classifier, job.model_version).created_at
    prefix = text_corrections_prefix(job.classifier, text_digest(row.text).hex())
    listed = desk.s3.list_objects_v2(Bucket=desk.train_bucket, Prefix=prefix).get("Contents", [])
    return any(entry["LastModified"].isoformat() < trained_at for entry in listed)


def _settle(desk: Desk, job: Job, row: ReviewRow) -> None:
    """Let the object be what the ledger says, also when two people answer the same row at the same moment.

    Whoever writes looks at the ledger again afterwards: so the last one who wrote has written what stands. Raises PlatformError when
    others go on answering.
    """
    for _ in range(ROUNDS):
        standing = desk.reviews.answer(job.job_id, row.row)
        if standing is not None and standing.label:
            _put(desk, job, row, standing)
        else:
            desk.s3.delete_object(Bucket=desk.train_bucket, Key=_key(job, row))
        if desk.reviews.answer(job.job_id, row.row) == standing:
            return
    raise PlatformError(f"Others keep answering row {row.row} of job {job.job_id}. Try again.")


def _put(desk: Desk, job: Job, row: ReviewRow, standing: Answer) -> None:
    correction = Correction(
        text=row.text,
        label=standing.label,
        by=standing.by,
        at=standing.at,
        job_id=job.job_id,
        row=row.row,
        object=s3_uri(job.bucket, job.key),
        object_version=job.object_version,
        model_version=job.model_version,
        predicted_label=row.predicted_label,
        confidence=row.confidence,
    )
    body = correction.to_json().encode("utf-8", "backslashreplace")
    desk.s3.put_object(Bucket=desk.train_bucket, Key=_key(job, row), Body=body, ContentType="application/json")


def _key(job: Job, row: ReviewRow) -> str:
    """Of the row's own correction: another row or file with the same text has another one."""
    return correction_key(job.classifier, text_digest(row.text).hex(), job.job_id, row.row)


def _said(answer: Answer | None) -> dict[str, str] | None:
    return {"label": answer.label, "by": answer.by, "at": answer.at} if answer else None


def _read(desk: Desk, bucket: str, key: str, version: str = "") -> bytes:
    wanted = {"VersionId": version} if version else {}
    body: bytes = desk.s3.get_object(Bucket=bucket, Key=key, **wanted)["Body"].read()
    return body


def _is_gone(error: ClientError) -> bool:
    return error.response["Error"]["Code"] in GONE
