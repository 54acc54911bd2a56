"""The sample app as it stands after its deployment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from local_app import ENTRY_POINT, write_assembly
from sample_templates import TAG, bucket, function, resource

from contract.errors import PlatformError
from local.access_keys import AccessKeys
from local.child import Children
from local.cloud import Cloud, find, start
from local.deploy import deploy
from local.host import Host


def test_bucket_has_what_its_template_says(cloud: Cloud) -> None:
    """Versioning, encryption, public access block, lifecycle, CORS and the event bus are all set on the bucket."""
    s3, name = cloud.session().client("s3"), cloud.outputs["Train"]
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    assert all(s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"].values())
    rules = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    assert rules[0] | {"Filter": {"Prefix": "_work/"}} == rules[0]
    assert rules[0]["Expiration"]["Days"] == 1
    assert rules[0]["NoncurrentVersionExpiration"]["NoncurrentDays"] == 7
    assert rules[1]["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] == 1
    encryption = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]
    assert encryption["Rules"][0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    assert s3.get_bucket_cors(Bucket=name)["CORSRules"][0]["MaxAgeSeconds"] == 60


def test_table_has_what_its_template_says(cloud: Cloud) -> None:
    """The local secondary index, point-in-time recovery and time to live are there."""
    dynamodb, name = cloud.session().client("dynamodb"), cloud.outputs["Table"]
    table = dynamodb.describe_table(TableName=name)["Table"]
    assert [index["IndexName"] for index in table["LocalSecondaryIndexes"]] == ["by_created"]
    recovery = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    assert recovery["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    assert dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]["AttributeName"] == "expires_at"


def test_compute_environment_and_definition_are_registered(cloud: Cloud) -> None:
    """CDK's lower-case type, the missing service role, parameters' spelling and the time-out survive moto."""
    batch = cloud.session().client("batch")
    (machines,) = batch.describe_compute_environments()["computeEnvironments"]
    assert machines["type"] == "MANAGED"
    assert machines["computeResources"]["instanceTypes"] == ["g4dn", "g5"]
    (definition,) = batch.describe_job_definitions(jobDefinitions=[cloud.outputs["Job"]])["jobDefinitions"]
    assert definition["parameters"] == {"output": "nowhere"}
    assert definition["timeout"]["attemptDurationSeconds"] == 600
    assert definition["retryStrategy"]["attempts"] == 3


def test_custom_resource_ran_its_handler(cloud: Cloud) -> None:
    """The Python handler ran, its answer's data is an attribute, and the build's stand-in registered the image."""
    assert cloud.outputs["MadeNumber"] == "7"
    images = cloud.session().client("ecr").describe_images(repositoryName=cloud.outputs["Images"])["imageDetails"]
    assert images[0]["imageTags"] == [TAG]


def test_log_groups_have_retention(cloud: Cloud) -> None:
    """A log group of the template exists with its retention."""
    (group,) = cloud.session().client("logs").describe_log_groups(logGroupNamePrefix=cloud.outputs["NoteLogs"])["logGroups"]
    assert group["retentionInDays"] == 7


def test_what_is_not_as_on_aws_is_said(cloud: Cloud, state: Path) -> None:
    """The recorded types and the differences are in the cloud's file and in the server's log."""
    assert cloud.recorded_only == ["AWS::CloudWatch::Alarm"]
    assert any(sentence.startswith("IAM") for sentence in cloud.not_evaluated)
    assert any(sentence.startswith("AWS::CodeBuild::Project") for sentence in cloud.not_evaluated)
    log = (state / "logs" / "server.log").read_text()
    assert "recorded only: AWS::CloudWatch::Alarm" in log
    assert all(sentence in log for sentence in cloud.not_evaluated)


def test_a_key_can_be_described_and_has_its_tags(cloud: Cloud) -> None:
    """moto's own type takes neither CloudFormation's tags nor its policy."""
    kms, key = cloud.session().client("kms"), cloud.outputs["Key"]
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Enabled"
    assert kms.list_resource_tags(KeyId=key)["Tags"] == [{"TagKey": "product", "TagValue": "sample"}]


def test_running_cloud_is_found_and_not_started_twice(cloud: Cloud, state: Path, tmp_path: Path) -> None:
    """`find` gives the running cloud, and a second one on the same state is refused."""
    assert find(state) == cloud
    with pytest.raises(PlatformError, match="running already"):
        start(tmp_path, state)


def test_second_server_on_the_same_state_gives_up(cloud: Cloud, state: Path) -> None:
    """A server started by hand on a folder that is taken says so, ends with status 1 and harms nothing."""
    command = [sys.executable, "-m", "local", "--assembly", str(state.parent / "assembly"), "--state", str(state)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert "running already" in ended.stdout
    assert find(state) == cloud


def test_stale_file_of_a_dead_cloud_is_removed(tmp_path: Path) -> None:
    """A cloud.json whose server is dead is removed, even when its process id is another's by now."""
    content = {"pid": os.getpgid(0), "endpoint": "", "region": "", "account": "", "outputs": {}}
    (tmp_path / "cloud.json").write_text(json.dumps(content))
    assert find(tmp_path) is None
    assert not (tmp_path / "cloud.json").exists()


def test_failing_deployment_names_the_resource(tmp_path: Path) -> None:
    """A stack is named when its deployment begins; a resource that cannot be created fails the start with its type and logical id."""
    said: list[str] = []
    (tmp_path / "assembly").mkdir()
    good, bad = (
        bucket(),
        resource("AWS::SNS::Subscription", TopicArn="arn:aws:sns:us-east-1:123456789012:none", Protocol="sqs", Endpoint="x"),
    )
    write_assembly(tmp_path / "assembly", {"one": {"Resources": {"Good": good, "Bad": bad}}})
    with pytest.raises(PlatformError, match=r"one could not be deployed: Bad \(AWS::SNS::Subscription\)"):
        start(tmp_path / "assembly", tmp_path / "state", entry_point=ENTRY_POINT, say=said.append)
    assert said == ["Deploying one (2 resources)."]
    assert find(tmp_path / "state") is None


def test_handler_that_answers_failed_fails_the_deployment(tmp_path: Path) -> None:
    """A custom resource whose handler answers FAILED, or dies, fails the stack with the handler's reason."""
    (tmp_path / "assembly").mkdir()
    provider = function("fail")
    provider["Properties"]["Environment"] = {"Variables": {}}
    resources = {
        "Role": resource("AWS::IAM::Role", AssumeRolePolicyDocument={"Version": "2012-10-17", "Statement": []}),
        "Provide": provider,
        "Thing": resource("Custom::Thing", ServiceToken={"Fn::GetAtt": ["Provide", "Arn"]}),
    }
    write_assembly(tmp_path / "assembly", {"one": {"Resources": resources}})
    with pytest.raises(PlatformError, match=r"Thing \(Custom::Thing\): The handler of Thing failed.*no good"):
        start(tmp_path / "assembly", tmp_path / "state", entry_point=ENTRY_POINT)


def test_unsupported_types_fail_before_anything_is_created(tmp_path: Path) -> None:
    """All unsupported resources of an assembly are named at once, without a call to any service."""
    resources = {"Base": resource("AWS::RDS::DBInstance"), "Other": resource("AWS::S3::Bucket", ObjectLockEnabled=True)}
    write_assembly(tmp_path, {"one": {"Resources": resources}})
    children = Children()
    host = Host(tmp_path, "http://localhost:1", children, ENTRY_POINT, tmp_path, AccessKeys())
    with pytest.raises(PlatformError, match=r"(?s)Base \(AWS::RDS::DBInstance\).*Other \(AWS::S3::Bucket\).*ObjectLockEnabled"):
        deploy(host, tmp_path, print)
    children.close()
