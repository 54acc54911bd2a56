"""Spot machines that are taken back, on demand: for tests of what is at work on them.

A file in the state folder, `reclaims.json`, says whose. The first attempt of each such Batch job loses its host after some time
at work, with the notice that AWS gives; the attempts after it are left alone.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

RECLAIMS_FILE = "reclaims.json"
RECLAIMED = "Host EC2 (instance i-0123456789abcdef0) terminated."  # Batch's words


def set_reclaims(state: Path, pattern: str, after_seconds: float = 0.0) -> None:
    """Take back the hosts of jobs whose names hold a regular expression; an empty one ends that."""
    draft = state / f".{RECLAIMS_FILE}.draft"
    draft.write_text(json.dumps({"pattern": pattern, "after_seconds": after_seconds}), encoding="utf-8")
    draft.replace(state / RECLAIMS_FILE)


def seconds_until_reclaim(state: Path, job_name: str, attempt: int) -> float:
    """How long an attempt keeps its host; for ever unless somebody wants otherwise."""
    try:
        wanted = json.loads((state / RECLAIMS_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return float("inf")
    is_meant = attempt == 1 and wanted["pattern"] and re.search(wanted["pattern"], job_name)
    return float(wanted["after_seconds"]) if is_meant else float("inf")
