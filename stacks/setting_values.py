"""What a single setting may hold: how it is declared, read from a string, held to its bounds and shown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any

KINDS = {str: "text", int: "a whole number", bool: "true or false", tuple[str, ...]: "names with commas between"}


def setting(dev: Any, prod: Any, meaning: str, **rule: Any) -> Any:
    """A field with its values and, as `choices`, `low` and `high` or `form`, what else it may hold.

    Of a field with several values the rule is for each; there must be one, unless `is_empty_allowed`.
    """
    return field(metadata={"dev": dev, "prod": prod, "meaning": meaning, **rule})


def parse(kind: Any, given: Any) -> Any:
    """A value of a type from a string or from JSON; raises ValueError."""
    if kind is bool:
        if str(given).lower() not in ("true", "false"):
            raise ValueError(given)
        return str(given).lower() == "true"
    if kind is int:
        if isinstance(given, bool) or not re.fullmatch(r"[+-]?\d+", str(given)):
            raise ValueError(given)
        return int(given)
    if kind is str:
        return given if isinstance(given, str) else json.dumps(given)
    parts = given.split(",") if isinstance(given, str) else given
    return tuple(stripped for part in parts if (stripped := part.strip()))


def violations_of(name: str, value: Any, rule: Mapping[str, Any]) -> Iterator[str]:
    """What of a field's rule its value breaks, a part of a sentence each."""
    if "low" in rule and not rule["low"] <= value <= rule["high"]:
        yield f"{name}={value} (allowed: {rule['low']} to {rule['high']})"
    chosen = value if isinstance(value, tuple) else (value,)
    if "form" in rule:
        pattern, words = rule["form"]
        yield from (f"{name}={one!r} (it should be {words})" for one in chosen if not re.fullmatch(pattern, one))
    if "choices" in rule:
        wrong = [choice for choice in chosen if choice not in rule["choices"]]
        if wrong or not (chosen or rule.get("is_empty_allowed")):
            yield f"{name}={shown(value)} (allowed: {', '.join(map(str, rule['choices']))})"


def shown(value: Any) -> str:
    """A value as a person writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(value) if isinstance(value, tuple) else str(value)
