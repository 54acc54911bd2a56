"""One training job through the SageMaker SDK's ModelTrainer, on the deployment's role and image."""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from contract.container_environments import TrainingEnvironment
from contract.deployment import TrainingSurroundings
from contract.errors import KitError, PlatformError, UserError
from contract.layout import MODELS_PREFIX, checkpoints_key, evaluation_key, input_key, s3_uri
from contract.records import Current
from contract.tags import stage_tags
from contract.training_failures import said_by_container
from contract.training_request import TrainingMachine, TrainingRequest
from contract.wording import duration
from kit import printing
from kit.deployment import Target

POLL_SECONDS = 2.0

# The SDK would report each call to its maker, and read settings of its own from this machine.
SDK_SETTINGS = {"SchemaVersion": "1.0", "SageMaker": {"PythonSDK": {"Modules": {"TelemetryOptOut": True}}}}


@dataclass(frozen=True)
class Machine:
    """What it runs on; an empty type is the deployment's."""

    instance_type: str
    volume_gib: int
    max_run_seconds: int
    is_spot: bool


@dataclass(frozen=True)
class Run:
    """One training by hand. Its inputs, checkpoints and evaluation lie under `name`; the job's own name continues it."""

    name: str
    classifier: str
    file_name: str  # of the rows to train on
    file_version: str
    uris: dict[str, str]  # channel to s3:// prefix or object
    champion: Current | None
    hyperparameters: dict[str, str]
    machine: Machine


def start(target: Target, run: Run) -> str:
    """Start it; returns the training job's name."""
    # The SDK's own check asks for rights that this role, which may do what a training does and no more, has not.
    os.environ.setdefault("SAGEMAKER_VALIDATE_ROLE", "false")
    logging.getLogger("sagemaker").setLevel(logging.WARNING)  # it tells about each of its steps
    with printing.waiting("Loading the SageMaker SDK"):
        request = request_of(target, run).to_api()
        trainer = _trainer(target, request)
    trainer.train(input_data_config=_channels(request), wait=False, logs=False)
    return str(trainer._latest_training_job.training_job_name)


def wait(sagemaker: Any, job_name: str) -> dict[str, Any]:
    """The training job's description once it is completed. Raises the error of a job that failed.

    The SDK's own wait asks with the default session, not with the one that started the job.
    """
    started = time.monotonic()
    with printing.waiting(f"{job_name} starts") as say:
        while True:
            description: dict[str, Any] = sagemaker.describe_training_job(TrainingJobName=job_name)
            state = description["TrainingJobStatus"]
            if state == "Completed":
                return description
            if state in ("Failed", "Stopped"):
                raise _why(description)
            secondary = description.get("SecondaryStatus", state)
            say(f"{job_name}: {secondary} ({duration(time.monotonic() - started)})")
            time.sleep(POLL_SECONDS)


def _why(description: dict[str, Any]) -> KitError:
    if description["TrainingJobStatus"] == "Stopped":
        return PlatformError(f"The training was stopped ({description.get('SecondaryStatus', 'Stopped')}).")
    reason = description.get("FailureReason", "no reason given")
    said = said_by_container(reason)
    if said and said.exit_status == UserError.exit_status:
        return UserError(said.sentence)
    return PlatformError(f"The training failed: {said.sentence if said else reason}")


def environment_of(target: Target, run: Run) -> dict[str, str]:
    """The training container's environment; without a version, for no ledger knows the model."""
    models, tag = target.deployment.models_bucket, target.deployment.training_image.rsplit(":", 1)[-1]
    environment = TrainingEnvironment(
        classifier=run.classifier,
        champion_version=run.champion.version if run.champion else 0,
        training_object=s3_uri(models, input_key(run.name, "training", run.file_name)),
        training_object_version=run.file_version,
        evaluation_uri=s3_uri(models, evaluation_key(run.name)),
        image_tag=tag,
        commit=target.deployment.commit,
        accelerator=tag.partition("-")[0],
    )
    return environment.to_env()


def request_of(target: Target, run: Run) -> TrainingRequest:
    """The training job as a dropped file would get it, on the machine that was asked for."""
    deployment, machine = target.deployment, run.machine
    models = deployment.models_bucket
    surroundings = TrainingSurroundings.from_json(deployment.training_surroundings)
    if machine.instance_type not in ("", deployment.training_instance_type):
        # of another machine nobody knows whether its disk is a local one, for which SageMaker refuses a key
        surroundings = replace(surroundings, volume_key_arn="")
    return TrainingRequest(
        name=run.name,
        image=deployment.training_image,
        role_arn=deployment.training_role_arn,
        machine=TrainingMachine(
            instance_type=machine.instance_type or deployment.training_instance_type,
            volume_gib=machine.volume_gib,
            max_run_seconds=machine.max_run_seconds,
            max_wait_seconds=2 * machine.max_run_seconds if machine.is_spot else 0,
        ),
        surroundings=surroundings,
        channels=run.uris,
        hyperparameters=run.hyperparameters,
        output_uri=s3_uri(models, MODELS_PREFIX.rstrip("/")),
        tags=stage_tags(target.stage, run.classifier),
        environment=environment_of(target, run),
        checkpoints_uri=s3_uri(models, checkpoints_key(run.name)),
    )


def _trainer(target: Target, request: dict[str, Any]) -> Any:
    """The request in the SDK's own shapes, whose fields are the API's in other letters."""
    from sagemaker.core.helper.session_helper import Session  # type: ignore[import-untyped]  # noqa: PLC0415  # slow, without types
    from sagemaker.core.shapes import CheckpointConfig, OutputDataConfig  # type: ignore[import-untyped]  # noqa: PLC0415  # as above
    from sagemaker.core.training.configs import (  # type: ignore[import-untyped]  # noqa: PLC0415  # as above
        Compute,
        MetricDefinition,
        Networking,
        StoppingCondition,
        Tag,
    )
    from sagemaker.train import ModelTrainer  # type: ignore[import-untyped]  # noqa: PLC0415  # as above

    bucket = target.deployment.models_bucket
    network = request.get("VpcConfig")
    specification = request["AlgorithmSpecification"]
    trainer = ModelTrainer(
        sagemaker_session=Session(boto_session=target.session, default_bucket=bucket, sagemaker_config=SDK_SETTINGS),
        role=request["RoleArn"],
        base_job_name=request["TrainingJobName"],
        training_image=specification["TrainingImage"],
        compute=Compute(**_snake(request["ResourceConfig"]), enable_managed_spot_training=request["EnableManagedSpotTraining"]),
        networking=Networking(subnets=network["Subnets"], security_group_ids=network["SecurityGroupIds"]) if network else None,
        stopping_condition=StoppingCondition(**_snake(request["StoppingCondition"])),
        output_data_config=OutputDataConfig(**_snake(request["OutputDataConfig"])),
        checkpoint_config=CheckpointConfig(**_snake(request["CheckpointConfig"])),
        environment=request["Environment"],
        hyperparameters=request["HyperParameters"],
        tags=[Tag(**_snake(tag)) for tag in request["Tags"]],
    )
    return trainer.with_metric_definitions([MetricDefinition(**_snake(entry)) for entry in specification["MetricDefinitions"]])


def _snake(entries: Mapping[str, Any]) -> dict[str, Any]:
    """The API's names as the SDK writes them: `VolumeSizeInGB` is volume_size_in_gb."""
    return {re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower(): value for name, value in entries.items()}


def _channels(request: dict[str, Any]) -> list[Any]:
    from sagemaker.core.training.configs import InputData  # noqa: PLC0415  # slow

    return [
        InputData(channel_name=channel["ChannelName"], data_source=channel["DataSource"]["S3DataSource"]["S3Uri"])
        for channel in request["InputDataConfig"]
    ]
