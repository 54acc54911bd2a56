"""Canaries: what the stock moto does at each place where the local cloud reaches in.

Each test fails when moto changes there: when it has learnt to do the thing itself, or does it
another way. Then the seam is to be looked at anew. The stock moto is used, in this process. All seams are in this one
file, a test each, so that whoever updates moto reads them through: it is as long as they are many.
"""

from __future__ import annotations

import inspect
import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import boto3
import moto
import pytest
from moto import mock_aws
from moto.awslambda.models import LambdaFunction
from moto.batch.models import Job
from moto.cloudformation import parsing
from moto.cloudformation.custom_model import CustomModel
from moto.core.common_models import CloudFormationModel
from moto.events.models import Rule, events_backends
from moto.s3 import notifications
from moto.sagemaker.responses import SageMakerResponse

from contract.errors import PlatformError
from local import seams

PINNED = "5.2.5"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[boto3.Session]:
    """A session of the stock moto."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "local")
    with mock_aws():
        yield boto3.Session(region_name="us-east-1")


def test_moto_is_the_pinned_one() -> None:
    """Every seam was written against one version."""
    assert moto.__version__ == PINNED


@pytest.mark.parametrize("seam", seams.ALL, ids=str)
def test_stock_callable_has_the_parameters_that_are_known(seam: seams.Seam) -> None:
    """The parameters of each replaced callable are those in the table; where moto has nothing, it still has nothing."""
    assert seam.found() == seam.parameters


def test_table_of_seams_is_complete() -> None:
    """Every seam that is defined stands in the table that the tests go through."""
    assert set(seams.ALL) == {value for value in vars(seams).values() if isinstance(value, seams.Seam)}


def test_other_moto_stops_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stock callable with other parameters is refused before anything is replaced."""
    monkeypatch.setattr(Rule, "send_to_targets", lambda self, event: None)
    changed = Rule.send_to_targets
    with pytest.raises(PlatformError, match="Install the pinned moto"):
        seams.SEND_TO_TARGETS.replace(lambda stock: None)
    assert Rule.send_to_targets is changed


def test_unknown_types_are_skipped(aws: boto3.Session) -> None:
    """moto creates a stack with a type that it does not know: that is why the templates are checked first."""
    cloudformation = aws.client("cloudformation")
    with pytest.warns(UserWarning, match="not supported by moto"):
        cloudformation.create_stack(StackName="s", TemplateBody='{"Resources": {"A": {"Type": "AWS::CodeBuild::Project"}}}')
    assert cloudformation.describe_stacks(StackName="s")["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"


def test_later_subclass_wins() -> None:
    """Of two models for one type the later defined counts, once the caches are cleared."""

    class Topic(CloudFormationModel):
        __module__ = "canary.models"  # moto wants a dotted name

        @staticmethod
        def cloudformation_type() -> str:
            return "AWS::SNS::Topic"

        @staticmethod
        def cloudformation_name_type() -> str:
            return ""

    caches = (parsing.get_model_list, parsing.get_model_map, parsing.get_name_type_map)
    for cache in caches:
        cache.cache_clear()
    assert parsing.get_model_map()["AWS::SNS::Topic"] is Topic
    Topic.cloudformation_type = staticmethod(lambda: "canary")  # type: ignore[method-assign]  # the class lives as long as the process
    for cache in caches:
        cache.cache_clear()


def test_resource_errors_do_not_name_the_resource(aws: boto3.Session) -> None:
    """An error of another backend leaves CreateStack without type and logical id."""
    template = {"Resources": {"Thing": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "not allowed!"}}}}
    with pytest.raises(Exception, match="alphanumeric") as raised:
        aws.client("cloudformation").create_stack(StackName="s", TemplateBody=json.dumps(template))
    assert "Thing" not in str(raised.value)


def test_buckets_keep_little_of_their_template(aws: boto3.Session) -> None:
    """Versioning and notifications of a template are dropped."""
    properties = {"VersioningConfiguration": {"Status": "Enabled"}, "NotificationConfiguration": {"EventBridgeConfiguration": {}}}
    template = {"Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "bucket", **properties}}}}
    aws.client("cloudformation").create_stack(StackName="s", TemplateBody=json.dumps(template))
    assert "Status" not in aws.client("s3").get_bucket_versioning(Bucket="bucket")


def test_conditions_of_bucket_policies_are_ignored(aws: boto3.Session) -> None:
    """A TLS-only Deny refuses every request: that is why conditional denies are left out."""
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="k", Body=b"")
    deny = {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "s3:*", "Resource": "arn:aws:s3:::bucket/*"}
    policy = {"Version": "2012-10-17", "Statement": [{**deny, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}
    s3.put_bucket_policy(Bucket="bucket", Policy=json.dumps(policy))
    with pytest.raises(Exception, match="403"):
        s3.get_object(Bucket="bucket", Key="k")


def recorded_notifications(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """What moto hands to the replaced function for a bucket on the event bus."""
    seen: list[tuple[str, Any]] = []
    monkeypatch.setattr(notifications, "_send_event_bridge_message", lambda account, bucket, name, key: seen.append((str(name.value), key)))
    return seen


def test_multipart_upload_notifies_twice(aws: boto3.Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first of an upload's two notifications is a put of a key that came in parts: the one that is kept."""
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_bucket_notification_configuration(Bucket="bucket", NotificationConfiguration={"EventBridgeConfiguration": {}})
    seen = recorded_notifications(monkeypatch)
    upload = s3.create_multipart_upload(Bucket="bucket", Key="k")["UploadId"]
    etag = s3.upload_part(Bucket="bucket", Key="k", UploadId=upload, PartNumber=1, Body=b"x")["ETag"]
    s3.complete_multipart_upload(Bucket="bucket", Key="k", UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})
    s3.put_object(Bucket="bucket", Key="plain", Body=b"")
    s3.copy_object(Bucket="bucket", Key="copy", CopySource="bucket/k")
    creations = [(name, key.multipart is not None) for name, key in seen if "ObjectCreated" in name]
    assert creations == [
        ("s3:ObjectCreated:Put", True),
        ("s3:ObjectCreated:CompleteMultipartUpload", True),
        ("s3:ObjectCreated:Put", False),
        ("s3:ObjectCreated:Copy", True),
    ]


def test_object_events_have_a_constant_sequencer() -> None:
    """moto's own event cannot order two versions."""
    assert '"sequencer": "617f08299329d189"' in inspect.getsource(notifications._send_event_bridge_message)


def test_put_object_has_no_lock(aws: boto3.Session) -> None:
    """moto reads a key's versions and writes them back without a lock."""
    from moto.s3.models import S3Backend  # noqa: PLC0415 # beside what is looked at

    source = inspect.getsource(S3Backend.put_object)
    assert "existing_keys + [new_key]" in source
    assert "lock:" not in source


def test_schedule_matches_every_event(aws: boto3.Session) -> None:
    """A rule without a pattern matches whatever comes, and other targets than a queue raise."""
    events = aws.client("events")
    events.put_rule(Name="tick", ScheduleExpression="rate(1 minute)")
    events.put_targets(Rule="tick", Targets=[{"Id": "a", "Arn": "arn:aws:lambda:us-east-1:123456789012:function:f"}])
    rule = events_backends["123456789012"]["us-east-1"].event_buses["default"].rules["tick"]
    assert rule.event_pattern.get_pattern() == {}
    with pytest.raises(NotImplementedError):
        events.put_events(Entries=[{"Source": "any", "DetailType": "any", "Detail": "{}"}])


def test_put_events_hands_every_rule_its_event(aws: boto3.Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """PutEvents calls the replaced method with a number for the time and a field that EventBridge does not send."""
    seen: list[dict[str, Any]] = []
    monkeypatch.setattr(Rule, "send_to_targets", lambda self, event: seen.append(event))
    events = aws.client("events")
    events.put_rule(Name="r", EventPattern='{"source": ["a"]}')
    events.put_events(Entries=[{"Source": "a", "DetailType": "b", "Detail": "{}"}])
    assert isinstance(seen[0]["time"], float)
    assert "ingestion-time" in seen[0]


def test_invocation_is_one_method(aws: boto3.Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lambda's Invoke ends in the replaced method, with headers that tell an event from a request."""
    seen: list[tuple[Any, str]] = []

    def invoke(function: LambdaFunction, body: Any, request_headers: Any, response_headers: Any) -> bytes:
        seen.append((body, request_headers.get("x-amz-invocation-type")))
        return b"{}"

    monkeypatch.setattr(LambdaFunction, "invoke", invoke)
    role = aws.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.py", "")
    functions = aws.client("lambda")
    functions.create_function(FunctionName="f", Runtime="python3.11", Role=role, Handler="a.b", Code={"ZipFile": buffer.getvalue()})
    functions.invoke(FunctionName="f", InvocationType="Event", Payload=b'{"a": 1}')
    assert json.loads(seen[0][0]) == {"a": 1}
    assert seen[0][1] == "Event"
    for attribute in ("code_bytes", "code_sha_256", "environment_vars", "event_invoke_config", "logs_group_name", "policy", "timeout"):
        assert hasattr(function_named("f"), attribute)


def function_named(name: str) -> LambdaFunction:
    """moto's own object of a function."""
    from moto.awslambda.models import lambda_backends  # noqa: PLC0415 # beside its only use

    return lambda_backends["123456789012"]["us-east-1"].get_function(name)


def test_custom_resources_run_in_a_thread() -> None:
    """moto only sends Create, from a thread, and cannot tell that it failed."""
    source = inspect.getsource(CustomModel.create_from_cloudformation_json)
    assert "threading.Thread" in source
    assert '"RequestType": "Create"' in source


def test_templates_are_read_as_yaml_first() -> None:
    """moto reads JSON by way of YAML."""
    from moto.cloudformation.models import Stack  # noqa: PLC0415 # beside what is looked at

    assert inspect.getsource(Stack.parse_template).index("yaml.load") < inspect.getsource(Stack.parse_template).index("json.loads")


def test_submitted_jobs_are_started_as_threads(aws: boto3.Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """SubmitJob makes a Job by its module's name and calls start; children of an array each, the parent not; retries are dropped."""
    started: list[str] = []
    monkeypatch.setattr(Job, "start", lambda self: started.append(self.job_id))
    role = aws.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    batch = aws.client("batch")
    batch.create_compute_environment(computeEnvironmentName="machines", type="UNMANAGED", serviceRole=role)
    batch.create_job_queue(
        jobQueueName="q", state="ENABLED", priority=1, computeEnvironmentOrder=[{"order": 1, "computeEnvironment": "machines"}]
    )
    requirements: Any = [{"type": "MEMORY", "value": "64"}, {"type": "VCPU", "value": "1"}]
    batch.register_job_definition(
        jobDefinitionName="d", type="container", containerProperties={"image": "i", "resourceRequirements": requirements}
    )
    single = batch.submit_job(jobName="one", jobQueue="q", jobDefinition="d", retryStrategy={"attempts": 5})["jobId"]
    parent = batch.submit_job(jobName="two", jobQueue="q", jobDefinition="d", arrayProperties={"size": 2})["jobId"]
    assert started == [single, f"{parent}:0", f"{parent}:1"]
    job = batch.describe_jobs(jobs=[single])["jobs"][0]
    assert "retryStrategy" not in job
    assert "image" not in job["container"]


def test_training_is_complete_at_once(aws: boto3.Session) -> None:
    """moto's training job is done when it is created, drops the environment, takes a name twice, and cannot be stopped."""
    request: dict[str, Any] = {
        "TrainingJobName": "t",
        "RoleArn": "arn:aws:iam::123456789012:role/r",
        "AlgorithmSpecification": {"TrainingImage": "i", "TrainingInputMode": "File"},
        "OutputDataConfig": {"S3OutputPath": "s3://b/models"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 1},
        "Environment": {"A": "1"},
    }
    sagemaker = aws.client("sagemaker")
    sagemaker.create_training_job(**request)
    sagemaker.create_training_job(**request)
    job = sagemaker.describe_training_job(TrainingJobName="t")
    assert job["TrainingJobStatus"] == "Completed"
    assert "Environment" not in job
    assert not hasattr(SageMakerResponse, "stop_training_job")


def test_builds_are_only_recorded(aws: boto3.Session) -> None:
    """StartBuild returns the build's metadata under the names that are read, and runs nothing."""
    codebuild = aws.client("codebuild")
    codebuild.create_project(
        name="project",
        source={"type": "S3", "location": "b/k"},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={
            "type": "LINUX_CONTAINER",
            "image": "i",
            "computeType": "BUILD_GENERAL1_SMALL",
            "environmentVariables": [{"name": "A", "value": "1"}],
        },
        serviceRole="arn:aws:iam::123456789012:role/service-role/r",
    )
    build = codebuild.start_build(projectName="project")["build"]
    assert (build["projectName"], build["buildStatus"]) == ("project", "IN_PROGRESS")
    assert codebuild.batch_get_projects(names=["project"])["projects"][0]["environment"]["environmentVariables"] == [
        {"name": "A", "value": "1"}
    ]


def test_users_are_looked_up_letter_by_letter(aws: boto3.Session) -> None:
    """Also in a pool that says that letters of either case are the same."""
    cognito = aws.client("cognito-idp")
    settings: dict[str, Any] = {"UsernameAttributes": ["email"], "UsernameConfiguration": {"CaseSensitive": False}}
    pool = cognito.create_user_pool(PoolName="pool", **settings)["UserPool"]["Id"]
    cognito.admin_create_user(UserPoolId=pool, Username="ann@example.com")
    with pytest.raises(cognito.exceptions.UserNotFoundException):
        cognito.admin_get_user(UserPoolId=pool, Username="Ann@example.com")
