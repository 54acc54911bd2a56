"""The HTTP API: parse, route by the table of operations, call, answer. Who asks was established by API Gateway's authorizer.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

import json
import logging
import time
import traceback
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import classifier_routes
import document_routes
import job_routes
import labelling_end
import labelling_jobs
import labelling_turns
import model_routes
import review_routes
import text_routes
import upload_routes
from call import Call
from identity import Identity
from refusal import Refusal
from services import services_of
from validation import read

from contract.api import BY_ROUTE, OPERATIONS, Operation
from contract.errors import PlatformError, UserError
from contract.function_environments import AnswerApiEnvironment

MODULES = (
    document_routes,
    classifier_routes,
    text_routes,
    upload_routes,
    job_routes,
    review_routes,
    model_routes,
    labelling_jobs,
    labelling_turns,
    labelling_end,
)

logging.getLogger().setLevel(logging.INFO)
log = logging.getLogger("answer_api")


def _function(operation: Operation) -> Callable[[Call], dict[str, Any] | None]:
    """The function that answers an operation: the one of its name, in whichever module it is."""
    (found,) = (getattr(module, operation.name) for module in MODULES if hasattr(module, operation.name))
    function: Callable[[Call], dict[str, Any] | None] = found
    return function


FUNCTIONS = {operation.name: _function(operation) for operation in OPERATIONS}


def handle(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Lambda's entry point: an event of payload format 2.0. Whatever happens is an answer; the log holds no word of a body."""
    started = time.monotonic()
    operation = BY_ROUTE.get(event["routeKey"])
    try:
        if operation is None:
            raise Refusal(HTTPStatus.NOT_FOUND, "There is no such address. /openapi.json lists all.")
        answer = _response(operation.status, _answer(operation, event))
    except Refusal as refusal:
        answer = _response(refusal.status, {"error": str(refusal)}, refusal.headers)
    except UserError as error:
        answer = _response(HTTPStatus.BAD_REQUEST, {"error": str(error)})
    except PlatformError as error:
        log.warning("%s", error)
        answer = _response(HTTPStatus.SERVICE_UNAVAILABLE, {"error": str(error)}, {"Retry-After": "5"})
    except Exception as error:
        # not its message, which may quote what was sent
        log.error("%s\n%s", type(error).__name__, "".join(traceback.format_tb(error.__traceback__)))
        answer = _response(HTTPStatus.INTERNAL_SERVER_ERROR, {"error": "That went wrong on our side. Please report it."})
    log.info("%s %d %d ms", event["routeKey"], answer["statusCode"], (time.monotonic() - started) * 1000)
    return answer


def _answer(operation: Operation, event: Mapping[str, Any]) -> dict[str, Any] | None:
    who = Identity.of(event)
    if operation.is_for_owners and not who.is_owner:
        raise Refusal(HTTPStatus.FORBIDDEN, "Only owners may do this. Ask one of them, or the administrator to make you one.")
    given = read(operation, event)
    return FUNCTIONS[operation.name](Call(services_of(AnswerApiEnvironment.from_env()), who, given))


def _response(status: int, content: Mapping[str, Any] | None, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    response: dict[str, Any] = {"statusCode": int(status), "headers": {"Cache-Control": "no-store", **(headers or {})}}
    if content is None:
        return response
    response["headers"] |= {"Content-Type": "application/json", "X-Content-Type-Options": "nosniff"}
    return {**response, "body": json.dumps(content, ensure_ascii=False)}
