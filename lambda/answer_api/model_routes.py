"""Models: how good they are, and which one is in use."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from call import Call
from refusal import Refusal
from services import Services
from signed import signed_address

from contract.errors import UserError
from contract.layout import evaluation_key, parse_s3_uri, report_key, training_job_of
from contract.promotion import Outrun, model_before, put_in_use
from contract.records import Current, Model


def list_models(call: Call) -> dict[str, Any]:
    """The models of a classifier, newest first."""
    ledger, classifier = call.services.ledger, call.given["classifier"]
    current = ledger.current(classifier)
    return {"models": [_described(model, current) for model in ledger.models(classifier)]}


def get_model(call: Call) -> dict[str, Any]:
    """One model with its evaluation, and the address of its report; an older training has left no report by itself."""
    model, services = _find(call), call.services
    bucket, artifact = parse_s3_uri(model.artifact_uri)
    training = training_job_of(artifact) or ""
    evaluation = _read(services, bucket, evaluation_key(training))
    report = {"Bucket": bucket, "Key": report_key(training)}
    has_report = _exists(services, report)
    return {
        **_described(model, services.ledger.current(model.classifier)),
        "evaluation": json.loads(evaluation) if evaluation else None,
        "report_url": signed_address(services.s3, report, f"v{model.version}_report.html", is_shown=True) if has_report else "",
    }


def promote(call: Call) -> dict[str, Any]:
    """Put a model in use."""
    model = _find(call)
    return _put_in_use(call, model, call.services.ledger.current(model.classifier))


def rollback(call: Call) -> dict[str, Any]:
    """Put the model back in use that was in use before."""
    classifier, ledger = call.given["classifier"], call.services.ledger
    current = ledger.current(classifier)
    try:
        model = model_before(ledger, classifier, current)
    except UserError as error:
        raise Refusal(HTTPStatus.CONFLICT, f"No model of the classifier '{classifier}' was in use before this one.") from error
    return _put_in_use(call, model, current)


def _put_in_use(call: Call, model: Model, before: Current | None) -> dict[str, Any]:
    services = call.services
    try:
        current = put_in_use(services.ledger, services.events, services.environment.stage, model, before, by=call.who.name)
    except Outrun as error:
        raise Refusal(HTTPStatus.CONFLICT, "Somebody else put another model in use at this moment. Look again.") from error
    return {"version": current.version}


def _find(call: Call) -> Model:
    classifier, version = call.given["classifier"], call.given["version"]
    try:
        return call.services.ledger.model(classifier, version)
    except UserError as error:
        raise Refusal(HTTPStatus.NOT_FOUND, f"The classifier '{classifier}' has no model v{version}.") from error


def _read(services: Services, bucket: str, key: str) -> bytes:
    try:
        body: bytes = services.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except services.s3.exceptions.NoSuchKey:
        return b""
    return body


def _exists(services: Services, thing: dict[str, str]) -> bool:
    try:
        services.s3.head_object(**thing)
    except services.s3.exceptions.ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == HTTPStatus.NOT_FOUND:
            return False
        raise
    return True


def _described(model: Model, current: Current | None) -> dict[str, Any]:
    return {
        "version": model.version,
        "status": model.status,
        "message": model.message,
        "created_at": model.created_at,
        "job_id": model.job_id,
        "training_object": model.training_object,
        "training_object_version": model.training_object_version,
        "accuracy": model.accuracy,
        "macro_f1": model.macro_f1,
        "champion_version": model.champion_version,
        "champion_accuracy": model.champion_accuracy,
        "held_out_rows": model.held_out_rows,
        "labels": model.labels,
        "is_current": current is not None and current.version == model.version,
    }
