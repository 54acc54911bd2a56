"""An access key for each role, so that a request says whose it is."""

from __future__ import annotations

import base64
import hashlib

_KEY_CHARS = 16  # after the four that say what kind of key it is


class AccessKeys:
    """The access keys of the roles under which processes of this server run."""

    def __init__(self) -> None:
        self._roles: dict[str, str] = {}

    def of(self, role_arn: str) -> str:
        """The access key of a role: always the same, in AWS's form for temporary credentials."""
        digest = base64.b32encode(hashlib.sha256(role_arn.encode()).digest()).decode()
        key = f"ASIA{digest[:_KEY_CHARS]}"
        self._roles[key] = role_arn
        return key

    def role(self, access_key: str) -> str | None:
        """The role that a key was made for; None for any other key."""
        return self._roles.get(access_key) or None
