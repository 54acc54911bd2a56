"""The command lines by which Batch jobs start the container's verbs; each argument is an `s3://` address."""

from __future__ import annotations

PREDICT, PLAN, JOIN = "predict", "plan", "join"


def predict_command(source: str, output: str, model: str) -> list[str]:
    """Classify a table, or as the child of an array job one shard of it."""
    return [PREDICT, "--input", source, "--output", output, "--model", model]


def plan_command(source: str, output: str, model: str, shards: int) -> list[str]:
    """Find out what the shards of a table are."""
    return [PLAN, "--input", source, "--output", output, "--model", model, "--shards", str(shards)]


def join_command(output: str) -> list[str]:
    """Put the results of all shards together."""
    return [JOIN, "--output", output]
