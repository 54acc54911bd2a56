"""S3 buckets and their policies, ECR repositories."""

from __future__ import annotations

import json
from typing import Any

from moto.ecr.models import Repository
from moto.s3.models import FakeBucket

from contract.errors import PlatformError
from local.host import Host
from local.resources.model import Made, Maker, Properties, stock


def makers(host: Host) -> dict[str, Maker]:
    """The types of this module."""
    return {
        "AWS::S3::Bucket": Maker(
            lambda name, properties: _bucket(host, name, properties),
            "BucketName",
            frozenset({"Arn", "DomainName", "DualStackDomainName", "RegionalDomainName", "WebsiteURL"}),
        ),
        "AWS::S3::BucketPolicy": Maker(lambda name, properties: _bucket_policy(host, properties)),
        "AWS::ECR::Repository": Maker(
            lambda name, properties: _repository(host, name, properties), "RepositoryName", frozenset({"Arn", "RepositoryUri"})
        ),
    }


def _bucket(host: Host, name: str, properties: Properties) -> FakeBucket:
    """moto's bucket, which knows encryption and tags alone, with the rest set through S3's own calls."""
    bucket: FakeBucket = stock(FakeBucket, host, name, properties)
    s3 = host.client("s3")
    if versioning := properties.get("VersioningConfiguration"):
        s3.put_bucket_versioning(Bucket=bucket.name, VersioningConfiguration={"Status": versioning["Status"]})
    if "EventBridgeConfiguration" in properties.get("NotificationConfiguration", {}):
        s3.put_bucket_notification_configuration(Bucket=bucket.name, NotificationConfiguration={"EventBridgeConfiguration": {}})
    if block := properties.get("PublicAccessBlockConfiguration"):
        s3.put_public_access_block(Bucket=bucket.name, PublicAccessBlockConfiguration=block)
    if cors := properties.get("CorsConfiguration"):
        s3.put_bucket_cors(Bucket=bucket.name, CORSConfiguration={"CORSRules": [_cors_rule(rule) for rule in cors["CorsRules"]]})
    if lifecycle := properties.get("LifecycleConfiguration"):
        rules = [_lifecycle_rule(rule) for rule in lifecycle["Rules"]]
        s3.put_bucket_lifecycle_configuration(Bucket=bucket.name, LifecycleConfiguration={"Rules": rules})
    return bucket


def _cors_rule(rule: Properties) -> Properties:
    names = {"ExposedHeaders": "ExposeHeaders", "MaxAge": "MaxAgeSeconds", "Id": "ID"}
    return {names.get(name, name): value for name, value in rule.items()}


def _lifecycle_rule(rule: Properties) -> Properties:
    """CloudFormation's form of a rule as S3's API has it. Raises PlatformError for a property that is not known."""
    made: dict[str, Any] = {"Status": rule["Status"], "Filter": {"Prefix": rule.get("Prefix", "")}}
    for name, value in rule.items():
        if name == "Id":
            made["ID"] = value
        elif name == "ExpirationInDays":
            made.setdefault("Expiration", {})["Days"] = int(value)
        elif name == "ExpiredObjectDeleteMarker":
            made.setdefault("Expiration", {})["ExpiredObjectDeleteMarker"] = _boolean(value)
        elif name in ("NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload"):
            made[name] = {key: int(entry) for key, entry in value.items()}
        elif name == "NoncurrentVersionExpirationInDays":
            made["NoncurrentVersionExpiration"] = {"NoncurrentDays": int(value)}
        elif name not in ("Status", "Prefix"):
            raise PlatformError(f"The local cloud does not support the property LifecycleConfiguration.Rules.{name}.")
    return made


def _boolean(value: Any) -> bool:
    return str(value).lower() == "true"


def _bucket_policy(host: Host, properties: Properties) -> Made:
    """The policy without its conditional denies: moto ignores conditions, and would refuse every request."""
    document = properties["PolicyDocument"]
    kept = [statement for statement in document["Statement"] if not (statement["Effect"] == "Deny" and statement.get("Condition"))]
    if kept:
        host.client("s3").put_bucket_policy(Bucket=properties["Bucket"], Policy=json.dumps({**document, "Statement": kept}))
    return Made(f"{properties['Bucket']}-policy")


def _repository(host: Host, name: str, properties: Properties) -> Repository:
    """moto's repository; a name that CloudFormation makes up is in lower case."""
    repository: Repository = stock(Repository, host, name.lower(), properties)
    return repository
