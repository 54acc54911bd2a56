"""CodeBuild's stand-in: a build that pushes an image builds nothing here, but its tag appears.

The project's variable REPOSITORY and the build's variable TAG say which; the state change event at
the end is the one that CodeBuild sends. A build without the two fails, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from moto.codebuild.models import codebuild_backends

from local.batch_jobs import Publish
from local.host import Host
from local.images import register

STATE_CHANGE = "CodeBuild Build State Change"


def run_build(host: Host, publish: Publish, build: Mapping[str, Any], overrides: Sequence[Mapping[str, str]]) -> None:
    """Do what the local cloud does for a build that has been started, and say that it ended."""
    project = codebuild_backends[host.account][host.region].codebuild_projects[build["projectName"]]
    declared = project.project_metadata["environment"].get("environmentVariables") or []
    variables = {entry["name"]: entry for entry in (*declared, *overrides)}
    status = "FAILED"
    if "REPOSITORY" in variables and "TAG" in variables:
        register(host, variables["REPOSITORY"]["value"].split("/", 1)[-1], variables["TAG"]["value"])
        status = "SUCCEEDED"
    detail = {
        "build-status": status,
        "project-name": build["projectName"],
        "build-id": build["arn"],
        "current-phase": "COMPLETED",
        "additional-information": {
            "environment": {"environment-variables": [{"type": "PLAINTEXT", **variable} for variable in variables.values()]},
            "logs": {
                "deep-link": "the local cloud builds nothing: it registers the tag TAG in REPOSITORY, and this build lacks one of them"
            },
            "build-complete": True,
        },
        "version": "1",
    }
    publish("aws.codebuild", STATE_CHANGE, detail, [build["arn"]])
