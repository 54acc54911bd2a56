"""Which resources with a wildcard policies may name, with which actions, and why.

A wildcard of a role that does not stand here fails the synthesis; a test holds which actions it may carry.
"""

from __future__ import annotations

from dataclasses import dataclass

from stacks.constructs.host_role import CLUSTERS

COMPUTE = ("Spot", "OnDemand")  # the compute environments of the queue


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
_SCALING_ID = "The service chooses the id of what scales."
_RUN_TIME = "Made at run time; the name says that it is this stage's."
_TAGGED = "A condition holds it to what has the tags of this stage."
_TAGS = "A condition holds it to the tags of this stage"

WILDCARDS = (
    Wildcard("*", ("ecr:GetAuthorizationToken",), _NOT_SUPPORTED),
    Wildcard("*", ("batch:ListJobs", "batch:DescribeJobs", "batch:DescribeJobQueues"), _NOT_SUPPORTED),
    Wildcard(
        "*",
        (
            "sagemaker:ListEndpointConfigs",
            "sagemaker:ListEndpoints",
            "sagemaker:ListHyperParameterTuningJobs",
            "sagemaker:ListLabelingJobs",
            "sagemaker:ListModels",
            "sagemaker:ListTrainingJobs",
        ),
        _NOT_SUPPORTED,
    ),
    Wildcard("*", ("ecs:DiscoverPollEndpoint",), _NOT_SUPPORTED),
    Wildcard("*", ("application-autoscaling:DescribeScalableTargets",), _NOT_SUPPORTED),
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
    Wildcard("<Models.Arn>/inputs/*/steps/*", ("s3:PutObject",), _RUN_TIME),
    Wildcard("<Models.Arn>/inputs/*/steps/prepared.json", ("s3:GetObject",), _RUN_TIME),
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
        ("sagemaker:CreateTrainingJob", "sagemaker:DescribeTrainingJob", "sagemaker:ListTags"),
        _RUN_TIME,
    ),
    *(
        Wildcard(f"arn:sagemaker:{kind}/tck-<stage>-*", ("sagemaker:AddTags",), f"{_RUN_TIME} {_TAGS}, and to what is being made.")
        for kind in ("training-job", "endpoint", "endpoint-config", "model")
    ),
    Wildcard("arn:sagemaker:training-job/tck-<stage>-*", ("sagemaker:StopTrainingJob",), f"{_RUN_TIME} {_TAGGED}"),
    *(
        Wildcard(f"arn:sagemaker:{kind}/tck-<stage>-*", ("sagemaker:ListTags", f"sagemaker:{action}"), f"{_RUN_TIME} {_TAGGED}")
        for kind, action in (
            ("endpoint", "DeleteEndpoint"),
            ("endpoint-config", "DeleteEndpointConfig"),
            ("hyper-parameter-tuning-job", "DeleteHyperParameterTuningJob"),
            ("hyper-parameter-tuning-job", "StopHyperParameterTuningJob"),
            ("labeling-job", "StopLabelingJob"),
            ("model", "DeleteModel"),
        )
    ),
    *(
        Wildcard(f"arn:sagemaker:{kind}/tck-<stage>-*", tuple(f"sagemaker:{action}" for action in actions), _RUN_TIME)
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
        tuple(f"application-autoscaling:{action}" for action in ("RegisterScalableTarget", "PutScalingPolicy", "DeregisterScalableTarget")),
        f"{_SCALING_ID} A condition holds it to SageMaker's endpoints.",
    ),
    Wildcard(
        "arn:application-autoscaling:scalable-target/*",
        ("application-autoscaling:TagResource",),
        f"{_SCALING_ID} {_TAGS}; AWS supports none on what they are put. No permission of the kit asks for tags of what scales.",
    ),
    Wildcard(
        "arn:cloudwatch:alarm:tck-<stage>-*-errors",
        ("cloudwatch:PutMetricAlarm", "cloudwatch:DescribeAlarms", "cloudwatch:DeleteAlarms"),
        _RUN_TIME,
    ),
    Wildcard("arn:cloudwatch:alarm:tck-<stage>-*-errors", ("cloudwatch:TagResource",), f"{_RUN_TIME} {_TAGS}."),
    Wildcard(
        "arn:cloudwatch:alarm:TargetTracking-endpoint/tck-<stage>-*",
        ("cloudwatch:PutMetricAlarm", "cloudwatch:DescribeAlarms", "cloudwatch:DeleteAlarms"),
        "Application Auto Scaling makes these alarms of an endpoint, whose name says that it is this stage's, and adds an id.",
    ),
    Wildcard(
        "arn:batch:job/*",
        ("batch:TagResource",),
        f"{_BATCH_ID} {_TAGS}; whether a job is being made or is there already, Batch tells no policy.",
    ),
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
