"""The Lambda publish_page: what lies in the page's bucket afterwards, and what CloudFormation hears."""

from __future__ import annotations

import io
import json
import urllib.request
import zipfile
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

import boto3
import pytest
from deployed_functions import load
from moto import mock_aws

POLICY = "default-src 'none'; connect-src 'self'; base-uri 'none'"
INDEX = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
PAGE = {"index.html": INDEX, "app.js": "start()", "views/job.js": "show()", "style.css": "p{}", "icon.svg": "<svg/>"}


@pytest.fixture(scope="module")
def module() -> ModuleType:
    """The handler, loaded once."""
    return load("publish_page")


class Published:
    """An account with an asset and the page's bucket, and CloudFormation's ear."""

    def __init__(self, handler: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
        self.handler = handler
        self.answers: list[dict[str, Any]] = []
        self.s3 = boto3.client("s3")
        for name in ("assets", "page", "train"):
            self.s3.create_bucket(Bucket=name)
        self.s3.put_bucket_versioning(Bucket="page", VersioningConfiguration={"Status": "Enabled"})

        def hear(request: urllib.request.Request, timeout: float) -> io.BytesIO:
            self.answers.append(json.loads(request.data))  # type: ignore[arg-type]  # what the function sends are bytes
            return io.BytesIO()

        monkeypatch.setattr(urllib.request, "urlopen", hear)

    def ask(self, kind: str, page: Mapping[str, str] | None = None, **properties: Any) -> dict[str, Any]:
        """Send a request of CloudFormation; the answer."""
        if page is not None:
            packed = io.BytesIO()
            with zipfile.ZipFile(packed, "w") as archive:
                for name, text in page.items():
                    archive.writestr(name, text)
            self.s3.put_object(Bucket="assets", Key="page.zip", Body=packed.getvalue())
        given = {
            "Bucket": "page",
            "AssetBucket": "assets",
            "AssetKey": "page.zip",
            "Api": "https://api.example.com",
            "ClientId": "client",
            "Stage": "dev",
            "Buckets": ["train"],
            **properties,
        }
        names = {"StackId": "stack", "RequestId": "1", "LogicalResourceId": "Published", "ResponseURL": "https://answers.example.com"}
        physical = {} if kind == "Create" else {"PhysicalResourceId": "page"}
        self.handler.handle({"RequestType": kind, "ResourceProperties": given, **names, **physical}, None)
        return self.answers[-1]

    def text(self, key: str) -> str:
        """An object of the page's bucket."""
        content: bytes = self.s3.get_object(Bucket="page", Key=key)["Body"].read()
        return content.decode()

    @property
    def objects(self) -> set[str]:
        """The names of all objects of the page's bucket."""
        return {entry["Key"] for entry in self.s3.list_objects_v2(Bucket="page").get("Contents", [])}


@pytest.fixture
def published(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Iterator[Published]:
    """Nothing is published yet."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield Published(module, monkeypatch)


def test_every_file_is_published_as_what_it_is(published: Published) -> None:
    """Browsers are told each file's type and to ask each time whether it has changed."""
    assert published.ask("Create", PAGE)["Status"] == "SUCCESS"
    assert published.objects == {*PAGE, "settings.json"}
    heads = {key: published.s3.head_object(Bucket="page", Key=key) for key in published.objects}
    assert {head["CacheControl"] for head in heads.values()} == {"no-cache"}
    assert {key: head["ContentType"] for key, head in heads.items()} == {
        "index.html": "text/html; charset=utf-8",
        "app.js": "text/javascript; charset=utf-8",
        "views/job.js": "text/javascript; charset=utf-8",
        "style.css": "text/css; charset=utf-8",
        "icon.svg": "image/svg+xml",
        "settings.json": "application/json",
    }


def test_the_browser_may_talk_to_the_deployment_and_nobody_else(published: Published) -> None:
    """The policy names the origins of API, sign-in and uploads, once each and without their paths; the settings say where they are."""
    published.ask("Create", PAGE, Api="https://api.example.com/v1")
    origins = "https://api.example.com https://cognito-idp.us-east-1.amazonaws.com https://train.s3.amazonaws.com"
    assert published.text("index.html") == INDEX.replace("'self'; base", f"'self' {origins}; base")
    assert json.loads(published.text("settings.json")) == {
        "api": "https://api.example.com/v1",
        "sign_in": "https://cognito-idp.us-east-1.amazonaws.com/",
        "client_id": "client",
        "stage": "dev",
    }


def test_what_the_page_has_no_longer_goes(published: Published) -> None:
    """A file of the version before would otherwise be handed out for ever."""
    published.ask("Create", PAGE)
    published.ask("Update", {"index.html": INDEX, "main.js": "start()"})
    assert published.objects == {"index.html", "main.js", "settings.json"}


@pytest.mark.parametrize(
    ("page", "properties", "words"),
    [
        ({"app.js": ""}, {}, "the page has no index.html"),
        ({"index.html": "<p>"}, {}, "says it 0 times"),
        ({"index.html": INDEX + INDEX}, {}, "says it 2 times"),
        (PAGE | {"tool.exe": ""}, {}, "'tool.exe' has a suffix"),
        (PAGE | {"big.js": "x" * 5_000_001}, {}, "more than 5,000,000 bytes"),
        (PAGE, {"Api": "https://a.example.com; script-src *"}, "no address of the web"),
        (PAGE, {"Api": "javascript:alert(1)"}, "no address of the web"),
        (None, {}, "The page could not be published"),
    ],
)
def test_a_page_that_cannot_be_published_fails_the_deployment(
    published: Published, page: Mapping[str, str] | None, properties: Mapping[str, Any], words: str
) -> None:
    """CloudFormation hears why, in a sentence, and browsers see no half of it: the index was not replaced."""
    answer = published.ask("Create", page, **properties)
    assert answer["Status"] == "FAILED"
    assert words in answer["Reason"]
    assert "index.html" not in published.objects


def test_a_bucket_that_cannot_be_emptied_says_so(published: Published, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever deletes the stack is told to delete it again, and not to deploy it."""

    def refuse(bucket: str) -> None:
        raise PermissionError("no right to list it")

    monkeypatch.setattr(published.handler, "empty", refuse)
    answer = published.ask("Delete")
    assert answer["Status"] == "FAILED"
    assert answer["Reason"] == "The page's bucket could not be emptied: no right to list it. Delete the stack again."


def test_a_deletion_leaves_a_bucket_that_can_be_deleted(published: Published) -> None:
    """Every version and delete marker goes, and a second request finds nothing to do."""
    published.ask("Create", PAGE)
    published.ask("Update", {"index.html": INDEX})
    assert published.ask("Delete") == {
        "Status": "SUCCESS",
        "Reason": "The page is as it should be.",
        "StackId": "stack",
        "RequestId": "1",
        "LogicalResourceId": "Published",
        "PhysicalResourceId": "page",
    }
    published.s3.delete_bucket(Bucket="page")
    assert published.ask("Delete")["Status"] == "SUCCESS"


def test_another_bucket_is_another_resource(published: Published) -> None:
    """When the bucket is replaced, CloudFormation sees a new name and asks to delete what lies in the old one, by its properties."""
    published.ask("Create", PAGE)
    published.s3.create_bucket(Bucket="page-2")
    assert published.ask("Update", Bucket="page-2")["PhysicalResourceId"] == "page-2"
    assert published.ask("Delete", Bucket="page")["PhysicalResourceId"] == "page"
    assert published.objects == set()
    assert published.s3.list_objects_v2(Bucket="page-2")["KeyCount"] == len(PAGE) + 1
