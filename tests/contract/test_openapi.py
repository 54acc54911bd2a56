"""The table of the HTTP API's operations, and the document that is made from it."""

from __future__ import annotations

import re

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from contract.api import BY_ROUTE, EVERYWHERE, OPERATIONS, REFUSALS, Operation
from contract.api_schemas import ANSWERS, BODIES
from contract.openapi import document


def test_the_document_is_openapi() -> None:
    """By the specification's own schema, references resolved."""
    OpenAPIV31SpecValidator(document()).validate()


def test_the_document_has_every_operation_and_no_other() -> None:
    """Each under its address, by its name, for those alone who are signed in."""
    found = {(f"{method.upper()} {path}", row["operationId"]) for path, rows in document()["paths"].items() for method, row in rows.items()}
    assert found == {(operation.route_key, operation.name) for operation in OPERATIONS}
    assert len(BY_ROUTE) == len(OPERATIONS)
    assert document()["security"] == [{"idToken": []}]
    assert [row for rows in document()["paths"].values() for row in rows.values() if "security" in row] == []


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_name_in_a_row_has_its_schema(operation: Operation) -> None:
    """Parameters, body, answer and refusals are described, and what changes something is no GET."""
    assert set(re.findall(r"\{(\w+)\}", operation.path)) == set(operation.path_parameters)
    assert operation.answer in ANSWERS if operation.status != 204 else not operation.answer
    assert operation.body in {*BODIES, ""}
    assert set(operation.refusals) <= set(REFUSALS)
    assert not set(operation.refusals) & set(EVERYWHERE)
    assert not (operation.method == "GET" and (operation.body or operation.is_for_owners))


def test_the_document_says_how_a_script_signs_in() -> None:
    """By the operation of Cognito and the output with the client's id."""
    for words in ("InitiateAuth", "USER_PASSWORD_AUTH", "UserPoolClientId", "Authorization: Bearer"):
        assert words in document()["info"]["description"]


def test_requests_refer_to_nothing() -> None:
    """Each body is validated by its schema alone."""
    assert "$ref" not in str(BODIES)
