"""What IAM checks for the operations of S3: one of them may read an object and write another.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote

Parameters = Mapping[str, Any]


class Check(NamedTuple):
    """One thing that a role must be allowed."""

    action: str
    resource: str  # an ARN, or "*" where AWS supports no resource
    context: Mapping[str, str | list[str]] = {}  # condition keys and their values


def bucket_arn(given: Parameters) -> str:
    """The ARN of the bucket that a request names."""
    return f"arn:aws:s3:::{given['Bucket']}"


def _object(given: Parameters) -> str:
    return f"{bucket_arn(given)}/{given['Key']}"


def _read(given: Parameters) -> Iterator[Check]:
    yield Check("s3:GetObjectVersion" if given.get("VersionId") else "s3:GetObject", _object(given))


def _write(given: Parameters) -> Iterator[Check]:
    yield Check("s3:PutObject", _object(given))
    if given.get("IfMatch"):
        yield Check("s3:GetObject", _object(given))  # a put that looks at what is there
    if given.get("Tagging"):
        yield Check("s3:PutObjectTagging", _object(given))


def _copy(given: Parameters) -> Iterator[Check]:
    source = _source(given)
    yield from _read(source)
    yield from _write(given)
    if given.get("TaggingDirective") != "REPLACE" and "UploadId" not in given:  # else the tags of the source come along
        yield Check("s3:GetObjectVersionTagging" if source.get("VersionId") else "s3:GetObjectTagging", _object(source))
        yield Check("s3:PutObjectTagging", _object(given))


def _source(given: Parameters) -> Parameters:
    """Where a copy comes from: `bucket/key?versionId=...`, of which the key is quoted."""
    path, _, query = str(given["CopySource"]).partition("?")
    bucket, _, key = unquote(path).lstrip("/").partition("/")
    return {"Bucket": bucket, "Key": key, "VersionId": parse_qs(query).get("versionId", [""])[0]}


def _delete(given: Parameters) -> Iterator[Check]:
    yield Check("s3:DeleteObject", _object(given))  # which AWS's page asks for in any case
    if given.get("VersionId"):
        yield Check("s3:DeleteObjectVersion", _object(given))


def _delete_all(given: Parameters) -> Iterator[Check]:
    for entry in given["Delete"]:
        yield from _delete({**given, **entry})


def _on_bucket(action: str) -> Callable[[Parameters], Iterator[Check]]:
    return lambda given: iter([Check(action, bucket_arn(given))])


def _on_object(action: str) -> Callable[[Parameters], Iterator[Check]]:
    return lambda given: iter([Check(action, _object(given))])


ON_S3: Mapping[str, Callable[[Parameters], Iterator[Check]]] = {
    "GetObject": _read,
    "HeadObject": _read,
    "PutObject": _write,
    "PostObject": _write,  # with a form that the role has signed
    "CopyObject": _copy,
    "CreateMultipartUpload": _write,
    "UploadPart": _write,
    "UploadPartCopy": _copy,
    "CompleteMultipartUpload": _write,
    "AbortMultipartUpload": _on_object("s3:AbortMultipartUpload"),
    "DeleteObject": _delete,
    "DeleteObjects": _delete_all,
    "ListObjectsV2": _on_bucket("s3:ListBucket"),
    "ListObjectVersions": _on_bucket("s3:ListBucketVersions"),
    "ListMultipartUploads": _on_bucket("s3:ListBucketMultipartUploads"),
    "GetBucketPolicy": _on_bucket("s3:GetBucketPolicy"),
    "PutBucketPolicy": _on_bucket("s3:PutBucketPolicy"),
}
