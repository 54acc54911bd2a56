"""Records for the tests of the ledger."""

from __future__ import annotations

from typing import Any

from contract.ledger import Ledger
from contract.records import Job, JobKind, JobStatus, Model, ModelStatus


def a_job(job_id: str = "predict-claims-0123456789ab", **fields: Any) -> Job:
    """A job as it is received."""
    given = {"kind": JobKind.PREDICT, "classifier": "main", "status": JobStatus.RECEIVED, "key": "März/claims.csv", **fields}
    return Job(job_id=job_id, bucket="predict", object_version="v1", **given)


def a_model(version: int = 1, **fields: Any) -> Model:
    """A model as a training leaves it."""
    given = {"classifier": "main", "status": ModelStatus.KEPT, "artifact_uri": f"s3://models/{version}", "job_id": "train-x", **fields}
    return Model(version=version, training_object="s3://train/claims.csv", training_object_version="t1", **given)


def claim_job(ledger: Ledger, job: Job | None = None) -> Job:
    """Claim a job that may be claimed."""
    claimed = ledger.claim(job or a_job())
    assert claimed is not None
    return claimed


def move_job(ledger: Ledger, job: Job, status: JobStatus, **changes: Any) -> Job:
    """Move a job that may be moved."""
    moved = ledger.move(job, status, **changes)
    assert moved is not None
    return moved
