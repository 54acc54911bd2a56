"""TrainingStack: a dropped labelled file becomes a model, and a better model becomes the current one."""

from __future__ import annotations

import json

from aws_cdk import Duration
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_events as events
from aws_cdk import aws_s3 as s3
from constructs import Construct

from contract.deployment import run_time_name
from contract.environment import PublishModelEnvironment, StartTrainingEnvironment
from contract.events import OBJECT_CREATED, SOURCE, TRAINING_STATE_CHANGE
from contract.layout import INPUTS_PREFIX, RESERVED_TRAIN_PREFIXES, evaluation_key
from stacks.constructs.event_function import EventFunction
from stacks.constructs.event_rule import EventRule
from stacks.constructs.image_repository import repository_name
from stacks.constructs.training_role import TrainingRole
from stacks.grants import allow, grant_object_list, grant_objects
from stacks.images import Image
from stacks.kit_stack import KitStack
from stacks.prices import usd_per_hour
from stacks.records import Records
from stacks.settings import Settings
from stacks.sources import ROOT

LAMBDA_TIMEOUT = Duration.seconds(90)  # shorter than contract.ledger.LEASE_SECONDS


class TrainingStack(KitStack):
    """Train bucket → start_training → SageMaker training job → publish_model → event ModelPublished."""

    def __init__(
        self,
        scope: Construct,
        *,
        settings: Settings,
        image: Image,
        train_bucket: s3.IBucket,
        models_bucket: s3.IBucket,
        records: Records,
    ) -> None:
        super().__init__(scope, "training", settings=settings, description="training jobs and the gate")
        repository = ecr.Repository.from_repository_name(self, "Repository", repository_name(settings.stage))
        role = TrainingRole(self, "TrainingRole", models_bucket=models_bucket, repository=repository, settings=settings)
        volume_key = None if settings.is_gpu else records.key  # the disks of GPU instances are local and encrypted by their own hardware
        if volume_key:
            role.grant_volume_key(volume_key)
        price = usd_per_hour(settings.training_instance_type, is_spot=settings.is_training_spot)
        jobs = self.format_arn(service="sagemaker", resource="training-job", resource_name=run_time_name(settings.stage, "*"))

        start_training = EventFunction(
            self,
            "StartTraining",
            source=ROOT / "lambda" / "start_training",
            timeout=LAMBDA_TIMEOUT,
            settings=settings,
            environment=StartTrainingEnvironment(
                stage=settings.stage,
                ledger_table=records.ledger.table_name,
                models_bucket=models_bucket.bucket_name,
                topic_arn=records.topic.topic_arn,
                training_role_arn=role.role_arn,
                training_image=repository.repository_uri_for_tag(image.tag),
                image_tag=image.tag,
                commit=image.commit,
                instance_type=settings.training_instance_type,
                accelerator=settings.accelerator,
                volume_gib=settings.training_volume_gib,
                is_spot=settings.is_training_spot,
                max_run_seconds=60 * settings.training_max_run_minutes,
                max_wait_seconds=60 * settings.training_max_wait_minutes,
                usd_per_hour=price,
                text_column=settings.text_column,
                label_column=settings.label_column,
                hyperparameters=json.dumps(settings.hyperparameter_strings, sort_keys=True),
                kms_key_arn=volume_key.key_arn if volume_key else "",
            ),
        )
        grant_objects(start_training.role, train_bucket, "s3:GetObject", "s3:GetObjectVersion")
        grant_object_list(start_training.role, train_bucket)
        grant_objects(start_training.role, models_bucket, "s3:PutObject", keys=f"{INPUTS_PREFIX}*")
        allow(start_training.role, "sagemaker:CreateTrainingJob", "sagemaker:AddTags", "sagemaker:DescribeTrainingJob", on=[jobs])
        to_sagemaker = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
        allow(start_training.role, "iam:PassRole", on=[role.role_arn], when=to_sagemaker)
        records.grant(start_training.role, "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem")
        EventRule(
            self,
            "TrainingFileDropped",
            source="aws.s3",
            kind=OBJECT_CREATED,
            detail={
                "bucket": {"name": [train_bucket.bucket_name]},
                "object": {"key": events.Match.anything_but_prefix(*RESERVED_TRAIN_PREFIXES)},
            },
            wakes=start_training,
        )

        publish_model = EventFunction(
            self,
            "PublishModel",
            source=ROOT / "lambda" / "publish_model",
            timeout=LAMBDA_TIMEOUT,
            settings=settings,
            environment=PublishModelEnvironment(
                stage=settings.stage,
                ledger_table=records.ledger.table_name,
                models_bucket=models_bucket.bucket_name,
                topic_arn=records.topic.topic_arn,
                usd_per_hour=price,
            ),
        )
        allow(publish_model.role, "sagemaker:DescribeTrainingJob", on=[jobs])
        grant_objects(publish_model.role, models_bucket, "s3:GetObject", keys=evaluation_key("*"))
        grant_object_list(publish_model.role, models_bucket)
        records.grant(publish_model.role, "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem")
        default_bus = self.format_arn(service="events", resource="event-bus", resource_name="default")
        allow(publish_model.role, "events:PutEvents", on=[default_bus], when={"StringEquals": {"events:source": SOURCE}})
        EventRule(
            self,
            "TrainingEnded",
            source="aws.sagemaker",
            kind=TRAINING_STATE_CHANGE,
            detail={
                "TrainingJobName": events.Match.prefix(run_time_name(settings.stage, "")),
                "TrainingJobStatus": ["Completed", "Failed", "Stopped"],
            },
            wakes=publish_model,
        )

        self.put_out(
            training_role_arn=role.role_arn,
            training_image=repository.repository_uri_for_tag(image.tag),
            training_instance_type=settings.training_instance_type,
            training_usd_per_hour=str(price),
        )
