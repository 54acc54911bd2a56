"""Stopping what runs, and waiting until it has ended."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from typing import Protocol

import boto3
from botocore.exceptions import ClientError
from deadline import Deadline

from contract.deployment import run_time_name
from contract.tags import as_mapping, is_of_stage

REASON = "The deployment is being deleted."
QUIET_LOOKS = 2  # in a row that must find nothing: a job may be on its way from one state to the next
DESCRIBED_AT_ONCE = 100  # by one call of Batch or CodeBuild
NAMED = 5  # in a sentence
LABELLING = "LabelingJob"  # of Ground Truth

log = logging.getLogger("tear_down")


class Jobs(Protocol):
    """The jobs of one service."""

    def stop(self) -> list[str]:
        """Ask those that have not ended to stop; their names."""


def stop_all(kinds: Sequence[Jobs], deadline: Deadline, *, settling_seconds: float) -> None:
    """Stop all jobs and wait until none is left. Raises PlatformError that names some when that takes too long.

    It looks for at least `settling_seconds`: a function that was at work when it was silenced may start a job until then.
    """
    quiet, settled = 0, deadline.remaining_seconds - settling_seconds
    while kinds:
        active = [name for jobs in kinds for name in jobs.stop()]
        quiet = 0 if active else quiet + 1
        if quiet >= QUIET_LOOKS and deadline.remaining_seconds <= settled:
            return
        if active:
            names = ", ".join(active[:NAMED]) + (f" and {len(active) - NAMED} more" if len(active) > NAMED else "")
            log.info("still ending: %s", names)
            deadline.wait(f"Jobs have not ended yet ({names})")
        else:
            deadline.wait("Whether all jobs have ended is not certain yet")


class QueuedJobs:
    """The stage's jobs in a queue of Batch: those that wait, for others too, and those that run, arrays as a whole."""

    # in the order that a job goes through them, so that one which moves on meanwhile is met again
    ACTIVE = ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING")

    def __init__(self, queue_arn: str, stage: str) -> None:
        self._batch = boto3.client("batch")
        self._queue_arn, self._stage = queue_arn, stage
        self._asked: set[str] = set()

    def stop(self) -> list[str]:
        """Ask those that have not ended to stop; their names."""
        if not self._batch.describe_job_queues(jobQueues=[self._queue_arn])["jobQueues"]:
            return []
        ids, names = self._active(), []
        for start in range(0, len(ids), DESCRIBED_AT_ONCE):
            for job in self._batch.describe_jobs(jobs=ids[start : start + DESCRIBED_AT_ONCE])["jobs"]:
                if not is_of_stage(job.get("tags", {}), self._stage):
                    continue
                if job["jobId"] not in self._asked:  # also cancels what has not started, and the children of an array
                    self._batch.terminate_job(jobId=job["jobId"], reason=REASON)
                    self._asked.add(job["jobId"])
                names.append(job["jobName"])
        return names

    def _active(self) -> list[str]:
        prefix = run_time_name(self._stage, "")
        pages = self._batch.get_paginator("list_jobs")
        found: dict[str, None] = {}
        for status in self.ACTIVE:
            for page in pages.paginate(jobQueue=self._queue_arn, jobStatus=status):
                found |= {job["jobId"]: None for job in page["jobSummaryList"] if job["jobName"].startswith(prefix)}
        return list(found)


class SageMakerJobs:
    """The stage's jobs of one kind, those started by hand with its tags included. `kind` is as the API names it: TrainingJob."""

    STATES: Mapping[str, Sequence[str]] = {LABELLING: ("Initializing", "InProgress", "Stopping")}  # of others the last two
    LISTED: Mapping[str, str] = {LABELLING: "LabelingJobSummaryList"}  # of others TrainingJobSummaries and so on

    def __init__(self, kind: str, stage: str) -> None:
        self._sagemaker = boto3.client("sagemaker")
        self._kind, self._stage = kind, stage

    def stop(self) -> list[str]:
        """Ask those that have not ended to stop; their names."""
        prefix = run_time_name(self._stage, "")
        pages = self._sagemaker.get_paginator(self._operation("list", "s"))
        names: dict[str, None] = {}  # one that is stopped now is met again
        for status in self.STATES.get(self._kind, ("InProgress", "Stopping")):
            for page in pages.paginate(NameContains=prefix, StatusEquals=status):
                for job in page[self.LISTED.get(self._kind, f"{self._kind}Summaries")]:
                    name = job[f"{self._kind}Name"]
                    if not name.startswith(prefix) or not self._is_of_stage(job[f"{self._kind}Arn"]):
                        continue
                    if status != "Stopping":
                        self._stop(name)
                    names[name] = None
        return list(names)

    def _operation(self, verb: str, end: str = "") -> str:
        """As boto3 names its method: `stop_training_job`."""
        return verb + re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", self._kind) + end

    def _stop(self, name: str) -> None:
        try:
            getattr(self._sagemaker, self._operation("stop"))(**{f"{self._kind}Name": name})
        except ClientError as error:  # it has ended meanwhile; the next look tells
            if error.response["Error"]["Code"] not in ("ValidationException", "ResourceNotFound"):
                raise

    def _is_of_stage(self, arn: str) -> bool:
        return is_of_stage(as_mapping(self._sagemaker.list_tags(ResourceArn=arn)["Tags"]), self._stage)


class Builds:
    """The builds of a project of CodeBuild."""

    def __init__(self, project: str) -> None:
        self._codebuild = boto3.client("codebuild")
        self._project = project

    def stop(self) -> list[str]:
        """Ask those that have not ended to stop; their ids."""
        try:  # the newest: an older build than those has timed out long ago
            ids = self._codebuild.list_builds_for_project(projectName=self._project, sortOrder="DESCENDING")["ids"]
        except self._codebuild.exceptions.ResourceNotFoundException:
            return []
        builds = self._codebuild.batch_get_builds(ids=ids[:DESCRIBED_AT_ONCE])["builds"] if ids else []
        active = [build["id"] for build in builds if build["buildStatus"] == "IN_PROGRESS"]
        for build_id in active:
            self._codebuild.stop_build(id=build_id)
        return active
