"""Events of API Gateway for answer_api, and what it answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qs

import boto3
from deployed_functions import Deployed

from contract.api import BY_ROUTE
from contract.hosting import Live, LiveStatus
from contract.live_ledger import LiveLedger

OWNER = {"token_use": "id", "email": "olga@example.com", "cognito:username": "u-1", "sub": "u-1", "cognito:groups": "[owners]"}
CLERK = {"token_use": "id", "email": "carl@example.com", "cognito:username": "u-2", "sub": "u-2"}


class Answered(NamedTuple):
    """A response."""

    status: int
    content: Any
    headers: Mapping[str, str]

    @property
    def sentence(self) -> str:
        """Why it was refused."""
        return str(self.content["error"])


def event_of(route: str, body: Any = None, claims: Mapping[str, str] | None = None, **parameters: Any) -> dict[str, Any]:
    """The event of a request: `GET /jobs?limit=5`, its path's parameters by name. A body that is a text goes as it is."""
    address, _, query = route.partition("?")
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": address,
        "requestContext": {"authorizer": {"jwt": {"claims": dict(OWNER if claims is None else claims), "scopes": None}}},
        "isBase64Encoded": False,
    }
    if query:
        event["queryStringParameters"] = {name: ",".join(values) for name, values in parse_qs(query).items()}
    if parameters:
        event["pathParameters"] = {name: str(value) for name, value in parameters.items()}
    if body is not None:
        event["body"] = body if isinstance(body, str) else json.dumps(body)
    return event


def ask(deployed: Deployed, route: str, body: Any = None, claims: Mapping[str, str] | None = None, **parameters: Any) -> Answered:
    """Call the API as somebody who is signed in; an owner, unless claims say otherwise."""
    assert route.partition("?")[0] in BY_ROUTE
    response = deployed.invoke("answer_api", event_of(route, body, claims, **parameters))
    return Answered(response["statusCode"], json.loads(response.get("body", "null")), response["headers"])


def put_live(status: LiveStatus, version: int = 1, message: str = "") -> None:
    """What the ledger says of the endpoint."""
    record = Live(classifier="main", version=version, name="n", status=status, since="2026-11-22T10:00:00.000+00:00", message=message)
    LiveLedger(boto3.resource("dynamodb").Table("ledger")).put(record)
