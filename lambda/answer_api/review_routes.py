"""Reviews: the rows that a person should look at, what people say of them, and trainings that learn from it."""

from __future__ import annotations

from typing import Any

import reviews
from call import Call

from contract.review_ledger import ReviewLedger


def list_review_rows(call: Call) -> dict[str, Any]:
    """The review list of a job, with what was said of its rows."""
    return reviews.review(_desk(call), call.given["job_id"])


def put_correction(call: Call) -> dict[str, Any]:
    """Let a label of a row stand."""
    given = call.given
    return reviews.correct(_desk(call), call.who.name, given["job_id"], given["row"], given["label"])


def delete_correction(call: Call) -> None:
    """Let nothing stand of what was said of a row."""
    reviews.withdraw(_desk(call), call.who.name, call.given["job_id"], call.given["row"])


def count_corrections(call: Call) -> dict[str, Any]:
    """How many corrections a classifier has."""
    return reviews.corrections(_desk(call), call.given["classifier"])


def train_anew(call: Call) -> dict[str, Any]:
    """Start a training with the corrections."""
    return reviews.train_anew(_desk(call), call.given["classifier"])


def _desk(call: Call) -> reviews.Desk:
    services, environment = call.services, call.services.environment
    return reviews.Desk(
        services.ledger, ReviewLedger(services.table), services.s3, environment.train_bucket, environment.retrain_after_corrections
    )
