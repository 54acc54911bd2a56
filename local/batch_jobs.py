"""AWS Batch: a queue of jobs that run as processes of this machine."""

from __future__ import annotations

import contextlib
import logging
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.batch.models import Job

from contract.events import BATCH_STATE_CHANGE
from local.batch_job import LocalJob
from local.batch_rules import awaited_jobs, merged_environment, should_retry, substitute
from local.child import Child
from local.host import Host
from local.images import CannotPull, command_for
from local.logs import LogStream, follow, log_file
from local.reclaims import RECLAIMED, seconds_until_reclaim

TIMED_OUT = "Job attempt duration exceeded timeout"
CONTAINER_ENDED = "Essential container in task exited"
_FINAL = ("SUCCEEDED", "FAILED")
_MAX_REASON_CHARS = 255

log = logging.getLogger(__name__)

Publish = Callable[[str, str, Mapping[str, Any], list[str]], None]


class BatchJobs:
    """Takes jobs in order, keeps them until what they depend on has succeeded, and runs a few at a time."""

    def __init__(self, host: Host, publish: Publish, concurrency: int) -> None:
        self._host = host
        self._publish = publish
        self._concurrency = concurrency
        self._condition = threading.Condition()
        self._waiting: list[LocalJob] = []
        self._running = 0
        self._is_closed = False
        threading.Thread(target=self._dispatch, daemon=True, name="batch-dispatch").start()

    def submit(self, job: LocalJob) -> None:
        """Take a job that has been submitted."""
        self._announce(job, "SUBMITTED")
        parent_id, _, index = job.job_id.partition(":")
        if index == "0":
            self._announce(job.all_jobs[parent_id], "PENDING")  # an array job waits for its children
        with self._condition:
            self._waiting.append(job)
            self._condition.notify()

    def stir(self) -> None:
        """Something changed that may let a waiting job start or end."""
        with self._condition:
            self._condition.notify()

    def close(self) -> None:
        """Start no more jobs."""
        with self._condition:
            self._is_closed = True
            self._condition.notify()

    def _dispatch(self) -> None:
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._is_closed or self._startable())
                if self._is_closed:
                    return
                job, ends = self._startable()[0]
                self._waiting.remove(job)
                if not ends:
                    self._running += 1
            if ends:
                self._end(job, "FAILED", ends)
            else:
                threading.Thread(target=self._run, args=(job,), daemon=True, name=f"batch-{job.job_id}").start()

    def _startable(self) -> list[tuple[LocalJob, str]]:
        """Jobs that can leave the queue now, each with the reason why it ends at once, or an empty one."""
        found = []
        for job in self._waiting:
            statuses = [job.all_jobs[other].status for other in awaited_jobs(job.depends_on or [], job.job_id) if other in job.all_jobs]
            if job.stop:
                found.append((job, job.job_stopped_reason or "Job was cancelled"))
            elif "FAILED" in statuses:
                found.append((job, "Dependent Job failed"))
            elif all(status == "SUCCEEDED" for status in statuses):
                if self._running < self._concurrency:
                    found.append((job, ""))
            elif job.status == "SUBMITTED":
                self._announce(job, "PENDING")
        return found

    def _run(self, job: LocalJob) -> None:
        try:
            self._announce(job, "RUNNABLE")
            attempt = 1
            while True:
                ended = self._attempt(job, attempt)
                if ended.status == "SUCCEEDED" or not ended.may_be_retried:
                    break
                if not should_retry(
                    job.retries, attempt, exit_code=ended.exit_code, reason=ended.container_reason, status_reason=ended.status_reason
                ):
                    break
                attempt += 1
                self._announce(job, "RUNNABLE")
            self._end(job, ended.status, ended.status_reason)
        except Exception:
            log.exception("Batch job %s", job.job_id)
            self._end(job, "FAILED", "The local cloud failed; its log says why")
        finally:
            with self._condition:
                self._running -= 1
                self._condition.notify()

    def _attempt(self, job: LocalJob, number: int) -> _Ended:
        self._announce(job, "STARTING")
        started = _milliseconds()
        try:
            ended = self._run_container(job, number)
        except CannotPull as error:
            ended = _Ended("FAILED", None, "Task failed to start", str(error))
        job.exit_code, job.container_reason = ended.exit_code, ended.container_reason
        container: dict[str, Any] = {"taskArn": f"{job.arn}/{number}", "networkInterfaces": [], "logStreamName": job.log_stream_name}
        if ended.exit_code is not None:
            container["exitCode"] = ended.exit_code
        if ended.container_reason:
            container["reason"] = ended.container_reason
        job.attempts.append(
            {"container": container, "startedAt": started, "stoppedAt": _milliseconds(), "statusReason": ended.status_reason}
        )
        return ended

    def _run_container(self, job: LocalJob, attempt: int) -> _Ended:
        properties = job.job_definition.container_properties or {}
        prefix = command_for(self._host, properties["image"])
        arguments = substitute(job.container_overrides.get("command") or properties.get("command") or [], job.parameters)
        folder = self._host.scratch("batch", job.job_id)
        environment = {
            **merged_environment(properties.get("environment") or [], job.container_overrides.get("environment") or []),
            "AWS_BATCH_JOB_ID": job.job_id,
            "AWS_BATCH_JOB_ATTEMPT": str(attempt),
            "AWS_BATCH_JQ_NAME": job.job_queue.name,
            "AWS_BATCH_CE_NAME": job.job_queue.environments[0].name,
            **self._host.container_environment(
                folder, properties.get("jobRoleArn") or ""
            ),  # last: no setting of a job may open a way to a real account
        }
        if "index" in job.array_properties:
            environment["AWS_BATCH_JOB_ARRAY_INDEX"] = str(job.array_properties["index"])
        stream = LogStream(
            self._host, _log_group(properties), f"{job.job_definition.name}/default/{job.job_id}", log_file(self._host, "batch", job.job_id)
        )
        job.log_stream_name = stream.stream
        job.job_started_at = datetime.now()  # moto's own are local times without a zone
        child = self._host.children.start([*prefix, *arguments], environment=environment, folder=folder)
        reader = follow(child.process.stdout, stream.write) if child.process.stdout else None
        self._announce(job, "RUNNING")
        ended = self._await(job, child, seconds_until_reclaim(self._host.state, job.job_name, attempt))
        if reader:
            reader.join(5)
        shutil.rmtree(folder, ignore_errors=True)
        return ended

    def _await(self, job: LocalJob, child: Child, host_seconds: float) -> _Ended:
        reclaimed_at = time.monotonic() + host_seconds
        deadline = time.monotonic() + job.timeout_seconds if job.timeout_seconds else None
        while child.is_running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(0.1)
            if job.stop:
                return _Ended("FAILED", child.terminate(), job.job_stopped_reason or "Job was terminated", "", may_be_retried=False)
            if time.monotonic() > reclaimed_at:
                child.terminate()
                return _Ended("FAILED", None, RECLAIMED, "")
            if deadline and time.monotonic() > deadline:
                return _Ended("FAILED", child.terminate(), TIMED_OUT, "", may_be_retried=False)
        status = child.wait()
        if status == 0:
            return _Ended("SUCCEEDED", 0, CONTAINER_ENDED, "")
        return _Ended("FAILED", status, CONTAINER_ENDED, "")

    def _end(self, job: Job, status: str, reason: str) -> None:
        job.job_stopped = True
        job.job_stopped_at = datetime.now()  # moto's own are local times without a zone
        job.job_stopped_reason = reason[:_MAX_REASON_CHARS]
        self._announce(job, status)
        parent_id, _, index = job.job_id.partition(":")
        if index and (parent := job.all_jobs.get(parent_id)) is not None:
            self._end_parent(parent)
        self.stir()

    def _end_parent(self, parent: Job) -> None:
        """An array job ends when all its children have; it succeeds when all of them did."""
        children = [parent.all_jobs.get(f"{parent.job_id}:{index}") for index in range(parent.array_properties["size"])]
        statuses = [child.status if child else "SUBMITTED" for child in children]
        if parent.status in _FINAL or not all(status in _FINAL for status in statuses):
            return
        is_failed = "FAILED" in statuses
        self._end(parent, "FAILED" if is_failed else "SUCCEEDED", "Array Child Job failed" if is_failed else "")

    def _announce(self, job: Job, status: str) -> None:
        job.status = status
        self._publish("aws.batch", BATCH_STATE_CHANGE, job.describe(), [job.arn])


@dataclass(frozen=True)
class _Ended:
    """How an attempt ended."""

    status: str
    exit_code: int | None
    status_reason: str
    container_reason: str
    may_be_retried: bool = True


def _log_group(properties: Mapping[str, Any]) -> str:
    options = properties.get("logConfiguration", {}).get("options", {})
    return str(options.get("awslogs-group", "/aws/batch/job"))


def _milliseconds() -> int:
    return int(datetime.now(UTC).timestamp() * 1000)
