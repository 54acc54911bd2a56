"""publish_model: a training job ended without a model, and why is recorded once and in a sentence."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest
from deployed_functions import Deployed, Event
from ended_trainings import EVALUATION, train

from contract.records import JobStatus
from contract.review_ledger import ReviewLedger


def test_a_training_that_left_no_evaluation_is_our_failure(deployed: Deployed) -> None:
    """A good end without scores is a defect of the kit and says so; there is no model of it."""
    job = train(deployed)
    deployed.invoke("publish_model", deployed.end_training(job))
    ended = deployed.reread(job)
    assert ended.status == JobStatus.FAILED
    assert "ended well but left no models/tck-dev-train-claims" in ended.message
    assert list(deployed.ledger.models("main")) == []


@pytest.mark.parametrize("body", ["{", "[]", json.dumps({**asdict(EVALUATION), "challenger": {"accuracy": 1}})])
def test_a_damaged_evaluation_is_our_failure(deployed: Deployed, body: str) -> None:
    """What is no evaluation ends the job instead of leaving it running for ever."""
    job = train(deployed)
    event = deployed.end_training(job)
    deployed.s3.put_object(Bucket="models", Key=f"models/tck-dev-{job.job_id}/evaluation.json", Body=body.encode())
    deployed.invoke("publish_model", event)
    assert deployed.reread(job).status == JobStatus.FAILED
    assert "no evaluation of this kit's version" in deployed.reread(job).message


@pytest.mark.parametrize(
    ("reason", "status", "message"),
    [
        ("AlgorithmError: 'claims.csv' has only one label., exit code: 2", JobStatus.REFUSED, "'claims.csv' has only one label."),
        ("AlgorithmError: Row 3:\nno text. Mend it., exit code: 2", JobStatus.REFUSED, "Row 3:\\nno text. Mend it."),
        ("AlgorithmError: PlatformError: The disk is full., exit code: 1", JobStatus.FAILED, "PlatformError: The disk is full."),
        ("AlgorithmError: , exit code: 137", JobStatus.FAILED, "The training ended with exit code 137 and gave no reason."),
        ("AlgorithmError: , exit code: 2", JobStatus.FAILED, "The training ended with exit code 2 and gave no reason."),
        (
            "InternalServerError: We encountered an internal error.",
            JobStatus.FAILED,
            "SageMaker could not train: InternalServerError: We encountered an internal error.",
        ),
        ("", JobStatus.FAILED, "SageMaker could not train: it gave no reason."),
    ],
)
def test_a_failed_training_ends_in_the_containers_words(deployed: Deployed, reason: str, status: JobStatus, message: str) -> None:
    """Exit status 2 is the file's fault and a refusal; everything else is a failure; there is always a sentence."""
    job = train(deployed)
    description: dict[str, Any] = {"FailureReason": reason} if reason else {}
    deployed.invoke("publish_model", deployed.end_training(job, status="Failed", **description))
    ended = deployed.reread(job)
    assert (ended.status, ended.message) == (status, message)
    assert message in deployed.messages()[0]
    assert deployed.ledger.current("main") is None


def test_a_failed_training_leaves_the_answers_of_reviews_to_the_next(deployed: Deployed) -> None:
    """It has learned nothing of them, so they count as unseen again, once, however often the end is told."""
    reviews = ReviewLedger(deployed.table)
    reviews.add_one("main")
    job = train(deployed)
    assert reviews.since_training("main") == 0
    event = deployed.end_training(job, status="Failed", FailureReason="AlgorithmError: Row 3., exit code: 2")
    for _ in range(2):
        deployed.invoke("publish_model", event)
    assert reviews.since_training("main") == 1


@pytest.mark.parametrize(
    ("secondary", "part"),
    [
        ("MaxRuntimeExceeded", "took longer than allowed"),
        ("MaxWaitTimeExceeded", "No machine was free"),
        ("Stopped", "stopped by hand"),
        ("Interrupted", "stopped by hand"),
    ],
)
def test_a_stopped_training_says_why(deployed: Deployed, secondary: str, part: str) -> None:
    """Each way of being stopped has its own remedy."""
    job = train(deployed)
    deployed.invoke("publish_model", deployed.end_training(job, status="Stopped", SecondaryStatus=secondary))
    ended = deployed.reread(job)
    assert ended.status == JobStatus.FAILED
    assert part in ended.message
    assert "drop the file again" not in ended.message


def test_a_failed_training_says_what_it_cost(deployed: Deployed) -> None:
    """A training that ran for ten minutes before it failed was paid for."""
    job = train(deployed)
    deployed.invoke("publish_model", deployed.end_training(job, status="Failed", FailureReason="AlgorithmError: x, exit code: 1"))
    assert (deployed.reread(job).seconds, deployed.reread(job).cost_usd) == (1000, 0.1)


@pytest.mark.parametrize("name", ["tck-dev-train-by-hand-0123456789ab", "tck-prod-train-claims-0123456789ab", "somebody-elses"])
def test_training_jobs_of_others_are_ignored(deployed: Deployed, name: str) -> None:
    """A job that a data scientist started by hand, or of another stage, is in no ledger and no error."""
    event: Event = {
        "detail-type": "SageMaker Training Job State Change",
        "detail": {"TrainingJobName": name, "TrainingJobStatus": "Completed"},
    }
    deployed.invoke("publish_model", event)
    assert list(deployed.ledger.jobs()) == []
    assert deployed.messages() == []
