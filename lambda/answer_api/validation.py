"""What was sent, held against the schemas of the table of operations."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import fastjsonschema
from refusal import Refusal, not_there

from contract.api import MAX_REQUEST_BYTES, OPERATIONS, PATH_PARAMETERS, Operation
from contract.api_schemas import BODIES
from contract.errors import UserError
from contract.json_schema import Schema, record
from contract.wording import shortened

Validator = Callable[[Any], Any]

_DIGITS = re.compile(r"-?[0-9]{1,18}")
_NAMED = {"job_id": "job", "classifier": "classifier", "labelling": "labelling job", "version": "model", "row": "row", "text": "text"}


def _parameters(operation: Operation) -> dict[str, Any]:
    """The schema of all parameters of an operation together."""
    return record({**operation.path_parameters, **operation.query}, optional=tuple(operation.query))


_PARAMETERS: Mapping[str, Validator] = {operation.name: fastjsonschema.compile(_parameters(operation)) for operation in OPERATIONS}
_PLACES: Mapping[str, Validator] = {name: fastjsonschema.compile(dict(schema)) for name, schema in PATH_PARAMETERS.items()}
_BODIES: Mapping[str, Validator] = {name: fastjsonschema.compile(dict(schema)) for name, schema in BODIES.items()}


def read(operation: Operation, event: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters and the body of a request, with defaults for what was left out. Raises UserError and Refusal.

    A path that nothing can lie at is one where nothing is, as of any other broken bookmark.
    """
    sent = {**(event.get("queryStringParameters") or {}), **(event.get("pathParameters") or {})}
    known = {**operation.query, **operation.path_parameters}
    parameters = {name: _typed(value, known[name]) for name, value in sent.items() if name in known}
    for name in operation.path_parameters:
        try:
            _PLACES[name](parameters.get(name))
        except fastjsonschema.JsonSchemaValueException as error:
            raise not_there(f"There is no {_NAMED[name]} '{shortened(str(sent.get(name, '')))}'.") from error
    given: dict[str, Any] = _checked(_PARAMETERS[operation.name], parameters, "The address")
    if operation.body:
        fields = BODIES[operation.body]["properties"]
        given |= {name: _whole(value, fields[name]) for name, value in _checked(_BODIES[operation.body], _body(event), "The body").items()}
    return given


def _typed(value: str, schema: Schema) -> str | int:
    """A parameter as its schema wants it; what is no number stays text, and is refused as such."""
    return int(value) if schema["type"] == "integer" and _DIGITS.fullmatch(value) else value


def _whole(value: Any, schema: Schema) -> Any:
    """A field as its schema wants it: to JSON Schema 5.0 is an integer, to those who read it next it is none."""
    return int(value) if schema["type"] == "integer" else value


def _checked(validate: Validator, value: Any, place: str) -> Any:
    """What the validator makes of it: the value with defaults. Raises UserError that names what does not fit."""
    try:
        return validate(value)
    except fastjsonschema.JsonSchemaValueException as error:
        name = error.name or ""
        rule, where = error.message.removeprefix(name).strip(), name.removeprefix("data").lstrip(".")
        if error.rule == "required":
            rule = f"lacks {', '.join(repr(field) for field in error.definition['required'] if field not in error.value)}"
        if error.rule == "pattern":
            rule = f"should be {error.definition['description']}"
        subject = f"'{where}'" if where else "it"
        raise UserError(f"{place} does not fit: {subject} {rule}.") from error


def _body(event: Mapping[str, Any]) -> Any:
    """The body as JSON. Raises UserError when it is none, Refusal when it is too large."""
    text = event.get("body") or ""
    if event.get("isBase64Encoded"):
        try:
            text = base64.b64decode(text).decode("utf-8-sig")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise UserError("The body is no UTF-8. Encode it as UTF-8.") from error
    if len(text) > MAX_REQUEST_BYTES or len(text.encode("utf-8", "replace")) > MAX_REQUEST_BYTES:
        limit = f"{MAX_REQUEST_BYTES // 1024**2} MiB"
        raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body is larger than {limit}. Send fewer texts at once, or drop a file.")
    try:
        value = json.loads(text, parse_constant=_refuse)
        json.dumps(value, ensure_ascii=False).encode()  # escapes can write halves of characters, which no text is made of
    except (ValueError, RecursionError) as error:
        raise UserError("The body is no JSON of whole characters. Send an object as the document at /openapi.json describes it.") from error
    return value


def _refuse(constant: str) -> None:
    raise ValueError(constant)
