"""One thing that a stage left behind, and what can become of it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from enum import StrEnum

UNTAGGED = "It has the stage's name and not the stage's tags: look at it first, for the tear-down left it alone."


class Fate(StrEnum):
    """What can become of it."""

    LEFT = "left"  # somebody has to delete it
    EXPIRES = "expires"  # AWS deletes it by and by, and nobody can before
    STAYS = "stays"  # it cannot be deleted, or is not the kit's to delete


@dataclass(frozen=True)
class Leftover:
    """One thing that is left."""

    kind: str
    name: str
    fate: Fate = Fate.LEFT
    command: str = ""  # that deletes it
    note: str = ""


def aws(command: str, name: str) -> str:
    """A command of the AWS command line about one thing."""
    return f"aws {command} {shlex.quote(name)}"
