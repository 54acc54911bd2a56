"""The SageMaker jobs of a training: one with the kit's own engine; with BlazingText three, each started when the one before has ended.

NAME-prepare   our image reads the channels and leaves BlazingText's lines among the inputs of NAME
NAME-blazing   BlazingText trains on them, and leaves its model there, too
NAME           our image judges that model, or trains its own as well, and leaves the artifact
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import boto3
from botocore.exceptions import ClientError

from contract import blazingtext
from contract.container_environments import TrainingEnvironment
from contract.deployment import TrainingStep, TrainingSurroundings, training_step_name
from contract.errors import PlatformError
from contract.function_environments import StartTrainingEnvironment
from contract.layout import MODELS_PREFIX, checkpoints_key, evaluation_key, s3_uri
from contract.records import Job
from contract.tags import stage_tags
from contract.training_request import TrainingMachine, TrainingRequest
from contract.training_work import lines_key, output_key, prepared_key, training_work_prefix

FINAL_REFUSALS = {
    "ResourceLimitExceeded": "The account may run no more {instance} for training now. Wait until the running trainings end, or ask AWS for"
    " a higher quota (Service Quotas, Amazon SageMaker).",
    "ValidationException": "SageMaker does not accept the training job. Please report this.",
}

Strings = Mapping[str, str]


class TrainingJobs:
    """Starts the jobs of one training. Each may be started again: what exists is left alone."""

    def __init__(self, job: Job, name: str, environment: StartTrainingEnvironment) -> None:
        self._job, self._name, self._environment = job, name, environment

    def train(self, channels: Strings, hyperparameters: Strings) -> str:
        """The job that leaves the model; returns its name."""
        return self._create(self._of_kit(channels, hyperparameters))

    def prepare(self, channels: Strings, hyperparameters: Strings) -> str:
        """The first of three; returns its name."""
        first = self._of_kit(channels, hyperparameters, prepared_uri=self._models(prepared_key(self._name)))
        name = training_step_name(self._name, TrainingStep.PREPARE)
        return self._create(replace(first, name=name, output_uri=self._work, checkpoints_uri=""))

    def train_blazingtext(self, prepared: blazingtext.Prepared, region: str) -> str:
        """The second of three; returns its name. Raises UserError where the region has no BlazingText."""
        last = self._of_kit({}, {})
        return self._create(
            replace(
                last,
                name=training_step_name(self._name, TrainingStep.BLAZINGTEXT),
                image=blazingtext.image_of(region),
                machine=replace(last.machine, max_wait_seconds=0),  # it keeps no checkpoints, and is done in minutes
                channels={channel: self._models(lines_key(self._name, channel)) for channel in (blazingtext.TRAIN, blazingtext.VALIDATION)},
                hyperparameters=prepared.hyperparameters,
                output_uri=self._work,
                checkpoints_uri="",
                environment={},
                content_type=blazingtext.LINES_TYPE,
                has_metrics=False,
            )
        )

    def blazingtext_channel(self) -> dict[str, str]:
        """The channel that brings BlazingText's model to the last of three."""
        made = output_key(self._name, training_step_name(self._name, TrainingStep.BLAZINGTEXT))
        return {blazingtext.CHANNEL: self._models(made)}

    @property
    def _work(self) -> str:
        return self._models(training_work_prefix(self._name)).rstrip("/")

    def _models(self, key: str) -> str:
        return s3_uri(self._environment.models_bucket, key)

    def _of_kit(self, channels: Strings, hyperparameters: Strings, prepared_uri: str = "") -> TrainingRequest:
        job, environment = self._job, self._environment
        inside = TrainingEnvironment(
            classifier=job.classifier,
            model_version=job.model_version,
            champion_version=job.champion_version,
            training_object=s3_uri(job.bucket, job.key),
            training_object_version=job.object_version,
            evaluation_uri=self._models(evaluation_key(self._name)),
            prepared_uri=prepared_uri,
            image_tag=environment.image_tag,
            commit=environment.commit,
            accelerator=environment.accelerator,
        )
        return TrainingRequest(
            name=self._name,
            image=environment.training_image,
            role_arn=environment.training_role_arn,
            machine=TrainingMachine(
                instance_type=environment.instance_type,
                volume_gib=environment.volume_gib,
                max_run_seconds=environment.max_run_seconds,
                max_wait_seconds=environment.max_wait_seconds if environment.is_spot else 0,
            ),
            surroundings=TrainingSurroundings.of(environment),
            channels=channels,
            hyperparameters=hyperparameters,
            output_uri=self._models(MODELS_PREFIX.rstrip("/")),
            tags=stage_tags(environment.stage, job.classifier),
            environment=inside.to_env(),
            checkpoints_uri=self._models(checkpoints_key(self._name)),
        )

    def _create(self, request: TrainingRequest) -> str:
        """Raises PlatformError for a refusal that another try would not change."""
        try:
            boto3.client("sagemaker").create_training_job(**request.to_api())
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in FINAL_REFUSALS:
                sentence = FINAL_REFUSALS[code].format(instance=self._environment.instance_type)
                raise PlatformError(f"'{self._job.key}' was not trained on. {sentence} ({error})") from error
            if code != "ResourceInUse":  # else an attempt before this one created it
                raise
        return request.name


def described_channels(description: Mapping[str, Any]) -> dict[str, str]:
    """The channels of a training job that DescribeTrainingJob tells of."""
    return {entry["ChannelName"]: entry["DataSource"]["S3DataSource"]["S3Uri"] for entry in description["InputDataConfig"]}
