"""What IAM checks for each operation of an API: the one table of the calls that the kit's roles make.

An operation is not always an action: CopyObject reads one object and writes another, HeadObject is allowed by GetObject.
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from http import HTTPStatus

from contract.tags import as_mapping
from local.host import ACCOUNT, REGION
from local.iam_s3 import ON_S3, Check, Parameters, bucket_arn
from local.operations import Request

UNKNOWN = "an operation that local/iam_actions.py does not list"


def checks(request: Request, tags: Mapping[str, str], status: int) -> Iterator[Check]:
    """All that a request asks for; `tags` are those of the resource it is about, `status` is HTTP's.

    An operation that the table does not list asks for an action of its name on `UNKNOWN`, so that no policy allows it.
    """
    service, _, name = request.operation.partition(":")
    if request.operation in _PLAIN:
        resource = _PLAIN[request.operation].format_map(request.parameters)
        context = {f"aws:ResourceTag/{key}": value for key, value in tags.items()}
        yield Check(request.operation, _arn(service, resource), context)
    elif request.operation in _COMPOUND:
        yield from _COMPOUND[request.operation](request.parameters)
    elif service == "s3" and name in ON_S3:
        yield from ON_S3[name](request.parameters)
        if status == HTTPStatus.NOT_FOUND and name in ("GetObject", "HeadObject"):
            yield Check("s3:ListBucket", bucket_arn(request.parameters))  # without it the answer is "forbidden"
    else:
        yield Check(request.operation, UNKNOWN)


def tagged(request: Request) -> str:
    """The ARN of what a request is about, where a policy may look at its tags; empty elsewhere."""
    if request.operation not in _JUDGED_BY_TAGS:
        return ""
    return _arn(request.operation.partition(":")[0], _PLAIN[request.operation].format_map(request.parameters))


def _arn(service: str, resource: str) -> str:
    """The ARN of a resource of this account and region; what is one already, or a wildcard, stays."""
    return resource if resource == "*" or resource.startswith("arn:") else f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


# The operation is the action; the resource is named by parameters.
_PLAIN = {
    **dict.fromkeys(("batch:DescribeJobQueues", "batch:DescribeJobs", "batch:ListJobs"), "*"),
    "application-autoscaling:DescribeScalableTargets": "*",
    "batch:TerminateJob": "job/{jobId}",
    "cloudformation:DescribeStacks": "{StackName}",
    "codebuild:ListBuildsForProject": "project/{projectName}",
    "codebuild:StartBuild": "project/{projectName}",
    **dict.fromkeys(("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"), "table/{TableName}"),
    "ecr:DescribeImages": "repository/{repositoryName}",
    "events:DisableRule": "rule/{Name}",
    "lambda:PutFunctionConcurrency": "function:{FunctionName}",
    # CloudWatch Logs writes the ARN of a log group as that of a stream without a name
    "logs:DeleteLogGroup": "log-group:{logGroupName}:log-stream:",
    "logs:DeleteLogStream": "log-group:{logGroupName}:log-stream:{logStreamName}",
    "logs:DescribeLogGroups": "log-group::log-stream:",
    "logs:DescribeLogStreams": "log-group:{logGroupName}:log-stream:",
    "sagemaker:DeleteEndpoint": "endpoint/{EndpointName}",
    "sagemaker:DeleteEndpointConfig": "endpoint-config/{EndpointConfigName}",
    "sagemaker:DeleteHyperParameterTuningJob": "hyper-parameter-tuning-job/{HyperParameterTuningJobName}",
    "sagemaker:DeleteModel": "model/{ModelName}",
    "sagemaker:DescribeEndpoint": "endpoint/{EndpointName}",
    "sagemaker:DescribeTrainingJob": "training-job/{TrainingJobName}",
    **dict.fromkeys(
        (
            "sagemaker:ListEndpointConfigs",
            "sagemaker:ListEndpoints",
            "sagemaker:ListHyperParameterTuningJobs",
            "sagemaker:ListModels",
            "sagemaker:ListTrainingJobs",
        ),
        "*",
    ),
    "sagemaker:InvokeEndpoint": "endpoint/{EndpointName}",
    "sagemaker:ListTags": "{ResourceArn}",
    "sagemaker:StopHyperParameterTuningJob": "hyper-parameter-tuning-job/{HyperParameterTuningJobName}",
    "sagemaker:StopTrainingJob": "training-job/{TrainingJobName}",
    "secretsmanager:GetSecretValue": "{SecretId}",
    "sns:Publish": "{TopicArn}",
}
_JUDGED_BY_TAGS = (
    "batch:TerminateJob",
    "sagemaker:DeleteEndpoint",
    "sagemaker:DeleteEndpointConfig",
    "sagemaker:DeleteHyperParameterTuningJob",
    "sagemaker:DeleteModel",
    "sagemaker:StopHyperParameterTuningJob",
    "sagemaker:StopTrainingJob",
)


def _builds(action: str, ids: Iterable[str]) -> Iterator[Check]:
    """A build is judged by its project, whose name its id begins with."""
    for build in ids:
        yield Check(action, _arn("codebuild", f"project/{build.split('/')[-1].partition(':')[0]}"))


def _query(given: Parameters) -> Iterator[Check]:
    index = f"/index/{given['IndexName']}" if "IndexName" in given else ""
    yield Check("dynamodb:Query", _arn("dynamodb", f"table/{given['TableName']}{index}"))


def _batch_write(given: Parameters) -> Iterator[Check]:
    for table in given["RequestItems"]:
        yield Check("dynamodb:BatchWriteItem", _arn("dynamodb", f"table/{table}"))


def _put_events(given: Parameters) -> Iterator[Check]:
    for entry in given["Entries"]:
        bus = _arn("events", f"event-bus/{entry.get('EventBusName', 'default')}")
        yield Check("events:PutEvents", bus, {"events:source": entry["Source"], "events:detail-type": entry["DetailType"]})


def _tags(action: str, arn: str, tags: Mapping[str, str], more: Mapping[str, str] | None = None) -> Iterator[Check]:
    """The check of the tags with which something is made, if there are any: which ones they are a policy may bound."""
    if tags:
        yield Check(action, arn, {f"aws:RequestTag/{key}": value for key, value in tags.items()} | {"aws:TagKeys": [*tags], **(more or {})})


def _tags_of_sagemaker(operation: str, arn: str, given: Parameters) -> Iterator[Check]:
    """Those of SageMaker also say with what they come."""
    yield from _tags("sagemaker:AddTags", arn, as_mapping(given.get("Tags", [])), {"sagemaker:TaggingAction": operation})


def _submit_job(given: Parameters) -> Iterator[Check]:
    yield Check("batch:SubmitJob", _arn("batch", given["jobQueue"]))
    yield Check("batch:SubmitJob", _arn("batch", given["jobDefinition"]))
    yield from _tags("batch:TagResource", _arn("batch", "job/whose-id-is-not-known-yet"), given.get("tags", {}))


def _create_training_job(given: Parameters) -> Iterator[Check]:
    job = _arn("sagemaker", f"training-job/{given['TrainingJobName']}")
    yield Check("sagemaker:CreateTrainingJob", job, dict(_bounds(given)))
    yield Check("iam:PassRole", given["RoleArn"], {"iam:PassedToService": "sagemaker.amazonaws.com"})
    yield from _tags_of_sagemaker("CreateTrainingJob", job, given)


def _bounds(given: Parameters) -> Iterator[tuple[str, str | list[str]]]:
    """The condition keys of a training or a model by which a policy can hold it to a key and to a network."""
    for key, value in (
        ("sagemaker:OutputKmsKey", given.get("OutputDataConfig", {}).get("KmsKeyId")),
        ("sagemaker:VolumeKmsKey", given.get("ResourceConfig", {}).get("VolumeKmsKeyId")),
        ("sagemaker:VpcSubnets", given.get("VpcConfig", {}).get("Subnets")),
        ("sagemaker:VpcSecurityGroupIds", given.get("VpcConfig", {}).get("SecurityGroupIds")),
    ):
        if value:
            yield key, value


def _create_model(given: Parameters) -> Iterator[Check]:
    model = _arn("sagemaker", f"model/{given['ModelName']}")
    yield Check("sagemaker:CreateModel", model, dict(_bounds(given)))
    yield Check("iam:PassRole", given["ExecutionRoleArn"], {"iam:PassedToService": "sagemaker.amazonaws.com"})
    yield from _tags_of_sagemaker("CreateModel", model, given)


def _create_endpoint_config(given: Parameters) -> Iterator[Check]:
    config = _arn("sagemaker", f"endpoint-config/{given['EndpointConfigName']}")
    yield Check("sagemaker:CreateEndpointConfig", config)
    yield from _tags_of_sagemaker("CreateEndpointConfig", config, given)


def _scales(action: str) -> Callable[[Parameters], Iterator[Check]]:
    """What scales is judged by the kind of thing, for its id is the service's own."""

    def checks(given: Parameters) -> Iterator[Check]:
        kind = {
            "application-autoscaling:service-namespace": given["ServiceNamespace"],
            "application-autoscaling:scalable-dimension": given["ScalableDimension"],
        }
        target = _arn("application-autoscaling", "scalable-target/whose-id-is-not-known-yet")
        yield Check(f"application-autoscaling:{action}", target, kind)
        yield from _tags("application-autoscaling:TagResource", target, given.get("Tags", {}))

    return checks


def _put_alarm(given: Parameters) -> Iterator[Check]:
    alarm = _arn("cloudwatch", f"alarm:{given['AlarmName']}")
    yield Check("cloudwatch:PutMetricAlarm", alarm)
    yield from _tags("cloudwatch:TagResource", alarm, as_mapping(given.get("Tags", [])))


def _delete_alarms(given: Parameters) -> Iterator[Check]:
    for name in given["AlarmNames"]:
        yield Check("cloudwatch:DeleteAlarms", _arn("cloudwatch", f"alarm:{name}"))


def _on_endpoint(action: str) -> Callable[[Parameters], Iterator[Check]]:
    """Both the endpoint and the configuration that it is to have are checked."""

    def checks(given: Parameters) -> Iterator[Check]:
        endpoint = _arn("sagemaker", f"endpoint/{given['EndpointName']}")
        yield Check(action, endpoint)
        yield Check(action, _arn("sagemaker", f"endpoint-config/{given['EndpointConfigName']}"))
        yield from _tags_of_sagemaker(action.partition(":")[2], endpoint, given)

    return checks


_COMPOUND: Mapping[str, Callable[[Parameters], Iterator[Check]]] = {
    **{
        f"application-autoscaling:{action}": _scales(action)
        for action in ("RegisterScalableTarget", "DeregisterScalableTarget", "PutScalingPolicy")
    },
    "batch:SubmitJob": _submit_job,
    "cloudwatch:DeleteAlarms": _delete_alarms,
    "cloudwatch:PutMetricAlarm": _put_alarm,
    "codebuild:BatchGetBuilds": lambda given: _builds("codebuild:BatchGetBuilds", given["ids"]),
    "codebuild:StopBuild": lambda given: _builds("codebuild:StopBuild", [given["id"]]),
    "dynamodb:BatchWriteItem": _batch_write,
    "dynamodb:Query": _query,
    "events:PutEvents": _put_events,
    "sagemaker:CreateEndpoint": _on_endpoint("sagemaker:CreateEndpoint"),
    "sagemaker:CreateEndpointConfig": _create_endpoint_config,
    "sagemaker:CreateModel": _create_model,
    "sagemaker:UpdateEndpoint": _on_endpoint("sagemaker:UpdateEndpoint"),
    "sagemaker:CreateTrainingJob": _create_training_job,
}
