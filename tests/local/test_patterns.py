"""EventBridge's patterns."""

from __future__ import annotations

from typing import Any

import pytest

from contract.errors import PlatformError
from local.patterns import check, matches

EVENT = {
    "source": "aws.s3",
    "detail": {
        "bucket": {"name": "train"},
        "object": {"key": "March/claims (2).CSV", "size": 120},
        "tags": ["red", "green"],
        "flag": True,
        "empty": None,
        "parts": [{"name": "a"}, {"name": "b"}],
    },
}


def key(*alternatives: Any) -> dict[str, Any]:
    """A pattern for the object's key."""
    return {"detail": {"object": {"key": list(alternatives)}}}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ({"source": ["aws.s3", "aws.batch"]}, True),
        ({"source": ["aws.batch"]}, False),
        ({"source": ["aws.s3"], "detail": {"bucket": {"name": ["predict"]}}}, False),
        (key({"prefix": "March/"}), True),
        (key({"prefix": "march/"}), False),
        (key({"prefix": {"equals-ignore-case": "march/"}}), True),
        (key({"suffix": ".csv"}), False),
        (key({"suffix": {"equals-ignore-case": ".csv"}}), True),
        (key({"suffix": [".tsv", ".CSV"]}), True),
        (key({"equals-ignore-case": "march/claims (2).csv"}), True),
        (key({"wildcard": "March/*.CSV"}), True),
        (key({"wildcard": "April/*"}), False),
        (key({"wildcard": "*(2)*"}), True),
        (key({"wildcard": r"March/\*"}), False),
        (key({"anything-but": "other"}), True),
        (key({"anything-but": ["March/claims (2).CSV", "b"]}), False),
        (key({"anything-but": {"prefix": "March/"}}), False),
        (key({"anything-but": {"prefix": ["unlabelled/", "corrections/"]}}), True),
        (key({"anything-but": {"suffix": ".CSV"}}), False),
        (key({"anything-but": {"equals-ignore-case": ["MARCH/CLAIMS (2).csv"]}}), False),
        (key({"anything-but": {"wildcard": "*/older/*"}}), True),
        (key({"prefix": "x"}, {"suffix": ".CSV"}), True),
        ({"detail": {"object": {"size": [{"numeric": [">", 100, "<=", 120]}]}}}, True),
        ({"detail": {"object": {"size": [{"numeric": [">", 120]}]}}}, False),
        ({"detail": {"object": {"key": [{"numeric": ["=", 1]}]}}}, False),
        ({"detail": {"object": {"version-id": [{"exists": False}]}}}, True),
        ({"detail": {"object": {"key": [{"exists": True}]}}}, True),
        ({"detail": {"object": {"version-id": [{"anything-but": "x"}]}}}, False),
        ({"detail": {"missing": {"key": [{"exists": False}]}}}, True),
        ({"detail": {"tags": ["green"]}}, True),
        ({"detail": {"tags": ["blue"]}}, False),
        ({"detail": {"flag": [True]}}, True),
        ({"detail": {"flag": [1]}}, False),
        ({"detail": {"empty": [None]}}, True),
        ({"detail": {"parts": {"name": ["b"]}}}, True),
        ({"detail": {"$or": [{"flag": [False]}, {"object": {"size": [120]}}]}}, True),
        ({"detail": {"$or": [{"flag": [False]}, {"object": {"size": [1]}}]}}, False),
    ],
)
def test_pattern(pattern: dict[str, Any], expected: bool) -> None:
    """Each operator matches what EventBridge's documentation says it matches."""
    check(pattern)
    assert matches(pattern, EVENT) is expected


@pytest.mark.parametrize(
    "pattern",
    [
        key({"sounds-like": "a"}),
        key({"anything-but": {"cidr": "10.0.0.0/8"}}),
        key({"prefix": {"ignore": "a"}}),
        key({"prefix": "a", "suffix": "b"}),
        {"source": "aws.s3"},
        {"detail": {"$or": [{"flag": [{"unknown": 1}]}]}},
    ],
)
def test_unknown_form_is_refused(pattern: dict[str, Any]) -> None:
    """A pattern that this matcher does not understand is an error, never a match."""
    with pytest.raises(PlatformError):
        check(pattern)
