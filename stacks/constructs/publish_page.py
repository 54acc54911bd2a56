"""publish_page: puts the page's files into its bucket when they or what they talk to have changed."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import CustomResource, Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from stacks.constructs.log_group import ProcessLogGroup
from stacks.constructs.page import Page
from stacks.grants import allow, grant_log_writing
from stacks.settings import Settings
from stacks.sources import ROOT, lambda_source, page_source

HANDLER = ROOT / "lambda" / "publish_page"
RESOURCE_TYPE = "Custom::PublishedPage"
TIMEOUT = Duration.minutes(2)  # for some dozen small files
ANSWER_TIMEOUT = Duration.minutes(10)  # then CloudFormation gives up, should there be no answer at all
MEMORY_MIB = 512  # half a megabyte of files; it also decides how much of a CPU there is


class PublishPage(Construct):
    """The files of `page/` with the addresses of what they talk to. Its `function` answers CloudFormation, also when the stack ends.

    The browser is let talk to the API, to the sign-in, and to `buckets`, which are given by their names.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        page: Page,
        api_url: str,
        client_id: str,
        buckets: Sequence[s3.IBucket],
    ) -> None:
        super().__init__(scope, construct_id)
        with page_source(usual_max_error=settings.promised_max_error_percent) as folder:
            asset = assets.Asset(self, "Files", path=str(folder))
        logs = ProcessLogGroup(self, "Logs", settings=settings)
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        grant_log_writing(role, logs)
        allow(role, "s3:GetObject", on=[asset.bucket.arn_for_objects(asset.s3_object_key)])
        allow(role, "s3:ListBucket", "s3:ListBucketVersions", on=[page.bucket.bucket_arn])
        allow(role, "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion", on=[page.bucket.arn_for_objects("*")])
        with lambda_source(HANDLER) as folder:
            self.function = lambda_.Function(
                self,
                "Function",
                description=f"{settings.stage}: publish page",
                runtime=lambda_.Runtime.PYTHON_3_14,
                code=lambda_.Code.from_asset(str(folder)),
                handler="handler.handle",
                role=role,
                memory_size=MEMORY_MIB,
                timeout=TIMEOUT,
                log_group=logs,
            )
        published = CustomResource(
            self,
            "Published",
            service_token=self.function.function_arn,
            resource_type=RESOURCE_TYPE,
            service_timeout=ANSWER_TIMEOUT,
            properties={
                "Bucket": page.bucket.bucket_name,
                "AssetBucket": asset.s3_bucket_name,
                "AssetKey": asset.s3_object_key,
                "Api": api_url,
                "ClientId": client_id,
                "Stage": settings.stage,
                "Buckets": [bucket.bucket_name for bucket in buckets],
            },
        )
        published.node.add_dependency(role, logs)  # both are still there when it is asked to delete
