"""A Batch job ended: write down what became of the file and tell its owner. By the hour: end those that never start,
and ask for ends that nobody told of.

A prediction in shards is several Batch jobs. It has succeeded when the last of them has, and failed when the first of
any of them has: what waits for that one then fails, too, and finds that all is said; what runs beside it is stopped.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import ClientError
from unheard import unheard_ends
from unstarted import cancel_unstarted

from contract.columns import shown_column
from contract.deployment import is_step, run_of
from contract.documents import Failure, Summary
from contract.errors import AlgorithmError, PlatformError, UserError
from contract.events import SCHEDULED, BatchJobState
from contract.function_environments import ReportPredictionEnvironment
from contract.layout import ResultKeys, failure_key, parse_drop, s3_uri
from contract.ledger import Ledger
from contract.notices import Notices
from contract.records import Job, JobKind, JobStatus
from contract.rounds import each
from contract.sequencers import is_newer
from contract.wording import counted, printable

OUT_OF_MEMORY = 137
ENDED_BY_ITSELF = "Essential container"
PATIENCE_SECONDS = 150  # events come in any order; of Lambda's tries the second comes after a minute, the last after three
ANOTHER_FAILED = "Another part of the file could not be classified."
ANOTHER_DONE = "The file was classified by another job that was submitted for it."
PLATFORM_REASONS = {
    "Host EC2": "The machine was taken back by AWS more often than the job is tried again.",
    "OutOfMemory": "The job ran out of memory. Drop the file in smaller parts, and please report this.",
    "SERVICE_ROLE_PERMISSIONS": "AWS Batch lacks a permission that it needs to start machines. Whoever runs the platform should"
    " deploy again and run 'kit doctor'.",
    "MISCONFIGURATION": "No machine of the deployment can ever run the job. Whoever runs the platform should look at the settings"
    " prediction_gpu_instance_types, prediction_cpu_instance_types and prediction_max_vcpus first.",
    "CAPACITY": "No machine was free for the job in time, so it was cancelled. If it happens often,"
    " the account's quota for such machines may be too small.",
    "No machine took the job": "No machine took the job in time, and AWS Batch could not help itself, so it was cancelled. Whoever runs"
    " the platform should run 'kit doctor'.",
    "exceeded timeout": "The job took longer than allowed and was stopped. Drop the file in smaller parts.",
}

logging.getLogger().setLevel(logging.INFO)
log = logging.getLogger("report_prediction")


@dataclass(frozen=True)
class Surroundings:
    """What the steps need."""

    environment: ReportPredictionEnvironment
    ledger: Ledger
    s3: Any
    notices: Notices


def handle(event: dict[str, Any], context: object) -> None:
    """Parse the event and act on it once."""
    environment = ReportPredictionEnvironment.from_env()
    ledger = Ledger(boto3.resource("dynamodb").Table(environment.ledger_table))
    around = Surroundings(
        environment, ledger, boto3.client("s3"), Notices(environment.stage, ledger, boto3.client("sns"), environment.topic_arn)
    )
    if event.get("detail-type") == SCHEDULED:
        _look_after(around)
    else:
        _act(BatchJobState.from_event(event), around)


def _look_after(around: Surroundings) -> None:
    """By the hour: tell what nobody could be told, end the jobs that never start, and act on ends that nobody told of."""
    environment = around.environment
    around.notices.catch_up(around.ledger.untold(JobKind.PREDICT))
    cancel_unstarted(environment.job_queue, environment.stage, limit_seconds=environment.runnable_limit_seconds)
    ends = {job.job_id: (job, state) for job, state in unheard_ends(around.ledger.running(JobKind.PREDICT))}
    each(ends, lambda job_id: _hear(*ends[job_id], around))


def _hear(job: Job, state: BatchJobState | None, around: Surroundings) -> None:
    """Act on an end that nobody told of."""
    if state is None:
        message = f"'{job.key}' was handed to AWS Batch, which knows nothing of it any more: how it ended was never told."
        around.notices.end(job, JobStatus.FAILED, message=message)
    else:
        _act(state, around)


def _act(state: BatchJobState, around: Surroundings) -> None:
    """Act on a job's end once."""
    run = run_of(around.environment.stage, state.name)
    if run is None:
        return
    try:
        job = around.ledger.job(run.job_id)
    except UserError:
        log.info("%s is in no ledger: it was not started by a dropped file", state.name)
        return
    if job.run != run.number:
        log.info("job %s was started anew since: run %d is of no interest any more", job.job_id, run.number)
    elif job.is_final:
        log.info("job %s is %s already", job.job_id, job.status)
        around.notices.announce(job)
    elif not _is_twin(state, job):
        _end(job, state, around)
    elif state.status == "SUCCEEDED":
        _end(job, state, around)
        boto3.client("batch").terminate_job(jobId=job.platform_id, reason=ANOTHER_DONE)
    if state.status == "FAILED" and state.array_id and ANOTHER_FAILED not in state.reason:
        boto3.client("batch").terminate_job(jobId=state.array_id, reason=ANOTHER_FAILED)


def _is_twin(state: BatchJobState, job: Job) -> bool:
    """Whether a run was submitted twice, for an answer got lost, and this is the Batch job that the ledger does not know.

    Both put the same result in the same place, so either may succeed; the one that the ledger knows may fail.
    """
    return not is_step(state.name) and job.platform_id not in ("", state.batch_id)


def _end(job: Job, state: BatchJobState, around: Surroundings) -> None:
    try:
        if state.status == "SUCCEEDED" and not is_step(state.name):
            _succeeded(job, state, around)
        elif state.status == "FAILED":
            _failed(job, state, around)
    except AlgorithmError as error:
        around.notices.end(job, JobStatus.FAILED, message=str(error))


def _succeeded(job: Job, state: BatchJobState, around: Surroundings) -> None:
    keys, summary = _find_result(job, around)
    if summary.input_version == job.object_version:
        counts = {name: getattr(summary, name) for name in ("rows_in", "rows_out", "rows_rejected", "rows_to_review")}
        counts |= {"model_version": _version(summary) or job.model_version}
        message = _sentence(keys, summary)
    else:
        counts = {}
        message = "The file was classified, and then replaced by a newer one, whose results stand in the usual place now."
    around.notices.end(
        job,
        JobStatus.DONE,
        message=message,
        platform_id=job.platform_id or state.batch_id,  # it may have ended before the record of its start was made
        results=s3_uri(around.environment.results_bucket, keys.prefix),
        **counts,
        **_expense(state, around.environment, at_least_seconds=summary.seconds if counts else 0.0),
    )


def _version(summary: Summary) -> int:
    """The number of the model that classified; 0 when it has none."""
    number = summary.model_version.removeprefix("v")
    return int(number) if number.isdecimal() else 0


def _find_result(job: Job, around: Surroundings) -> tuple[ResultKeys, Summary]:
    """Where the job put its result: in its place, or beside that of a newer version of the file.

    It is the newer version's result when that one took the place after this job had ended.
    """
    drop = parse_drop(job.key)
    newer = None
    for keys in (ResultKeys(drop), ResultKeys(drop, older_version=job.object_version)):
        body = _read(around, keys.summary)
        if body is not None:
            summary = Summary.from_json(body)
            if summary.input_version == job.object_version:
                return keys, summary
            if is_newer(summary.input_sequencer, job.sequencer):
                newer = keys, summary
    if newer:
        return newer
    raise AlgorithmError(f"Job {job.job_id} ended well but left no result.")


def _read(around: Surroundings, key: str) -> bytes | None:
    try:
        body: bytes = around.s3.get_object(Bucket=around.environment.results_bucket, Key=key)["Body"].read()
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchKey":
            return None
        raise
    return body


def _sentence(keys: ResultKeys, summary: Summary) -> str:
    message = (
        f"{counted(summary.rows_out, 'row')} classified by model {summary.model_version} from {shown_column(summary.text_column)},"
        f" {summary.rows_to_review} of them for a person to look at."
    )
    if promise := summary.promise_outcome:
        message += f" {promise.sentence()}"
    if summary.rows_rejected:
        message += f" {counted(summary.rows_rejected, 'row')} could not be read: see '{printable(summary.rejected)}' for the reasons."
    if keys.older_version:
        message += " The file was replaced by a newer one meanwhile, whose results stand in the usual place."
    return message


def _failed(job: Job, state: BatchJobState, around: Surroundings) -> None:
    body = _read(around, failure_key(job.run_id))
    failure = Failure.from_json(body) if body is not None else None
    reason = _platform_reason(state)
    if failure is None and state.is_consequence and time.time() - (state.sent_seconds or 0) < PATIENCE_SECONDS:
        raise PlatformError(f"Job {job.job_id} failed in a part whose own event, which says why, has not come yet.")
    if failure and failure.error == UserError.__name__:
        status, message = JobStatus.REFUSED, failure.message
    elif reason or failure is None:  # Batch knows why it stopped the job; the container only that it was stopped
        status, message = JobStatus.FAILED, f"'{job.key}' was not classified. {reason or _why(state)}"
    else:
        status, message = JobStatus.FAILED, failure.message
    around.notices.end(job, status, message=message, **_expense(state, around.environment))


def _expense(state: BatchJobState, environment: ReportPredictionEnvironment, at_least_seconds: float = 0.0) -> dict[str, float]:
    """What the job took and cost, however it ended; nothing when it never started.

    A prediction in shards took more than its last job: what all of them counted. One that failed names that job alone.
    """
    seconds = 0.0
    if state.started_seconds is not None and state.stopped_seconds is not None:
        seconds = max(state.stopped_seconds - state.started_seconds, state.attempt_seconds, at_least_seconds)
    return {"queued_seconds": state.queued_seconds, "seconds": seconds, "cost_usd": seconds / 3600 * environment.usd_per_hour}


def _platform_reason(state: BatchJobState) -> str:
    """A sentence for what Batch did to the job; empty when it did nothing."""
    for sign, sentence in PLATFORM_REASONS.items():
        if sign in state.reason:
            return sentence
    is_own_end = not state.reason or state.reason.startswith(ENDED_BY_ITSELF)  # a person who stops a job has it killed likewise
    return PLATFORM_REASONS["OutOfMemory"] if state.exit_code == OUT_OF_MEMORY and is_own_end else ""


def _why(state: BatchJobState) -> str:
    """What is known of a job that ended without a sentence of its own."""
    reason = state.reason.rstrip(". ") or f"exit code {state.exit_code}"
    return f"The job ended without a word of its own: {reason}."
