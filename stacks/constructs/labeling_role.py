"""The role under which SageMaker Ground Truth runs labelling jobs."""

from __future__ import annotations

from aws_cdk import ArnFormat, Aws, CfnMapping, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from contract.deployment import run_time_name
from contract.ground_truth import ACCOUNTS, CONSOLIDATION, LOGS, PRE_ANNOTATION
from contract.layout import LABELLING_PREFIX
from stacks.grants import allow, grant_object_list, grant_objects, service_of_account
from stacks.settings import Settings

METRICS = "/aws/sagemaker/LabelingJobs"  # the namespace of the metrics that Ground Truth writes


class LabelingRole(iam.Role):
    """Reads what a labelling job is asked for, writes what came of it, calls AWS's two functions for texts, writes its log.

    https://docs.aws.amazon.com/sagemaker/latest/dg/sms-security-permission-execution-role.html
    """

    def __init__(self, scope: Construct, construct_id: str, *, train_bucket: s3.IBucket, settings: Settings) -> None:
        stack = Stack.of(scope)
        super().__init__(
            scope,
            construct_id,
            description=f"Text Classification Kit, {settings.stage}: labelling jobs of Ground Truth",
            assumed_by=service_of_account(scope, "sagemaker.amazonaws.com"),
        )
        grant_objects(self, train_bucket, "s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", keys=f"{LABELLING_PREFIX}*")
        grant_object_list(self, train_bucket)
        if train_bucket.encryption_key:  # which the job is told to encrypt with
            allow(self, "kms:Encrypt", on=[train_bucket.encryption_key.key_arn])
        allow(self, "s3:GetBucketLocation", on=[train_bucket.bucket_arn])
        accounts = CfnMapping(self, "Accounts", mapping={region: {"account": account} for region, account in ACCOUNTS.items()})
        account = accounts.find_in_map(Aws.REGION, "account")
        functions = (
            stack.format_arn(
                service="lambda", resource="function", resource_name=name, account=account, arn_format=ArnFormat.COLON_RESOURCE_NAME
            )
            for name in (PRE_ANNOTATION, CONSOLIDATION)
        )
        allow(self, "lambda:InvokeFunction", on=list(functions))
        log_group = stack.format_arn(service="logs", resource="log-group", resource_name=LOGS, arn_format=ArnFormat.COLON_RESOURCE_NAME)
        allow(self, "logs:CreateLogGroup", "logs:DescribeLogStreams", on=[f"{log_group}:*"])
        streams = f"{log_group}:log-stream:{run_time_name(settings.stage, '*')}"
        allow(self, "logs:CreateLogStream", "logs:PutLogEvents", on=[streams])
        allow(self, "cloudwatch:PutMetricData", on=["*"], when={"StringEquals": {"cloudwatch:namespace": METRICS}})
