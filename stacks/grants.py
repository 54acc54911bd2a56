"""Permissions by exact action: what a process calls and nothing else.

CDK's ready `grant_*` methods give whole families of actions; these functions give those that are named.
Every resource with a wildcard has its reason in `stacks/acknowledged.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from constructs import Construct

from contract.deployment import run_time_name
from contract.hosting import alarm_name
from contract.scaling import DIMENSION, NAMESPACE
from contract.tags import CLASSIFIER_TAG, PRODUCT_TAG, STAGE_TAG, stage_tags

PULL_ACTIONS = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
OF_SAGEMAKER = {
    "StringEquals": {
        "application-autoscaling:service-namespace": NAMESPACE,
        "application-autoscaling:scalable-dimension": DIMENSION,
    }
}


def service_of_account(scope: Construct, name: str) -> iam.ServicePrincipal:
    """A service of AWS as far as it works for this account: it cannot be talked into it by another one that knows the role's name."""
    return iam.ServicePrincipal(name, conditions={"StringEquals": {"aws:SourceAccount": Stack.of(scope).account}})


def allow(
    grantee: iam.IGrantable, *actions: str, on: Sequence[str], when: dict[str, dict[str, Any]] | None = None, sid: str | None = None
) -> None:
    """Allow actions on resources, optionally only under conditions."""
    grantee.grant_principal.add_to_principal_policy(
        iam.PolicyStatement(sid=sid, actions=list(actions), resources=list(on), conditions=when)
    )


def of_stage(stage: str) -> dict[str, dict[str, Any]]:
    """The condition that a resource has the stage's tags."""
    return {"StringEquals": {f"aws:ResourceTag/{name}": value for name, value in stage_tags(stage).items()}}


def with_tags_of_stage(stage: str) -> dict[str, dict[str, Any]]:
    """The condition that tags which are put on something are the stage's and no others: by them other conditions know what is its."""
    return {
        "StringEquals": {f"aws:RequestTag/{name}": value for name, value in stage_tags(stage).items()},
        "ForAllValues:StringEquals": {"aws:TagKeys": [PRODUCT_TAG, STAGE_TAG, CLASSIFIER_TAG]},
    }


def allow_to_tag_what_is_made(grantee: iam.IGrantable, stage: str, *, on: Sequence[str]) -> None:
    """Allow to give the stage's tags to what SageMaker is just making, and to nothing that is there already."""
    allow(grantee, "sagemaker:AddTags", on=on, when={**with_tags_of_stage(stage), "Null": {"sagemaker:TaggingAction": "false"}})


def alarms_of_endpoints(scope: Construct, stage: str) -> str:
    """The ARN of the alarms at which moves of endpoints are taken back."""
    return _arn_of_alarms(scope, alarm_name(run_time_name(stage, "*")))


def allow_to_stop_scaling(grantee: iam.IGrantable, scope: Construct, stage: str, *, has_instances: bool) -> None:
    """Allow what leaves endpoints as they are before they change or go: no scaling any more, no alarm."""
    allow(grantee, "application-autoscaling:DeregisterScalableTarget", on=[scalable_targets(scope)], when=OF_SAGEMAKER)
    allow(grantee, "cloudwatch:DeleteAlarms", on=[alarms_of_endpoints(scope, stage)])
    if has_instances:
        allow(grantee, "cloudwatch:DeleteAlarms", on=[alarms_of_scaling(scope, stage)])


def alarms_of_scaling(scope: Construct, stage: str) -> str:
    """The ARN of the alarms that Application Auto Scaling makes for endpoints."""
    return _arn_of_alarms(scope, f"TargetTracking-endpoint/{run_time_name(stage, '*')}")


def scalable_targets(scope: Construct) -> str:
    """The ARN of all that scales; to be held by `OF_SAGEMAKER`."""
    return Stack.of(scope).format_arn(service="application-autoscaling", resource="scalable-target", resource_name="*")


def _arn_of_alarms(scope: Construct, name: str) -> str:
    return Stack.of(scope).format_arn(service="cloudwatch", resource="alarm", resource_name=name, arn_format=ArnFormat.COLON_RESOURCE_NAME)


def grant_objects(grantee: iam.IGrantable, bucket: s3.IBucket, *actions: str, keys: str = "*") -> None:
    """Allow actions on the objects of a bucket whose keys match the pattern."""
    allow(grantee, *actions, on=[bucket.arn_for_objects(keys)])
    is_written = "s3:PutObject" in actions
    _grant_key(grantee, bucket.encryption_key, *(("kms:Decrypt", "kms:GenerateDataKey") if is_written else ("kms:Decrypt",)))


def grant_object_list(grantee: iam.IGrantable, bucket: s3.IBucket) -> None:
    """Allow to list a bucket: also what makes S3 answer "not found" instead of "forbidden" for a missing object."""
    allow(grantee, "s3:ListBucket", on=[bucket.bucket_arn])


def grant_ledger(grantee: iam.IGrantable, table: dynamodb.ITable, *actions: str) -> None:
    """Allow actions on the ledger's items."""
    allow(grantee, *actions, on=[table.table_arn])
    _grant_key(grantee, table.encryption_key, "kms:Decrypt")


def grant_ledger_query(grantee: iam.IGrantable, table: dynamodb.ITable, index: str) -> None:
    """Allow to look through one index of the ledger."""
    allow(grantee, "dynamodb:Query", on=[f"{table.table_arn}/index/{index}"])


def grant_notification(grantee: iam.IGrantable, topic: sns.ITopic, key: kms.IKey | None) -> None:
    """Allow to publish to the topic; `key` is the customer key under which its messages lie."""
    allow(grantee, "sns:Publish", on=[topic.topic_arn])
    _grant_key(grantee, key, "kms:Decrypt", "kms:GenerateDataKey")


def grant_image_pull(grantee: iam.IGrantable, repository: ecr.IRepository) -> None:
    """Allow to pull images."""
    allow(grantee, *PULL_ACTIONS, on=[repository.repository_arn])
    allow(grantee, "ecr:GetAuthorizationToken", on=["*"])


def grant_log_writing(grantee: iam.IGrantable, log_group: logs.ILogGroup) -> None:
    """Allow to write to streams of a log group that exists."""
    allow(grantee, "logs:CreateLogStream", "logs:PutLogEvents", on=[log_group.log_group_arn])


def _grant_key(grantee: iam.IGrantable, key: kms.IKey | None, *actions: str) -> None:
    if key is not None:
        allow(grantee, *actions, on=[key.key_arn])
