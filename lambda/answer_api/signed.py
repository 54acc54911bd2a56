"""What a browser may do for some minutes without the API: fetch one object, send one file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

SECONDS = 600
FORM_SECONDS = 15 * 60  # in which the sending must begin


def signed_address(s3: Any, thing: Mapping[str, str], name: str, *, is_shown: bool = False) -> str:
    """The address of an object, which is saved under a name, or shown."""
    disposition = f"{'inline' if is_shown else 'attachment'}; filename*=UTF-8''{quote(name, safe='')}"
    return str(s3.generate_presigned_url("get_object", Params={**thing, "ResponseContentDisposition": disposition}, ExpiresIn=SECONDS))


def signed_form(s3: Any, bucket: str, key: str, size: int, metadata: Mapping[str, str]) -> dict[str, Any]:
    """A form that is good for one file of exactly this size under exactly this key, as the API's schema Upload has it."""
    fields = {f"x-amz-meta-{name}": value for name, value in metadata.items()}
    form = s3.generate_presigned_post(
        bucket,
        key,
        Fields=fields,
        Conditions=[*({name: value} for name, value in fields.items()), ["content-length-range", size, size]],
        ExpiresIn=FORM_SECONDS,
    )
    return {"url": form["url"], "fields": form["fields"], "key": key}
