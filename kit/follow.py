"""Following a job in the ledger until its end."""

from __future__ import annotations

import time

from contract.errors import PlatformError, UserError
from contract.ledger import Ledger
from contract.records import START_ATTEMPTS, Job, JobKind, JobStatus
from contract.wording import duration
from kit import printing
from kit.deployment import Target
from kit.job_progress import JobProgress

POLL_SECONDS = 1.0
NOTICE_SECONDS = 300  # EventBridge may take a minute; five without a job mean that none will come
WAITING_POLLS = 5  # a file that waits for a model only until the model is read again is soon on its way


def follow(target: Target, job_id: str, *, timeout_seconds: float | None = None) -> Job:
    """The job once it has ended, or while it waits for a first model when there is no time limit.

    A line tells each change: where it is, and the epochs of a training.
    Raises PlatformError when the time is over, or when no job appears for the file.
    """
    started = time.monotonic()
    waits = 0
    progress = JobProgress(target)
    with printing.following("") as (spin, say):
        while True:
            job = _find(target.ledger, job_id)
            seconds = time.monotonic() - started
            spin(f"{describe(job)} ({duration(seconds)})" if job else "Uploaded; waiting for its job to start.")
            for line in progress.news(job, describe(job)) if job else ():
                say(f"{job_id}: {line}")
            if job and job.is_final:
                return job
            if job and job.is_stranded(time.time()):
                raise PlatformError(f"Job {job_id} was not started. {' '.join(explain_stranded(job))}")
            waits = waits + 1 if job and job.status == JobStatus.WAITING else 0
            if job and waits >= WAITING_POLLS and timeout_seconds is None:
                return job
            if timeout_seconds is not None and seconds >= timeout_seconds:
                raise PlatformError(
                    f"Job {job_id} has not ended after {duration(timeout_seconds)}. It goes on: 'kit jobs {job_id}' shows it."
                )
            if job is None and seconds > NOTICE_SECONDS:
                raise PlatformError(
                    f"The file was uploaded, but no job started for it within {duration(NOTICE_SECONDS)}."
                    " Is the deployment complete? Drop the file again once it is."
                )
            time.sleep(POLL_SECONDS)


def describe(job: Job) -> str:
    """What a job is doing, in words."""
    if job.is_stranded(time.time()):
        return "not started"
    words = {
        JobStatus.RECEIVED: "starting",
        JobStatus.WAITING: "waiting for a first model",
        JobStatus.RUNNING: "training" if job.kind == JobKind.TRAIN else "classifying",
    }
    return words.get(JobStatus(job.status), job.status)


def explain_stranded(job: Job) -> tuple[str, str]:
    """Why a job was never started, as far as that is known, and what to do."""
    if job.attempts >= START_ATTEMPTS and job.message:
        return job.message, f"'kit retry {job.job_id}' starts this one alone."  # the last attempt's own words, which name 'kit replay'
    before = f" Before: {job.message}" if job.message else ""
    return (
        f"Whoever began to start it broke off without a word.{before}",
        f"'kit replay' starts what has an event left, 'kit retry {job.job_id}' this one in any case.",
    )


def _find(ledger: Ledger, job_id: str) -> Job | None:
    try:
        return ledger.job(job_id)
    except UserError:
        return None  # its event has not arrived yet
