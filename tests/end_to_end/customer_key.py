"""What a customer key adds to calls: S3, DynamoDB and SNS use it under the role of whoever calls them.

The local cloud encrypts nothing, so these calls are not among those that it writes down; they follow from them.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from local.host import ACCOUNT, REGION

_READ, _WRITE = "kms:Decrypt", "kms:GenerateDataKey"
_USES = {
    "s3:GetObject": (_READ,),
    "s3:GetObjectVersion": (_READ,),
    "s3:PutObject": (_WRITE,),
    **dict.fromkeys(("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:Query"), (_READ,)),
    "sns:Publish": (_READ, _WRITE),
}
_OF_PARTS = ("s3:UploadPart", "s3:UploadPartCopy", "s3:CompleteMultipartUpload")  # which read what is there already


def uses_of_key(operation: str, action: str) -> tuple[str, ...]:
    """What is asked of the key when an operation needs an action on something that lies under it."""
    uses = _USES.get(action, ())
    return (_READ, *uses) if operation in _OF_PARTS and _WRITE in uses else uses


def declared_key(resource: Mapping[str, Any]) -> Any:
    """The customer key of a resource, as its template writes it; None where it has none."""
    properties = resource.get("Properties", {})
    if resource["Type"] == "AWS::S3::Bucket":
        (rule,) = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        return rule["ServerSideEncryptionByDefault"].get("KMSMasterKeyID")
    if resource["Type"] == "AWS::DynamoDB::Table":
        return properties.get("SSESpecification", {}).get("KMSMasterKeyId")
    if resource["Type"] == "AWS::SNS::Topic":
        return properties.get("KmsMasterKeyId")
    return None


# the ARN of what has a key, by the name that CloudFormation gives it
ARNS: Mapping[str, Callable[[str], str]] = {
    "AWS::S3::Bucket": "arn:aws:s3:::{}".format,
    "AWS::DynamoDB::Table": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{{}}".format,
    "AWS::SNS::Topic": str,
    "AWS::KMS::Key": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{{}}".format,
}
