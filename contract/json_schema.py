"""The parts that the HTTP API's schemas are made of: JSON Schema, draft 2020-12."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
COUNT: Schema = {"type": "integer", "minimum": 0}
FLAG: Schema = {"type": "boolean"}


def record(properties: Mapping[str, Schema], *, optional: tuple[str, ...] = (), is_closed: bool = False) -> dict[str, Any]:
    """An object with these properties, all of which must be there but for the optional ones; a closed one has no others."""
    found: dict[str, Any] = {"type": "object", "properties": dict(properties)}
    if required := [name for name in properties if name not in optional]:
        found["required"] = required
    return {**found, "additionalProperties": False} if is_closed else found


def listed(items: Schema, **bounds: Any) -> dict[str, Any]:
    """A list of such."""
    return {"type": "array", "items": items, **bounds}


def or_null(schema: Schema) -> dict[str, Any]:
    """Such, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def ref(name: str) -> dict[str, str]:
    """An answer's schema, by its name."""
    return {"$ref": f"#/components/schemas/{name}"}
