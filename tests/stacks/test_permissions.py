"""Who may do what."""

from __future__ import annotations

import re
from typing import Any

import pytest
from assemblies import Assembly
from template_policies import allowances, listed, readable

from contract.events import SOURCE
from contract.tags import PRODUCT
from stacks.constructs.deploy_model import SCALES
from stacks.constructs.network import NETWORK_ACTIONS
from stacks.wildcards import WILDCARDS

HOSTED = {
    "training-job": "StopTrainingJob",
    "endpoint": "DeleteEndpoint",
    "endpoint-config": "DeleteEndpointConfig",
    "model": "DeleteModel",
}


def _grants(assembly: Assembly) -> set[tuple[str, str, str]]:
    """Every role, action and resource. That dev's are neither more nor less than is called, the end-to-end tests hold."""
    return {(role, action, resource) for role, action, resource, _ in allowances(assembly)}


SCALING = {
    "application-autoscaling:RegisterScalableTarget",
    "application-autoscaling:PutScalingPolicy",
    "application-autoscaling:TagResource",
    "cloudwatch:PutMetricAlarm",
    "cloudwatch:TagResource",
    "cloudwatch:DescribeAlarms",
    "cloudwatch:DeleteAlarms",
    "sagemaker:DescribeEndpointConfig",
    "sagemaker:UpdateEndpointWeightsAndCapacities",
    "iam:CreateServiceLinkedRole",
}


COLLECTING = {
    "s3:GetObject",
    "s3:PutObject",
    "s3:ListBucket",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "secretsmanager:GetSecretValue",
    "sns:Publish",
    "sqs:SendMessage",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
}
LABELLING = {
    "s3:GetObject",
    "s3:PutObject",
    "s3:AbortMultipartUpload",
    "s3:ListBucket",
    "s3:GetBucketLocation",
    "lambda:InvokeFunction",
    "logs:CreateLogGroup",
    "logs:DescribeLogStreams",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "cloudwatch:PutMetricData",
}


def test_a_key_a_network_instances_and_collectors_add_no_more_than_their_own_actions(dev: Assembly, prod: Assembly) -> None:
    """What the stages share is the same; whether each role needs what is added, the end-to-end tests hold."""
    added = _grants(prod) - _grants(dev)
    keys = {grant for grant in added if grant[1].startswith("kms:")}
    assert {resource for _, _, resource in keys} == {"<Key.Arn>"}
    assert {(role, action) for role, action, _ in added - keys} == {
        *((role, action) for role in ("TrainingRole", "ServingRole") for action in NETWORK_ACTIONS),
        *(("DeployModelRole", action) for action in SCALING),
        ("ServingRole", "cloudwatch:DescribeAlarms"),
        ("TearDownRole", "cloudwatch:DeleteAlarms"),
        *(("CollectPostsRole", action) for action in COLLECTING),
        *(("LabelingRole", action) for action in LABELLING),
        *(("TearDownRole", action) for action in ("events:DisableRule", "lambda:PutFunctionConcurrency")),  # of one more stack
        *(("TearDownRole", f"sagemaker:{action}") for action in ("ListLabelingJobs", "ListTags", "StopLabelingJob")),
    }


def test_where_data_stays_only_the_deletion_of_data_is_missing(dev: Assembly, prod: Assembly) -> None:
    """Otherwise both stages allow the same, but for spot machines, which this prod has none of."""
    missing = {grant for grant in _grants(dev) - _grants(prod) if "<QueueSpot.Name>" not in grant[2]}
    assert {role for role, _, _ in missing} == {"TearDownRole"}
    assert {action.partition(":")[0] for _, action, _ in missing} == {"s3", "logs"}


def test_no_policy_allows_a_whole_service(assembly: Assembly) -> None:
    """No statement allows `*` or `service:*`, be it in an identity policy or in a policy of a bucket, queue, topic or key."""
    statements = [
        (resource.logical_id, statement)
        for resource in assembly.resources()
        for name in ("PolicyDocument", "KeyPolicy")
        if name in resource.properties
        for statement in resource.properties[name]["Statement"]
    ]
    assert statements
    offending = [
        (holder, action)
        for holder, statement in statements
        if statement["Effect"] == "Allow"
        for action in listed(statement["Action"])
        if action == "*" or action.endswith(":*")
    ]
    assert offending == []


def test_no_managed_policy_is_attached(assembly: Assembly) -> None:
    """Nothing is allowed by a policy that does not stand in the templates."""
    assert [role.logical_id for role in assembly.resources("AWS::IAM::Role") if role.properties.get("ManagedPolicyArns")] == []


def test_every_wildcard_has_a_reason(assembly: Assembly) -> None:
    """A resource with a wildcard is allowed only with the actions for which the table of reasons lists it."""
    explained = {(action, row.resource) for row in WILDCARDS for action in row.actions}
    found = {(action, resource) for _, action, resource, _ in allowances(assembly) if "*" in resource}
    assert found <= explained


def test_a_host_reaches_no_cluster_but_its_own(assembly: Assembly) -> None:
    """Jobs could take their host's credentials: with them nobody joins, hears of or speaks for another cluster of the account."""
    names = ("<QueueSpot.Name>", "<QueueOnDemand.Name>")
    clusters = {f"arn:ecs:cluster/{cluster}" for name in names for cluster in (f"AWSBatch-{name}-*", f"{name}_Batch_*")}
    granted = [grant for grant in allowances(assembly) if grant.role == "QueueHostRole" and grant.action != "ecs:DiscoverPollEndpoint"]
    assert granted
    for grant in granted:
        if grant.resource in clusters:
            continue
        assert grant.resource == "arn:ecs:container-instance/*"
        if grant.action == "ecs:TagResource":
            assert grant.conditions == {"StringEquals": {"ecs:CreateAction": "RegisterContainerInstance"}}
        else:
            bounds = {readable(arn, assembly.stage) for arn in listed(grant.conditions["ArnLike"]["ecs:cluster"])}
            assert bounds <= clusters


def test_who_tags_puts_the_tags_of_the_stage_and_no_others(assembly: Assembly) -> None:
    """Else a role could give a thing the tags by which conditions know what is the stage's; SageMaker's must be in the making, too."""
    tagging = [grant for grant in allowances(assembly) if re.search(r":(AddTags|Tag\w+)$", grant.action) and grant.role != "QueueHostRole"]
    assert {"sagemaker:AddTags", "batch:TagResource"} <= {grant.action for grant in tagging}
    for grant in tagging:
        conditions = dict(grant.conditions)
        assert conditions.pop("StringEquals") == {"aws:RequestTag/product": PRODUCT, "aws:RequestTag/stage": assembly.stage}
        assert conditions.pop("ForAllValues:StringEquals") == {"aws:TagKeys": ["product", "stage", "classifier"]}
        assert conditions == ({"Null": {"sagemaker:TaggingAction": "false"}} if grant.action == "sagemaker:AddTags" else {})


def test_every_reason_is_needed(dev: Assembly, prod: Assembly) -> None:
    """The table of reasons holds nothing that no policy uses."""
    explained = {(action, row.resource) for row in WILDCARDS for action in row.actions}
    found = {(action, resource) for one in (dev, prod) for _, action, resource, _ in allowances(one) if "*" in resource}
    assert explained <= found
    assert all(row.reason for row in WILDCARDS)


def test_broad_calls_are_held_by_conditions(assembly: Assembly) -> None:
    """Roles are passed to SageMaker only, jobs stopped, events and metrics put only where they are the kit's own or SageMaker's."""
    conditions = {(role, action): condition for role, action, _, condition in allowances(assembly)}
    assert conditions["StartTrainingRole", "iam:PassRole"] == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    of_this_stage = {"StringEquals": {"aws:ResourceTag/product": PRODUCT, "aws:ResourceTag/stage": assembly.stage}}
    assert conditions["ReportPredictionRole", "batch:TerminateJob"] == of_this_stage
    for action in ("batch:TerminateJob", *(f"sagemaker:{action}" for action in HOSTED.values())):
        assert conditions["TearDownRole", action] == of_this_stage
    assert conditions["PublishModelRole", "events:PutEvents"] == {"StringEquals": {"events:source": SOURCE}}
    assert conditions["TrainingRole", "cloudwatch:PutMetricData"] == {
        "StringEquals": {"cloudwatch:namespace": "/aws/sagemaker/TrainingJobs"}
    }


def test_what_scales_is_held_to_endpoints(assembly: Assembly) -> None:
    """Application Auto Scaling knows tables and fleets, too: of those, nobody may touch one."""
    scaling = [grant for grant in allowances(assembly) if grant.action.startswith("application-autoscaling:")]
    assert {grant.role for grant in scaling} == {"DeployModelRole", "TearDownRole"}
    for grant in scaling:
        if grant.action.endswith((":TagResource", ":DescribeScalableTargets")):
            continue  # for which AWS knows no such condition: with it nothing would be allowed
        assert grant.conditions["StringEquals"]["application-autoscaling:service-namespace"] == "sagemaker"
    linked = [grant for grant in allowances(assembly) if grant.action == "iam:CreateServiceLinkedRole"]
    assert all(grant.conditions == {"StringEquals": {"iam:AWSServiceName": SCALES}} for grant in linked)
    assert len(linked) == (assembly.stage == "prod")


def test_a_model_may_be_made_in_no_network_but_the_settings(dev: Assembly, prod: Assembly) -> None:
    """Where endpoints run in a network of the account, a request that names none, or another, is refused."""
    (condition,) = (grant.conditions for grant in allowances(prod) if grant.action == "sagemaker:CreateModel")
    assert (
        condition["ForAllValues:StringEquals"].keys()
        == condition["Null"].keys()
        == {
            "sagemaker:VpcSubnets",
            "sagemaker:VpcSecurityGroupIds",
        }
    )
    assert [grant.conditions for grant in allowances(dev) if grant.action == "sagemaker:CreateModel"] == [{}]


def test_without_a_customer_key_nobody_calls_kms(dev: Assembly) -> None:
    """The default needs no key permissions at all."""
    assert [allowance for allowance in allowances(dev) if allowance.action.startswith("kms:")] == []


def test_no_bucket_policy_allows_anything(assembly: Assembly) -> None:
    """Who may reach a bucket stands in the roles; the bucket itself only refuses, but for the page's (test_page.py)."""
    statements = [
        statement
        for policy in assembly.resources("AWS::S3::BucketPolicy", "Storage")
        for statement in policy.properties["PolicyDocument"]["Statement"]
    ]
    assert statements
    assert {statement["Effect"] for statement in statements} == {"Deny"}


def test_where_data_stays_no_step_may_delete_it(prod: Assembly) -> None:
    """In prod the steps may stop jobs and delete endpoints, and not one may touch an object or a log."""
    actions = {action for role, action, _, _ in allowances(prod) if role == "TearDownRole"}
    assert "sagemaker:StopTrainingJob" in actions
    assert {action for action in actions if action.startswith(("s3:", "logs:"))} == {"logs:CreateLogStream", "logs:PutLogEvents"}


def test_trainings_are_bound_to_the_key_and_the_network_of_the_settings(dev: Assembly, prod: Assembly) -> None:
    """Whoever could call under that role could not train with another key or outside of the network."""

    def condition(assembly: Assembly) -> dict[str, Any]:
        (found,) = (condition for role, action, _, condition in allowances(assembly) if action == "sagemaker:CreateTrainingJob")
        return found

    assert condition(dev) == {}
    assert set(condition(prod)["ArnEquals"]) == {"sagemaker:OutputKmsKey", "sagemaker:VolumeKmsKey"}
    assert set(condition(prod)["ForAllValues:StringEquals"]) == {"sagemaker:VpcSubnets", "sagemaker:VpcSecurityGroupIds"}
    assert condition(prod)["Null"] == {"sagemaker:VpcSubnets": "false", "sagemaker:VpcSecurityGroupIds": "false"}


@pytest.mark.parametrize("name", ["Environment", "ContainerProperties"])
def test_no_secret_is_in_an_environment_variable(assembly: Assembly, name: str) -> None:
    """What anybody may read who can look at a function or a job names no password, token or key; no address carries one."""
    variables = {
        (resource.logical_id, key): str(value)
        for resource in assembly.resources()
        for key, value in _variables(resource.properties.get(name, {})).items()
    }
    assert variables
    suspicious = re.compile(r"SECRET|TOKEN|PASSWORD|PASSWD|CREDENTIAL|API_?KEY|ACCESS_?KEY|PRIVATE", re.IGNORECASE)
    assert [key for _, key in variables if suspicious.search(key)] == []
    assert [key for key, value in variables.items() if re.search(r"AKIA|ASIA|-----BEGIN|://[^/]*:[^/]*@", value)] == []


def _variables(holder: dict[str, Any]) -> dict[str, Any]:
    """Environment variables as Lambda, CodeBuild or Batch declares them."""
    if "Variables" in holder:
        return dict(holder["Variables"])
    entries = holder.get("EnvironmentVariables", holder.get("Environment", []))
    return {entry["Name"]: entry["Value"] for entry in entries}
