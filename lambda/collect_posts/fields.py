"""Reading answers of strangers: every field may be missing, null or of another type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from source import Stopped


def as_text(value: Any) -> str:
    """A string or a number as text; empty for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value).strip()


def as_object(value: Any) -> Mapping[str, Any]:
    """An object; empty for anything else."""
    return value if isinstance(value, dict) else {}


def as_objects(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a list; empty for anything else."""
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def unknown_shape(who: str, lacks: str) -> Stopped:
    """The error of an answer that is not what its documentation says."""
    return Stopped(f"{who} answered in a shape that the kit does not know: {lacks}. If it does so again, please report this.")
