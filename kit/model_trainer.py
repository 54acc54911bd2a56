"""One training job through the SageMaker SDK's ModelTrainer, on the deployment's role and image."""

from __future__ import annotations

import logging
import os
import time
from dataclasses import dataclass
from typing import Any

from contract.container_environments import TrainingEnvironment
from contract.deployment import TrainingSurroundings
from contract.errors import KitError, PlatformError, UserError
from contract.layout import MODELS_PREFIX, checkpoints_key, evaluation_key, input_key, s3_uri
from contract.metrics import metric_definitions
from contract.records import Current
from contract.tags import stage_tags
from contract.training_failures import said_by_container
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
        trainer = _trainer(target, run)
    trainer.train(input_data_config=_channels(run), wait=False, logs=False)
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
    """The training container's environment, as start_training sets it; without a version, for no ledger knows the model."""
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
    return {name: value for name, value in environment.to_env().items() if value}


def _trainer(target: Target, run: Run) -> Any:
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

    deployment, machine = target.deployment, run.machine
    models = deployment.models_bucket
    tags = stage_tags(target.stage, run.classifier)
    surroundings = TrainingSurroundings.from_json(deployment.training_surroundings)
    is_usual_machine = machine.instance_type in ("", deployment.training_instance_type)
    subnets, groups = surroundings.subnets.split(","), [surroundings.security_group]
    longest_wait = {"max_wait_time_in_seconds": 2 * machine.max_run_seconds} if machine.is_spot else {}
    trainer = ModelTrainer(
        sagemaker_session=Session(boto_session=target.session, default_bucket=models, sagemaker_config=SDK_SETTINGS),
        role=deployment.training_role_arn,
        base_job_name=run.name,
        training_image=deployment.training_image,
        compute=Compute(
            instance_type=machine.instance_type or deployment.training_instance_type,
            instance_count=1,
            volume_size_in_gb=machine.volume_gib,
            enable_managed_spot_training=machine.is_spot,
            # of another machine nobody knows whether its disk is a local one, for which SageMaker refuses a key
            volume_kms_key_id=(surroundings.volume_key_arn if is_usual_machine else "") or None,
        ),
        networking=Networking(subnets=subnets, security_group_ids=groups) if surroundings.subnets else None,
        stopping_condition=StoppingCondition(max_runtime_in_seconds=machine.max_run_seconds, **longest_wait),
        output_data_config=OutputDataConfig(
            s3_output_path=s3_uri(models, MODELS_PREFIX.rstrip("/")), kms_key_id=surroundings.output_key_arn or None
        ),
        checkpoint_config=CheckpointConfig(s3_uri=s3_uri(models, checkpoints_key(run.name))),
        environment=environment_of(target, run),
        hyperparameters=run.hyperparameters,
        tags=[Tag(key=key, value=value) for key, value in tags.items()],
    )
    return trainer.with_metric_definitions([MetricDefinition(name=entry["Name"], regex=entry["Regex"]) for entry in metric_definitions()])


def _channels(run: Run) -> list[Any]:
    from sagemaker.core.training.configs import InputData  # noqa: PLC0415  # slow

    return [InputData(channel_name=channel, data_source=uri) for channel, uri in run.uris.items()]
