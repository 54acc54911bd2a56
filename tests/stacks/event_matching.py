"""EventBridge's pattern matching, as far as the kit's rules use it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any


def matches(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Whether an event has every field of the pattern with one of the values listed there."""
    for name, wanted in pattern.items():
        if name not in event:
            return False
        if isinstance(wanted, Mapping):
            if not matches(wanted, event[name]):
                return False
        elif not any(_fits(condition, event[name]) for condition in wanted):
            return False
    return True


def _fits(condition: Any, value: Any) -> bool:
    if not isinstance(condition, Mapping):
        return bool(condition == value)
    ((kind, argument),) = condition.items()
    if kind == "prefix":
        return bool(value.startswith(argument))
    if kind == "wildcard":
        return re.fullmatch(".*".join(map(re.escape, argument.split("*"))), value, re.DOTALL) is not None
    if kind == "anything-but":
        prefixes = argument["prefix"]
        return not value.startswith(tuple(prefixes) if isinstance(prefixes, list) else prefixes)
    raise ValueError(f"The kind of condition {kind} is not read here.")
