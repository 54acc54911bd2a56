"""Live answers: the names of an endpoint and of what it is made of, and the ledger's record of it.

Every classifier has one endpoint. A model and an endpoint configuration cannot be changed, so their common name says all that
matters of them: the classifier, the version, and a digest of the image and of what it runs on.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from contract.deployment import run_time_name
from contract.records import Record

VARIANT = "all"  # the one production variant
# States in which an endpoint can be neither moved nor deleted; the end of each is an event of its own.
CHANGING = ("Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting")


class LiveStatus(StrEnum):
    """What has become of an endpoint's latest change."""

    STARTING = "starting"
    SERVING = "serving"
    FAILED = "failed"  # what served before, if anything, goes on


@dataclass(frozen=True, kw_only=True)
class Live(Record):
    """Which model a classifier's endpoint was last asked to serve, and whether it does."""

    classifier: str
    version: int
    name: str = ""  # of model and endpoint configuration; empty: nothing came of the attempt
    status: str  # a LiveStatus
    since: str
    message: str = ""  # a sentence for people


def endpoint_name(stage: str, classifier: str) -> str:
    """The name of a classifier's endpoint: `tck-dev-main`, at most 42 characters."""
    return run_time_name(stage, classifier)


def classifier_of(stage: str, endpoint: str) -> str | None:
    """The inverse of `endpoint_name`; None for an endpoint of somebody else's."""
    prefix = run_time_name(stage, "")
    return endpoint.removeprefix(prefix) if endpoint.startswith(prefix) else None


def alarm_name(endpoint: str) -> str:
    """The name of the alarm at which a move of an endpoint with instances is taken back."""
    return f"{endpoint}-errors"


def has_instances(endpoint: Mapping[str, Any]) -> bool:
    """Whether an endpoint, as SageMaker describes it, runs on instances, and not serverless."""
    variants = endpoint.get("ProductionVariants", [])
    return any("CurrentInstanceCount" in variant and "CurrentServerlessConfig" not in variant for variant in variants)


def is_hosted_name(endpoint: str, name: str) -> bool:
    """Whether a model or configuration is one of this endpoint's: a classifier may be called `main-v2` beside one called `main`."""
    return re.fullmatch(rf"{re.escape(endpoint)}-v[0-9]+-[0-9a-f]{{8}}", name) is not None


def hosted_name(endpoint: str, version: int, image: str, runs_on: Mapping[str, Any]) -> str:
    """The name of the model and of the configuration with which an endpoint serves a version: `tck-dev-main-v3-0123abcd`."""
    digest = hashlib.sha256(json.dumps([image, runs_on], sort_keys=True).encode()).hexdigest()[:8]
    return f"{endpoint}-v{version}-{digest}"
