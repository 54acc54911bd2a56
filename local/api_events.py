"""What a function receives from an HTTP API and what it answers: payload format 2.0.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from werkzeug.wrappers import Request, Response

from local.api_routes import Match
from local.host import Host

_VARIABLE = re.compile(r"\$context\.([A-Za-z0-9_:.]*[A-Za-z0-9_])")
_TEXTS = ("text/", "application/json", "application/javascript", "application/xml")  # other bodies travel as base64


def request_event(
    host: Host, api_id: str, request: Request, found: Match, claims: Mapping[str, str] | None, moment: datetime, request_id: str
) -> str:
    """The event of a request, as JSON; a query parameter that comes twice is one with a comma."""
    body = request.get_data()
    is_text = (request.content_type or "text/plain").startswith(_TEXTS) and _is_utf8(body)
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": found.route.route_key,
        "rawPath": request.path,
        "rawQueryString": request.query_string.decode("latin-1"),
        "headers": {name.lower(): value for name, value in request.headers.items()},
        "requestContext": {
            "accountId": host.account,
            "apiId": api_id,
            "domainName": request.host,
            "domainPrefix": api_id,
            "http": {
                "method": request.method,
                "path": request.path,
                "protocol": request.environ.get("SERVER_PROTOCOL", ""),
                "sourceIp": request.remote_addr or "",
                "userAgent": request.user_agent.string,
            },
            "requestId": request_id,
            "routeKey": found.route.route_key,
            "stage": "$default",
            "time": f"{moment:%d/%b/%Y:%H:%M:%S +0000}",
            "timeEpoch": int(moment.timestamp() * 1000),
        },
        "isBase64Encoded": bool(body) and not is_text,
    }
    if claims is not None:
        event["requestContext"]["authorizer"] = {"jwt": {"claims": dict(claims), "scopes": None}}
    if request.args:
        event["queryStringParameters"] = {name: ",".join(values) for name, values in request.args.lists()}
    if found.parameters:
        event["pathParameters"] = found.parameters
    if body:
        event["body"] = body.decode() if is_text else base64.b64encode(body).decode()
    return json.dumps(event)


def stringified(claim: Any) -> str:
    """A claim as API Gateway hands it on: every one is a text, a list is `[one two]`."""
    if isinstance(claim, list):
        return f"[{' '.join(map(str, claim))}]"
    return claim if isinstance(claim, str) else json.dumps(claim)


def answered(payload: bytes) -> Response:
    """What a function answered, as the response that it stands for."""
    answer = json.loads(payload)
    if not isinstance(answer, dict) or "statusCode" not in answer:
        return Response(payload, content_type="application/json")
    body = answer.get("body", "")
    content = base64.b64decode(body) if answer.get("isBase64Encoded") else body.encode()
    response = Response(content, int(answer["statusCode"]), answer.get("headers", {}))
    if not any(name.lower() == "content-type" for name in answer.get("headers", {})):
        response.headers["Content-Type"] = "text/plain;charset=UTF-8"
    return response


def expanded(line: str, context: Mapping[str, str]) -> str:
    """A line of an access log with its variables; what is not known is a hyphen."""
    return _VARIABLE.sub(lambda found: context.get(found[1], "-"), line)


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
