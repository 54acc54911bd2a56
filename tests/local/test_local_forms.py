"""Signed forms: what their policy demands is held, and the answer says which version came of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from api_client import post_form
from botocore.config import Config

from local.cloud import Cloud
from local.forms import Refused, check


@pytest.fixture(scope="module")
def bucket(cloud: Cloud) -> str:
    """A bucket with versions that pages may post to."""
    s3 = cloud.session().client("s3")
    s3.create_bucket(Bucket="forms")
    s3.put_bucket_versioning(Bucket="forms", VersioningConfiguration={"Status": "Enabled"})
    rule = {"AllowedMethods": ["POST"], "AllowedOrigins": ["*"], "ExposeHeaders": ["x-amz-version-id"]}
    s3.put_bucket_cors(Bucket="forms", CORSConfiguration={"CORSRules": [rule]})
    return "forms"


def form(cloud: Cloud, bucket: str) -> Any:
    """A form for five bytes."""
    fields = {"x-amz-meta-explain": "yes"}
    conditions = [fields, ["content-length-range", 5, 5]]
    s3 = cloud.session().client("s3", config=Config(signature_version="s3v4"))
    return s3.generate_presigned_post(bucket, "a/b ü.csv", Fields=fields, Conditions=conditions)


def test_a_file_is_stored_with_what_the_form_says(cloud: Cloud, bucket: str) -> None:
    """Its bytes and metadata; the version's id is in a header that a page may read."""
    reply = post_form(form(cloud, bucket), b"12345")
    assert reply.status == 204, reply.body
    assert "x-amz-version-id" in reply.headers["access-control-expose-headers"]
    found = cloud.session().client("s3").get_object(Bucket=bucket, Key="a/b ü.csv", VersionId=reply.headers["x-amz-version-id"])
    assert (found["Body"].read(), found["Metadata"]) == (b"12345", {"explain": "yes"})


@pytest.mark.parametrize(
    ("content", "changed", "status", "code"),
    [
        (b"1234", {}, 400, b"EntityTooSmall"),
        (b"123456", {}, 400, b"EntityTooLarge"),
        (b"12345", {"key": "other.csv"}, 403, b"AccessDenied"),
        (b"12345", {"x-amz-meta-explain": "no"}, 403, b"AccessDenied"),
        (b"12345", {"x-amz-meta-more": "x"}, 403, b"AccessDenied"),
    ],
)
def test_what_the_form_does_not_allow_is_not_stored(
    cloud: Cloud, bucket: str, content: bytes, changed: dict[str, str], status: int, code: bytes
) -> None:
    """Another size to the byte, another key, other metadata."""
    s3 = cloud.session().client("s3")
    before = s3.list_object_versions(Bucket=bucket).get("Versions", [])
    reply = post_form(form(cloud, bucket), content, **changed)
    assert reply.status == status
    assert code in reply.body
    assert s3.list_object_versions(Bucket=bucket).get("Versions", []) == before


def test_a_form_is_good_for_a_while_only(cloud: Cloud, bucket: str) -> None:
    """Its policy says until when."""
    fields = form(cloud, bucket)["fields"]
    now = datetime.now(UTC)
    check(fields, bucket, 5, now)
    with pytest.raises(Refused, match="expired"):
        check(fields, bucket, 5, now + timedelta(hours=2))
