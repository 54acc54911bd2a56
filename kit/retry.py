"""Start a job once more that failed or was never started.

The same version of the file is trained on or classified again, as another run of the same job. Where that makes no
sense the command says why: a file that was refused is refused again until it is mended, or the settings are, which
--anyway asserts. A job whose end was lost on its way to the ledger is not run again: its end is told once more.
"""

from __future__ import annotations

import argparse
import getpass
import json
import time
from dataclasses import asdict
from typing import Any

from contract.deployment import Function, function_name
from contract.errors import PlatformError, UserError
from contract.events import ObjectCreated
from contract.records import Job, JobKind, JobStatus
from kit import printing
from kit.deployment import Target, find_target, same_target, with_target
from kit.drop import EXIT_STATUS
from kit.follow import follow
from kit.platform_jobs import Forgotten, find_end

STARTERS = {JobKind.TRAIN: Function.START_TRAINING, JobKind.PREDICT: Function.START_PREDICTION}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("job", metavar="JOB", help="which one, by its id, as 'kit jobs' shows it")
    parser.add_argument("--anyway", action="store_true", help="also a refused one: the settings were changed since")
    parser.add_argument("--wait", action="store_true", help="follow the job to its end")


def run(given: argparse.Namespace) -> int:
    """Start it, or say why not."""
    target = find_target(given)
    job = target.ledger.job(given.job)
    said = _resume(job, target) if job.status == JobStatus.RUNNING else _begin(job, target, is_settled=given.anyway)
    job = follow(target, job.job_id) if given.wait else target.ledger.job(job.job_id)
    if given.json:
        printing.show_json(asdict(job))
    elif given.wait:
        printing.show(f"{job.status.capitalize()}: {with_target(job.message, given)}")
    else:
        printing.show(f"{said} 'kit jobs {job.job_id}{same_target(given)}' shows what becomes of it.")
    return EXIT_STATUS.get(JobStatus(job.status), 0) if given.wait else 0


def _resume(job: Job, target: Target) -> str:
    """Go on with a job that is running by the ledger alone, for the event that told of its end was lost; says what was done."""
    try:
        end = find_end(target, job)
    except Forgotten:
        return _start_another_run(job, target)
    if end is None:
        raise UserError(f"Job {job.job_id} is running. 'kit jobs {job.job_id}' shows how it ends.")
    _send(target, end.function, end.event)
    return "It had ended, and nobody had heard; now somebody does."


def _begin(job: Job, target: Target, *, is_settled: bool) -> str:
    """Start a job that is not running, in another run when it is over; says what was done."""
    _check(job, target, is_settled=is_settled)
    if job.is_final:
        return _start_another_run(job, target)
    _start(job, target)
    return "It is started again."


def _check(job: Job, target: Target, *, is_settled: bool) -> None:
    """Raises UserError, which says what to do instead, when another try makes no sense."""
    status = JobStatus(job.status)
    if status == JobStatus.DONE:
        raise UserError(f"Job {job.job_id} is done: {job.message} To have it done anew, drop the file again.")
    if status == JobStatus.RECEIVED and job.lease_until > time.time():
        raise UserError(f"Job {job.job_id} is being started at this moment. 'kit jobs {job.job_id}' shows what becomes of it.")
    if status == JobStatus.WAITING and target.ledger.current(job.classifier) is None:
        raise UserError(f"Job {job.job_id} waits for a model and runs by itself once there is one: {job.message}")
    if status == JobStatus.REFUSED and not is_settled:
        raise UserError(
            f"The file was refused and would be refused again: {job.message} Mend the file and drop it."
            " If the settings were to blame and have been changed, add --anyway."
        )


def _start_another_run(job: Job, target: Target) -> str:
    _check_file(job, target)
    reopened = target.ledger.reopen(job, f"Started once more by {getpass.getuser()}. Before: {job.message}")
    if reopened is None:
        raise PlatformError(f"The state of job {job.job_id} changed at this moment. See 'kit jobs {job.job_id}'.")
    _start(reopened, target)
    return f"Run {reopened.run} of the job begins."


def _check_file(job: Job, target: Target) -> None:
    """Raises UserError when the version that the job is about is gone."""
    from botocore.exceptions import ClientError  # noqa: PLC0415  # 'kit --help' does without it

    try:
        target.client("s3").head_object(Bucket=job.bucket, Key=job.key, VersionId=job.object_version)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:  # noqa: PLR2004  # HTTP's own number
            raise UserError(f"The version of '{job.key}' that job {job.job_id} is about is deleted. Drop the file again.") from error
        raise


def _start(job: Job, target: Target) -> None:
    """Send the event of the drop once more, made from the ledger's record."""
    dropped = ObjectCreated(job.bucket, job.key, job.object_version, job.size, job.sequencer)
    _send(target, STARTERS[JobKind(job.kind)], dropped.to_event())


def _send(target: Target, function: Function, event: dict[str, Any]) -> None:
    """Hand an event to a function, which tries as often as if the event had come by itself."""
    name = function_name(target.stage, function)
    target.client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps(event).encode())
