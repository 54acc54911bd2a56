"""What is allowed although no code of the kit calls it in a test run: calls of AWS's services, and roads that no run takes.

The end-to-end tests write down what is called under each role and compare it with the policies. What they cannot see
stands here: `SERVICE_CALLS`, made by AWS's own services under the kit's roles, each with the page of AWS's documentation that
says so; and `UNSEEN`, what the code does only when something goes wrong, each with the reason. A test holds that every row
is needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

GUIDES = "https://docs.aws.amazon.com"


class Row(NamedTuple):
    """Actions of some roles on some resources, which are written as in stacks/acknowledged.py.

    A role is named by its construct; of a step that several stacks have, the row holds for each.
    """

    roles: tuple[str, ...]
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    why: str  # the page of the documentation, or the reason

    def grants(self) -> Iterator[tuple[str, str, str]]:
        """Every role, action and resource of the row."""
        for role in self.roles:
            for action in self.actions:
                for resource in self.resources:
                    yield role, action, resource

    def covers(self, role: str, action: str, resource: str) -> bool:
        """Whether the row is about this."""
        return (role, action, resource) in set(self.grants())


_WOKEN = (
    "StartTraining",
    "PublishModel",
    "StartPrediction",
    "ReportPrediction",
    "DeployModel",
    "CollectPosts",
    "BuilderStarter",
)  # functions that events wake
_ASKED = ("AnswerApi", "TearDown", "PublishPage")  # functions that somebody asks and waits for
_WRITE_LOG = ("logs:CreateLogStream", "logs:PutLogEvents")
_PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
_IMAGES = "arn:ecr:repository/tck-<stage>"
_BLAZINGTEXT = "arn:<AWS::Partition>:ecr:<AWS::Region>:*:repository/blazingtext"
_CLUSTERS = tuple(
    f"arn:ecs:cluster/{form.format(name)}"
    for name in ("<QueueSpot.Name>", "<QueueOnDemand.Name>")
    for form in ("AWSBatch-{}-*", "{}_Batch_*")
)
_HOSTS = "arn:ecs:container-instance/*"
_TRAINING_LOGS = "arn:logs:log-group:/aws/sagemaker/TrainingJobs:"

_NETWORK = (
    "ec2:CreateNetworkInterface",
    "ec2:CreateNetworkInterfacePermission",
    "ec2:DeleteNetworkInterface",
    "ec2:DeleteNetworkInterfacePermission",
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
)
_ERRORS = "arn:cloudwatch:alarm:tck-<stage>-*-errors"
_SCALES = "arn:cloudwatch:alarm:TargetTracking-endpoint/tck-<stage>-*"

_LAMBDA_LOGS = f"{GUIDES}/lambda/latest/dg/monitoring-cloudwatchlogs.html"
_LAMBDA_FAILURES = f"{GUIDES}/lambda/latest/dg/invocation-async-retain-records.html"
_TRAINING = f"{GUIDES}/sagemaker/latest/dg/sagemaker-roles.html#sagemaker-roles-createtrainingjob-perms"
_HOSTING = f"{GUIDES}/sagemaker/latest/dg/sagemaker-roles.html#sagemaker-roles-createmodel-perms"
_GUARDRAILS = f"{GUIDES}/sagemaker/latest/dg/deployment-guardrails-configuration.html"
_SCALING = f"{GUIDES}/sagemaker/latest/dg/endpoint-auto-scaling-prerequisites.html"
_TASK_EXECUTION = f"{GUIDES}/AmazonECS/latest/developerguide/task_execution_IAM_role.html"
_HOST = f"{GUIDES}/AmazonECS/latest/developerguide/instance_IAM_role.html"
_HOST_TAGS = f"{GUIDES}/AmazonECS/latest/developerguide/supported-iam-actions-tagging.html"
_BUILD = f"{GUIDES}/codebuild/latest/userguide/setting-up-service-role.html"
_PUSH = f"{GUIDES}/AmazonECR/latest/userguide/image-push-iam.html"

SERVICE_CALLS = (
    # Lambda, under the role of the function
    *(Row((f"{name}Role",), _WRITE_LOG, (f"<{name}Logs.Arn>",), _LAMBDA_LOGS) for name in (*_WOKEN, *_ASKED)),
    *(Row((f"{name}Role",), ("sqs:SendMessage",), (f"<{name}DeadLetters.Arn>",), _LAMBDA_FAILURES) for name in _WOKEN),
    # SageMaker, under the role of the training job: its channels, its checkpoints, the artifact, the image, the log, the metrics
    Row(
        ("TrainingRole",),
        ("s3:GetObject",),
        ("<Models.Arn>/inputs/*", "<Models.Arn>/models/*", "<Models.Arn>/checkpoints/*"),
        _TRAINING,
    ),
    Row(("TrainingRole",), ("s3:PutObject",), ("<Models.Arn>/models/*", "<Models.Arn>/checkpoints/*"), _TRAINING),
    Row(("TrainingRole",), ("s3:GetObject",), ("<Train.Arn>/corrections/*",), _TRAINING),
    Row(("TrainingRole",), ("s3:ListBucket",), ("<Models.Arn>", "<Train.Arn>"), _TRAINING),
    Row(("TrainingRole",), _PULL, (_IMAGES, _BLAZINGTEXT), _TRAINING),
    Row(("TrainingRole",), ("ecr:GetAuthorizationToken", "cloudwatch:PutMetricData"), ("*",), _TRAINING),
    Row(("TrainingRole",), ("logs:CreateLogGroup", "logs:DescribeLogStreams"), (f"{_TRAINING_LOGS}*",), _TRAINING),
    Row(("TrainingRole",), _WRITE_LOG, (f"{_TRAINING_LOGS}log-stream:tck-<stage>-*",), _TRAINING),
    # with a customer key: the data that it reads and writes, the artifact, the disk
    Row(("TrainingRole",), ("kms:CreateGrant", "kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"), ("<Key.Arn>",), _TRAINING),
    # in a network of the account: what connects the job to it
    Row(("TrainingRole",), _NETWORK, ("*",), _TRAINING),
    # SageMaker, under the role of the endpoints: the model, the image, the log, the metrics
    Row(("ServingRole",), ("s3:GetObject",), ("<Models.Arn>/models/*",), _HOSTING),
    Row(("ServingRole",), ("kms:Decrypt",), ("<Key.Arn>",), _HOSTING),
    Row(("ServingRole",), _PULL, (_IMAGES,), _HOSTING),
    Row(("ServingRole",), ("ecr:GetAuthorizationToken", "cloudwatch:PutMetricData"), ("*",), _HOSTING),
    Row(
        ("ServingRole",),
        ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"),
        ("arn:logs:log-group:/aws/sagemaker/Endpoints/tck-<stage>-*",),
        _HOSTING,
    ),
    # SageMaker, where endpoints run on instances: whether a move goes wrong, and what connects them to a network of the account
    Row(("ServingRole",), ("cloudwatch:DescribeAlarms",), (_ERRORS,), _GUARDRAILS),
    Row(("ServingRole",), _NETWORK, ("*",), _HOSTING),
    # Application Auto Scaling, with the rights of who registers or leaves it
    Row(("DeployModelRole",), ("cloudwatch:PutMetricAlarm", "cloudwatch:DescribeAlarms", "cloudwatch:DeleteAlarms"), (_SCALES,), _SCALING),
    Row(("DeployModelRole",), ("sagemaker:UpdateEndpointWeightsAndCapacities",), ("arn:sagemaker:endpoint/tck-<stage>-*",), _SCALING),
    Row(("DeployModelRole",), ("sagemaker:DescribeEndpointConfig",), ("arn:sagemaker:endpoint-config/tck-<stage>-*",), _SCALING),
    Row(
        ("DeployModelRole",),
        ("iam:CreateServiceLinkedRole",),
        (
            "arn:iam:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/"
            "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint",
        ),
        _SCALING,
    ),
    Row(("TearDownRole",), ("cloudwatch:DeleteAlarms",), (_SCALES,), _SCALING),
    # ECS, for a job of Batch: its image and its log
    Row(("JobExecutionRole",), _PULL, (_IMAGES,), _TASK_EXECUTION),
    Row(("JobExecutionRole",), ("ecr:GetAuthorizationToken",), ("*",), _TASK_EXECUTION),
    Row(("JobExecutionRole",), _WRITE_LOG, ("<JobLogs.Arn>",), _TASK_EXECUTION),
    # the agent of ECS on a host
    Row(("QueueHostRole",), ("ecs:DiscoverPollEndpoint",), ("*",), _HOST),
    Row(
        ("QueueHostRole",),
        (
            "ecs:RegisterContainerInstance",
            "ecs:DeregisterContainerInstance",
            "ecs:SubmitAttachmentStateChanges",
            "ecs:SubmitContainerStateChange",
            "ecs:SubmitTaskStateChange",
        ),
        _CLUSTERS,
        _HOST,
    ),
    Row(("QueueHostRole",), ("ecs:Poll", "ecs:StartTelemetrySession", "ecs:UpdateContainerInstancesState"), (_HOSTS,), _HOST),
    Row(("QueueHostRole",), ("ecs:TagResource",), (_HOSTS,), _HOST_TAGS),
    # CodeBuild, and the build itself, of which the local cloud runs nothing
    Row(("BuilderBuildRole",), _WRITE_LOG, ("<BuilderBuildLogs.Arn>",), _BUILD),
    Row(("BuilderBuildRole",), ("s3:GetObject",), ("<Asset>",), _BUILD),
    Row(("BuilderBuildRole",), ("ecr:GetAuthorizationToken",), ("*",), _PUSH),
    Row(
        ("BuilderBuildRole",),
        (
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:CompleteLayerUpload",
            "ecr:InitiateLayerUpload",
            "ecr:PutImage",
            "ecr:UploadLayerPart",
        ),
        ("<Repository.Arn>",),
        _PUSH,
    ),
)

UNSEEN = (
    Row(
        ("PublishModelRole", "JobRole", "AnswerApiRole"),
        ("s3:ListBucket",),
        ("<Models.Arn>",),
        "Of an evaluation, a report or a model that is missing S3 says that it is not there, and not that it is forbidden.",
    ),
    Row(
        ("AnswerApiRole",),
        ("s3:ListBucket",),
        ("<Results.Arn>",),
        "Of a summary that has expired or was erased S3 says that it is not there, and not that it is forbidden.",
    ),
    Row(
        ("ReportPredictionRole",),
        ("s3:ListBucket",),
        ("<Results.Arn>",),
        "Of the reason that a job left which died without a word S3 says that it is not there, and not that it is forbidden.",
    ),
    Row(
        ("StartPredictionRole",),
        ("batch:ListJobs",),
        ("*",),
        "Only a second attempt looks whether the first one, which broke off, had submitted the job.",
    ),
    Row(
        ("JobRole",),
        ("s3:AbortMultipartUpload",),
        ("<Results.Arn>/*",),
        "An upload of many parts is given up when something stops it.",
    ),
    Row(
        ("JobRole",),
        ("s3:DeleteObject", "s3:DeleteObjectVersion"),
        ("<Results.Arn>/*",),
        "A job hides the refused rows of an earlier version that had some, and takes back what it wrote when another was quicker.",
    ),
    Row(
        ("DeployModelRole",),
        ("sagemaker:DeleteEndpoint",),
        ("arn:sagemaker:endpoint/tck-<stage>-*",),
        "An endpoint that failed is deleted before another is made in its place.",
    ),
    Row(
        ("DeployModelRole",),
        ("cloudwatch:DeleteAlarms",),
        (_ERRORS,),
        "The alarm goes when an endpoint that ran on instances is to be serverless.",
    ),
    Row(
        ("TearDownRole",),
        ("codebuild:StopBuild",),
        ("<BuilderProject.Arn>",),
        "Builds of the local cloud end at once, so none is ever under way.",
    ),
    Row(
        ("TearDownRole",),
        ("logs:DeleteLogGroup",),
        ("arn:logs:log-group:/aws/sagemaker/Endpoints/tck-<stage>-*",),
        "SageMaker makes a log group for each endpoint; those that the test of the tear-down has never came up.",
    ),
)
