"""Builds an image when a stack asks for it, and tells CloudFormation when the build has ended.

Two events arrive. CloudFormation sends the request of a custom resource: a build is started, unless the tag is
there already. CodeBuild says that a build ended: the answer goes to the address that came with the request.
Nothing waits in between, so a build may take longer than a Lambda may run, and one that dies without a
word (stopped, timed out, no host) is answered like any other.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any

import boto3

from contract.custom_resources import ECHOED, answer
from contract.function_environments import BuildImageEnvironment

DONE = "The image is there."
VARIABLE_PREFIX = "CFN_"  # the request's fields that the answer needs travel through the build as variables: docs/adr/0006 weighs that

logging.getLogger().setLevel(logging.INFO)
log = logging.getLogger("build_image")


def handle(event: Mapping[str, Any], context: object) -> None:
    """Lambda's entry point; `context` is not used."""
    if event.get("source") == "aws.codebuild":
        answer_for_build(event["detail"])
    else:
        answer_request(event)


def answer_request(request: Mapping[str, Any]) -> None:
    """Start the build that a custom resource asks for, or answer at once when none is needed."""
    properties = request["ResourceProperties"]
    fields = {name: request.get(name, "") for name in ECHOED}
    if request["RequestType"] == "Delete":  # images go with their repository
        answer(fields, "", done=DONE)
        return
    fields["PhysicalResourceId"] = f"{properties['Repository']}:{properties['Tag']}"
    try:
        if has_image(properties["Repository"], properties["Tag"]):
            answer(fields, "", done=DONE)
        else:
            start_build(properties, fields)
    except Exception as error:  # answered and not raised: Lambda would try again, and the stack has moved on
        log.exception("the build could not be started")
        answer(fields, f"The build of the image {fields['PhysicalResourceId']} could not be started: {error}", done=DONE)


def has_image(repository: str, tag: str) -> bool:
    """Whether the repository holds the tag; tags never move, so it then holds the right image."""
    registry = boto3.client("ecr")
    try:
        registry.describe_images(repositoryName=repository, imageIds=[{"imageTag": tag}])
    except registry.exceptions.ImageNotFoundException:
        return False
    return True


def start_build(properties: Mapping[str, Any], fields: Mapping[str, str]) -> None:
    """Start the CodeBuild project with what this image needs and, for the answer, what the request said."""
    variables = {
        "TAG": properties["Tag"],
        "BUILD_OPTIONS": build_options(properties["BuildArguments"]),
        **{f"{VARIABLE_PREFIX}{name}": value for name, value in fields.items()},
    }
    boto3.client("codebuild").start_build(
        projectName=BuildImageEnvironment.from_env().project,
        idempotencyToken=fields["RequestId"],  # CloudFormation may send a request twice
        environmentVariablesOverride=[{"name": name, "value": value, "type": "PLAINTEXT"} for name, value in variables.items()],
    )


def build_options(arguments: Mapping[str, str]) -> str:
    """The options of `docker build` for the build arguments. Raises ValueError for one that a shell would read as more than a word."""
    for name, value in arguments.items():
        if not re.fullmatch(r"[\w.\-/:@]*", name + value):
            raise ValueError(f"the build argument {name}={value!r} has characters that are not allowed")
    return " ".join(f"--build-arg {name}={value}" for name, value in sorted(arguments.items()))


def answer_for_build(detail: Mapping[str, Any]) -> None:
    """Answer the request for which a build ran, once it has ended."""
    information = detail["additional-information"]
    variables = {entry["name"]: entry["value"] for entry in information["environment"]["environment-variables"]}
    fields = {name: variables.get(f"{VARIABLE_PREFIX}{name}", "") for name in ECHOED}
    if not fields["ResponseURL"]:  # started by hand: nobody waits
        return
    status = detail["build-status"]
    link = information.get("logs", {}).get("deep-link", "CodeBuild's console")
    problem = "" if status == "SUCCEEDED" else f"The build of the image {fields['PhysicalResourceId']} ended as {status}. Its log: {link}"
    answer(fields, problem, done=DONE)
