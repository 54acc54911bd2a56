"""Emptying a bucket, so that CloudFormation can delete it."""

from __future__ import annotations

import json
import logging
from typing import Any

import boto3
from botocore.exceptions import ClientError
from deadline import Deadline

from contract.errors import PlatformError

NO_MORE = "TearDownLetsNothingIn"  # the statement's name

log = logging.getLogger("tear_down")


def empty_bucket(name: str, deadline: Deadline) -> None:
    """Let nothing more in, then delete every version, delete marker and unfinished upload. A bucket that is gone is empty.

    Raises PlatformError when the time is up; the next call goes on with what is left.
    """
    s3 = boto3.client("s3")
    try:
        _close(s3, name)
        while _delete_versions(s3, name, deadline) or _abort_uploads(s3, name, deadline):
            deadline.check(f"Bucket {name} is not empty yet")
    except s3.exceptions.NoSuchBucket:
        return


def _close(s3: Any, bucket: str) -> None:
    """Add a statement to the bucket's policy that refuses every new object."""
    policy: dict[str, Any] = {"Version": "2012-10-17", "Statement": []}
    try:
        policy = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchBucketPolicy":
            raise
    kept = [statement for statement in policy["Statement"] if statement.get("Sid") != NO_MORE]
    arn = f"arn:{s3.meta.partition}:s3:::{bucket}/*"
    refusal = {"Sid": NO_MORE, "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": arn}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({**policy, "Statement": [*kept, refusal]}))


def _delete_versions(s3: Any, bucket: str, deadline: Deadline) -> int:
    """Delete what is listed; how many that was. Raises PlatformError when S3 refuses one."""
    deleted = 0
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        if not found:
            continue
        objects = [{"Key": entry["Key"], "VersionId": entry["VersionId"]} for entry in found]
        refused = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True}).get("Errors", [])
        if refused:
            first = refused[0]
            raise PlatformError(
                f"{len(refused)} objects of bucket {bucket} cannot be deleted, first '{first.get('Key')}': {first.get('Message')}."
                " Remove what holds them, then delete the stack again."
            )
        deleted += len(objects)
        log.info("deleted %d versions in bucket %s", len(objects), bucket)
        deadline.check(f"Bucket {bucket} is not empty yet")
    return deleted


def _abort_uploads(s3: Any, bucket: str, deadline: Deadline) -> int:
    """Abort the uploads that are listed; how many that was."""
    aborted = 0
    for page in s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
        for upload in page.get("Uploads", []):
            try:
                s3.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
            except s3.exceptions.NoSuchUpload:
                continue
            aborted += 1
        deadline.check(f"Bucket {bucket} has unfinished uploads yet")
    return aborted
