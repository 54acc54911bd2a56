"""The figures of jobs that ended, as lines of a log from which CloudWatch makes metrics (its embedded metric format).

Whoever records the end of a job prints one line; the dashboard and the alarms read the metrics by the same names. That needs
no permission, and a metric costs only in the hours in which a job ends.
"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any

from contract.records import Job, JobKind, JobStatus

NAMESPACE = "TextClassificationKit"
STAGE, KIND = "Stage", "Kind"  # the dimensions of every metric; a kind is a JobKind


class Metric(StrEnum):
    """What is known of a job that ended. Values are summed, or averaged over jobs where a sum has no meaning."""

    DONE = "Done"
    FAILED = "Failed"
    REFUSED = "Refused"
    QUEUE_WAIT = "QueueWaitSeconds"
    SECONDS = "Seconds"
    ROWS = "Rows"
    ROWS_PER_SECOND = "RowsPerSecond"
    ROWS_TO_REVIEW = "RowsToReview"
    ROWS_REJECTED = "RowsRejected"
    COST = "CostUsd"


UNITS = {
    Metric.QUEUE_WAIT: "Seconds",
    Metric.SECONDS: "Seconds",
    Metric.ROWS_PER_SECOND: "Count/Second",
    Metric.COST: "None",  # CloudWatch has no unit of money
}

_OUTCOMES = {JobStatus.DONE: Metric.DONE, JobStatus.FAILED: Metric.FAILED, JobStatus.REFUSED: Metric.REFUSED}


def metric_line(stage: str, job: Job, moment_seconds: float) -> str:
    """The line that carries the metrics of a job that ended; the moment is in seconds since the epoch."""
    values = _values(job)
    described = [{"Name": name, "Unit": UNITS.get(name, "Count")} for name in values]
    directive = {"Namespace": NAMESPACE, "Dimensions": [[STAGE, KIND]], "Metrics": described}
    about = {"Timestamp": round(moment_seconds * 1000), "CloudWatchMetrics": [directive]}
    return json.dumps({"_aws": about, STAGE: stage, KIND: job.kind, "job_id": job.job_id, **values})


def _values(job: Job) -> dict[Metric, Any]:
    """Every outcome is counted, as nought too, so that a sum over no failures is nought and not missing."""
    values: dict[Metric, Any] = {metric: int(job.status == status) for status, metric in _OUTCOMES.items()}
    values |= {Metric.SECONDS: job.seconds, Metric.COST: round(job.cost_usd, 6)}
    if job.queued_seconds:
        values[Metric.QUEUE_WAIT] = job.queued_seconds
    if job.status == JobStatus.DONE:
        values[Metric.ROWS] = job.rows_in
        if job.kind == JobKind.PREDICT:
            values |= {Metric.ROWS_TO_REVIEW: job.rows_to_review, Metric.ROWS_REJECTED: job.rows_rejected}
        if job.seconds:
            values[Metric.ROWS_PER_SECOND] = round(job.rows_in / job.seconds, 3)
    return values
