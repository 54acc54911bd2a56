"""What stock moto does with a signed form, for which `local.forms` stands in its way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config
from moto import mock_aws

CONDITION = ["content-length-range", 5, 5]


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """S3 with a bucket that keeps versions."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1", config=Config(signature_version="s3v4"))
        client.create_bucket(Bucket="forms")
        client.put_bucket_versioning(Bucket="forms", VersioningConfiguration={"Status": "Enabled"})
        yield client


def test_stock_moto_holds_no_policy_and_names_no_version(s3: Any) -> None:
    """Should it one day, the seam can go."""
    form = s3.generate_presigned_post("forms", "a.csv", Conditions=[CONDITION])
    answer = requests.post(form["url"], data=form["fields"], files={"file": ("a.csv", b"much too long")}, timeout=10)
    assert answer.status_code == 204
    assert not [name for name in answer.headers if re.fullmatch("x-amz-version-id", name, re.IGNORECASE)]
