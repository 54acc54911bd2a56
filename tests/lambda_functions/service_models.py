"""Services as botocore's models describe them: what they refuse in a request, and the exceptions of their answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from botocore.client import BaseClient
from botocore.model import ListShape, MapShape, Shape, StructureShape


def service_error(client: BaseClient, code: str, operation: str) -> Exception:
    """The exception that botocore makes of a service's answer, of its own class where the service declares one."""
    answer = {"Error": {"Code": code, "Message": "pretended"}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    kind: Callable[..., Exception] = client.exceptions.from_code(code)  # type: ignore[assignment]  # the stubs take the class for an instance
    return kind(answer, operation)


def beyond_limits(shape: Shape, value: Any, where: str) -> Any:
    """Where a request breaks a length or a pattern of the service model, which botocore leaves to the service."""
    if isinstance(shape, StructureShape):
        for name, entry in value.items():
            yield from beyond_limits(shape.members[name], entry, f"{where}.{name}")
    elif isinstance(shape, MapShape):
        for key, entry in value.items():
            yield from beyond_limits(shape.key, key, f"{where}.{key}")
            yield from beyond_limits(shape.value, entry, f"{where}.{key}")
    elif isinstance(shape, ListShape):
        for entry in value:
            yield from beyond_limits(shape.member, entry, f"{where}[]")
    elif isinstance(value, str):
        if len(value) > shape.metadata.get("max", len(value)):
            yield f"{where} has {len(value)} characters, {shape.metadata['max']} are allowed"
        pattern = shape.metadata.get("pattern", "")
        # Python knows neither Unicode's classes nor code units
        if pattern and not {"\\p", "\\u"} & {pattern[at : at + 2] for at in range(len(pattern))} and not re.fullmatch(pattern, value):
            yield f"{where}={value} does not match {pattern}"
