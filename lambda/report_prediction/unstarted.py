"""Predictions that no machine takes: they are cancelled, so that their end can be told.

Batch itself cancels a job only for some of the reasons why one waits, and for none when it knows no reason, as when
machines start and cannot join:
https://docs.aws.amazon.com/batch/latest/userguide/job_stuck_in_runnable_time_limit_actions.html
So somebody looks by the hour. A job that waits for its turn is no such case: all jobs of the queue want the same kind of
machine, so while one of them is at work the others wait for it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import boto3

from contract.deployment import run_of
from contract.events import NEVER_STARTED

WAITING, AT_WORK, ENDED = "RUNNABLE", ("STARTING", "RUNNING"), ("SUCCEEDED", "FAILED")
DESCRIBED_AT_ONCE = 100  # by one call of Batch
MAX_REASON_CHARS = 1024  # of TerminateJob

log = logging.getLogger("report_prediction")


def cancel_unstarted(queue_arn: str, stage: str, *, limit_seconds: float) -> None:
    """Cancel the stage's jobs that could have started for so long, while no job of the queue was at work; an array as a whole."""
    batch = boto3.client("batch")
    arrays = [job["jobId"] for job in _listed(batch, "PENDING", jobQueue=queue_arn) if "arrayProperties" in job]
    places = [{"jobQueue": queue_arn}, *({"arrayJobId": job_id} for job_id in arrays)]
    waiting = [job["jobId"] for place in places for job in _listed(batch, WAITING, **place)]
    if not waiting or any(_listed(batch, status, **place) for place in places for status in AT_WORK):
        return
    jobs = [job for job in described(batch, waiting) if run_of(stage, job["jobName"])]
    ends = [_stopped(job) for place in places for status in ENDED for job in _listed(batch, status, **place)]
    ends += [_stopped(attempt) for job in jobs for attempt in job.get("attempts", [])]
    quiet_since = max(ends, default=0)
    stuck = {job["jobId"].partition(":")[0]: job for job in jobs if time.time() - max(job["createdAt"] / 1000, quiet_since) > limit_seconds}
    for job_id, job in stuck.items():
        reason = f"{NEVER_STARTED} within {limit_seconds / 60:.0f} minutes: {job.get('statusReason') or 'AWS Batch does not say why'}"
        log.warning("%s: %s", job["jobName"], reason)
        batch.terminate_job(jobId=job_id, reason=reason[:MAX_REASON_CHARS])


def _listed(batch: Any, status: str, **place: str) -> list[dict[str, Any]]:
    pages = batch.get_paginator("list_jobs").paginate(jobStatus=status, **place)
    return [job for page in pages for job in page["jobSummaryList"]]


def described(batch: Any, job_ids: Sequence[str]) -> Iterator[dict[str, Any]]:
    """What Batch says of each job that it still knows."""
    for start in range(0, len(job_ids), DESCRIBED_AT_ONCE):
        yield from batch.describe_jobs(jobs=job_ids[start : start + DESCRIBED_AT_ONCE])["jobs"]


def _stopped(work: Mapping[str, Any]) -> float:
    """When a job or an attempt came off its machine; 0 when it never had one."""
    return float(work.get("stoppedAt", 0)) / 1000 if work.get("startedAt") else 0.0
