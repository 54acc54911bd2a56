"""Addresses under which a browser fetches one object, for some minutes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

SECONDS = 600


def signed_address(s3: Any, thing: Mapping[str, str], name: str, *, is_shown: bool = False) -> str:
    """The address of an object, which is saved under a name, or shown."""
    disposition = f"{'inline' if is_shown else 'attachment'}; filename*=UTF-8''{quote(name, safe='')}"
    return str(s3.generate_presigned_url("get_object", Params={**thing, "ResponseContentDisposition": disposition}, ExpiresIn=SECONDS))
