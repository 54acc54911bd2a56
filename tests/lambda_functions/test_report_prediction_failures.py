"""report_prediction: a Batch job failed, alone or as a part of a file, and its owner learns why in a sentence."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from deployed_functions import Deployed
from reported_predictions import of_step, predict, put_summary

from contract.documents import Failure
from contract.errors import PlatformError
from contract.layout import ResultKeys, failure_key, parse_drop
from contract.records import JobStatus


def test_a_job_that_left_no_result_is_our_failure(deployed: Deployed) -> None:
    """Exit status 0 without a summary is no success."""
    job = predict(deployed)
    deployed.invoke("report_prediction", deployed.end_prediction(job))
    assert deployed.reread(job).status == JobStatus.FAILED
    assert f"Job {job.job_id} ended well but left no result" in deployed.reread(job).message
    assert deployed.messages()[0].startswith("Not classified: ")


def test_the_result_of_an_earlier_version_does_not_count(deployed: Deployed) -> None:
    """A summary in the usual place may be that of last week's file."""
    put_summary(deployed, predict(deployed))
    job = predict(deployed)
    deployed.invoke("report_prediction", deployed.end_prediction(job))
    assert deployed.reread(job).status == JobStatus.FAILED


def test_a_damaged_summary_is_our_failure(deployed: Deployed) -> None:
    """What is no summary ends the job instead of leaving it running for ever."""
    job = predict(deployed)
    deployed.s3.put_object(Bucket="results", Key=ResultKeys(parse_drop(job.key)).summary, Body=b"{")
    deployed.invoke("report_prediction", deployed.end_prediction(job))
    assert deployed.reread(job).status == JobStatus.FAILED
    assert "no summary of this kit's version" in deployed.reread(job).message


@pytest.mark.parametrize(
    ("error", "status"),
    [("UserError", JobStatus.REFUSED), ("AlgorithmError", JobStatus.FAILED), ("PlatformError", JobStatus.FAILED)],
)
def test_a_failed_job_ends_in_its_own_words(deployed: Deployed, error: str, status: JobStatus) -> None:
    """The container's sentence reaches its owner as it stands; only a fault of the file is a refusal."""
    job = predict(deployed)
    deployed.put("results", failure_key(job.job_id), Failure(error, "'März/claims.csv' has no text column. Name it."))
    deployed.invoke("report_prediction", deployed.end_prediction(job, "FAILED", "Essential container in task exited", exitCode=2))
    ended = deployed.reread(job)
    assert (ended.status, ended.message) == (status, "'März/claims.csv' has no text column. Name it.")
    assert "has no text column" in deployed.messages()[0]


@pytest.mark.parametrize(
    ("reason", "container", "part"),
    [
        ("Essential container in task exited", {"exitCode": 137}, "ran out of memory"),
        ("x", {"exitCode": 137, "reason": "OutOfMemoryError: Container killed due to memory usage"}, "ran out of memory"),
        ("Host EC2 (instance i-0abc) terminated.", {}, "taken back by AWS"),
        ("Job attempt duration exceeded timeout", {"exitCode": 137}, "took longer than allowed"),
        ("Canceled by JobStateTimeLimit action due to reason: MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT", {}, "can ever run the job"),
        ("Canceled by JobStateTimeLimit action due to reason: CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY", {}, "No machine was free"),
        ("", {"reason": "CannotPullContainerError: no such tag."}, "CannotPullContainerError: no such tag"),
        ("", {"exitCode": 1}, "exit code 1"),
        ("stop the spending", {"exitCode": 137}, "without a word of its own: stop the spending."),
    ],
)
def test_a_job_that_left_no_word_is_explained_by_its_end(deployed: Deployed, reason: str, container: dict[str, Any], part: str) -> None:
    """Killed from outside, a container says nothing; Batch's reason becomes a sentence with a remedy."""
    job = predict(deployed)
    deployed.invoke("report_prediction", deployed.end_prediction(job, "FAILED", reason, **container))
    ended = deployed.reread(job)
    assert ended.status == JobStatus.FAILED
    assert part in ended.message
    assert "rop the file again" not in ended.message
    assert deployed.messages()[0].count("or drop the file again") == 1
    assert ".." not in ended.message


@pytest.mark.parametrize(
    ("reason", "container", "part"),
    [
        ("Job attempt duration exceeded timeout", {"exitCode": 1}, "took longer than allowed"),
        ("Host EC2 (instance i-0abc) terminated.", {"exitCode": 1}, "taken back by AWS"),
        ("x", {"exitCode": 137, "reason": "OutOfMemoryError: Container killed due to memory usage"}, "ran out of memory"),
    ],
)
def test_batch_knows_better_why_it_stopped_a_job(deployed: Deployed, reason: str, container: dict[str, Any], part: str) -> None:
    """A container that is stopped says only that, and its word may be of an earlier attempt; Batch's reason names the remedy."""
    job = predict(deployed)
    deployed.put("results", failure_key(job.job_id), Failure("PlatformError", "The job was stopped from outside."))
    deployed.invoke("report_prediction", deployed.end_prediction(job, "FAILED", reason, **container))
    ended = deployed.reread(job)
    assert ended.message.startswith(f"'{job.key}' was not classified. ")
    assert part in ended.message


@pytest.mark.parametrize("step", ["plan", "shards"])
def test_the_first_job_that_fails_tells_why(deployed: Deployed, step: str) -> None:
    """What waited for it fails in consequence, which is no news."""
    job = predict(deployed)
    deployed.put("results", failure_key(job.job_id), Failure("UserError", "'März/claims.csv' has no text column. Name it."))
    failed = deployed.end_prediction(job, "FAILED", "Dependent Job failed")
    deployed.invoke("report_prediction", of_step(failed, step, "FAILED", "Essential container in task exited"))
    deployed.invoke("report_prediction", of_step(failed, "shards", "FAILED", "Array Child Job failed"))
    deployed.invoke("report_prediction", failed)
    ended = deployed.reread(job)
    assert (ended.status, ended.message) == (JobStatus.REFUSED, "'März/claims.csv' has no text column. Name it.")
    assert len(deployed.messages()) == 1


@pytest.mark.parametrize(("step", "reason"), [("", "Dependent Job failed"), ("shards", "Array Child Job failed")])
def test_a_consequence_that_comes_first_waits_for_its_cause(deployed: Deployed, step: str, reason: str) -> None:
    """Events come in any order: what only followed is tried again, and the part that was stopped says why. Or nobody does, in the end."""
    job = predict(deployed)
    failed = deployed.end_prediction(job, "FAILED", reason)
    follows = (of_step(failed, step, "FAILED", reason) if step else failed) | {"time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
    with pytest.raises(PlatformError, match="whose own event, which says why, has not come yet"):
        deployed.invoke("report_prediction", follows)
    assert deployed.reread(job) == job
    deployed.invoke("report_prediction", of_step(failed, "shards", "FAILED", "Job attempt duration exceeded timeout"))
    deployed.invoke("report_prediction", follows)
    assert "took longer than allowed" in deployed.reread(job).message
    assert len(deployed.messages()) == 1

    other = predict(deployed, "other.csv")
    alone = deployed.end_prediction(other, "FAILED", reason) | {"time": "2026-11-20T14:03:27Z"}
    deployed.invoke("report_prediction", alone)
    assert reason in deployed.reread(other).message


def test_a_shard_that_batch_stopped_is_explained(deployed: Deployed) -> None:
    """A part that left no word of its own is explained as a whole job is."""
    job = predict(deployed)
    event = of_step(deployed.end_prediction(job), "shards", "FAILED", "Job attempt duration exceeded timeout")
    deployed.invoke("report_prediction", event)
    assert "took longer than allowed" in deployed.reread(job).message


def test_what_runs_beside_a_failed_shard_is_stopped(deployed: Deployed) -> None:
    """Its hosts would work for nothing; those that are stopped stop nothing in turn, and a delivery that breaks off is made good."""
    job = predict(deployed)
    event = of_step(deployed.end_prediction(job), "shards", "FAILED", "Host EC2 (instance i-1) terminated.")
    event["detail"]["jobId"] = "array-1:3"
    deployed.kill("TerminateJob")
    deployed.killed("report_prediction", event)
    assert deployed.batch_stopped == []
    deployed.invoke("report_prediction", event)
    assert deployed.batch_stopped == ["array-1"]
    event["detail"] |= {"jobId": "array-1:4", "statusReason": "Another part of the file could not be classified."}
    deployed.invoke("report_prediction", event)
    assert deployed.batch_stopped == ["array-1"]
    assert "taken back by AWS" in deployed.reread(job).message
    assert len(deployed.messages()) == 1


def test_a_damaged_failure_is_our_failure(deployed: Deployed) -> None:
    """What is no failure document ends the job all the same."""
    job = predict(deployed)
    deployed.s3.put_object(Bucket="results", Key=failure_key(job.job_id), Body=b"[]")
    deployed.invoke("report_prediction", deployed.end_prediction(job, "FAILED"))
    assert deployed.reread(job).status == JobStatus.FAILED
    assert "no failure of this kit's version" in deployed.reread(job).message


def test_attempts_that_lost_their_machine_cost_too(deployed: Deployed) -> None:
    """The machine was paid for until it was taken back; an attempt that never started was not."""
    job = predict(deployed)
    put_summary(deployed, job)
    event = deployed.end_prediction(job)
    attempts = [{"startedAt": 1_763_647_000_000, "stoppedAt": 1_763_647_270_000}, {}]
    event["detail"]["attempts"] = [*attempts, {"startedAt": 1_763_647_500_000, "stoppedAt": 1_763_647_590_000}]
    deployed.invoke("report_prediction", event)
    assert (deployed.reread(job).seconds, deployed.reread(job).cost_usd) == (360, 0.036)


def test_a_failed_job_says_what_it_cost(deployed: Deployed) -> None:
    """A job that ran before it failed was paid for."""
    job = predict(deployed)
    deployed.invoke("report_prediction", deployed.end_prediction(job, "FAILED", exitCode=1))
    assert (deployed.reread(job).seconds, deployed.reread(job).cost_usd) == (90, 0.009)
