"""What SageMaker and Batch know of a job that the ledger calls running."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from contract.deployment import Function, training_step_of
from contract.events import BATCH_STATE_CHANGE, TRAINING_STATE_CHANGE
from contract.records import Job, JobKind
from kit.deployment import Target

_TRAINING_ENDS = ("Completed", "Failed", "Stopped")
_BATCH_ENDS = ("SUCCEEDED", "FAILED")


@dataclass(frozen=True)
class End:
    """A job's end, as the event by which its function hears of it."""

    function: Function
    event: dict[str, Any]


class Forgotten(Exception):
    """The service knows the job no longer: Batch keeps those that ended for some days only."""


def find_end(target: Target, job: Job) -> End | None:
    """How a running job ended without the ledger's knowing; None while it really runs. Raises Forgotten."""
    return _training_end(target, job) if job.kind == JobKind.TRAIN else _prediction_end(target, job)


def _training_end(target: Target, job: Job) -> End | None:
    status = target.client("sagemaker").describe_training_job(TrainingJobName=job.platform_id)["TrainingJobStatus"]
    if status not in _TRAINING_ENDS:
        return None
    detail = {"TrainingJobName": job.platform_id, "TrainingJobStatus": status}
    has_another = status == "Completed" and training_step_of(job.platform_id)[1] is not None
    return End(
        Function.START_TRAINING if has_another else Function.PUBLISH_MODEL,
        {"source": "aws.sagemaker", "detail-type": TRAINING_STATE_CHANGE, "detail": detail},
    )


def _prediction_end(target: Target, job: Job) -> End | None:
    """The event's detail has the shape of DescribeJobs, so that its answer makes the event."""
    described = target.client("batch").describe_jobs(jobs=[job.platform_id])["jobs"]
    if not described:
        raise Forgotten
    (detail,) = described
    if detail["status"] not in _BATCH_ENDS:
        return None
    return End(Function.REPORT_PREDICTION, {"source": "aws.batch", "detail-type": BATCH_STATE_CHANGE, "detail": detail})
