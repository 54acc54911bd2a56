"""What SageMaker logged of the stage's jobs and endpoints, in log groups that it made itself."""

from __future__ import annotations

from typing import Any

import boto3

from contract.deployment import ENDPOINT_LOGS, TRAINING_LOGS, run_time_name


def delete_training_logs(stage: str) -> None:
    """Delete the streams of the stage's training jobs."""
    logs = boto3.client("logs")
    request = {"logGroupName": TRAINING_LOGS, "logStreamNamePrefix": run_time_name(stage, "")}
    for stream in _listed(logs, "describe_log_streams", "logStreams", **request):
        _delete(logs, logs.delete_log_stream, logGroupName=TRAINING_LOGS, logStreamName=stream["logStreamName"])


def delete_endpoint_logs(stage: str) -> None:
    """Delete the groups of the stage's endpoints."""
    logs = boto3.client("logs")
    for group in _listed(logs, "describe_log_groups", "logGroups", logGroupNamePrefix=f"{ENDPOINT_LOGS}{run_time_name(stage, '')}"):
        _delete(logs, logs.delete_log_group, logGroupName=group["logGroupName"])


def _listed(logs: Any, operation: str, field: str, **request: str) -> list[dict[str, Any]]:
    """All that an operation lists; nothing when its log group does not exist."""
    try:
        return [entry for page in logs.get_paginator(operation).paginate(**request) for entry in page[field]]
    except logs.exceptions.ResourceNotFoundException:
        return []


def _delete(logs: Any, operation: Any, **names: str) -> None:
    try:
        operation(**names)
    except logs.exceptions.ResourceNotFoundException:
        return
