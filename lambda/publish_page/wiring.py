"""What a deployed page knows of its surroundings: its settings, and whom its browser lets it talk to.

Content Security Policy Level 3, https://www.w3.org/TR/CSP3/
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from files import INDEX, File

SETTINGS = "settings.json"
OPEN = "connect-src 'self'"  # as the source of the page has it


@dataclass(frozen=True)
class Surroundings:
    """Where the page's API, its sign-in and the buckets are that take its files and hold the results."""

    api: str
    sign_in: str
    client_id: str
    stage: str
    buckets: tuple[str, ...]

    @property
    def origins(self) -> list[str]:
        """Scheme, host and port of each, without repetition. Raises ValueError for what is no address of the web."""
        return list(dict.fromkeys(_origin(address) for address in (self.api, self.sign_in, *self.buckets)))

    @property
    def settings(self) -> bytes:
        """The content of settings.json."""
        names = {"api": self.api, "sign_in": self.sign_in, "client_id": self.client_id, "stage": self.stage}
        return json.dumps(names, indent=2).encode()


def wired(files: Iterable[File], surroundings: Surroundings) -> list[File]:
    """The files with the settings, and an index, the last of them, whose policy names exactly the surroundings.

    Raises ValueError when the index does not say once where the policy begins to be about connections.
    """
    others = [file for file in files if file.key not in (INDEX, SETTINGS)]
    (index,) = (file for file in files if file.key == INDEX)
    text = index.content.decode("utf-8")
    if text.count(OPEN) != 1:
        raise ValueError(f'{INDEX} should say "{OPEN}" once, and says it {text.count(OPEN)} times')
    narrowed = text.replace(OPEN, " ".join((OPEN, *surroundings.origins)))
    return [*others, File(SETTINGS, surroundings.settings), replace(index, content=narrowed.encode("utf-8"))]


def _origin(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme not in ("https", "http") or not parts.netloc or any(sign in parts.netloc for sign in " ;,'\"<>&@"):
        raise ValueError(f"'{address}' is no address of the web")
    return f"{parts.scheme}://{parts.netloc}"
