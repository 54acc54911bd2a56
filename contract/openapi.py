"""The OpenAPI 3.1 document of the HTTP API, made from the table of operations.

https://spec.openapis.org/oas/v3.1.0
"""

from __future__ import annotations

from typing import Any

from contract.api import EVERYWHERE, OPERATIONS, REFUSALS, Operation
from contract.api_schemas import ANSWERS, BODIES
from contract.deployment import output_name
from contract.json_schema import Schema, record, ref

VERSION = "1"  # of the API: counted up when a client that knew it before would fail
TOKEN = "idToken"  # noqa: S105  # the name of a security scheme

# what API Gateway itself answers, before the function is asked
GATEWAYS_OWN = (401, 429)
EITHERS = (413,)  # API Gateway has a limit, and the function a lower one


def document() -> dict[str, Any]:
    """The document, of plain values."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _described(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Text Classification Kit",
            "version": VERSION,
            "description": (
                "Every operation needs the ID token of somebody who is signed in to the deployment's user pool, as 'Authorization: Bearer"
                " TOKEN'. Cognito's InitiateAuth gives it for the AuthFlow USER_PASSWORD_AUTH with the ClientId that is the output"
                f" {output_name('user_pool_client_id')} of the stack realtime, and the AuthParameters USERNAME, an e-mail address, and"
                " PASSWORD. Whoever was invited chooses a password on the page first."
            ),
        },
        "security": [{TOKEN: []}],
        "paths": paths,
        "components": {
            "securitySchemes": {TOKEN: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
            "schemas": {**ANSWERS, **BODIES, "Refusal": record({"message": {"type": "string"}})},
        },
    }


def _described(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": [
            *({"name": name, "in": "path", "required": True, "schema": schema} for name, schema in operation.path_parameters.items()),
            *({"name": name, "in": "query", "required": False, "schema": schema} for name, schema in operation.query.items()),
        ],
        "responses": {
            str(operation.status): _success(operation),
            **{str(status): _refusal(status) for status in sorted({*EVERYWHERE, *operation.refusals})},
        },
    }
    if operation.is_for_owners:
        described["description"] = "For owners only."
    if operation.body:
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": ref(operation.body)}}}
    return described


def _success(operation: Operation) -> dict[str, Any]:
    return _answer(operation.summary, ref(operation.answer)) if operation.answer else {"description": operation.summary}


def _answer(description: str, schema: Schema) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _refusal(status: int) -> dict[str, Any]:
    schema: Schema = ref("Refusal" if status in GATEWAYS_OWN else "Error")
    if status in EITHERS:
        schema = {"anyOf": [ref("Refusal"), ref("Error")]}
    refusal = _answer({**EVERYWHERE, **REFUSALS}[status], schema)
    if status == 503:  # noqa: PLR2004  # HTTP's own number
        refusal["headers"] = {"Retry-After": {"description": "in seconds", "schema": {"type": "integer"}}}
    return refusal
