"""answer_api signs forms that publish_page lets the page post, in every region and on a laptop."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from urllib.parse import urlsplit

import boto3
import pytest
from deployed_functions import load
from function_environments import ENVIRONMENTS


def origins(modules: Mapping[str, ModuleType], monkeypatch: pytest.MonkeyPatch, region: str) -> tuple[str, list[str]]:
    """Where a form sends a file of the predict bucket, and to which places a page with that bucket may talk."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "key")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    api = modules["answer_api"]
    services = api.services_of.__wrapped__(ENVIRONMENTS["answer_api"])
    given = {"name": "a.csv", "bytes": 5, "to": "predict", "classifier": "main", "text_column": "", "explain": False, "max_error": ""}
    form = urlsplit(api.upload_routes.create_upload(api.Call(services, api.Identity("carl@example.com", is_owner=False), given))["url"])
    properties = {"Api": "https://api.example.com", "ClientId": "client", "Stage": "dev", "Buckets": ["predict"]}
    return f"{form.scheme}://{form.netloc}", load("publish_page")._surroundings(properties).origins


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1", "ap-southeast-5", "us-gov-west-1", "cn-north-1"])
def test_the_page_may_post_the_form_and_reach_no_other_bucket(
    modules: Mapping[str, ModuleType], monkeypatch: pytest.MonkeyPatch, region: str
) -> None:
    """The form's host is the bucket's own, and one of the three places to which the page's policy lets a browser go."""
    form, allowed = origins(modules, monkeypatch, region)
    assert form.startswith("https://predict.s3.")
    assert form in allowed
    assert [urlsplit(origin).netloc.split(".")[0] for origin in allowed] == ["api", "cognito-idp", "predict"]


def test_under_an_ip_address_the_form_goes_to_that_address(modules: Mapping[str, ModuleType], monkeypatch: pytest.MonkeyPatch) -> None:
    """There are no hosts of buckets there, and none is made up."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://192.0.2.1:5000")
    form, allowed = origins(modules, monkeypatch, "eu-central-1")
    assert form == allowed[-1] == "http://192.0.2.1:5000"
