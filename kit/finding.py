"""What `kit doctor` says of one thing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

SETTINGS = "docs/settings.md#how-to-change-a-setting"  # where remedies send those who have to change one


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    UNSEEN = "unseen"  # it cannot be looked at from here
    LOOK = "look"  # it works, or will by itself, but somebody should know
    BROKEN = "broken"  # something does not work until somebody acts


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    what: str
    level: Level
    sentence: str
    remedy: str = ""  # what to do; for everything but what is well
