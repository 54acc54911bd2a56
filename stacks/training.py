"""TrainingStack: a dropped labelled file becomes a model, and a better model becomes the current one."""

from __future__ import annotations

import json

from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks.constructs.network import sagemaker_network
from stacks.constructs.publish_model import PublishModel
from stacks.constructs.start_training import StartTraining
from stacks.constructs.stored_image import StoredImage
from stacks.constructs.tear_down import TearDown
from stacks.constructs.training_role import TrainingRole
from stacks.images import Image
from stacks.kit_stack import KitStack
from stacks.records import Records
from stacks.settings import Settings


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
        stored = StoredImage(self, "Image", image=image, settings=settings)
        network = sagemaker_network(self, settings, buckets=(train_bucket, models_bucket))
        role = TrainingRole(
            self,
            "TrainingRole",
            train_bucket=train_bucket,
            models_bucket=models_bucket,
            image=stored,
            key=records.key,
            network=network,
            settings=settings,
        )
        start = StartTraining(
            self,
            settings=settings,
            image=stored,
            train_bucket=train_bucket,
            models_bucket=models_bucket,
            records=records,
            training_role=role,
            network=network,
        )
        PublishModel(self, settings=settings, models_bucket=models_bucket, records=records)
        TearDown(self, settings=settings, has_trainings=True)
        self.put_out(
            training_role_arn=role.role_arn,
            training_image=stored.uri,
            training_instance_type=settings.training_instance_type,
            training_usd_per_hour=str(settings.training_usd_per_hour),
            training_usd_per_hour_on_demand=str(settings.training_usd_per_hour_on_demand),
            training_surroundings=start.surroundings,
            training_hyperparameters=json.dumps(settings.training_strings, sort_keys=True),
            commit=image.commit,
        )
