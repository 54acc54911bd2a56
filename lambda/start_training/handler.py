"""A labelled file was dropped: keep its exact bytes and start a training on them. A job of it ended: start the next.

By the hour: ask for ends that nobody told of.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import ClientError
from training_jobs import TrainingJobs, described_channels

from contract.blazingtext import Prepared, image_of
from contract.corrections import CHANNEL as CORRECTIONS
from contract.deployment import TrainingStep, run_of, run_time_name, training_step_name, training_step_of
from contract.drop_metadata import answers_of, is_anew
from contract.drops import check_training_name, check_training_size
from contract.engines import Engine
from contract.errors import KitError, UserError
from contract.estimate import Estimate
from contract.events import SCHEDULED, TRAINING_STATE_CHANGE, ObjectCreated, TrainingJobState
from contract.function_environments import StartTrainingEnvironment
from contract.hyperparameters import Hyperparameters, overlay
from contract.layout import HYPERPARAMETERS_METADATA, Drop, corrections_prefix, input_key, parse_drop, s3_uri
from contract.ledger import Ledger
from contract.notices import Notices
from contract.records import Job, JobKind, JobStatus
from contract.review_ledger import ReviewLedger
from contract.rounds import each
from contract.training_work import prepared_key

MAX_VARIABLE_CHARS = 512  # of a training job's environment variable, which carries the object's address
PREPARING = "Training model v{version}: the rows are prepared for BlazingText (1 of 3)."
TRAINING = "Training model v{version}: BlazingText learns from the rows (2 of 3)."
JUDGING = "Training model v{version}: BlazingText's model is judged (3 of 3)."

logging.getLogger().setLevel(logging.INFO)
log = logging.getLogger("start_training")


@dataclass(frozen=True)
class Surroundings:
    """What the steps need."""

    environment: StartTrainingEnvironment
    ledger: Ledger
    notices: Notices


def handle(event: dict[str, Any], context: object) -> None:
    """Parse the event, start the training or its next job, tell the owner when that cannot be."""
    environment = StartTrainingEnvironment.from_env()
    ledger = Ledger(boto3.resource("dynamodb").Table(environment.ledger_table))
    around = Surroundings(environment, ledger, Notices(environment.stage, ledger, boto3.client("sns"), environment.topic_arn))
    kind = event.get("detail-type")
    if kind == SCHEDULED:
        each([job.platform_id for job in ledger.running(JobKind.TRAIN)], lambda name: _continue(name, around))
    elif kind == TRAINING_STATE_CHANGE:
        _continue(TrainingJobState.from_event(event).name, around)
    else:
        _begin(ObjectCreated.from_event(event), around)


def _begin(dropped: ObjectCreated, around: Surroundings) -> None:
    """Start the training of a dropped object."""
    if dropped.key.endswith("/") and not dropped.size:
        return  # the console's way of making a folder
    arrived = Job.of_drop(JobKind.TRAIN, dropped)
    job = around.ledger.claim(arrived)
    if job is None:
        log.info("the job of this object version was started before")
    else:
        _try_to_start(job, around)
    _tell(around.ledger.job(arrived.job_id), around)


def _try_to_start(job: Job, around: Surroundings) -> None:
    """Turn what goes wrong into the job's state. Raises what a second try may mend."""
    try:
        _start(job, parse_drop(job.key), around.environment, around.ledger)
    except KitError as error:
        _refuse(job, error, around)
    except Exception as error:
        around.ledger.release(job, error)
        raise


def _refuse(job: Job, error: KitError, around: Surroundings) -> None:
    log.warning("%s: %s", job.job_id, error)
    around.notices.end(job, JobStatus.REFUSED if isinstance(error, UserError) else JobStatus.FAILED, message=str(error))


def _tell(job: Job, around: Surroundings) -> None:
    """Tell that the file was received, or how its job ended; nothing that was told before."""
    environment = around.environment
    usual = environment.usd_per_hour
    prices = [usual, environment.usd_per_hour_on_demand, usual] if training_step_of(job.platform_id)[1] else [usual]  # as its jobs run
    estimate = Estimate.of(job, most_seconds=environment.max_run_seconds, prices=prices)
    around.notices.receive(job, estimate.sentence())
    around.notices.announce(job)


def _start(job: Job, drop: Drop, environment: StartTrainingEnvironment, ledger: Ledger) -> None:
    name = run_time_name(environment.stage, job.run_id)
    _check_file(job, drop)
    metadata = _keep_input(job, drop, name, environment)
    hyperparameters = _hyperparameters(job.key, metadata.get(HYPERPARAMETERS_METADATA, "{}"), environment)
    is_of_kit = hyperparameters.engine == Engine.KIT
    if not is_of_kit:
        image_of(_region())  # which may not be there
    if not job.model_version:  # a second attempt keeps the number and the champion of the first
        current = ledger.current(job.classifier)
        numbers = {"model_version": ledger.next_version(job.classifier), "champion_version": current.version if current else 0}
        job = ledger.note(job, is_anew=is_anew(metadata), answers=answers_of(metadata), **numbers)
    channels = {
        "training": s3_uri(environment.models_bucket, input_key(name, "training", "")),
        **_champion(job, ledger),
        **_corrections(job),
    }
    jobs = TrainingJobs(job, name, environment)
    started = (jobs.train if is_of_kit else jobs.prepare)(channels, hyperparameters.to_strings())
    ReviewLedger(boto3.resource("dynamodb").Table(environment.ledger_table)).begin_training(job.classifier, job.job_id)
    message = f"Training model v{job.model_version}." if is_of_kit else PREPARING.format(version=job.model_version)
    ledger.move(job, JobStatus.RUNNING, platform_id=started, message=message)
    log.info("started training job %s", started)


def _continue(name: str, around: Surroundings) -> None:
    """Start the job that follows on one that has ended well; how any of them failed is told by publish_model."""
    training, step = training_step_of(name)
    run = run_of(around.environment.stage, name)
    if step is None or run is None:
        return
    try:
        job = around.ledger.job(run.job_id)
    except UserError:
        log.info("%s is in no ledger: it was not started by a dropped file", name)
        return
    if job.run != run.number or job.is_final or job.platform_id not in ("", name):
        log.info("job %s has gone on since", job.job_id)
        return
    description = boto3.client("sagemaker").describe_training_job(TrainingJobName=name)
    if description["TrainingJobStatus"] != "Completed":
        return
    jobs = TrainingJobs(job, training, around.environment)
    try:
        if step == TrainingStep.PREPARE:
            started, message = jobs.train_blazingtext(_prepared(training, around.environment), _region()), TRAINING
        else:
            first = boto3.client("sagemaker").describe_training_job(TrainingJobName=_first_of(training))
            channels = described_channels(first) | jobs.blazingtext_channel()
            started, message = jobs.train(channels, first["HyperParameters"]), JUDGING
    except KitError as error:
        _refuse(job, error, around)
        return
    around.ledger.move(job, JobStatus.RUNNING, platform_id=started, message=message.format(version=job.model_version))
    log.info("started training job %s", started)


def _first_of(training: str) -> str:
    """The job that had the channels and hyperparameters of the whole training: they are not asked for a second time."""
    return training_step_name(training, TrainingStep.PREPARE)


def _prepared(training: str, environment: StartTrainingEnvironment) -> Prepared:
    body = boto3.client("s3").get_object(Bucket=environment.models_bucket, Key=prepared_key(training))["Body"].read()
    return Prepared.from_json(body)


def _region() -> str:
    return str(boto3.client("sagemaker").meta.region_name)


def _check_file(job: Job, drop: Drop) -> None:
    check_training_name(drop)
    check_training_size(job.key, job.size)
    if (length := len(s3_uri(job.bucket, job.key))) > MAX_VARIABLE_CHARS:
        raise UserError(
            f"The name '{job.key}' is too long: its address has {length} characters, and {MAX_VARIABLE_CHARS} are allowed."
            " Use a shorter file name or fewer folders."
        )


def _keep_input(job: Job, drop: Drop, name: str, environment: StartTrainingEnvironment) -> Mapping[str, str]:
    """Copy the exact object version to where the training reads it; returns what is written beside it."""
    s3 = boto3.client("s3")
    try:
        s3.head_object(Bucket=job.bucket, Key=job.key)  # a deleted object still has its versions
        version = {"Bucket": job.bucket, "Key": job.key, "VersionId": job.object_version}
        metadata: Mapping[str, str] = s3.head_object(**version)["Metadata"]
        s3.copy_object(
            CopySource=version,
            Bucket=environment.models_bucket,
            Key=input_key(name, "training", drop.name),
            MetadataDirective="REPLACE",
            TaggingDirective="REPLACE",
        )
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:  # noqa: PLR2004  # HTTP's own number
            raise UserError(f"'{job.key}' was deleted before its training started. Drop it again if it should be trained on.") from error
        raise
    return metadata


def _hyperparameters(key: str, given: str, environment: StartTrainingEnvironment) -> Hyperparameters:
    """Settings first, then what came with the file; checked here, so that a mistake costs no training."""
    settings = _parse_object(environment.hyperparameters, "in the settings")
    strings = overlay(settings, _parse_object(given, f"that came with '{key}'"))
    parsed, warnings = Hyperparameters.from_strings({name: str(value) for name, value in strings.items()})
    for warning in warnings:
        log.warning(warning)
    return parsed


def _parse_object(text: str, source: str) -> dict[str, str]:
    try:
        parsed: dict[str, str] = {**json.loads(text)}
    except (TypeError, ValueError) as error:
        raise UserError(f"The hyperparameters {source} are not a JSON object: {text!r}.") from error
    return parsed


def _champion(job: Job, ledger: Ledger) -> dict[str, str]:
    """The channel of the model to compare with, if there is one."""
    return {"champion": ledger.model(job.classifier, job.champion_version).artifact_uri} if job.champion_version else {}


def _corrections(job: Job) -> dict[str, str]:
    """The channel of what people said of texts, if they said anything: SageMaker refuses one without an object.

    It is read where it lies: what is erased there trains no more, and no copy needs to be looked for.
    """
    prefix = corrections_prefix(job.classifier)
    found = boto3.client("s3").list_objects_v2(Bucket=job.bucket, Prefix=prefix, MaxKeys=1)
    return {CORRECTIONS: s3_uri(job.bucket, prefix)} if found["KeyCount"] else {}
