"""What describes the API itself."""

from __future__ import annotations

from typing import Any

from call import Call

from contract.openapi import document


def openapi(call: Call) -> dict[str, Any]:
    """The OpenAPI document."""
    return document()
