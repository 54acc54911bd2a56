"""One training job through the SageMaker SDK's ModelTrainer, on the deployment's role and image."""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Mapping
from typing import Any

from contract.errors import KitError, PlatformError, UserError
from contract.training_failures import said_by_container
from contract.wording import duration
from kit import printing
from kit.deployment import Target
from kit.training_by_hand import Run, request_of

POLL_SECONDS = 2.0

# The SDK would report each call to its maker, and read settings of its own from this machine.
SDK_SETTINGS = {"SchemaVersion": "1.0", "SageMaker": {"PythonSDK": {"Modules": {"TelemetryOptOut": True}}}}


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
