"""Strictness: what the local cloud does not support fails before anything is created."""

from __future__ import annotations

from typing import Any

import pytest

from local import coverage


def problems_of(**resources: dict[str, Any]) -> list[str]:
    """The problems of a template with these resources."""
    return list(coverage.problems({"Resources": resources}))


def test_supported_template_has_no_problems() -> None:
    """A supported type with honoured and recorded properties passes."""
    assert problems_of(Log={"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 1, "LogGroupClass": "STANDARD"}}) == []


@pytest.mark.parametrize(
    ("resource", "named"),
    [
        ({"Type": "AWS::RDS::DBInstance"}, "AWS::RDS::DBInstance"),
        ({"Type": "AWS::S3::Bucket", "Properties": {"ObjectLockEnabled": True}}, "ObjectLockEnabled"),
        (
            {"Type": "AWS::S3::Bucket", "Properties": {"NotificationConfiguration": {"LambdaConfigurations": []}}},
            "NotificationConfiguration.LambdaConfigurations",
        ),
        ({"Type": "AWS::Lambda::Function", "Properties": {"Code": {"ImageUri": "x"}}}, "Code.ImageUri"),
        ({"Type": "AWS::Lambda::Function", "Properties": {"Layers": []}}, "Layers"),
        ({"Type": "AWS::Batch::JobDefinition", "Properties": {"ContainerProperties": {"Secrets": []}}}, "ContainerProperties.Secrets"),
        ({"Type": "AWS::Events::Rule", "Properties": {"Targets": [{"Arn": "a", "Id": "b", "EcsParameters": {}}]}}, "EcsParameters"),
        ({"Type": "AWS::Events::Rule", "Properties": {"EventBusName": "other"}}, "default event bus"),
    ],
)
def test_unsupported_resource_is_named(resource: dict[str, Any], named: str) -> None:
    """The error names the logical id, the type and what is not supported."""
    (problem,) = problems_of(Thing=resource)
    assert problem.startswith(f"Thing ({resource['Type']})")
    assert named in problem


def test_node_handler_without_stand_in_is_refused() -> None:
    """A custom resource whose handler is a Node function fails, unless something declared stands in for it."""
    handler = {"Type": "AWS::Lambda::Function", "Properties": {"Runtime": "nodejs22.x"}}
    token = {"ServiceToken": {"Fn::GetAtt": ["Handler", "Arn"]}}
    (problem,) = problems_of(Handler=handler, Thing={"Type": "Custom::Other", "Properties": token})
    assert "Handler" in problem
    assert "nodejs22.x" in problem
    assert problems_of(Handler=handler, Thing={"Type": "Custom::S3AutoDeleteObjects", "Properties": token}) == []


def test_python_handler_is_run() -> None:
    """A custom resource whose handler is a Python function is supported."""
    handler = {"Type": "AWS::Lambda::Function", "Properties": {"Runtime": "python3.14"}}
    token = {"ServiceToken": {"Fn::GetAtt": ["Handler", "Arn"]}}
    assert problems_of(Handler=handler, Thing={"Type": "Custom::Other", "Properties": token}) == []


def test_recorded_only_types_are_told_apart() -> None:
    """A type is recorded only, or supported, or stood in for: never two of them."""
    assert not coverage.RECORDED_ONLY & set(coverage.TYPES)
    template = {
        "Resources": {
            "A": {"Type": "AWS::CloudWatch::Alarm"},
            "B": {"Type": "AWS::SNS::Topic"},
            "C": {"Type": "Custom::S3AutoDeleteObjects"},
        }
    }
    assert coverage.recorded_only(template) == {"AWS::CloudWatch::Alarm"}
    assert coverage.stand_ins(template) == {"Custom::S3AutoDeleteObjects"}


def test_no_property_is_both_honoured_and_recorded() -> None:
    """The table says one thing about each property."""
    for kind, known in coverage.TYPES.items():
        assert not known.honoured & known.recorded, kind
