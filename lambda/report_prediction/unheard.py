"""Predictions that ended without anybody's hearing of it: events get lost, and Batch remembers a job for some days only."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import boto3
from unstarted import ENDED, described

from contract.events import BATCH_STATE_CHANGE, BatchJobState
from contract.records import Job

FORGOTTEN_SECONDS = 24 * 3600  # Batch may not know a job that was submitted this moment, but for a day after its end it does


def unheard_ends(running: Sequence[Job]) -> Iterator[tuple[Job, BatchJobState | None]]:
    """Those of the jobs which Batch does not run any more, with how they ended; None where Batch knows them no longer.

    Of a prediction in shards the last job tells the end: it fails when one of those fails for which it waits.
    """
    known = {detail["jobId"]: detail for detail in described(boto3.client("batch"), [job.platform_id for job in running])}
    for job in running:
        detail = known.get(job.platform_id)
        if detail is None and time.time() - datetime.fromisoformat(job.updated_at).timestamp() > FORGOTTEN_SECONDS:
            yield job, None
        elif detail is not None and detail["status"] in ENDED:
            yield job, BatchJobState.from_event(_event(detail))


def _event(detail: Mapping[str, Any]) -> dict[str, Any]:
    """The event that Batch sent when the job stopped: its detail has the shape of DescribeJobs."""
    stopped = datetime.fromtimestamp(detail.get("stoppedAt", 0) / 1000, UTC)
    return {"detail-type": BATCH_STATE_CHANGE, "time": stopped.isoformat(), "detail": detail}
