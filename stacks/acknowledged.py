"""What stays although a rule speaks against it, each with its reason. No other place acknowledges anything.

Two tables: findings of cdk-nag's AwsSolutions pack, and the resources with a wildcard in policies that allow something.
A wildcard of a role that does not stand here fails the synthesis; a test holds which actions it may carry, and holds the
policies of buckets to the one row for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from aws_cdk import Acknowledgment, App, Validations


class Acknowledged(NamedTuple):
    """A rule that does not count at or below a construct."""

    path: str
    rule: str
    reason: str


ACKNOWLEDGED = (
    Acknowledged(
        "Storage",
        "S1",
        "Who read which object is recorded by CloudTrail's data events, which an account switches on for all its buckets;"
        " access logs would be one more bucket with the names of people's files.",
    ),
    Acknowledged(
        "Registry/Builder/Project",
        "CB4",
        "The project writes no artifacts and no cache, so there is nothing that the key would encrypt.",
    ),
    Acknowledged(
        "Prediction/Network",
        "VPC7",
        "Nothing can come in, hosts live for minutes, and flow logs cost by the gigabyte;"
        " an account that wants them sets them up for all its VPCs.",
    ),
)


@dataclass(frozen=True)
class Wildcard:
    """Actions that may be allowed on resources that a pattern matches.

    In the pattern, `<Models.Arn>` is the ARN of a construct of StorageStack, `<stage>` the stage; an ARN is written
    without its partition, region and account.
    """

    resource: str
    actions: tuple[str, ...]
    reason: str


_NOT_SUPPORTED = "AWS supports no resource for this action."
_ANY_DROP = "People choose the names of the files that they drop."
_BATCH_ID = "Batch chooses the job's id after the request; a job's ARN holds no name."
_RUN_TIME = "Made at run time, one for each dropped file; the name says that it is this stage's."

WILDCARDS = (
    Wildcard("*", ("ecr:GetAuthorizationToken",), _NOT_SUPPORTED),
    Wildcard("*", ("batch:ListJobs",), _NOT_SUPPORTED),
    Wildcard("*", ("ecs:DiscoverPollEndpoint",), _NOT_SUPPORTED),
    Wildcard("*", ("cloudwatch:PutMetricData",), f"{_NOT_SUPPORTED} A condition holds it to SageMaker's namespace."),
    Wildcard("<Train.Arn>/*", ("s3:GetObject", "s3:GetObjectVersion"), _ANY_DROP),
    Wildcard("<Predict.Arn>/*", ("s3:GetObject", "s3:GetObjectVersion"), _ANY_DROP),
    Wildcard(
        "<Results.Arn>/*",
        ("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:AbortMultipartUpload"),
        "A result lies under the name of the dropped file, which people choose.",
    ),
    Wildcard("<Models.Arn>/inputs/*", ("s3:GetObject", "s3:PutObject"), _RUN_TIME),
    Wildcard("<Models.Arn>/checkpoints/*", ("s3:GetObject", "s3:PutObject"), _RUN_TIME),
    Wildcard("<Models.Arn>/models/*", ("s3:GetObject", "s3:PutObject"), _RUN_TIME),
    Wildcard("<Models.Arn>/models/*/evaluation.json", ("s3:GetObject",), _RUN_TIME),
    Wildcard("<Ledger.Arn>/index/*", ("dynamodb:Query",), "The indexes of this one table."),
    Wildcard(
        "arn:sagemaker:training-job/tck-<stage>-*",
        ("sagemaker:CreateTrainingJob", "sagemaker:AddTags", "sagemaker:DescribeTrainingJob"),
        _RUN_TIME,
    ),
    Wildcard("arn:batch:job/*", ("batch:TagResource",), _BATCH_ID),
    Wildcard("arn:batch:job/*", ("batch:TerminateJob",), f"{_BATCH_ID} A condition holds it to jobs with the tags of this stage."),
    Wildcard(
        "arn:logs:log-group:/aws/sagemaker/TrainingJobs:*",
        ("logs:CreateLogGroup", "logs:DescribeLogStreams"),
        "The form in which CloudWatch Logs wants the ARN of one log group.",
    ),
    Wildcard(
        "arn:logs:log-group:/aws/sagemaker/TrainingJobs:log-stream:tck-<stage>-*",
        ("logs:CreateLogStream", "logs:PutLogEvents"),
        _RUN_TIME,
    ),
    Wildcard(
        "arn:ecs:cluster/*",
        (
            "ecs:RegisterContainerInstance",
            "ecs:DeregisterContainerInstance",
            "ecs:SubmitAttachmentStateChanges",
            "ecs:SubmitContainerStateChange",
            "ecs:SubmitTaskStateChange",
        ),
        "Batch makes the cluster of a compute environment and chooses its name.",
    ),
    Wildcard(
        "arn:ecs:container-instance/*",
        ("ecs:Poll", "ecs:StartTelemetrySession", "ecs:UpdateContainerInstancesState", "ecs:TagResource"),
        "The id of a host is known only when it has started.",
    ),
)

BUCKET_EMPTIER = Wildcard(
    "<bucket>/*",
    ("s3:PutBucketPolicy", "s3:GetBucket*", "s3:List*", "s3:DeleteObject*"),
    "The policy of a bucket that goes with its stack lets CDK's own function empty it first; CDK chooses the actions, and"
    " what is to be deleted is every object and version, whatever its name.",
)

WILDCARD_STACKS = ("Registry", "Training", "Prediction")


def acknowledge(app: App, *, stage: str, exports: Mapping[str, str]) -> None:
    """Apply both tables. `exports` maps a construct of StorageStack to the export that carries its ARN."""
    for path, rule, reason in ACKNOWLEDGED:
        construct = app.node.find_child(path.split("/")[0])
        for name in path.split("/")[1:]:
            construct = construct.node.find_child(name)
        Validations.of(construct).acknowledge(Acknowledgment(id=f"AwsSolutions-{rule}", reason=reason))
    reasons = {_finding(row.resource, stage, exports): row.reason for row in WILDCARDS}
    for name in WILDCARD_STACKS:
        findings = [Acknowledgment(id=f"AwsSolutions-IAM5[Resource::{finding}]", reason=reason) for finding, reason in reasons.items()]
        Validations.of(app.node.find_child(name)).acknowledge(*findings)


def _finding(resource: str, stage: str, exports: Mapping[str, str]) -> str:
    """A resource of the table as cdk-nag writes it in its findings."""
    if resource.startswith("arn:"):
        service, rest = resource.removeprefix("arn:").split(":", 1)
        return f"arn:<AWS::Partition>:{service}:<AWS::Region>:<AWS::AccountId>:{rest}".replace("<stage>", stage)
    for name, export in exports.items():
        resource = resource.replace(f"<{name}.Arn>", export)
    return resource
