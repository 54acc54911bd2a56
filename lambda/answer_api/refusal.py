"""What is answered in place of what was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus


class Refusal(Exception):
    """A status of HTTP and one plain sentence."""

    def __init__(self, status: int, sentence: str, *, retry_seconds: int = 0) -> None:
        super().__init__(sentence)
        self.status = int(status)
        self.headers: Mapping[str, str] = {"Retry-After": str(retry_seconds)} if retry_seconds else {}


def not_there(sentence: str) -> Refusal:
    """404: there is no such thing, or it is gone."""
    return Refusal(HTTPStatus.NOT_FOUND, sentence)


def not_now(sentence: str) -> Refusal:
    """409: not as things stand; the sentence says what would have to be different."""
    return Refusal(HTTPStatus.CONFLICT, sentence)
