"""What a deployment costs while nobody uses it, from its synthesized templates.

Every resource type of the kit stands either in `FREE_WHEN_IDLE` or in `_PRICED`; an unknown one is an error,
because it would otherwise count as free.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from contract.errors import AlgorithmError
from stacks import prices

# assumed amounts of what is paid by the gigabyte: a team's data after some months
BUCKET_GB = 1.0
PAGE_GB = 0.001  # half a megabyte of files that nobody adds to, and the versions before
TABLE_GB = 0.1
LOG_GB = 0.05
IMAGE_GB = {"gpu": 2.3, "cpu": 0.3}  # compressed, as the repository stores them; one deployment's images

COST_FILE = "cost.json"

FREE_WHEN_IDLE = frozenset(
    {
        "AWS::ApiGatewayV2::Api",  # by the request
        "AWS::ApiGatewayV2::Authorizer",
        "AWS::ApiGatewayV2::Integration",
        "AWS::ApiGatewayV2::Route",
        "AWS::ApiGatewayV2::Stage",
        "AWS::Batch::ComputeEnvironment",  # from zero: hosts cost while they run
        "AWS::Batch::JobDefinition",
        "AWS::Batch::JobQueue",
        "AWS::Budgets::Budget",  # as long as it takes no actions
        "AWS::CloudFormation::CustomResource",
        "AWS::CloudFront::Distribution",  # by the request and the gigabyte that goes out
        "AWS::CloudFront::OriginAccessControl",
        "AWS::CloudFront::ResponseHeadersPolicy",
        "AWS::CodeBuild::Project",  # by the minute of a build
        "AWS::Cognito::UserPool",  # by the people who sign in during a month
        "AWS::Cognito::UserPoolClient",
        "AWS::Cognito::UserPoolGroup",
        "AWS::EC2::InternetGateway",
        "AWS::EC2::LaunchTemplate",
        "AWS::EC2::Route",
        "AWS::EC2::RouteTable",
        "AWS::EC2::SecurityGroup",
        "AWS::EC2::Subnet",
        "AWS::EC2::SubnetRouteTableAssociation",
        "AWS::EC2::VPC",
        "AWS::EC2::VPCGatewayAttachment",
        "AWS::ECR::Repository",  # its images are counted where they are built
        "AWS::Events::Rule",
        "AWS::IAM::InstanceProfile",
        "AWS::IAM::Policy",
        "AWS::IAM::Role",
        "AWS::Lambda::EventInvokeConfig",
        "AWS::Lambda::Permission",
        "AWS::S3::BucketPolicy",
        "AWS::SNS::Subscription",
        "AWS::SNS::Topic",
        "AWS::SNS::TopicPolicy",
        "AWS::SQS::Queue",
        "AWS::SQS::QueuePolicy",
        "Custom::PublishedPage",
        "Custom::TearDown",
    }
)


def idle_usd(template: Mapping[str, Any]) -> dict[str, float]:
    """USD per month by logical id, of the resources that cost while idle.

    Raises AlgorithmError for a resource type that is neither priced nor known to be free.
    """
    found = {}
    for logical_id, resource in template["Resources"].items():
        kind = resource["Type"]
        if kind in FREE_WHEN_IDLE:
            continue
        if kind not in _PRICED:
            raise AlgorithmError(f"{logical_id} is a {kind}, of which stacks/cost.py does not know what it costs.")
        usd = _PRICED[kind](resource.get("Properties", {}))
        if logical_id.startswith("PageBucket"):
            usd *= PAGE_GB / BUCKET_GB
        if usd:
            found[logical_id] = round(usd, 4)
    return found


def write_cost(assembly: Path, templates: Mapping[str, Path]) -> dict[str, Any]:
    """Write `cost.json` into the assembly: idle USD per month by stack and in total. Returns its content."""
    resources = {name: idle_usd(json.loads(path.read_text())) for name, path in templates.items()}
    stacks = {name: round(sum(found.values()), 4) for name, found in resources.items()}
    content = {
        "region": prices.REGION,
        "prices_as_of": prices.AS_OF,
        "idle_usd_per_month": round(sum(stacks.values()), 4),
        "stacks": stacks,
        "resources": resources,
        "assumed": {
            "bucket_gb": BUCKET_GB,
            "page_gb": PAGE_GB,
            "table_gb": TABLE_GB,
            "log_gb": LOG_GB,
            "image_gb": IMAGE_GB,
            "classifiers": 1,
        },
    }
    (assembly / COST_FILE).write_text(json.dumps(content, indent=2) + "\n")
    return content


def _table(properties: Mapping[str, Any]) -> float:
    has_recovery = properties.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled", False)
    return TABLE_GB * (prices.DYNAMODB_USD_PER_GB + (prices.PITR_USD_PER_GB if has_recovery else 0.0))


def _endpoint(properties: Mapping[str, Any]) -> float:
    if properties.get("VpcEndpointType") == "Gateway":
        return 0.0
    return prices.INTERFACE_ENDPOINT_USD * len(properties["SubnetIds"])


def _instances(properties: Mapping[str, Any]) -> float:
    """What a function makes at run time and does not take away again: the instances of one classifier's endpoint, and its alarm."""
    variables = properties.get("Environment", {}).get("Variables", {})
    variant = json.loads(variables["VARIANT"]) if "VARIANT" in variables else {}
    if "InstanceType" not in variant:
        return 0.0
    hourly = prices.SERVING_USD_PER_HOUR[variant["InstanceType"]]
    return float(variant["InitialInstanceCount"] * hourly * prices.HOURS_PER_MONTH + prices.ALARM_USD)


_PRICED: dict[str, Callable[[Mapping[str, Any]], float]] = {
    "AWS::CloudWatch::Alarm": lambda _: prices.ALARM_USD,
    "AWS::CloudWatch::Dashboard": lambda _: prices.DASHBOARD_USD,
    "AWS::DynamoDB::Table": _table,
    "AWS::EC2::EIP": lambda _: prices.PUBLIC_ADDRESS_USD,
    "AWS::EC2::NatGateway": lambda _: prices.NAT_GATEWAY_USD,
    "AWS::EC2::VPCEndpoint": _endpoint,
    "AWS::KMS::Key": lambda _: prices.KEY_USD,
    "AWS::Lambda::Function": _instances,
    "AWS::Logs::LogGroup": lambda _: LOG_GB * prices.LOGS_USD_PER_GB,
    "AWS::S3::Bucket": lambda _: BUCKET_GB * prices.S3_USD_PER_GB,
    "AWS::SecretsManager::Secret": lambda _: prices.SECRET_USD,
    "Custom::ContainerImage": lambda properties: IMAGE_GB[properties["Accelerator"]] * prices.ECR_USD_PER_GB,
}
