"""start_training: a labelled file was dropped, or a job of a training ended on which another follows."""

from __future__ import annotations

import json
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_s3 as s3
from constructs import Construct

from contract.deployment import TrainingStep, TrainingSurroundings, run_time_name, training_step_name
from contract.events import OBJECT_CREATED, TRAINING_STATE_CHANGE
from contract.function_environments import StartTrainingEnvironment
from contract.layout import INPUTS_PREFIX, RESERVED_TRAIN_PREFIXES
from contract.ledger import BY_WAITING
from contract.training_work import prepared_key
from stacks.constructs.event_function import EventFunction
from stacks.constructs.event_rule import EventRule, HourlyRule
from stacks.constructs.network import Network
from stacks.constructs.stored_image import StoredImage
from stacks.constructs.training_role import TrainingRole
from stacks.grants import allow, allow_to_tag_what_is_made, grant_ledger_query, grant_object_list, grant_objects
from stacks.records import Records
from stacks.settings import Settings
from stacks.sources import ROOT


class StartTraining(EventFunction):
    """Keeps the exact bytes of the file and starts a training job on them, under the training role.

    `surroundings` is what `kit train` must know to start one in the same network and under the same key.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        settings: Settings,
        image: StoredImage,
        train_bucket: s3.IBucket,
        models_bucket: s3.IBucket,
        records: Records,
        training_role: TrainingRole,
        network: Network | None,
    ) -> None:
        surroundings = TrainingSurroundings(
            output_key_arn=training_role.output_key_arn,
            volume_key_arn=training_role.volume_key_arn,
            subnets=",".join(network.subnet_ids) if network else "",
            security_group=network.jobs.security_group_id if network else "",
        )
        self.surroundings = surroundings.to_json()
        super().__init__(
            scope,
            "StartTraining",
            source=ROOT / "lambda" / "start_training",
            settings=settings,
            environment=StartTrainingEnvironment(
                stage=settings.stage,
                ledger_table=records.ledger.table_name,
                models_bucket=models_bucket.bucket_name,
                topic_arn=records.topic.topic_arn,
                training_role_arn=training_role.role_arn,
                training_image=image.uri,
                image_tag=image.tag,
                commit=image.commit,
                instance_type=settings.training_instance_type,
                accelerator=settings.accelerator,
                volume_gib=settings.training_volume_gib,
                is_spot=settings.is_training_spot,
                max_run_seconds=60 * settings.training_max_run_minutes,
                max_wait_seconds=60 * settings.training_max_wait_minutes,
                usd_per_hour=settings.training_usd_per_hour,
                usd_per_hour_on_demand=settings.training_usd_per_hour_on_demand,
                hyperparameters=json.dumps(settings.training_strings, sort_keys=True),
                **vars(surroundings),
            ),
        )
        grant_objects(self.role, train_bucket, "s3:GetObject", "s3:GetObjectVersion")
        grant_object_list(self.role, train_bucket)
        grant_objects(self.role, models_bucket, "s3:PutObject", keys=f"{INPUTS_PREFIX}*")
        grant_objects(self.role, models_bucket, "s3:GetObject", keys=prepared_key("*"))
        jobs = Stack.of(self).format_arn(service="sagemaker", resource="training-job", resource_name=run_time_name(settings.stage, "*"))
        allow(self.role, "sagemaker:CreateTrainingJob", on=[jobs], when=_bounds(training_role, network))
        allow(self.role, "sagemaker:DescribeTrainingJob", on=[jobs])
        allow_to_tag_what_is_made(self.role, settings.stage, on=[jobs])
        to_sagemaker = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
        allow(self.role, "iam:PassRole", on=[training_role.role_arn], when=to_sagemaker)
        records.grant(self.role, "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem")
        grant_ledger_query(self.role, records.ledger, BY_WAITING)
        HourlyRule(self, "Hourly", wakes=self)
        EventRule(
            self,
            "StepEnded",
            source="aws.sagemaker",
            kind=TRAINING_STATE_CHANGE,
            detail={
                "TrainingJobName": [{"wildcard": training_step_name(run_time_name(settings.stage, "*"), step)} for step in TrainingStep],
                "TrainingJobStatus": ["Completed"],
            },
            wakes=self,
        )
        EventRule(
            self,
            "FileDropped",
            source="aws.s3",
            kind=OBJECT_CREATED,
            detail={
                "bucket": {"name": [train_bucket.bucket_name]},
                "object": {"key": events.Match.anything_but_prefix(*RESERVED_TRAIN_PREFIXES)},
            },
            wakes=self,
        )


def _bounds(role: TrainingRole, network: Network | None) -> dict[str, dict[str, Any]]:
    """The conditions under which trainings may be started: with the settings' key, in the settings' network."""
    bounds: dict[str, dict[str, Any]] = {}
    keys = {"sagemaker:OutputKmsKey": role.output_key_arn, "sagemaker:VolumeKmsKey": role.volume_key_arn}
    if any(keys.values()):
        bounds["ArnEquals"] = {name: arn for name, arn in keys.items() if arn}
    return bounds | (network.required if network else {})
