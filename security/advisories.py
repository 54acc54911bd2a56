"""The advisories of the Python Packaging Authority as files, for machines that cannot ask the package index about them.

They are those that the index itself answers with: https://github.com/pypa/advisory-database, cloned into a folder.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]  # its types are a package of their own
from packaging.utils import canonicalize_name
from packaging.version import Version

from security.finding import Finding

LOCKED = re.compile(r"^(?P<name>[A-Za-z0-9_.-]+)==(?P<version>[^\s;\\]+)", re.MULTILINE)


def advisories_for(lock: str, folder: Path, lock_name: str) -> Iterator[Finding]:
    """What the clone in `folder` has about the versions that a lock, given as text, names."""
    for name, version in LOCKED.findall(lock):
        for path in sorted((folder / "vulns" / canonicalize_name(name)).glob("*.yaml")):
            entry = yaml.safe_load(path.read_text(encoding="utf-8"))
            affected = [one for one in entry.get("affected", ()) if canonicalize_name(one["package"]["name"]) == canonicalize_name(name)]
            if "withdrawn" not in entry and any(_holds(one, version) for one in affected):
                fixed_in = tuple(event["fixed"] for one in affected for event in _events(one) if "fixed" in event)
                yield Finding(name, version, entry["id"], tuple(entry.get("aliases", ())), fixed_in, lock_name)


def _holds(affected: dict[str, Any], version: str) -> bool:
    """Whether a version is among those affected: named, or within a range."""
    if version in (affected.get("versions") or ()):
        return True
    asked, is_inside = Version(version), False
    for event in _events(affected):  # in the order of versions, as the format demands
        if "introduced" in event:
            is_inside = is_inside or asked >= Version(event["introduced"])
        elif "fixed" in event:
            is_inside = is_inside and asked < Version(event["fixed"])
        elif "last_affected" in event:
            is_inside = is_inside and asked <= Version(event["last_affected"])
    return is_inside


def _events(affected: dict[str, Any]) -> Iterator[dict[str, str]]:
    for found in affected.get("ranges", ()):
        if found["type"] == "ECOSYSTEM":
            yield from found["events"]
