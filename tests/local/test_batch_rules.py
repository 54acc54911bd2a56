"""AWS Batch's rules as pure functions."""

from __future__ import annotations

from typing import Any

import pytest

from local.batch_rules import awaited_jobs, merged_environment, should_retry, substitute

ON_RECLAIM = {
    "attempts": 3,
    "evaluateOnExit": [{"action": "retry", "onStatusReason": "Host EC2*"}, {"action": "exit", "onReason": "*"}],
}


def test_references_are_replaced_wherever_they_stand() -> None:
    """Ref:: is replaced in part of a word too, takes the longest name, and stays when there is no such parameter."""
    command = ["--in", "Ref::input", "s3://Ref::bucket/x", "Ref::inputs", "Ref::none", "plain"]
    found = substitute(command, {"input": "a b", "inputs": "c", "bucket": "d"})
    assert found == ["--in", "a b", "s3://d/x", "c", "Ref::none", "plain"]


def test_a_replaced_value_is_not_read_again() -> None:
    """A value that looks like a reference stays as it is."""
    assert substitute(["Ref::a"], {"a": "Ref::b", "b": "wrong"}) == ["Ref::b"]


def test_later_environment_wins() -> None:
    """An override of a job takes precedence over its definition, name by name."""
    assert merged_environment([{"name": "A", "value": "1"}, {"name": "B", "value": "2"}], [{"name": "B", "value": "3"}, {"name": "C"}]) == {
        "A": "1",
        "B": "3",
        "C": "",
    }


@pytest.mark.parametrize(
    ("strategy", "attempt", "facts", "expected"),
    [
        (None, 1, {}, False),
        ({}, 1, {}, False),
        ({"attempts": 2}, 1, {}, True),
        ({"attempts": 2}, 2, {}, False),
        (ON_RECLAIM, 1, {"status_reason": "Host EC2 (instance i-1) terminated."}, True),
        (ON_RECLAIM, 3, {"status_reason": "Host EC2 (instance i-1) terminated."}, False),
        (ON_RECLAIM, 1, {"status_reason": "Essential container in task exited", "exit_code": 2}, False),
        (ON_RECLAIM, 1, {"reason": "OutOfMemoryError"}, False),
        ({"attempts": 2, "evaluateOnExit": [{"action": "EXIT", "onExitCode": "2"}]}, 1, {"exit_code": 1}, True),
        ({"attempts": 2, "evaluateOnExit": [{"action": "EXIT", "onExitCode": "2"}]}, 1, {"exit_code": 2}, False),
        ({"attempts": 2, "evaluateOnExit": [{"action": "EXIT", "onExitCode": "1*"}]}, 1, {"exit_code": 137}, False),
        ({"attempts": 2, "evaluateOnExit": [{"action": "EXIT", "onExitCode": "2", "onReason": "x"}]}, 1, {"exit_code": 2}, True),
    ],
)
def test_retry_strategy(strategy: dict[str, Any] | None, attempt: int, facts: dict[str, Any], expected: bool) -> None:
    """The first rule whose conditions all match decides; without one the job is retried while attempts are left."""
    found = should_retry(strategy, attempt, **{"exit_code": None, "reason": "", "status_reason": "", **facts})
    assert found is expected


@pytest.mark.parametrize(
    ("depends_on", "job_id", "expected"),
    [
        ([{"jobId": "a"}, {"jobId": "b"}], "c", ["a", "b"]),
        ([{"jobId": "a"}], "c:2", ["a"]),
        ([{"jobId": "a", "type": "N_TO_N"}], "c:2", ["a:2"]),
        ([{"jobId": "a", "type": "N_TO_N"}], "c", ["a"]),
        ([{"type": "SEQUENTIAL"}], "c:2", ["c:1"]),
        ([{"type": "SEQUENTIAL"}], "c:0", []),
        ([], "c", []),
    ],
)
def test_dependencies(depends_on: list[dict[str, str]], job_id: str, expected: list[str]) -> None:
    """A job waits for whole jobs, a child for its twin or for the child before it."""
    assert awaited_jobs(depends_on, job_id) == expected
