"""The function that starts image builds and answers for them."""

from __future__ import annotations

import importlib.util
import io
import json
import urllib.request
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from deployed_functions import LAMBDAS

_spec = importlib.util.spec_from_file_location("build_image_handler", LAMBDAS / "build_image" / "handler.py")
assert _spec is not None
assert _spec.loader is not None
handler: Any = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(handler)


class ImageNotFoundError(Exception):
    """ECR's answer for a tag that is not there."""


class Exceptions:
    """The client's errors, by the names that boto3 gives them."""

    ImageNotFoundException = ImageNotFoundError


@dataclass
class Aws:
    """ECR and CodeBuild as far as the function calls them, and CloudFormation's ear."""

    tags: set[str] = field(default_factory=set)
    problem: Exception | None = None
    started: list[dict[str, Any]] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)
    exceptions: type[Exceptions] = Exceptions

    def describe_images(self, *, repositoryName: str, imageIds: list[dict[str, str]]) -> None:
        """ECR."""
        if f"{repositoryName}:{imageIds[0]['imageTag']}" not in self.tags:
            raise ImageNotFoundError

    def start_build(self, **call: Any) -> None:
        """CodeBuild."""
        if self.problem:
            raise self.problem
        self.started.append(call)

    def urlopen(self, request: urllib.request.Request, timeout: float) -> io.BytesIO:
        """The address to which the answer goes."""
        assert timeout > 0
        assert isinstance(request.data, bytes)
        self.answers.append({"url": request.full_url, "method": request.method, **json.loads(request.data)})
        return io.BytesIO()

    def build_ended(self, status: str) -> dict[str, Any]:
        """The event of the build that was started."""
        variables = self.started[0]["environmentVariablesOverride"]
        information = {"environment": {"environment-variables": variables}, "logs": {"deep-link": "https://logs/1"}}
        return {"source": "aws.codebuild", "detail": {"build-status": status, "additional-information": information}}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Aws:
    """The function's surroundings."""
    fake = Aws()
    monkeypatch.setenv("PROJECT", "builder")
    monkeypatch.setattr(boto3, "client", lambda _: fake)
    monkeypatch.setattr(urllib.request, "urlopen", fake.urlopen)
    return fake


def request(kind: str = "Create", **changes: Any) -> dict[str, Any]:
    """CloudFormation's request for an image."""
    return {
        "RequestType": kind,
        "StackId": "stack",
        "RequestId": "request-1",
        "LogicalResourceId": "Cpu",
        "ResponseURL": "https://answer/1",
        "ResourceProperties": {"Repository": "tck-dev", "Tag": "cpu-1", "BuildArguments": {"BASE": "debian:bookworm-slim", "ACCEL": "cpu"}},
        **changes,
    }


def test_a_missing_image_is_built_and_nobody_is_answered_yet(aws: Aws) -> None:
    """The build knows tag, arguments and, for later, the request; a request sent twice starts one build."""
    handler.handle(request(), None)
    (build,) = aws.started
    assert build["projectName"] == "builder"
    assert build["idempotencyToken"] == "request-1"
    variables = {entry["name"]: entry["value"] for entry in build["environmentVariablesOverride"]}
    assert variables["TAG"] == "cpu-1"
    assert variables["BUILD_OPTIONS"] == "--build-arg ACCEL=cpu --build-arg BASE=debian:bookworm-slim"
    assert aws.answers == []


def test_a_tag_that_exists_is_kept(aws: Aws) -> None:
    """No build runs, for an immutable tag could not be pushed again; the deployment goes on at once."""
    aws.tags.add("tck-dev:cpu-1")
    handler.handle(request("Update"), None)
    assert aws.started == []
    (answer,) = aws.answers
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", "tck-dev:cpu-1")


def test_the_end_of_the_build_answers_its_request(aws: Aws) -> None:
    """Everything that CloudFormation needs to know its request again has travelled through the build."""
    handler.handle(request(), None)
    handler.handle(aws.build_ended("SUCCEEDED"), None)
    assert aws.answers == [
        {
            "url": "https://answer/1",
            "method": "PUT",
            "Status": "SUCCESS",
            "Reason": "The image is there.",
            "StackId": "stack",
            "RequestId": "request-1",
            "LogicalResourceId": "Cpu",
            "PhysicalResourceId": "tck-dev:cpu-1",
        }
    ]


@pytest.mark.parametrize("status", ["FAILED", "FAULT", "STOPPED", "TIMED_OUT"])
def test_a_build_that_failed_fails_the_deployment_with_its_log(aws: Aws, status: str) -> None:
    """The reason names the image, how the build ended and where to read why."""
    handler.handle(request(), None)
    handler.handle(aws.build_ended(status), None)
    (answer,) = aws.answers
    assert answer["Status"] == "FAILED"
    assert answer["Reason"] == f"The build of the image tck-dev:cpu-1 ended as {status}. Its log: https://logs/1"


def test_a_build_that_cannot_start_fails_the_deployment_at_once(aws: Aws) -> None:
    """Nobody waits an hour for a build that never began, and Lambda has no reason to try again."""
    aws.problem = RuntimeError("no quota")
    handler.handle(request(), None)
    (answer,) = aws.answers
    assert answer["Status"] == "FAILED"
    assert "tck-dev:cpu-1 could not be started: no quota" in answer["Reason"]


def test_a_build_started_by_hand_answers_nobody(aws: Aws) -> None:
    """Without a request there is no address to answer to."""
    information = {"environment": {"environment-variables": [{"name": "TAG", "value": "cpu-1"}]}}
    handler.handle({"source": "aws.codebuild", "detail": {"build-status": "FAILED", "additional-information": information}}, None)
    assert aws.answers == []


def test_deleting_keeps_images(aws: Aws) -> None:
    """A tag that is replaced stays for the records that name it; the whole repository goes with its stack."""
    handler.handle(request("Delete", PhysicalResourceId="tck-dev:cpu-0"), None)
    (answer,) = aws.answers
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", "tck-dev:cpu-0")
    assert aws.started == []


def test_a_build_argument_cannot_become_a_command(aws: Aws) -> None:
    """Characters that a shell reads as its own are refused before any build."""
    properties = {"Repository": "tck-dev", "Tag": "cpu-1", "BuildArguments": {"BASE": "debian; echo"}}
    handler.handle(request(ResourceProperties=properties), None)
    (answer,) = aws.answers
    assert answer["Status"] == "FAILED"
    assert "BASE='debian; echo' has characters that are not allowed" in answer["Reason"]
