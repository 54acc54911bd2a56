"""The role under which SageMaker serves models."""

from __future__ import annotations

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from contract.deployment import ENDPOINT_LOGS, run_time_name
from contract.layout import MODELS_PREFIX
from stacks.constructs.network import NETWORK_ACTIONS, Network
from stacks.constructs.stored_image import StoredImage
from stacks.grants import alarms_of_endpoints, allow, grant_image_pull, grant_objects, service_of_account
from stacks.settings import Settings

METRICS = "/aws/sagemaker/Endpoints"


class ServingRole(iam.Role):
    """Reads models, pulls the image, writes its log."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        models_bucket: s3.IBucket,
        image: StoredImage,
        network: Network | None,
        settings: Settings,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            description=f"Text Classification Kit, {settings.stage}: endpoints",
            assumed_by=service_of_account(scope, "sagemaker.amazonaws.com"),
        )
        grant_objects(self, models_bucket, "s3:GetObject", keys=f"{MODELS_PREFIX}*")
        grant_image_pull(self, image.repository)
        log_group = Stack.of(scope).format_arn(
            service="logs",
            resource="log-group",
            resource_name=f"{ENDPOINT_LOGS}{run_time_name(settings.stage, '*')}",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        allow(self, "logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents", on=[log_group])
        allow(self, "cloudwatch:PutMetricData", on=["*"], when={"StringEquals": {"cloudwatch:namespace": METRICS}})
        if settings.live_instance_type:
            allow(self, "cloudwatch:DescribeAlarms", on=[alarms_of_endpoints(scope, settings.stage)])
        if network:
            allow(self, *NETWORK_ACTIONS, on=["*"])
