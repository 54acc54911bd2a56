"""One job of AWS Batch: moto's, described as Batch describes it."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any, ClassVar, Protocol

from moto.batch.models import Job

from local.batch_rules import merged_environment, substitute

# moto's SubmitJob drops the retry strategy of the request; the job that is being made finds it here.
submitted_retries: ContextVar[Mapping[str, Any] | None] = ContextVar("submitted_retries", default=None)


class Queue(Protocol):
    """What runs jobs."""

    def submit(self, job: LocalJob) -> None:
        """Take a job that has been submitted."""
        ...

    def stir(self) -> None:
        """Something changed that may let a waiting job start or end."""
        ...


class LocalJob(Job):
    """moto's job, handed to the queue instead of to Docker, and described as Batch does."""

    queue: ClassVar[Queue]  # set when the seams are installed

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.container_reason = ""
        self.own_retries = submitted_retries.get()

    @property
    def retries(self) -> Mapping[str, Any] | None:
        """The retry strategy in force."""
        return self.own_retries or self.job_definition.retry_strategy

    @property
    def timeout_seconds(self) -> int | None:
        """The longest that one attempt may run."""
        return self._get_attempt_duration()

    def start(self) -> None:
        """Join the queue; moto would start a thread and Docker."""
        self.queue.submit(self)

    def terminate(self, reason: str) -> None:
        """Stop it, running or not; an array job with its children."""
        super().terminate(reason)
        for index in range(self.array_properties.get("size", 0)):
            if child := self.all_jobs.get(f"{self.job_id}:{index}"):
                child.terminate(reason)
        self.queue.stir()

    def describe_short(self) -> dict[str, Any]:
        """The job's summary; the times of a job that has not begun are absent."""
        result = super().describe_short()
        if self.job_started_at.year < _FIRST_YEAR:
            result.pop("startedAt", None)
        return result

    def describe(self) -> dict[str, Any]:
        """The shape of DescribeJobs, with what moto leaves out: retries, time-out, index of a child."""
        result = super().describe()
        result["retryStrategy"] = dict(self.retries or {})
        if self.timeout_seconds:
            result["timeout"] = {"attemptDurationSeconds": self.timeout_seconds}
        if "index" in self.array_properties:
            result["arrayProperties"] = {"index": self.array_properties["index"]}
        return result

    def _container_details(self) -> dict[str, Any]:
        """The container's part; moto's own has neither image, exit code nor reason, and changes the job."""
        properties = self.job_definition.container_properties or {}
        overrides = self.container_overrides
        environment = merged_environment(properties.get("environment") or [], overrides.get("environment") or [])
        details: dict[str, Any] = {
            "image": properties.get("image"),
            "command": substitute(overrides.get("command") or properties.get("command") or [], self.parameters),
            "environment": [{"name": name, "value": value} for name, value in environment.items()],
            "jobRoleArn": properties.get("jobRoleArn"),
            "executionRoleArn": properties.get("executionRoleArn"),
            "resourceRequirements": overrides.get("resourceRequirements") or properties.get("resourceRequirements", []),
            "logStreamName": self.log_stream_name,
            "exitCode": self.exit_code,
            "reason": self.container_reason or None,
        }
        return {name: value for name, value in details.items() if value is not None}


_FIRST_YEAR = 1971  # moto's time for "not yet" is the epoch
