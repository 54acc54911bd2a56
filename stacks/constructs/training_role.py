"""The role under which SageMaker runs training jobs."""

from __future__ import annotations

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from contract.blazingtext import REPOSITORY
from contract.deployment import TRAINING_LOGS, run_time_name
from contract.layout import CHECKPOINTS_PREFIX, CORRECTIONS_PREFIX, INPUTS_PREFIX, MODELS_PREFIX
from contract.training_work import training_work_prefix
from stacks.constructs.network import NETWORK_ACTIONS, Network
from stacks.constructs.stored_image import StoredImage
from stacks.grants import PULL_ACTIONS, allow, grant_image_pull, grant_object_list, grant_objects, service_of_account
from stacks.settings import Settings

METRICS = "/aws/sagemaker/TrainingJobs"  # the namespace of the metrics that SageMaker reads from the log


class TrainingRole(iam.Role):
    """Reads inputs, corrections, checkpoints and models, writes checkpoints and models, pulls the image, writes its log.

    `output_key_arn` is the customer key for the artifacts of training jobs, `volume_key_arn` that for their disks; empty
    when AWS's own key encrypts them.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        train_bucket: s3.IBucket,
        models_bucket: s3.IBucket,
        image: StoredImage,
        key: kms.IKey | None,
        network: Network | None,
        settings: Settings,
    ) -> None:
        stack = Stack.of(scope)
        super().__init__(
            scope,
            construct_id,
            description=f"Text Classification Kit, {settings.stage}: training jobs",
            assumed_by=service_of_account(scope, "sagemaker.amazonaws.com"),
        )
        for prefix in (INPUTS_PREFIX, MODELS_PREFIX, CHECKPOINTS_PREFIX):
            grant_objects(self, models_bucket, "s3:GetObject", keys=f"{prefix}*")
        for prefix in (MODELS_PREFIX, CHECKPOINTS_PREFIX):
            grant_objects(self, models_bucket, "s3:PutObject", keys=f"{prefix}*")
        grant_objects(self, train_bucket, "s3:GetObject", keys=f"{CORRECTIONS_PREFIX}*")
        for bucket in (train_bucket, models_bucket):
            grant_object_list(self, bucket)
        # what a job leaves for the next one of the same training: BlazingText's lines, and its model
        grant_objects(self, models_bucket, "s3:PutObject", keys=f"{training_work_prefix('*')}*")
        grant_image_pull(self, image.repository)
        blazingtext = stack.format_arn(service="ecr", account="*", resource="repository", resource_name=REPOSITORY)
        allow(self, *PULL_ACTIONS, on=[blazingtext])
        log_group = stack.format_arn(
            service="logs", resource="log-group", resource_name=TRAINING_LOGS, arn_format=ArnFormat.COLON_RESOURCE_NAME
        )
        streams = f"{log_group}:log-stream:{run_time_name(settings.stage, '*')}"
        allow(self, "logs:CreateLogGroup", "logs:DescribeLogStreams", on=[f"{log_group}:*"])
        allow(self, "logs:CreateLogStream", "logs:PutLogEvents", on=[streams])
        allow(self, "cloudwatch:PutMetricData", on=["*"], when={"StringEquals": {"cloudwatch:namespace": METRICS}})
        if network:
            allow(self, *NETWORK_ACTIONS, on=["*"])
        # the disks of GPU instances are local and encrypted by their own hardware; SageMaker refuses a key for them
        volume_key = None if settings.is_gpu else key
        self.output_key_arn = key.key_arn if key else ""
        self.volume_key_arn = volume_key.key_arn if volume_key else ""
        if key:
            allow(self, "kms:Encrypt", on=[key.key_arn])
        if volume_key:
            allow(self, "kms:CreateGrant", on=[volume_key.key_arn], when={"Bool": {"kms:GrantIsForAWSResource": "true"}})
