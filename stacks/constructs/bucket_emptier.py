"""CDK's own function that empties a bucket before it is deleted, held to what it needs."""

from __future__ import annotations

from typing import cast

from aws_cdk import CfnResource, Stack

from stacks.constructs.log_group import ProcessLogGroup
from stacks.settings import Settings

PROVIDER = "Custom::S3AutoDeleteObjectsCustomResourceProvider"  # CDK's id for it, one in a stack


def confine_bucket_emptier(stack: Stack, *, settings: Settings) -> None:
    """Give the function a log group that goes with the stack, and leave its role no right but to write there.

    What it may do with the buckets stands in their own policies. CDK's role for it has AWS's managed policy on all logs,
    and its log group would outlive the stack. Nothing is done in a stack without such a function.
    """
    provider = stack.node.try_find_child(PROVIDER)
    if provider is None:
        return
    log_group = ProcessLogGroup(stack, "EmptierLogs", settings=settings)
    function = cast(CfnResource, provider.node.find_child("Handler"))
    function.add_property_override("LoggingConfig", {"LogGroup": log_group.log_group_name})
    role = cast(CfnResource, provider.node.find_child("Role"))
    role.add_property_deletion_override("ManagedPolicyArns")
    statement = {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": log_group.log_group_arn}
    policy = {"PolicyName": "WriteLogs", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
    role.add_property_override("Policies", [policy])
