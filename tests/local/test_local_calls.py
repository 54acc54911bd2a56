"""What the server understands of the requests that it records: who, which operation, and what IAM would check."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config

from local.access_keys import AccessKeys
from local.calls import CallRecorder
from local.iam_actions import UNKNOWN, Check, checks, tagged
from local.operations import Request, read_caller, read_request

REGION, ACCOUNT = "us-east-1", "123456789012"
DIMENSION = "sagemaker:variant:DesiredInstanceCount"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/reader"


def sent_by(service: str, operation: str, access_key: str = "AKIDEXAMPLE", **parameters: Any) -> dict[str, Any]:
    """The WSGI environment of the request that boto3 sends for a call."""
    caught: list[AWSPreparedRequest] = []
    client = boto3.Session(access_key, "secret", region_name=REGION).client(service, endpoint_url="http://localhost:1")  # type: ignore[call-overload]  # any service

    def catch(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        caught.append(request)
        return AWSResponse(request.url, 500, {}, None)

    client.meta.events.register("before-send", catch)
    client.meta.events.register("needs-retry", lambda **_: None)
    with pytest.raises(Exception):  # noqa: B017  # nobody answers
        getattr(client, operation)(**parameters)
    return environ_of(caught[0])


def environ_of(request: AWSPreparedRequest) -> dict[str, Any]:
    """A request as a WSGI server hands it on."""
    parts = urlsplit(request.url)
    body = request.body if isinstance(request.body, bytes) else (request.body or "").encode() if isinstance(request.body, str) else b""
    headers = {
        f"HTTP_{name.upper().replace('-', '_')}": value.decode() if isinstance(value, bytes) else str(value)
        for name, value in request.headers.items()
    }
    return {
        **headers,
        "REQUEST_METHOD": request.method,
        "PATH_INFO": unquote(parts.path).encode().decode("latin-1"),
        "QUERY_STRING": parts.query,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }


def checked(service: str, operation: str, status: int = 200, found_tags: Mapping[str, str] | None = None, **parameters: Any) -> list[Check]:
    """What IAM would check of a call."""
    request = read_request(sent_by(service, operation, **parameters), service)
    return list(checks(request, found_tags or {}, status))


OBJECT = {"Bucket": "b", "Key": "März/a b+c%20.csv"}
ARN = f"arn:aws:s3:::b/{OBJECT['Key']}"


@pytest.mark.parametrize(
    ("operation", "parameters", "expected"),
    [
        ("get_object", OBJECT, [("s3:GetObject", ARN)]),
        ("head_object", OBJECT, [("s3:GetObject", ARN)]),
        ("get_object", OBJECT | {"VersionId": "v"}, [("s3:GetObjectVersion", ARN)]),
        ("put_object", OBJECT | {"Body": b"x"}, [("s3:PutObject", ARN)]),
        ("put_object", OBJECT | {"Body": b"x", "IfNoneMatch": "*"}, [("s3:PutObject", ARN)]),
        ("put_object", OBJECT | {"Body": b"x", "IfMatch": "tag"}, [("s3:PutObject", ARN), ("s3:GetObject", ARN)]),
        ("put_object", OBJECT | {"Body": b"x", "Tagging": "a=b"}, [("s3:PutObject", ARN), ("s3:PutObjectTagging", ARN)]),
        ("delete_object", OBJECT, [("s3:DeleteObject", ARN)]),
        ("delete_object", OBJECT | {"VersionId": "v"}, [("s3:DeleteObject", ARN), ("s3:DeleteObjectVersion", ARN)]),
        (
            "delete_objects",
            {"Bucket": "b", "Delete": {"Objects": [{"Key": "one", "VersionId": "v"}, {"Key": "two"}]}},
            [
                ("s3:DeleteObject", "arn:aws:s3:::b/one"),
                ("s3:DeleteObjectVersion", "arn:aws:s3:::b/one"),
                ("s3:DeleteObject", "arn:aws:s3:::b/two"),
            ],
        ),
        ("create_multipart_upload", OBJECT, [("s3:PutObject", ARN)]),
        ("upload_part", OBJECT | {"UploadId": "u", "PartNumber": 1, "Body": b"x"}, [("s3:PutObject", ARN)]),
        ("complete_multipart_upload", OBJECT | {"UploadId": "u", "MultipartUpload": {"Parts": []}}, [("s3:PutObject", ARN)]),
        ("abort_multipart_upload", OBJECT | {"UploadId": "u"}, [("s3:AbortMultipartUpload", ARN)]),
        (
            "upload_part_copy",
            OBJECT | {"UploadId": "u", "PartNumber": 1, "CopySource": {"Bucket": "from", "Key": "ä x"}},
            [("s3:GetObject", "arn:aws:s3:::from/ä x"), ("s3:PutObject", ARN)],
        ),
        ("list_objects_v2", {"Bucket": "b", "Prefix": "a/"}, [("s3:ListBucket", "arn:aws:s3:::b")]),
        ("list_object_versions", {"Bucket": "b"}, [("s3:ListBucketVersions", "arn:aws:s3:::b")]),
        ("list_multipart_uploads", {"Bucket": "b"}, [("s3:ListBucketMultipartUploads", "arn:aws:s3:::b")]),
        ("get_bucket_policy", {"Bucket": "b"}, [("s3:GetBucketPolicy", "arn:aws:s3:::b")]),
        ("put_bucket_policy", {"Bucket": "b", "Policy": "{}"}, [("s3:PutBucketPolicy", "arn:aws:s3:::b")]),
    ],
)
def test_operations_of_s3_become_what_iam_checks(operation: str, parameters: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    """The operation is recognised from what boto3 really sends, odd names included, and each action is on its own resource."""
    assert [check[:2] for check in checked("s3", operation, **parameters)] == expected


def test_a_copy_reads_and_writes() -> None:
    """The version that is copied, the new object, and the tags unless they are replaced."""
    source = {"Bucket": "from", "Key": "ä/x.csv", "VersionId": "v"}
    replaced = checked("s3", "copy_object", **OBJECT, CopySource=source, MetadataDirective="REPLACE", TaggingDirective="REPLACE")
    assert [check[:2] for check in replaced] == [("s3:GetObjectVersion", "arn:aws:s3:::from/ä/x.csv"), ("s3:PutObject", ARN)]
    actions = [check.action for check in checked("s3", "copy_object", **OBJECT, CopySource=source)]
    assert actions == ["s3:GetObjectVersion", "s3:PutObject", "s3:GetObjectVersionTagging", "s3:PutObjectTagging"]


def test_who_asks_for_what_is_missing_must_be_able_to_list() -> None:
    """S3 says "not found" only to those who may list the bucket."""
    assert ("s3:ListBucket", "arn:aws:s3:::b", {}) in checked("s3", "head_object", status=404, **OBJECT)
    assert ("s3:ListBucket", "arn:aws:s3:::b", {}) not in checked("s3", "head_object", status=200, **OBJECT)


def test_a_training_job_passes_its_role() -> None:
    """Creating one needs three things: the job, its tags, and the role for SageMaker."""
    found = checked(
        "sagemaker",
        "create_training_job",
        TrainingJobName="tck-dev-a",
        RoleArn=ROLE,
        AlgorithmSpecification={"TrainingInputMode": "File"},
        OutputDataConfig={"S3OutputPath": "s3://b/"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        StoppingCondition={},
        Tags=[{"Key": "a", "Value": "b"}],
    )
    job = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job/tck-dev-a"
    assert found == [
        ("sagemaker:CreateTrainingJob", job, {}),
        ("iam:PassRole", ROLE, {"iam:PassedToService": "sagemaker.amazonaws.com"}),
        ("sagemaker:AddTags", job, {"aws:RequestTag/a": "b", "aws:TagKeys": ["a"], "sagemaker:TaggingAction": "CreateTrainingJob"}),
    ]


def test_a_model_is_judged_by_its_network() -> None:
    """A policy may demand one: what the request names, and nothing where it names none."""
    network = {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
    model = {"ModelName": "tck-dev-a", "ExecutionRoleArn": ROLE}
    within, without = (checked("sagemaker", "create_model", **model, **more)[0] for more in ({"VpcConfig": network}, {}))
    assert within.context == {"sagemaker:VpcSubnets": ["subnet-1"], "sagemaker:VpcSecurityGroupIds": ["sg-1"]}
    assert without.context == {}


def test_what_scales_is_judged_by_its_kind() -> None:
    """The service chooses the id of a target, so policies are held by namespace and dimension; tags are an action of their own."""
    target = {"ServiceNamespace": "sagemaker", "ResourceId": "endpoint/e/variant/all", "ScalableDimension": DIMENSION}
    found = checked("application-autoscaling", "register_scalable_target", **target, MinCapacity=1, MaxCapacity=2, Tags={"a": "b"})
    assert [check.action.partition(":")[2] for check in found] == ["RegisterScalableTarget", "TagResource"]
    kind = {"application-autoscaling:service-namespace": "sagemaker", "application-autoscaling:scalable-dimension": DIMENSION}
    assert [check.context for check in found] == [kind, {"aws:RequestTag/a": "b", "aws:TagKeys": ["a"]}]
    (left,) = checked("application-autoscaling", "deregister_scalable_target", **target)
    assert left.resource == f"arn:aws:application-autoscaling:{REGION}:{ACCOUNT}:scalable-target/whose-id-is-not-known-yet"


def test_alarms_are_judged_one_by_one() -> None:
    """One call may delete several; CloudWatch signs with another name than policies know it by."""
    found = checked("cloudwatch", "delete_alarms", AlarmNames=["a", "b"])
    assert found == [("cloudwatch:DeleteAlarms", f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}", {}) for name in "ab"]
    caller = read_caller(sent_by("cloudwatch", "delete_alarms", AlarmNames=["a"]))
    assert caller is not None
    assert caller.service == "cloudwatch"


def test_a_job_of_batch_needs_queue_definition_and_tags() -> None:
    """Three resources for one call."""
    queue, definition = f"arn:aws:batch:{REGION}:{ACCOUNT}:job-queue/q", f"arn:aws:batch:{REGION}:{ACCOUNT}:job-definition/d:1"
    found = checked("batch", "submit_job", jobName="j", jobQueue=queue, jobDefinition=definition, tags={"a": "b"})
    assert [check[:2] for check in found] == [
        ("batch:SubmitJob", queue),
        ("batch:SubmitJob", definition),
        ("batch:TagResource", f"arn:aws:batch:{REGION}:{ACCOUNT}:job/whose-id-is-not-known-yet"),
    ]


def test_conditions_see_the_source_of_an_event_and_the_tags_of_a_resource() -> None:
    """What policies ask by condition is in the record."""
    entry = {"Source": "me", "DetailType": "Happened", "Detail": "{}"}
    (put,) = checked("events", "put_events", Entries=[entry])
    assert (put.resource, put.context["events:source"]) == (f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default", "me")
    (stop,) = checked("batch", "terminate_job", jobId="1", reason="r", found_tags={"stage": "dev"})
    assert stop == ("batch:TerminateJob", f"arn:aws:batch:{REGION}:{ACCOUNT}:job/1", {"aws:ResourceTag/stage": "dev"})
    assert tagged(read_request(sent_by("batch", "terminate_job", jobId="1", reason="r"), "batch")) == stop.resource
    assert tagged(read_request(sent_by("s3", "get_object", **OBJECT), "s3")) == ""


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "action", "resource"),
    [
        ("dynamodb", "get_item", {"TableName": "t", "Key": {"a": {"S": "b"}}}, "dynamodb:GetItem", "table/t"),
        ("dynamodb", "query", {"TableName": "t", "IndexName": "one"}, "dynamodb:Query", "table/t/index/one"),
        ("lambda", "put_function_concurrency", {"FunctionName": "f", "ReservedConcurrentExecutions": 0}, "", "function:f"),
        ("logs", "delete_log_stream", {"logGroupName": "/g", "logStreamName": "s"}, "", "log-group:/g:log-stream:s"),
        ("codebuild", "stop_build", {"id": "project:0a"}, "codebuild:StopBuild", "project/project"),
        ("events", "disable_rule", {"Name": "r"}, "events:DisableRule", "rule/r"),
        ("ecr", "describe_images", {"repositoryName": "tck-dev"}, "ecr:DescribeImages", "repository/tck-dev"),
    ],
)
def test_json_and_rest_calls_name_their_resource(service: str, operation: str, parameters: Any, action: str, resource: str) -> None:
    """One of each kind of protocol and of ARN."""
    (check,) = checked(service, operation, **parameters)
    assert check.resource == f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"
    assert check.action in (action, f"{service}:{''.join(part.capitalize() for part in operation.split('_'))}")


def test_query_calls_are_read_from_their_form() -> None:
    """SNS has the oldest protocol."""
    topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:t"
    assert checked("sns", "publish", TopicArn=topic, Message="m") == [("sns:Publish", topic, {})]


def test_an_operation_that_nobody_listed_is_allowed_by_no_policy() -> None:
    """A new call cannot pass unseen: it asks for a resource that matches no pattern but the widest."""
    assert checked("s3", "list_buckets") == [("s3:ListBuckets", UNKNOWN, {})]
    assert read_request({"REQUEST_METHOD": "TRACE", "PATH_INFO": "/b"}, "s3") == Request("s3:?", {})


def test_each_role_has_its_key_and_only_roles_are_recorded(tmp_path: Path) -> None:
    """A call with a role's key is one line, however often it is made; one with another key is none; the body arrives whole."""
    keys, file, bodies = AccessKeys(), tmp_path / "calls.jsonl", []

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        bodies.append(environ["wsgi.input"].read())
        start_response("200 OK", [])
        return [b""]

    recorder = CallRecorder(application, keys, file)
    item = {"TableName": "t", "Key": {"a": {"S": "b"}}}
    for key in ("AKIDEXAMPLE", keys.of(ROLE), keys.of(ROLE)):
        recorder(sent_by("dynamodb", "get_item", access_key=key, **item), lambda *_: None)
    (line,) = file.read_text(encoding="utf-8").splitlines()
    assert json.loads(line) == {
        "role": ROLE,
        "operation": "dynamodb:GetItem",
        "action": "dynamodb:GetItem",
        "resource": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/t",
        "context": {},
    }
    assert [json.loads(body)["TableName"] for body in bodies] == ["t", "t", "t"]
    assert keys.of(ROLE) != keys.of(f"{ROLE}2")
    assert keys.role(keys.of("")) is None


def test_a_request_that_nobody_signed_is_nobodys() -> None:
    """Neither a missing nor an odd signature is an error."""
    assert read_caller({}) is None
    assert read_caller({"HTTP_AUTHORIZATION": "Bearer x"}) is None
    assert read_caller(sent_by("s3", "list_buckets")) == ("AKIDEXAMPLE", "s3")


def test_a_question_to_an_endpoint_is_known_whatever_it_is() -> None:
    """It is signed as SageMaker's other calls are, and its body is no list of parameters."""
    for body in (b"one,two", json.dumps({"EndpointName": "other", "instances": []}).encode()):
        request = read_request(sent_by("sagemaker-runtime", "invoke_endpoint", EndpointName="mine", Body=body), "sagemaker")
        (check,) = checks(request, {}, 200)
        assert check[:2] == ("sagemaker:InvokeEndpoint", f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint/mine")


def test_who_signed_an_address_or_a_form_is_who_acts() -> None:
    """A page that fetches or posts something does so with the rights of the role that signed."""
    s3 = boto3.Session("AKIDEXAMPLE", "secret", region_name=REGION).client("s3", config=Config(signature_version="s3v4"))
    parts = urlsplit(s3.generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "k"}))
    address = {"REQUEST_METHOD": "GET", "PATH_INFO": "/b/k", "QUERY_STRING": parts.query}
    assert read_caller(address) == ("AKIDEXAMPLE", "s3")
    assert [check[:2] for check in checks(read_request(address, "s3"), {}, 200)] == [("s3:GetObject", "arn:aws:s3:::b/k")]
    fields = s3.generate_presigned_post("b", "märz/k.csv")["fields"]
    lines = [f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()]
    body = ("".join(lines) + '--x\r\nContent-Disposition: form-data; name="file"; filename="k"\r\n\r\nabc\r\n--x--\r\n').encode()
    form = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/b",
        "CONTENT_TYPE": "multipart/form-data; boundary=x",
        "CONTENT_LENGTH": str(len(body)),
    }
    form["wsgi.input"] = io.BytesIO(body)  # type: ignore[assignment]  # WSGI's mixture
    assert read_caller(form) == ("AKIDEXAMPLE", "s3")
    assert [check[:2] for check in checks(read_request(form, "s3"), {}, 200)] == [("s3:PutObject", "arn:aws:s3:::b/märz/k.csv")]
    assert form["wsgi.input"].read() == body  # type: ignore[attr-defined]  # as above: for those who read it after this
