"""AWS Batch's rules as pure functions: parameters, environment, retries, dependencies."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

_REFERENCE = re.compile(r"Ref::([A-Za-z0-9_-]+)")


def substitute(command: Sequence[str], parameters: Mapping[str, str]) -> list[str]:
    """The command with each `Ref::name` replaced; a name without a value stays as it stands."""
    return [_REFERENCE.sub(lambda match: parameters.get(match[1], match[0]), part) for part in command]


def merged_environment(*layers: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Batch's lists of name and value, the later ones over the earlier."""
    return {entry["name"]: entry.get("value", "") for layer in layers for entry in layer}


def should_retry(strategy: Mapping[str, Any] | None, attempt: int, *, exit_code: int | None, reason: str, status_reason: str) -> bool:
    """Whether a failed attempt (the first is 1) is followed by another.

    The first rule of `evaluateOnExit` that matches decides; when none matches, the job is retried.
    """
    if not strategy or attempt >= int(strategy.get("attempts") or 1):
        return False
    for rule in strategy.get("evaluateOnExit") or []:
        conditions = (
            (rule.get("onExitCode"), "" if exit_code is None else str(exit_code)),
            (rule.get("onReason"), reason),
            (rule.get("onStatusReason"), status_reason),
        )
        if all(_glob(wanted, found) for wanted, found in conditions if wanted):
            return str(rule["action"]).upper() == "RETRY"
    return True


def _glob(wanted: str, found: str) -> bool:
    """A star at the end stands for anything, and nothing else is special."""
    wanted, found = wanted.lower(), found.lower()
    return found.startswith(wanted[:-1]) if wanted.endswith("*") else found == wanted


def awaited_jobs(depends_on: Sequence[Mapping[str, str]], job_id: str) -> list[str]:
    """The ids of the jobs that must have succeeded before this one, which may be a child `ID:INDEX`."""
    parent, _, index = job_id.partition(":")
    awaited = []
    for dependency in depends_on:
        kind = dependency.get("type")
        if kind == "SEQUENTIAL":
            if index and int(index) > 0:
                awaited.append(f"{parent}:{int(index) - 1}")
        elif kind == "N_TO_N" and index:
            awaited.append(f"{dependency['jobId']}:{index}")
        else:
            awaited.append(dependency["jobId"])
    return awaited
