"""S3's PostObject: a browser sends a file with a form that somebody with rights has signed.

moto stores whatever comes. What the signed policy demands is held here; the signature itself is not, for moto knows no secret keys.
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
"""

from __future__ import annotations

import base64
import functools
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from xml.sax.saxutils import escape

_UNCHECKED = ("policy", "x-amz-signature", "file")  # fields that no condition need name


class Refused(Exception):
    """The form does not allow this: a status of HTTP, and S3's word for it."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


def with_policy(stock: Callable[..., Any]) -> Callable[..., Any]:
    """moto's PostObject, with the policy held, and with the headers of the answer that it leaves out."""

    @functools.wraps(stock)
    def post(response: Any, request: Any, bucket_name: str) -> Any:
        form = {name.lower(): value for name, value in response.form_data.items()}
        if "policy" not in form:
            return stock(response, request, bucket_name)
        try:
            check(form, bucket_name, len(response.body), datetime.now(UTC))
        except Refused as refused:
            body = f"<Error><Code>{refused.code}</Code><Message>{escape(str(refused))}</Message></Error>"
            return refused.status, {"Content-Type": "application/xml"}, body
        status, headers, body = stock(response, request, bucket_name)
        stored = response.backend.get_object(bucket_name, form["key"])
        bucket = response.backend.get_bucket(bucket_name)
        exposed = [name for rule in bucket.cors for name in rule.exposed_headers or []]
        if exposed:
            headers["Access-Control-Expose-Headers"] = ", ".join(exposed)
        if bucket.is_versioned:
            headers["x-amz-version-id"] = stored.version_id
        return status, {**headers, "ETag": stored.etag}, body

    return post


def check(form: Mapping[str, str], bucket: str, size: int, now: datetime) -> None:
    """Raises Refused unless the policy of a form, whose names are in lower case, allows a file of so many bytes."""
    policy = json.loads(base64.b64decode(form["policy"]))
    if datetime.fromisoformat(policy["expiration"]) < now:
        raise _denied("Policy expired.")
    sent = {**form, "bucket": bucket}
    named = set()
    for operator, name, value in _conditions(policy["conditions"]):
        if operator == "content-length-range":
            least, most = name, value
            if not least <= size <= most:
                code = "EntityTooSmall" if size < least else "EntityTooLarge"
                raise Refused(HTTPStatus.BAD_REQUEST, code, f"{least} to {most} bytes are allowed, and {size} came.")
            continue
        field = name.lstrip("$").lower()
        named.add(field)
        found = sent.get(field, "")
        if not (found == value if operator == "eq" else found.startswith(value)):
            raise _denied(f'Policy Condition failed: ["{operator}", "${field}", "{value}"]')
    if extra := set(form) - named - set(_UNCHECKED):
        raise _denied(f"Extra input fields: {', '.join(sorted(extra))}")


def _denied(message: str) -> Refused:
    return Refused(HTTPStatus.FORBIDDEN, "AccessDenied", f"Invalid according to Policy: {message}")


def _conditions(conditions: list[Any]) -> Iterator[tuple[str, Any, Any]]:
    """Each as operator, field and value; `{"key": "a"}` means that they are equal."""
    for condition in conditions:
        if isinstance(condition, dict):
            yield from (("eq", name, value) for name, value in condition.items())
        else:
            yield condition[0], condition[1], condition[2]
