"""A file to classify was dropped, or a first model came into use: hand the file to Batch.

Without a model the file waits in the ledger; the event ModelPublished runs what waits. Both orders are
safe: the job is marked as waiting first and the current model is read again after, while the publisher
sets the current model first and looks for waiting jobs after.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError

from contract.advice import about
from contract.commands import join_command, plan_command
from contract.container_environments import PredictionEnvironment
from contract.deployment import Step, run_time_name
from contract.drops import check_prediction_name, check_prediction_size
from contract.errors import KitError, PlatformError, UserError
from contract.estimate import Estimate
from contract.events import MODEL_PUBLISHED, ModelPublished, ObjectCreated
from contract.function_environments import StartPredictionEnvironment
from contract.layout import ResultKeys, parse_drop, s3_uri
from contract.ledger import Ledger
from contract.notices import Notices
from contract.records import Current, Job, JobKind, JobStatus
from contract.shards import shard_count
from contract.tags import stage_tags
from contract.wording import bounded, counted

NO_MODEL = "The classifier '{name}' has no model yet. Drop a labelled file for it ({command}); then this file is classified by itself."

MARGIN_SECONDS = 20  # that are left of a function's time when it begins with no other file
PAUSES_SECONDS = (0.5, 2.0, 5.0)  # before a job is submitted once more

logging.getLogger().setLevel(logging.INFO)
log = logging.getLogger("start_prediction")


@dataclass(frozen=True)
class Surroundings:
    """What the steps need."""

    environment: StartPredictionEnvironment
    ledger: Ledger
    notices: Notices


def handle(event: dict[str, Any], context: Any) -> None:
    """Parse the event and start what can be started."""
    environment = StartPredictionEnvironment.from_env()
    ledger = Ledger(boto3.resource("dynamodb").Table(environment.ledger_table))
    around = Surroundings(environment, ledger, Notices(environment.stage, ledger, boto3.client("sns"), environment.topic_arn))
    if event.get("detail-type") == MODEL_PUBLISHED:
        _run_waiting(ModelPublished.from_event(event), around, context)
    else:
        _dropped(ObjectCreated.from_event(event), around)


def _dropped(dropped: ObjectCreated, around: Surroundings) -> None:
    if dropped.key.endswith("/") and not dropped.size:
        return  # the console's way of making a folder
    arrived = Job.of_drop(JobKind.PREDICT, dropped)
    job = around.ledger.claim(arrived)
    if job is None:
        log.info("the job of this object version was started before")
    else:
        _start(job, around)
    _tell(around.ledger.job(arrived.job_id), around)


def _start(job: Job, around: Surroundings) -> None:
    """Start a claimed job, or let it wait for a model."""
    waiting = None
    with _Outcome(job, around):
        _check_file(job, around.environment)
        if current := around.ledger.current(job.classifier):
            _submit(job, current, around)
        else:
            waiting = around.ledger.move(job, JobStatus.WAITING, message=_no_model(job.classifier))
            log.info("no model yet: %s waits", job.job_id)
    if waiting:
        _start_waiting(waiting, around)


def _no_model(classifier: str) -> str:
    return NO_MODEL.format(name=classifier, command=about("kit drop FILE --to train", classifier))


def _tell(job: Job, around: Surroundings) -> None:
    """Tell that the file was received, or how its job ended; nothing that was told before."""
    around.notices.receive(job, _estimate(job, around.environment) if job.status == JobStatus.RUNNING else "")
    around.notices.announce(job)


def _estimate(job: Job, environment: StartPredictionEnvironment) -> str:
    parts = shard_count(parse_drop(job.key), job.size, environment.shard_bytes)
    return Estimate.of(job, most_seconds=environment.max_run_seconds, prices=[environment.usd_per_hour], parts=parts).sentence()


def _run_waiting(published: ModelPublished, around: Surroundings, context: Any) -> None:
    """Start the waiting jobs of a classifier, as many as there is time for; one that cannot be started does not hold up the others.

    Raises PlatformError, so that the event comes again, when some are left: the next try goes on where this one ended.
    """
    failures = []
    jobs = around.ledger.waiting(published.classifier)
    for count, waiting in enumerate(jobs):
        if context.get_remaining_time_in_millis() < MARGIN_SECONDS * 1000:
            failures.append(f"There was no time for {counted(len(jobs) - count, 'file')}.")
            break
        try:
            _start_waiting(waiting, around)
        except (PlatformError, ClientError, BotoCoreError) as error:
            failures.append(f"{waiting.job_id}: {error}")
    if failures:
        raise PlatformError(bounded("Some waiting files could not be started and are tried again. " + " ".join(failures)))


def _start_waiting(waiting: Job, around: Surroundings) -> None:
    """Start a waiting job if there is a model by now."""
    current = around.ledger.current(waiting.classifier)
    if current is None:
        return
    job = around.ledger.lease(waiting)
    with _Outcome(job, around):
        _submit(job, current, around)


class _Outcome:
    """Turns what goes wrong while a job is started into the job's state."""

    def __init__(self, job: Job, around: Surroundings) -> None:
        self._job, self._around = job, around

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if not isinstance(error, Exception):
            return False
        if not isinstance(error, KitError):
            self._around.ledger.release(self._job, error)
            return False
        log.warning("%s: %s", self._job.job_id, error)
        status = JobStatus.REFUSED if isinstance(error, UserError) else JobStatus.FAILED
        self._around.notices.end(self._job, status, message=str(error))
        return True


def _check_file(job: Job, environment: StartPredictionEnvironment) -> None:
    check_prediction_name(parse_drop(job.key), job.object_version)
    check_prediction_size(job.key, job.size, environment.max_object_bytes)


def _submit(job: Job, current: Current, around: Surroundings) -> None:
    """Hand a file to Batch: as one job, or above a size as three, each of which waits for the one before it."""
    environment = around.environment
    drop = parse_drop(job.key)
    source, output = s3_uri(job.bucket, job.key), s3_uri(environment.results_bucket, ResultKeys(drop).prefix)
    shards = shard_count(drop, job.size, environment.shard_bytes)
    queue = _Queue(job, current, environment, {"input": source, "output": output, "model": current.artifact_uri})
    try:
        if shards == 1:
            batch_id = queue.submit()
        else:
            planned = queue.submit(Step.PLAN, command=plan_command(source, output, current.artifact_uri, shards))
            predicted = queue.submit(Step.SHARDS, after=planned, size=shards)
            batch_id = queue.submit(after=predicted, command=join_command(output))
    except queue.is_refused as error:
        raise PlatformError(f"'{job.key}' was not classified: AWS Batch does not accept the job ({error}).") from error
    around.ledger.move(
        job,
        JobStatus.RUNNING,
        platform_id=batch_id,
        model_version=current.version,
        message=f"Being classified by model v{current.version}{f' in {shards} parts' if shards > 1 else ''}.",
    )
    log.info("submitted Batch job %s", batch_id)


class _Queue:
    """Submits the Batch jobs of one prediction, each of them once, however often that breaks off."""

    def __init__(self, job: Job, current: Current, environment: StartPredictionEnvironment, parameters: dict[str, str]) -> None:
        self._batch = boto3.client("batch")
        self._batch_asked_once = boto3.client("batch", config=Config(retries={"total_max_attempts": 1}))
        self.is_refused = self._batch_asked_once.exceptions.ClientException
        self._job = job
        self._environment = environment
        self._parameters = parameters
        inside = PredictionEnvironment(
            job_id=job.run_id,
            input_version=job.object_version,
            input_sequencer=job.sequencer,
            model_version=current.version,
            text_column=environment.text_column,
            image_tag=environment.image_tag,
            commit=environment.commit,
            accelerator=environment.accelerator,
            usd_per_hour=environment.usd_per_hour,
            max_error=environment.max_error,
        )
        self._variables = [{"name": key, "value": value} for key, value in inside.to_env().items()]

    def submit(self, step: Step | None = None, *, after: str = "", size: int = 0, command: Sequence[str] = ()) -> str:
        """Submit a job that waits for another, if one is named; returns its id.

        It is an array job with `size` children unless that is 0, and runs the job definition's command if none is given.
        boto3 would submit it a second time when an answer gets lost; see `_submit_once`.
        """
        environment = self._environment
        name = run_time_name(environment.stage, self._job.run_id, step)
        if self._job.attempts > 1 and (before := self._submitted_before(name)):
            return before
        more: dict[str, Any] = {}
        if after:
            more["dependsOn"] = [{"jobId": after}]
        if size:
            more["arrayProperties"] = {"size": size}
        request = {
            "jobName": name,
            "jobQueue": environment.job_queue,
            "jobDefinition": environment.job_definition,
            "parameters": self._parameters,
            "containerOverrides": {"environment": self._variables, **({"command": [*command]} if command else {})},
            "tags": stage_tags(environment.stage, self._job.classifier),
            "propagateTags": True,
            **more,
        }
        return self._submit_once(request)

    def _submit_once(self, request: Mapping[str, Any]) -> str:
        """Submit a job that was not submitted before; its id.

        What Batch turned away is asked for again. What nobody knows of, for its answer got lost, is looked for during all
        pauses before that: Batch's lists may lag behind what it has taken.
        """
        is_lost = False
        for pause_seconds in PAUSES_SECONDS:
            if not is_lost:
                try:
                    return str(self._batch_asked_once.submit_job(**request)["jobId"])
                except (ClientError, HTTPClientError, ConnectionError) as error:
                    status = _status(error)
                    if status not in (0, HTTPStatus.TOO_MANY_REQUESTS) and status < HTTPStatus.INTERNAL_SERVER_ERROR:
                        raise
                    is_lost = status != HTTPStatus.TOO_MANY_REQUESTS
                    log.warning("%s was not submitted, or its answer got lost: %s", request["jobName"], error)
            time.sleep(pause_seconds * random.uniform(0.5, 1.5))  # noqa: S311  # of hundreds turned away at once not all come again at once
            if is_lost and (before := self._submitted_before(request["jobName"])):
                return before
        return str(self._batch_asked_once.submit_job(**request)["jobId"])

    def _submitted_before(self, name: str) -> str | None:
        """The Batch job of an earlier attempt that broke off after it was submitted."""
        answer = self._batch.list_jobs(jobQueue=self._environment.job_queue, filters=[{"name": "JOB_NAME", "values": [name]}])
        jobs = answer["jobSummaryList"]
        return jobs[0]["jobId"] if jobs else None


def _status(error: Exception) -> int:
    """HTTP's status of an answer; 0 when none came."""
    return int(error.response["ResponseMetadata"]["HTTPStatusCode"]) if isinstance(error, ClientError) else 0
