"""The role of Ground Truth's labelling jobs."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from contract.ground_truth import ACCOUNTS
from stacks.constructs.labeling_role import LabelingRole
from stacks.settings import Settings


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    """A stack with a bucket and the role."""
    stack = Stack(App(), "Labeling")
    LabelingRole(stack, "LabelingRole", train_bucket=s3.Bucket(stack, "Train"), settings=Settings.of("dev"))
    found: dict[str, Any] = Template.from_stack(stack).to_json()
    return found


def _statements(template: dict[str, Any]) -> list[dict[str, Any]]:
    (policy,) = (body for body in template["Resources"].values() if body["Type"] == "AWS::IAM::Policy")
    statements: list[dict[str, Any]] = policy["Properties"]["PolicyDocument"]["Statement"]
    return statements


def _written(value: Any) -> str:
    """An ARN with its references in place."""
    return "".join(part if isinstance(part, str) else str(next(iter(part.values()))) for part in value["Fn::Join"][1])


def test_a_labelling_job_reads_and_writes_below_its_own_prefix_alone(template: dict[str, Any]) -> None:
    """No dropped file, no correction, no collected post can be read or written by it."""
    objects = [entry for entry in _statements(template) if "s3:GetObject" in entry["Action"]]
    assert [_written(entry["Resource"]).endswith("/labelling/*") for entry in objects] == [True]
    assert set(objects[0]["Action"]) == {"s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"}


def test_it_calls_the_two_functions_of_its_region(template: dict[str, Any]) -> None:
    """Those of the account that AWS documents for the region where the stack stands."""
    (statement,) = (entry for entry in _statements(template) if entry["Action"] == "lambda:InvokeFunction")
    names = [resource["Fn::Join"][1][-1].rsplit(":", 1)[-1] for resource in statement["Resource"]]
    assert names == ["PRE-TextMultiClass", "ACS-TextMultiClass"]
    (mapping,) = template["Mappings"].values()
    assert mapping == {region: {"account": account} for region, account in ACCOUNTS.items()}
    assert all("Fn::FindInMap" in str(resource) for resource in statement["Resource"])


def test_it_may_encrypt_with_the_customer_key_if_there_is_one() -> None:
    """The output of a labelling job is told to be encrypted with it."""
    stack = Stack(App(), "Labeling")
    bucket = s3.Bucket(stack, "Train", encryption_key=kms.Key(stack, "Key"))
    LabelingRole(stack, "LabelingRole", train_bucket=bucket, settings=Settings.of("dev"))
    assert any(entry["Action"] == "kms:Encrypt" for entry in _statements(Template.from_stack(stack).to_json()))


def test_metrics_are_written_into_the_namespace_of_labelling_jobs(template: dict[str, Any]) -> None:
    """CloudWatch knows no resource for them, so a condition holds it."""
    (statement,) = (entry for entry in _statements(template) if entry["Action"] == "cloudwatch:PutMetricData")
    assert statement["Condition"] == {"StringEquals": {"cloudwatch:namespace": "/aws/sagemaker/LabelingJobs"}}
