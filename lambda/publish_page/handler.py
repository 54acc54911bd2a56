"""Publishes the page: copies its files into the bucket behind the distribution and tells it where its API is.

A custom resource of CloudFormation. CDK's own, BucketDeployment, was left: it brings the AWS command line as a layer, and log groups
that stay behind.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config
from files import is_stale, page_files
from wiring import Surroundings, wired

from contract.bucket_addresses import ADDRESSING_STYLE
from contract.custom_resources import ECHOED, answer
from contract.errors import PlatformError

DONE = "The page is as it should be."
CACHING = "no-cache"  # the files are small: asking each time whether one has changed is cheaper than telling the edge when it has

logging.getLogger().setLevel(logging.INFO)
log = logging.getLogger("publish_page")


def handle(event: Mapping[str, Any], context: object) -> None:
    """Lambda's entry point: the request of a custom resource; `context` is not used."""
    properties = event["ResourceProperties"]
    bucket = properties["Bucket"]
    is_deletion = event["RequestType"] == "Delete"
    # another bucket is another resource: CloudFormation then asks to delete the one before, with its own properties
    fields = {name: event.get(name, "") for name in ECHOED} | ({} if is_deletion else {"PhysicalResourceId": bucket})
    problem = ""
    try:
        if is_deletion:
            empty(bucket)
        else:
            publish(properties)
    except Exception as error:  # answered and not raised: the stack would wait for an answer that never comes
        log.exception("the request failed")
        problem = (
            f"The page's bucket could not be emptied: {error}. Delete the stack again."
            if is_deletion
            else f"The page could not be published: {error}. Deploy the stack again."
        )
    answer(fields, problem, done=DONE)


def publish(properties: Mapping[str, Any]) -> None:
    """Put every file of the asset into the bucket, `index.html` last, and delete what the asset does not have."""
    s3, bucket = boto3.client("s3"), properties["Bucket"]
    asset = s3.get_object(Bucket=properties["AssetBucket"], Key=properties["AssetKey"])["Body"].read()
    files = wired(page_files(asset), _surroundings(properties))
    for file in files:
        s3.put_object(Bucket=bucket, Key=file.key, Body=file.content, ContentType=file.content_type, CacheControl=CACHING)
    for page in list(s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)):
        for entry in page.get("Contents", []):
            if is_stale(entry["Key"], files):
                s3.delete_object(Bucket=bucket, Key=entry["Key"])
    log.info("published %d files", len(files))


def empty(bucket: str) -> None:
    """Delete every version of every object, so that CloudFormation can delete the bucket; one that is gone is empty."""
    s3 = boto3.client("s3")
    try:
        for page in list(s3.get_paginator("list_object_versions").paginate(Bucket=bucket)):
            objects = [
                {"Key": entry["Key"], "VersionId": entry["VersionId"]}
                for kind in ("Versions", "DeleteMarkers")
                for entry in page.get(kind, [])
            ]
            refused = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True}).get("Errors", []) if objects else []
            if refused:
                raise PlatformError(f"'{refused[0].get('Key')}' cannot be deleted: {refused[0].get('Message')}")
    except s3.exceptions.NoSuchBucket:
        log.info("the bucket is gone already")


def _surroundings(properties: Mapping[str, Any]) -> Surroundings:
    """What the page may talk to, by the addresses that the clients of this very place use."""
    s3 = boto3.client("s3", config=Config(signature_version="s3v4", s3={"addressing_style": ADDRESSING_STYLE}))
    return Surroundings(
        api=properties["Api"],
        sign_in=f"{boto3.client('cognito-idp').meta.endpoint_url.rstrip('/')}/",
        client_id=properties["ClientId"],
        stage=properties["Stage"],
        buckets=tuple(s3.generate_presigned_post(name, "-")["url"] for name in properties["Buckets"]),
    )
