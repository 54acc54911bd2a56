"""What is answered in place of what was asked for."""

from __future__ import annotations

from collections.abc import Mapping


class Refusal(Exception):
    """A status of HTTP and one plain sentence."""

    def __init__(self, status: int, sentence: str, *, retry_seconds: int = 0) -> None:
        super().__init__(sentence)
        self.status = int(status)
        self.headers: Mapping[str, str] = {"Retry-After": str(retry_seconds)} if retry_seconds else {}
