"""publish_model and report_prediction, woken by the hour: jobs that ended without anybody's hearing of it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.client import BaseClient
from deployed_functions import Deployed, Event
from ended_trainings import EVALUATION, train
from reported_predictions import predict, put_summary

from contract import ledger
from contract.errors import PlatformError
from contract.events import SCHEDULED
from contract.records import Job, JobStatus

HOURLY = {"detail-type": SCHEDULED, "source": "aws.events", "detail": {}}


@pytest.fixture
def described(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Any]]:
    """What Batch says of the jobs that it knows, by their ids; its queue is empty."""
    found: dict[str, dict[str, Any]] = {}

    def describe_jobs(client: BaseClient, given: dict[str, Any]) -> dict[str, Any]:
        assert len(given["jobs"]) <= 100
        return {"jobs": [found[job_id] for job_id in given["jobs"] if job_id in found]}

    monkeypatch.setattr(deployed, "_ListJobs", lambda client, given: {"jobSummaryList": []})
    monkeypatch.setattr(deployed, "_DescribeJobs", describe_jobs, raising=False)
    return found


def _end(deployed: Deployed, described: dict[str, dict[str, Any]], job: Job, status: str = "SUCCEEDED", reason: str = "") -> Event:
    """Let Batch end a job; the event of it, which nobody need get."""
    event = deployed.end_prediction(job, status, reason)
    event["detail"]["jobId"] = job.platform_id
    described[job.platform_id] = event["detail"]
    return event


def test_a_training_that_ended_unheard_is_published_and_told_by_the_hour(deployed: Deployed) -> None:
    """Its event was lost; a late one changes nothing, and a training that goes on is left alone."""
    job, other = train(deployed), train(deployed, "other.csv")
    event = deployed.end_training(job, EVALUATION)
    deployed.training_jobs[other.platform_id]["TrainingJobStatus"] = "InProgress"
    for woken_by in (HOURLY, HOURLY, event):
        deployed.invoke("publish_model", woken_by)
    assert (deployed.reread(job).status, deployed.reread(other).status) == (JobStatus.DONE, JobStatus.RUNNING)
    assert deployed.ledger.current("main") is not None
    assert len(deployed.messages()) == len(deployed.requests("PutEvents")) == 1
    assert len(deployed.requests("DescribeTrainingJob")) == 3  # each hour those alone that run by the ledger


def test_one_training_that_goes_wrong_does_not_stop_the_others(deployed: Deployed) -> None:
    """The error comes at the end, so that Lambda tries again; the other end is told meanwhile."""
    jobs = [train(deployed, key) for key in ("a.csv", "b.csv")]
    for job in jobs:
        deployed.end_training(job, status="Failed", FailureReason="InternalServerError")
    deployed.fail("DescribeTrainingJob", "ThrottlingException")
    with pytest.raises(PlatformError, match=f"It went wrong with 1 job: {jobs[0].platform_id}"):
        deployed.invoke("publish_model", HOURLY)
    assert [deployed.reread(job).status for job in jobs] == [JobStatus.RUNNING, JobStatus.FAILED]
    deployed.invoke("publish_model", HOURLY)
    assert deployed.reread(jobs[0]).status == JobStatus.FAILED
    assert len(deployed.messages()) == 2


def test_a_prediction_that_ended_unheard_is_told_by_the_hour(deployed: Deployed, described: dict[str, dict[str, Any]]) -> None:
    """As if its event had come: with counts, once; what runs is left alone."""
    job, other = predict(deployed), predict(deployed, "other.csv")
    put_summary(deployed, job)
    event = _end(deployed, described, job)
    described[other.platform_id] = {"jobId": other.platform_id, "jobName": f"tck-dev-{other.run_id}", "status": "RUNNING"}
    for woken_by in (HOURLY, HOURLY, event):
        deployed.invoke("report_prediction", woken_by)
    done = deployed.reread(job)
    assert (done.status, done.rows_out, done.seconds) == (JobStatus.DONE, 10, 90)
    assert deployed.reread(other).status == JobStatus.RUNNING
    assert len(deployed.messages()) == 1


def test_an_end_for_another_reason_waits_for_the_event_that_says_it(deployed: Deployed, described: dict[str, dict[str, Any]]) -> None:
    """Only for a while: the reason may have been lost, too."""
    job = predict(deployed)
    detail = _end(deployed, described, job, "FAILED", "Dependent Job failed")["detail"]
    detail["stoppedAt"] = int(time.time() * 1000)
    with pytest.raises(PlatformError):
        deployed.invoke("report_prediction", HOURLY)
    assert deployed.reread(job).status == JobStatus.RUNNING
    detail["stoppedAt"] -= 200_000
    deployed.invoke("report_prediction", HOURLY)
    assert deployed.reread(job).status == JobStatus.FAILED


def test_a_prediction_that_batch_has_forgotten_ends(
    deployed: Deployed, described: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that was handed over this moment may not be known yet; after two days it will never be."""
    new = predict(deployed)
    monkeypatch.setattr(ledger, "now", (datetime.now(UTC) - timedelta(days=2)).isoformat)
    old = predict(deployed, "old.csv")
    deployed.invoke("report_prediction", HOURLY)
    assert (deployed.reread(new).status, deployed.reread(old).status) == (JobStatus.RUNNING, JobStatus.FAILED)
    (message,) = deployed.messages()
    assert "'old.csv' was handed to AWS Batch, which knows nothing of it any more" in message
    assert f"'kit retry {old.job_id}'" in message
