"""How far a job is: its state as SageMaker or Batch tells it, and the epochs of a training as its log does."""

from __future__ import annotations

from contract.records import Job, JobKind, JobStatus
from contract.training_log import TERM, is_progress
from kit.deployment import Target

LOG_GROUP = "/aws/sagemaker/TrainingJobs"  # of all training jobs of an account; AWS names it

_QUEUED = "waiting for a machine"
_TRAINING_STATES = {
    "Pending": _QUEUED,
    "Starting": _QUEUED,
    "Downloading": "the machine fetches the rows",
    "Training": "training",
    "Interrupted": "interrupted, for the spot machine was taken away; it goes on with another",
    "Uploading": "saving the model",
    "Completed": "trained",
}
_BATCH_STATES = {
    "SUBMITTED": _QUEUED,
    "PENDING": "waiting for its parts",
    "RUNNABLE": _QUEUED,
    "STARTING": "the machine starts",
    "RUNNING": "classifying",
    "SUCCEEDED": "classified",
}


class JobProgress:
    """What is new about one job since it was asked for last."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._message = self._state = ""
        self._read: set[str] = set()  # events of the log

    def news(self, job: Job, state: str) -> list[str]:
        """A line for each change, the oldest first; `state` is what the ledger says, for when the service says no more."""
        if job.status != JobStatus.RUNNING:
            return self._changed("", state) if not job.is_final else self._epochs(job)
        return [*self._epochs(job), *self._changed(job.message, self._state_of(job) or state)]

    def _changed(self, message: str, state: str) -> list[str]:
        news = [after for before, after in ((self._message, message), (self._state, state)) if after and after != before]
        self._message, self._state = message, state
        return news

    def _state_of(self, job: Job) -> str:
        from botocore.exceptions import ClientError  # noqa: PLC0415  # 'kit --help' does without it

        if not job.platform_id:
            return ""
        try:
            if job.kind == JobKind.TRAIN:
                found = self._target.client("sagemaker").describe_training_job(TrainingJobName=job.platform_id)
                return _TRAINING_STATES.get(found["SecondaryStatus"], "")
            described = self._target.client("batch").describe_jobs(jobs=[job.platform_id])["jobs"]
        except ClientError:  # whoever may not ask is told what the ledger says
            return ""
        return _BATCH_STATES.get(described[0]["status"], "") if described else ""

    def _epochs(self, job: Job) -> list[str]:
        """What a training's log says of its progress, as far as it was not read before."""
        from botocore.exceptions import ClientError  # noqa: PLC0415  # as above

        if job.kind != JobKind.TRAIN or not job.platform_id:
            return []
        logs = self._target.client("logs")
        try:
            streams = logs.describe_log_streams(logGroupName=LOG_GROUP, logStreamNamePrefix=f"{job.platform_id}/")["logStreams"]
            if not streams:
                return []
            pages = logs.get_paginator("filter_log_events").paginate(
                logGroupName=LOG_GROUP, logStreamNames=[stream["logStreamName"] for stream in streams], filterPattern=TERM
            )
            events = [event for page in pages for event in page["events"] if event["eventId"] not in self._read]
        except ClientError:  # likewise; and before the first training there is no such log
            return []
        self._read.update(event["eventId"] for event in events)
        return [line for event in events if is_progress(line := event["message"].strip())]
