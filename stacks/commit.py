"""Which commit of the kit a deployment was made from."""

from __future__ import annotations

import shutil
import subprocess  # git is asked with fixed arguments

from stacks.sources import ROOT

UNKNOWN = "unknown"  # the kit was unpacked from an archive


def current_commit() -> str:
    """The abbreviated commit, with `-dirty` when tracked files differ from it; `unknown` outside a git checkout."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        return UNKNOWN
    command = [git, "--no-optional-locks", "-C", str(ROOT), "describe", "--always", "--dirty", "--exclude=*", "--abbrev=12"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # nothing of it comes from outside
    return answer.stdout.strip() or UNKNOWN
