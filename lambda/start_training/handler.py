"""A labelled file was dropped: keep its exact bytes and start a training job on them."""

from __future__ import annotations

import json
import logging
from typing import Any

import boto3
from botocore.exceptions import ClientError

from contract.container_environments import TrainingEnvironment
from contract.corrections import CHANNEL as CORRECTIONS
from contract.deployment import run_time_name
from contract.drops import check_training_name, check_training_size
from contract.errors import KitError, PlatformError, UserError
from contract.estimate import Estimate
from contract.events import ObjectCreated
from contract.function_environments import StartTrainingEnvironment
from contract.hyperparameters import METADATA_KEY, Hyperparameters, overlay
from contract.layout import (
    MODELS_PREFIX,
    Drop,
    checkpoints_key,
    corrections_prefix,
    evaluation_key,
    input_key,
    parse_drop,
    s3_uri,
)
from contract.ledger import Ledger
from contract.metrics import metric_definitions
from contract.notices import Notices
from contract.records import Job, JobKind, JobStatus
from contract.review_ledger import ReviewLedger
from contract.tags import stage_tags

MAX_VARIABLE_CHARS = 512  # of a training job's environment variable, which carries the object's address
FINAL_REFUSALS = {
    "ResourceLimitExceeded": "The account may run no more {instance} for training now. Wait until the running trainings end, or ask AWS for"
    " a higher quota (Service Quotas, Amazon SageMaker).",
    "ValidationException": "SageMaker does not accept the training job. Please report this.",
}

logging.getLogger().setLevel(logging.INFO)
log = logging.getLogger("start_training")


def handle(event: dict[str, Any], context: object) -> None:
    """Parse the event, start the training, tell the owner when that cannot be."""
    environment = StartTrainingEnvironment.from_env()
    dropped = ObjectCreated.from_event(event)
    if dropped.key.endswith("/") and not dropped.size:
        return  # the console's way of making a folder
    ledger = Ledger(boto3.resource("dynamodb").Table(environment.ledger_table))
    notices = Notices(environment.stage, ledger, boto3.client("sns"), environment.topic_arn)
    arrived = Job.of_drop(JobKind.TRAIN, dropped)
    job = ledger.claim(arrived)
    if job is None:
        log.info("the job of this object version was started before")
    else:
        _try_to_start(job, environment, ledger, notices)
    _tell(ledger.job(arrived.job_id), environment, notices)


def _try_to_start(job: Job, environment: StartTrainingEnvironment, ledger: Ledger, notices: Notices) -> None:
    """Turn what goes wrong into the job's state. Raises what a second try may mend."""
    try:
        _start(job, parse_drop(job.key), environment, ledger)
    except KitError as error:
        log.warning("%s: %s", job.job_id, error)
        notices.end(job, JobStatus.REFUSED if isinstance(error, UserError) else JobStatus.FAILED, message=str(error))
    except Exception as error:
        ledger.release(job, error)
        raise


def _tell(job: Job, environment: StartTrainingEnvironment, notices: Notices) -> None:
    """Tell that the file was received, or how its job ended; nothing that was told before."""
    estimate = Estimate.of(job, most_seconds=environment.max_run_seconds, usd_per_hour=environment.usd_per_hour)
    notices.receive(job, estimate.sentence())
    notices.announce(job)


def _start(job: Job, drop: Drop, environment: StartTrainingEnvironment, ledger: Ledger) -> None:
    name = run_time_name(environment.stage, job.run_id)
    _check_file(job, drop)
    hyperparameters = _keep_input(job, drop, name, environment)
    if not job.model_version:  # a second attempt keeps the number and the champion of the first
        current = ledger.current(job.classifier)
        numbers = {"model_version": ledger.next_version(job.classifier), "champion_version": current.version if current else 0}
        job = ledger.note(job, **numbers)
    channels = {
        "training": s3_uri(environment.models_bucket, input_key(name, "training", "")),
        **_champion(job, ledger),
        **_corrections(job),
    }
    _create_training_job(name, job, channels, hyperparameters, environment)
    ReviewLedger(boto3.resource("dynamodb").Table(environment.ledger_table)).begin_training(job.classifier)
    ledger.move(job, JobStatus.RUNNING, platform_id=name, message=f"Training model v{job.model_version}.")
    log.info("started training job %s", name)


def _check_file(job: Job, drop: Drop) -> None:
    check_training_name(drop)
    check_training_size(job.key, job.size)
    if (length := len(s3_uri(job.bucket, job.key))) > MAX_VARIABLE_CHARS:
        raise UserError(
            f"The name '{job.key}' is too long: its address has {length} characters, and {MAX_VARIABLE_CHARS} are allowed."
            " Use a shorter file name or fewer folders."
        )


def _keep_input(job: Job, drop: Drop, name: str, environment: StartTrainingEnvironment) -> dict[str, str]:
    """Copy the exact object version to where the training reads it; returns the file's hyperparameters."""
    s3 = boto3.client("s3")
    try:
        s3.head_object(Bucket=job.bucket, Key=job.key)  # a deleted object still has its versions
        version = {"Bucket": job.bucket, "Key": job.key, "VersionId": job.object_version}
        metadata = s3.head_object(**version)["Metadata"]
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
    return _hyperparameters(job.key, metadata.get(METADATA_KEY, "{}"), environment)


def _hyperparameters(key: str, given: str, environment: StartTrainingEnvironment) -> dict[str, str]:
    """Settings first, then what came with the file; checked here, so that a mistake costs no training."""
    settings = _parse_object(environment.hyperparameters, "in the settings")
    strings = overlay(settings, _parse_object(given, f"that came with '{key}'"))
    parsed, warnings = Hyperparameters.from_strings({name: str(value) for name, value in strings.items()})
    for warning in warnings:
        log.warning(warning)
    return parsed.to_strings()


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


def _create_training_job(
    name: str, job: Job, channels: dict[str, str], hyperparameters: dict[str, str], environment: StartTrainingEnvironment
) -> None:
    models = environment.models_bucket
    output = {"S3OutputPath": s3_uri(models, MODELS_PREFIX.rstrip("/"))}
    resources: dict[str, Any] = {
        "InstanceType": environment.instance_type,
        "InstanceCount": 1,
        "VolumeSizeInGB": environment.volume_gib,
    }
    if environment.output_key_arn:
        output["KmsKeyId"] = environment.output_key_arn
    if environment.volume_key_arn:
        resources["VolumeKmsKeyId"] = environment.volume_key_arn
    network: dict[str, Any] = {}
    if environment.subnets:
        network["VpcConfig"] = {"Subnets": environment.subnets.split(","), "SecurityGroupIds": [environment.security_group]}
    stopping = {"MaxRuntimeInSeconds": environment.max_run_seconds}
    if environment.is_spot:
        stopping["MaxWaitTimeInSeconds"] = environment.max_wait_seconds
    inside = TrainingEnvironment(
        classifier=job.classifier,
        model_version=job.model_version,
        champion_version=job.champion_version,
        training_object=s3_uri(job.bucket, job.key),
        training_object_version=job.object_version,
        evaluation_uri=s3_uri(models, evaluation_key(name)),
        image_tag=environment.image_tag,
        commit=environment.commit,
        accelerator=environment.accelerator,
    )
    tags = stage_tags(environment.stage, job.classifier)
    try:
        boto3.client("sagemaker").create_training_job(
            TrainingJobName=name,
            RoleArn=environment.training_role_arn,
            AlgorithmSpecification={
                "TrainingImage": environment.training_image,
                "TrainingInputMode": "File",
                "MetricDefinitions": metric_definitions(),
            },
            HyperParameters=hyperparameters,
            InputDataConfig=[
                {"ChannelName": channel, "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}}}
                for channel, uri in channels.items()
            ],
            OutputDataConfig=output,
            ResourceConfig=resources,
            StoppingCondition=stopping,
            EnableManagedSpotTraining=environment.is_spot,
            CheckpointConfig={"S3Uri": s3_uri(models, checkpoints_key(name))},
            Environment={variable: value for variable, value in inside.to_env().items() if value},
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
            **network,
        )
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "ResourceInUse":
            return  # an attempt before this one created it
        if code in FINAL_REFUSALS:
            sentence = FINAL_REFUSALS[code].format(instance=environment.instance_type)
            raise PlatformError(f"'{job.key}' was not trained on. {sentence} ({error})") from error
        raise
