"""Files: a form that a browser posts with the file straight to S3, where its arrival starts a job.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from call import Call
from refusal import Refusal
from signed import signed_form

from contract.drop_metadata import prediction_metadata, training_metadata
from contract.drops import check_prediction_name, check_prediction_size, check_training_name, check_training_size, drop_of
from contract.errors import UserError
from contract.layout import MAX_KEY_BYTES
from contract.records import JobKind

MAX_FORM_BYTES = 5 * 1024**3  # the limit of S3 for one request
FILE_NAME = "${filename}"  # S3 puts the sender's own file name in its place, and the form would no longer be for one key
VERSION = "v" * 32  # as long as S3's


def create_upload(call: Call) -> dict[str, Any]:
    """A form that is good for one file of exactly this size under exactly this key. Raises Refusal and UserError."""
    given, environment = call.given, call.services.environment
    kind = JobKind(given["to"])
    if kind == JobKind.TRAIN and not call.who.is_owner:
        remedy = f"Ask one of them to send '{given['name']}', or send it to be classified."
        raise Refusal(HTTPStatus.FORBIDDEN, f"Only owners may start trainings. {remedy}")
    if FILE_NAME in given["name"]:
        raise UserError(f"A file's name may not contain '{FILE_NAME}'. Use another one.")
    drop = drop_of(kind, given["classifier"], given["name"])
    if len(drop.key.encode()) > MAX_KEY_BYTES:
        raise UserError(f"The name '{drop.key}' is too long: {MAX_KEY_BYTES} bytes are allowed. Use a shorter file name.")
    if kind == JobKind.TRAIN:
        check_training_name(drop)
        _limit(check_training_size, drop.key, given["bytes"])
        bucket = environment.train_bucket
        columns = {name: given[name] for name in ("text_column", "label_column") if given[name]}
        metadata = training_metadata(columns)
    else:
        check_prediction_name(drop, VERSION)
        _limit(check_prediction_size, drop.key, given["bytes"], min(environment.max_prediction_bytes, MAX_FORM_BYTES))
        bucket = environment.predict_bucket
        metadata = prediction_metadata(text_column=given["text_column"], is_explained=given["explain"], max_error=given["max_error"])
    return signed_form(call.services.s3, bucket, drop.key, given["bytes"], metadata)


def _limit(check: Callable[..., None], *about: Any) -> None:
    """A file that is too large has a status of its own."""
    try:
        check(*about)
    except UserError as error:
        raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, str(error)) from error
