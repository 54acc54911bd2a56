"""Jobs: what was dropped, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from call import Call
from refusal import Refusal
from services import Services
from signed import signed_address

from contract.errors import UserError
from contract.job_pages import JobPages
from contract.layout import parse_s3_uri
from contract.promise import Verdict, verdict
from contract.records import Job, JobKind, JobStatus, make_job_id
from contract.review_ledger import ReviewLedger


def list_jobs(call: Call) -> dict[str, Any]:
    """A page of jobs, newest first, or those of one object."""
    services, given = call.services, call.given
    if "version" in given:
        jobs, following = _of_version(services, given), ""
    else:
        jobs, following = JobPages(services.table).page(given["limit"], given.get("before", ""), key=given.get("key", ""))
    return {"jobs": [_described(job) for job in jobs], "next": following}


def get_job(call: Call) -> dict[str, Any]:
    """One job with the content of its summary."""
    job = find_job(call)
    summary = _summary(call.services, job)
    return {**_described(job), "summary": summary, "observed": _observed(call.services, job, (summary or {}).get("promise"))}


def list_files(call: Call) -> dict[str, Any]:
    """The files of a prediction that is done, each with an address that is good for ten minutes."""
    job = find_job(call)
    summary = _summary(call.services, job)
    if summary is None:
        return {"files": []}
    bucket, prefix = parse_s3_uri(job.results)
    named = [(summary["results"], summary["results_version"]), (summary["rejected"], summary["rejected_version"]), ("summary.json", "")]
    return {"files": [_file(call.services, bucket, prefix, name, version) for name, version in named if name]}


def find_job(call: Call) -> Job:
    """The job that the path names. Raises Refusal when there is none."""
    try:
        return call.services.ledger.job(call.given["job_id"])
    except UserError as error:
        raise Refusal(HTTPStatus.NOT_FOUND, f"There is no job '{call.given['job_id']}'.") from error


def _of_version(services: Services, given: Any) -> list[Job]:
    """The job of one object version, which its id is made from; none while its event is on its way. Raises UserError without a key."""
    if "key" not in given:
        raise UserError("A version alone names no object. Send its key with it.")
    buckets = {JobKind.TRAIN: services.environment.train_bucket, JobKind.PREDICT: services.environment.predict_bucket}
    found = []
    for kind, bucket in buckets.items():
        try:
            found.append(services.ledger.job(make_job_id(kind, bucket, given["key"], given["version"])))
        except UserError:
            continue
    return found


def _summary(services: Services, job: Job) -> dict[str, Any] | None:
    """What a prediction that is done says of itself; None when there is nothing, or a newer file of the same name took its place.

    As it stands, and not as a contract.documents.Summary: one of an earlier version of the kit has fewer fields, and is shown too.
    """
    if job.kind != JobKind.PREDICT or job.status != JobStatus.DONE or not job.results:
        return None
    bucket, prefix = parse_s3_uri(job.results)
    try:
        body = services.s3.get_object(Bucket=bucket, Key=f"{prefix}summary.json")["Body"].read()
    except services.s3.exceptions.NoSuchKey:
        return None
    summary: dict[str, Any] = json.loads(body)
    return summary if summary["input_version"] == job.object_version else None


def _observed(services: Services, job: Job, promise: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What people found among the rows that need no review, and what that says of the promise, if there was one; None of a training."""
    if job.kind != JobKind.PREDICT:
        return None
    found = ReviewLedger(services.table).observed(job.job_id)
    said = verdict(found.reviewed, found.wrong, promise["max_error"]) if promise else Verdict.NONE
    return {**found._asdict(), "verdict": said}


def _file(services: Services, bucket: str, prefix: str, name: str, version: str) -> dict[str, Any]:
    thing = {"Bucket": bucket, "Key": f"{prefix}{name}", **({"VersionId": version} if version else {})}
    size = services.s3.head_object(**thing)["ContentLength"]
    return {"name": name, "bytes": size, "url": signed_address(services.s3, thing, name)}


def _described(job: Job) -> dict[str, Any]:
    return {
        "job_id": job.job_id,
        "kind": job.kind,
        "classifier": job.classifier,
        "name": job.key,
        "object_version": job.object_version,
        "bytes": job.size,
        "status": job.status,
        "is_final": job.is_final,
        "is_anew": job.is_anew,
        "answers": job.answers,
        "message": job.message,
        "details": job.details,
        "created_at": job.created_at,
        "updated_at": job.updated_at,
        "rows": job.rows_in,
        "rows_rejected": job.rows_rejected,
        "rows_to_review": job.rows_to_review,
        "model_version": job.model_version,
        "seconds": job.seconds,
        "cost_usd": job.cost_usd,
    }
