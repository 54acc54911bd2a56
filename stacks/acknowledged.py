"""What stays although a rule speaks against it, each with its reason. No other place acknowledges anything.

Two tables: findings of cdk-nag's AwsSolutions pack, and the resources with a wildcard in policies that allow something.
A wildcard of a role that does not stand here fails the synthesis; a test holds which actions it may carry.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, cast

from aws_cdk import Acknowledgment, App, CfnElement, Stack, Validations
from constructs import IConstruct

from stacks.constructs.host_role import CLUSTERS

COMPUTE = ("Spot", "OnDemand")  # the compute environments of the queue


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
        "Realtime/Users",
        "COG2",
        "The page asks for a password and nothing else. It is long, only invited people have one, and `kit user remove` ends what it opens;"
        " an account that demands a second factor turns it on for the pool once the page asks for it.",
    ),
    Acknowledged(
        "Realtime/Users",
        "COG8",
        "What the plus plan adds costs for each person and month: a watch for passwords that leaked elsewhere. Here an invitation"
        " comes before the first password.",
    ),
    *(
        Acknowledged(
            f"{stack}/Network",
            "VPC7",
            "Nothing can come in, hosts live for minutes, and flow logs cost by the gigabyte;"
            " an account that wants them sets them up for all its VPCs.",
        )
        for stack in ("Training", "Prediction", "Realtime")
    ),
    Acknowledged(
        "Realtime/Page/Bucket", "S1", "It holds the page's files, which everybody may read who finds the page, and nothing of anybody."
    ),
    *(
        Acknowledged("Realtime/Page/Distribution", rule, reason)
        for rule, reason in {
            "CFR1": "A claims team may travel; who may do what is decided at the sign-in, not by the country.",
            "CFR2": "It hands out a few files that are no secret and can do nothing; a firewall costs five times the whole stage.",
            "CFR3": "The API has its log of who did what; a log of who loaded the page would be one more bucket with people's addresses.",
            "CFR4": "Only an own certificate, for an own domain, lets a distribution refuse older TLS; with AWS's domain browsers take"
            " TLS 1.3, and HSTS keeps them at https. What has to stay secret goes to the API, the sign-in and S3, not through here.",
        }.items()
    ),
)


@dataclass(frozen=True)
class Wildcard:
    """Actions that may be allowed on resources that a pattern matches.

    In the pattern, `<Models.Arn>` is the ARN of a construct of StorageStack, `<PageBucket.Arn>` that of the page's bucket,
    `<QueueSpot.Name>` the name of a compute environment, `<stage>` the stage; an ARN is written without its partition, region and account.
    """

    resource: str
    actions: tuple[str, ...]
    reason: str


_NOT_SUPPORTED = "AWS supports no resource for this action."
_ANY_DROP = "People choose the names of the files that they drop."
_BATCH_ID = "Batch chooses the job's id after the request; a job's ARN holds no name."
_RUN_TIME = "Made at run time; the name says that it is this stage's."
_TAGGED = "A condition holds it to what has the tags of this stage."

WILDCARDS = (
    Wildcard("*", ("ecr:GetAuthorizationToken",), _NOT_SUPPORTED),
    Wildcard("*", ("batch:ListJobs", "batch:DescribeJobs", "batch:DescribeJobQueues"), _NOT_SUPPORTED),
    Wildcard(
        "*",
        (
            "sagemaker:ListEndpointConfigs",
            "sagemaker:ListEndpoints",
            "sagemaker:ListHyperParameterTuningJobs",
            "sagemaker:ListModels",
            "sagemaker:ListTrainingJobs",
        ),
        _NOT_SUPPORTED,
    ),
    Wildcard("*", ("ecs:DiscoverPollEndpoint",), _NOT_SUPPORTED),
    Wildcard("*", ("cloudwatch:PutMetricData",), f"{_NOT_SUPPORTED} A condition holds it to SageMaker's namespace."),
    Wildcard(
        "*",
        (
            "ec2:CreateNetworkInterface",
            "ec2:CreateNetworkInterfacePermission",
            "ec2:DeleteNetworkInterface",
            "ec2:DeleteNetworkInterfacePermission",
            "ec2:DescribeDhcpOptions",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcs",
        ),
        "SageMaker asks for them so, to attach trainings and endpoints to the network by interfaces; only where they run in a VPC.",
    ),
    Wildcard("<Train.Arn>/*", ("s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"), _ANY_DROP),
    Wildcard("<Train.Arn>/corrections/*", ("s3:GetObject", "s3:DeleteObject"), "A correction lies under the digest of its text."),
    Wildcard("<Train.Arn>/unlabelled/*", ("s3:GetObject", "s3:PutObject"), "Collected posts lie under their day, source, tag and number."),
    Wildcard(
        "<Train.Arn>/labelling/*",
        ("s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:DeleteObject", "s3:DeleteObjectVersion"),
        "The files of a labelling job lie under its name, which people choose; whoever deletes it deletes them for good.",
    ),
    Wildcard("<Predict.Arn>/*", ("s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"), _ANY_DROP),
    Wildcard(
        "<Results.Arn>/*",
        ("s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:AbortMultipartUpload"),
        "A result lies under the name of the dropped file, which people choose.",
    ),
    Wildcard("<Models.Arn>/inputs/*", ("s3:GetObject", "s3:PutObject"), _RUN_TIME),
    Wildcard("<Models.Arn>/inputs/*/work/*", ("s3:PutObject",), _RUN_TIME),
    Wildcard("<Models.Arn>/inputs/*/work/prepared.json", ("s3:GetObject",), _RUN_TIME),
    Wildcard(
        "arn:<AWS::Partition>:ecr:<AWS::Region>:*:repository/blazingtext",
        ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
        "AWS keeps the image of BlazingText in an account of its own in each region, which a template for all regions cannot name.",
    ),
    Wildcard("<Models.Arn>/checkpoints/*", ("s3:GetObject", "s3:PutObject"), _RUN_TIME),
    Wildcard("<Models.Arn>/models/*", ("s3:GetObject", "s3:PutObject"), _RUN_TIME),
    Wildcard("<Models.Arn>/models/*/evaluation.json", ("s3:GetObject",), _RUN_TIME),
    Wildcard("<Models.Arn>/models/*/report.html", ("s3:GetObject",), _RUN_TIME),
    Wildcard("arn:sagemaker:endpoint/tck-<stage>-*", ("sagemaker:InvokeEndpoint",), _RUN_TIME),
    *(
        Wildcard(
            f"<{bucket}.Arn>/*",
            ("s3:DeleteObject", "s3:DeleteObjectVersion", "s3:AbortMultipartUpload"),
            "A bucket that goes with its stack is emptied first, whatever the names of its objects are.",
        )
        for bucket in ("Train", "Predict", "Results", "Models")
    ),
    Wildcard(
        "arn:sagemaker:training-job/tck-<stage>-*",
        ("sagemaker:CreateTrainingJob", "sagemaker:AddTags", "sagemaker:DescribeTrainingJob", "sagemaker:ListTags"),
        _RUN_TIME,
    ),
    Wildcard("arn:sagemaker:training-job/tck-<stage>-*", ("sagemaker:StopTrainingJob",), f"{_RUN_TIME} {_TAGGED}"),
    *(
        Wildcard(f"arn:sagemaker:{kind}/tck-<stage>-*", ("sagemaker:ListTags", f"sagemaker:{action}"), f"{_RUN_TIME} {_TAGGED}")
        for kind, action in (
            ("endpoint", "DeleteEndpoint"),
            ("endpoint-config", "DeleteEndpointConfig"),
            ("hyper-parameter-tuning-job", "DeleteHyperParameterTuningJob"),
            ("hyper-parameter-tuning-job", "StopHyperParameterTuningJob"),
            ("model", "DeleteModel"),
        )
    ),
    *(
        Wildcard(f"arn:sagemaker:{kind}/tck-<stage>-*", tuple(f"sagemaker:{action}" for action in ("AddTags", *actions)), _RUN_TIME)
        for kind, actions in (
            ("endpoint", ("CreateEndpoint", "UpdateEndpoint", "DescribeEndpoint", "UpdateEndpointWeightsAndCapacities")),
            ("endpoint-config", ("CreateEndpointConfig", "CreateEndpoint", "UpdateEndpoint", "DescribeEndpointConfig")),
            ("model", ("CreateModel",)),
        )
    ),
    Wildcard(
        "<PageBucket.Arn>/*",
        ("s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"),
        "The bucket is the page's alone, and the names of its files change with the page.",
    ),
    Wildcard(
        "arn:application-autoscaling:scalable-target/*",
        tuple(
            f"application-autoscaling:{action}"
            for action in ("RegisterScalableTarget", "PutScalingPolicy", "TagResource", "DeregisterScalableTarget")
        ),
        "The service chooses the id of what scales; a condition holds it to SageMaker's endpoints.",
    ),
    Wildcard(
        "arn:cloudwatch:alarm:tck-<stage>-*-errors",
        ("cloudwatch:PutMetricAlarm", "cloudwatch:TagResource", "cloudwatch:DescribeAlarms", "cloudwatch:DeleteAlarms"),
        _RUN_TIME,
    ),
    Wildcard(
        "arn:cloudwatch:alarm:TargetTracking-endpoint/tck-<stage>-*",
        ("cloudwatch:PutMetricAlarm", "cloudwatch:DescribeAlarms", "cloudwatch:DeleteAlarms"),
        "Application Auto Scaling makes these alarms of an endpoint, whose name says that it is this stage's, and adds an id.",
    ),
    Wildcard("arn:batch:job/*", ("batch:TagResource",), _BATCH_ID),
    Wildcard("arn:batch:job/*", ("batch:TerminateJob",), f"{_BATCH_ID} {_TAGGED}"),
    Wildcard(
        "arn:logs:log-group:/aws/sagemaker/TrainingJobs:*",
        ("logs:CreateLogGroup", "logs:DescribeLogStreams"),
        "The form in which CloudWatch Logs wants the ARN of one log group.",
    ),
    Wildcard(
        "arn:logs:log-group:/aws/sagemaker/TrainingJobs:log-stream:tck-<stage>-*",
        ("logs:CreateLogStream", "logs:PutLogEvents", "logs:DeleteLogStream"),
        _RUN_TIME,
    ),
    Wildcard(
        "arn:logs:log-group:/aws/sagemaker/LabelingJobs:*",
        ("logs:CreateLogGroup", "logs:DescribeLogStreams"),
        "The form in which CloudWatch Logs wants the ARN of one log group.",
    ),
    Wildcard(
        "arn:logs:log-group:/aws/sagemaker/LabelingJobs:log-stream:tck-<stage>-*", ("logs:CreateLogStream", "logs:PutLogEvents"), _RUN_TIME
    ),
    Wildcard("arn:logs:log-group:*", ("logs:DescribeLogGroups",), "The only form in which it may be allowed; it lists names."),
    Wildcard(
        "arn:logs:log-group:/aws/sagemaker/Endpoints/tck-<stage>-*",
        ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents", "logs:DeleteLogGroup"),
        _RUN_TIME,
    ),
    *(
        Wildcard(
            f"arn:ecs:cluster/{form.format(f'<Queue{kind}.Name>')}",
            (
                "ecs:RegisterContainerInstance",
                "ecs:DeregisterContainerInstance",
                "ecs:SubmitAttachmentStateChanges",
                "ecs:SubmitContainerStateChange",
                "ecs:SubmitTaskStateChange",
            ),
            "Batch makes the cluster of a compute environment; its name ends with an id that Batch chooses.",
        )
        for kind in COMPUTE
        for form in CLUSTERS
    ),
    Wildcard(
        "arn:ecs:container-instance/*",
        ("ecs:Poll", "ecs:StartTelemetrySession", "ecs:UpdateContainerInstancesState", "ecs:TagResource"),
        "The id of a host is known only when it has started; a condition holds it to the queue's own clusters, or to a host's joining.",
    ),
)

WILDCARD_STACKS = ("Registry", "Training", "Prediction", "Realtime", "Labeling")


def acknowledge(app: App, *, stage: str, exports: Mapping[str, str]) -> None:
    """Apply both tables. `exports` maps a construct of StorageStack to the export that carries its ARN."""
    for path, rule, reason in ACKNOWLEDGED:
        construct: IConstruct | None = app
        for name in path.split("/"):
            construct = construct.node.try_find_child(name) if construct else None
        if construct:  # the settings decide which networks there are
            Validations.of(construct).acknowledge(Acknowledgment(id=f"AwsSolutions-{rule}", reason=reason))
    storage = cast(Stack, app.node.find_child("Storage"))
    compute = _compute_environments(cast(Stack, app.node.find_child("Prediction")))
    arns = {f"<{name}.Arn>": f"<{_logical_id(storage, name)}.Arn>" for name in exports}  # where they are declared, no export carries them
    imports = {f"<{name}.Arn>": export for name, export in exports.items()}
    others = [stack for name in WILDCARD_STACKS if (stack := app.node.try_find_child(name))]  # the settings decide which there are
    imports |= _page_bucket(cast(Stack | None, app.node.try_find_child("Realtime")))
    for stack, named in ((storage, arns), *((stack, imports) for stack in others)):
        reasons = {_finding(row.resource, stage, {**named, **compute}): row.reason for row in WILDCARDS}
        findings = [Acknowledgment(id=f"AwsSolutions-IAM5[Resource::{finding}]", reason=reason) for finding, reason in reasons.items()]
        Validations.of(stack).acknowledge(*findings)


def _logical_id(stack: Stack, name: str) -> str:
    return stack.get_logical_id(cast(CfnElement, stack.node.find_child(name).node.default_child))


def _page_bucket(realtime: Stack | None) -> dict[str, str]:
    if realtime is None:
        return {}
    bucket = realtime.node.find_child("Page").node.find_child("Bucket").node.default_child
    return {"<PageBucket.Arn>": f"<{realtime.get_logical_id(cast(CfnElement, bucket))}.Arn>"}


def _compute_environments(prediction: Stack) -> dict[str, str]:
    """The names of the compute environments, which are parts of their ARNs, as cdk-nag writes them."""
    found = [(kind, prediction.node.find_child("Queue").node.try_find_child(kind)) for kind in COMPUTE]
    resources = {kind: cast(CfnElement, construct.node.default_child) for kind, construct in found if construct}
    arns = {kind: {"Fn::GetAtt": [prediction.get_logical_id(resource), "ComputeEnvironmentArn"]} for kind, resource in resources.items()}
    split = {kind: {"Fn::Select": [1, {"Fn::Split": ["/", arn]}]} for kind, arn in arns.items()}
    return {f"<Queue{kind}.Name>": json.dumps(name, separators=(",", ":")) for kind, name in split.items()}


def _finding(resource: str, stage: str, names: Mapping[str, str]) -> str:
    """A resource of the table as cdk-nag writes it in the findings of a stack, which knows what the table names by these names."""
    for name, written in names.items():
        resource = resource.replace(name, written)
    if resource.startswith("arn:") and not resource.startswith("arn:<"):  # one of another account is written in full
        service, rest = resource.removeprefix("arn:").split(":", 1)
        return f"arn:<AWS::Partition>:{service}:<AWS::Region>:<AWS::AccountId>:{rest}".replace("<stage>", stage)
    return resource
