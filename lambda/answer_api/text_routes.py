"""Single texts, classified at once by the endpoint of a classifier."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from botocore.exceptions import ClientError, HTTPClientError
from call import Call
from refusal import Refusal

from contract.api import RETRY_SECONDS
from contract.hosting import LiveStatus, endpoint_name
from contract.live import JSON

BUSY_SECONDS = 2  # after which one that has too much to do may have less
NOT_NOW = ("InternalDependencyException", "InternalFailure", "ModelNotReadyException", "ServiceUnavailable", "ServiceUnavailableException")
BUSY = ("ThrottlingException", "Throttling", "TooManyRequestsException")
MISSING = ("ValidationError", "ValidationException")  # SageMaker's word for an endpoint that is not there


def classify(call: Call) -> dict[str, Any]:
    """Labels of some texts with how sure the model is, and on request the words that spoke for and against the best one."""
    given = call.given
    asked = {"k": given["k"], "explain": given["explain"], "review": True}
    found = _ask(call, {"instances": given["texts"], "configuration": asked})
    return {"model_version": _version(call, found), "answers": [_answer(entry) for entry in found]}


def _answer(entry: Mapping[str, Any]) -> dict[str, Any]:
    """One answer of the endpoint as the API gives it; an engine that only knows labels says nothing of reviews and words."""
    return {
        "labels": [{"label": label, "confidence": share} for label, share in zip(entry["label"], entry["prob"], strict=True)],
        "needs_review": entry.get("needs_review", False),
        "review_reason": entry.get("review_reason", ""),
        "words": [{"word": word, "weight": weight} for word, weight in entry.get("words", [])],
    }


def _version(call: Call, found: list[dict[str, Any]]) -> int:
    """Which model answered: by its own word, or else by the ledger's; 0 while another one is on its way."""
    if said := str(found[0].get("model_version", "")).removeprefix("v"):
        return int(said)
    live = call.services.live.get(call.given["classifier"])
    return live.version if live and live.status == LiveStatus.SERVING else 0


def _ask(call: Call, question: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The endpoint's answers. Raises Refusal."""
    name = endpoint_name(call.services.environment.stage, call.given["classifier"])
    try:
        body = json.dumps(question, ensure_ascii=False).encode()
        answer = call.services.endpoints.invoke_endpoint(EndpointName=name, ContentType=JSON, Accept=JSON, Body=body)
        answers: list[dict[str, Any]] = json.loads(answer["Body"].read())
    except HTTPClientError as error:  # it took too long, or broke off
        raise _warming_up() from error
    except ClientError as error:
        raise _why(call, error) from error
    return answers


def _why(call: Call, error: ClientError) -> Exception:
    """What to say of an endpoint's refusal; the error itself where it is ours."""
    code = error.response["Error"]["Code"]
    if code in BUSY:
        return Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "The model has too much to do at the moment.", retry_seconds=BUSY_SECONDS)
    if code in NOT_NOW:
        return _warming_up()
    if code in MISSING:
        return _absent(call)
    if code == "ModelError":
        return _refused(error.response)
    return error


def _refused(response: Mapping[str, Any]) -> Refusal:
    """The container's own word about what was sent, or that it broke down, after which SageMaker starts it anew."""
    status = int(response.get("OriginalStatusCode") or HTTPStatus.INTERNAL_SERVER_ERROR)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _warming_up()
    try:
        sentence = json.loads(response["OriginalMessage"])["error"]
    except (KeyError, TypeError, ValueError):
        sentence = "The model cannot read what was sent."
    return Refusal(status if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE else HTTPStatus.BAD_REQUEST, sentence)


def _absent(call: Call) -> Refusal:
    """Why there is no endpoint, by the ledger."""
    classifier = call.given["classifier"]
    current, live = call.services.ledger.current(classifier), call.services.live.get(classifier)
    if current is None:
        return Refusal(HTTPStatus.NOT_FOUND, f"The classifier '{classifier}' has no model in use. Drop a labelled file to train one.")
    if live and live.status == LiveStatus.FAILED:
        return Refusal(HTTPStatus.SERVICE_UNAVAILABLE, live.message)  # until somebody does something, which nobody should wait for
    return Refusal(
        HTTPStatus.SERVICE_UNAVAILABLE,
        f"Model v{current.version} is being put behind its endpoint, which takes some minutes.",
        retry_seconds=RETRY_SECONDS,
    )


def _warming_up() -> Refusal:
    return Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "The model is warming up after a pause.", retry_seconds=RETRY_SECONDS)
