"""report_prediction: a Batch job ended, and its file's owner learns what became of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from deployed_functions import Deployed, Event

from contract.documents import Failure, Summary
from contract.layout import ResultKeys, failure_key, parse_drop
from contract.records import Job, JobStatus

SUMMARY = Summary(
    job_id="",
    classifier="main",
    input="s3://predict/claims.csv",
    input_version="",
    input_sequencer="",
    results="claims_results.csv",
    results_version="r1",
    rejected_version="",
    rejected="",
    rows_in=10,
    rows_out=10,
    rows_rejected=0,
    rows_to_review=2,
    labels={"a": 10},
    encoding="utf-8",
    delimiter=",",
    text_column="text",
    model_version="v1",
    model="s3://models/models/job/output/model.tar.gz",
    training_object="s3://train/claims.csv",
    training_object_version="t1",
    image_tag="cpu-0123456789ab",
    commit="abcdef0",
    engine="numpy",
    started_at="2026-11-21T08:00:00.000+00:00",
    seconds=1.5,
    cost_usd=0.0001,
)


def _predict(deployed: Deployed, key: str = "März/claims.csv") -> Job:
    if deployed.ledger.current("main") is None:
        deployed.add_model(1)
    event = deployed.drop("predict", key)
    deployed.invoke("start_prediction", event)
    return deployed.job(event)


def _put_summary(deployed: Deployed, job: Job, *, is_older: bool = False, **fields: Any) -> ResultKeys:
    keys = ResultKeys(parse_drop(job.key), job.object_version if is_older else "")
    summary = replace(SUMMARY, job_id=job.job_id, input_version=job.object_version, input_sequencer=job.sequencer, **fields)
    deployed.put("results", keys.summary, summary)
    return keys


def _ended(deployed: Deployed, job: Job) -> Job:
    return deployed.ledger.job(job.job_id)


def test_a_result_is_reported_with_its_counts(deployed: Deployed) -> None:
    """Ledger and message say how many rows, by which model, where the result lies, how long and how much."""
    job = _predict(deployed)
    _put_summary(deployed, job)
    deployed.invoke("report_prediction", deployed.end_prediction(job, exitCode=0))
    ended = _ended(deployed, job)
    assert ended.status == JobStatus.DONE
    assert ended.message == "10 rows classified by model v1 from the column 'text', 2 of them for a person to look at."
    assert ended.results == "s3://results/März/claims.csv/"
    assert (ended.rows_in, ended.rows_out, ended.rows_rejected, ended.rows_to_review) == (10, 10, 0, 2)
    assert (ended.seconds, ended.cost_usd) == (90, 0.009)
    (message,) = deployed.messages()
    assert message.startswith("Classified: März/claims.csv\n\n10 rows classified")
    assert "s3://results/März/claims.csv/" in message


def test_rejected_rows_are_pointed_out(deployed: Deployed) -> None:
    """The sentence says how many rows are missing from the result and where they are listed."""
    job = _predict(deployed)
    _put_summary(deployed, job, rows_out=7, rows_rejected=3, rejected="rejected.csv")
    deployed.invoke("report_prediction", deployed.end_prediction(job))
    assert "3 rows could not be read: see 'rejected.csv' for the reasons." in _ended(deployed, job).message
    assert _ended(deployed, job).rows_rejected == 3


def test_the_same_event_twice_tells_once(deployed: Deployed) -> None:
    """A job that is done is done."""
    job = _predict(deployed)
    _put_summary(deployed, job)
    event = deployed.end_prediction(job)
    deployed.invoke("report_prediction", event)
    deployed.invoke("report_prediction", event)
    assert len(deployed.messages()) == 1


@pytest.mark.parametrize(("operation", "skip"), [("UpdateItem", 0), ("Publish", 0), ("UpdateItem", 1)])
def test_a_crash_anywhere_ends_the_same_way(deployed: Deployed, operation: str, skip: int) -> None:
    """Killed before the record, the message or its mark, the next delivery finishes the work."""
    job = _predict(deployed)
    _put_summary(deployed, job)
    event = deployed.end_prediction(job)
    deployed.kill(operation, skip)
    deployed.killed("report_prediction", event)
    deployed.invoke("report_prediction", event)
    assert _ended(deployed, job).status == JobStatus.DONE
    assert _ended(deployed, job).told_at
    assert deployed.messages()


def test_the_result_of_a_replaced_version_is_found_beside_the_newer_one(deployed: Deployed) -> None:
    """The older job's owner is told where its result lies and why it is not in the usual place."""
    older, newer = _predict(deployed), _predict(deployed)
    _put_summary(deployed, newer)
    _put_summary(deployed, older, is_older=True, rows_in=4, rows_out=4)
    deployed.invoke("report_prediction", deployed.end_prediction(older))
    ended = _ended(deployed, older)
    assert (ended.status, ended.rows_out) == (JobStatus.DONE, 4)
    assert ended.results == f"s3://results/März/claims.csv/older/{older.object_version}/"
    assert "replaced by a newer one meanwhile" in ended.message


def test_a_result_that_a_newer_one_has_replaced_is_no_failure(deployed: Deployed) -> None:
    """Both versions were classified before the older one's event came: the older result was there and made way."""
    older, newer = _predict(deployed), _predict(deployed)
    _put_summary(deployed, newer)
    deployed.invoke("report_prediction", deployed.end_prediction(older))
    ended = _ended(deployed, older)
    assert ended.status == JobStatus.DONE
    assert "newer" in ended.message
    assert ended.results == "s3://results/März/claims.csv/"
    assert (ended.rows_in, ended.rows_out) == (0, 0)


def test_a_job_that_left_no_result_is_our_failure(deployed: Deployed) -> None:
    """Exit status 0 without a summary is no success."""
    job = _predict(deployed)
    deployed.invoke("report_prediction", deployed.end_prediction(job))
    assert _ended(deployed, job).status == JobStatus.FAILED
    assert f"Job {job.job_id} ended well but left no result" in _ended(deployed, job).message
    assert deployed.messages()[0].startswith("Not classified: ")


def test_the_result_of_an_earlier_version_does_not_count(deployed: Deployed) -> None:
    """A summary in the usual place may be that of last week's file."""
    _put_summary(deployed, _predict(deployed))
    job = _predict(deployed)
    deployed.invoke("report_prediction", deployed.end_prediction(job))
    assert _ended(deployed, job).status == JobStatus.FAILED


def test_a_damaged_summary_is_our_failure(deployed: Deployed) -> None:
    """What is no summary ends the job instead of leaving it running for ever."""
    job = _predict(deployed)
    deployed.s3.put_object(Bucket="results", Key=ResultKeys(parse_drop(job.key)).summary, Body=b"{")
    deployed.invoke("report_prediction", deployed.end_prediction(job))
    assert _ended(deployed, job).status == JobStatus.FAILED
    assert "no summary of this kit's version" in _ended(deployed, job).message


@pytest.mark.parametrize(
    ("error", "status"),
    [("UserError", JobStatus.REFUSED), ("AlgorithmError", JobStatus.FAILED), ("PlatformError", JobStatus.FAILED)],
)
def test_a_failed_job_ends_in_its_own_words(deployed: Deployed, error: str, status: JobStatus) -> None:
    """The container's sentence reaches its owner as it stands; only a fault of the file is a refusal."""
    job = _predict(deployed)
    deployed.put("results", failure_key(job.job_id), Failure(error, "'März/claims.csv' has no text column. Name it."))
    deployed.invoke("report_prediction", deployed.end_prediction(job, "FAILED", "Essential container in task exited", exitCode=2))
    ended = _ended(deployed, job)
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
    ],
)
def test_a_job_that_left_no_word_is_explained_by_its_end(deployed: Deployed, reason: str, container: dict[str, Any], part: str) -> None:
    """Killed from outside, a container says nothing; Batch's reason becomes a sentence with a remedy."""
    job = _predict(deployed)
    deployed.invoke("report_prediction", deployed.end_prediction(job, "FAILED", reason, **container))
    ended = _ended(deployed, job)
    assert ended.status == JobStatus.FAILED
    assert part in ended.message
    assert "rop the file" in ended.message
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
    job = _predict(deployed)
    deployed.put("results", failure_key(job.job_id), Failure("PlatformError", "The job was stopped from outside."))
    deployed.invoke("report_prediction", deployed.end_prediction(job, "FAILED", reason, **container))
    ended = _ended(deployed, job)
    assert ended.message.startswith(f"'{job.key}' was not classified. ")
    assert part in ended.message


def _of_step(event: Event, step: str, status: str = "SUCCEEDED", reason: str = "") -> Event:
    """The event of one of the jobs before the last."""
    detail = event["detail"] | {"jobName": f"{event['detail']['jobName']}_{step}", "status": status, "statusReason": reason}
    return {**event, "detail": detail}


def test_a_prediction_in_shards_is_reported_once_and_as_a_whole(deployed: Deployed) -> None:
    """Only the end of the last job is the end; it took as long as all of them."""
    job = _predict(deployed)
    end = deployed.end_prediction(job)
    for step in ("plan", "shards", "shards", "shards"):
        deployed.invoke("report_prediction", _of_step(end, step))
    assert (_ended(deployed, job), deployed.messages()) == (job, [])
    _put_summary(deployed, job, seconds=3600.0)
    deployed.invoke("report_prediction", end)
    ended = _ended(deployed, job)
    assert (ended.status, ended.seconds, ended.cost_usd) == (JobStatus.DONE, 3600, 0.36)
    assert len(deployed.messages()) == 1


@pytest.mark.parametrize("step", ["plan", "shards"])
def test_the_first_job_that_fails_tells_why(deployed: Deployed, step: str) -> None:
    """What waited for it fails in consequence, which is no news."""
    job = _predict(deployed)
    deployed.put("results", failure_key(job.job_id), Failure("UserError", "'März/claims.csv' has no text column. Name it."))
    failed = deployed.end_prediction(job, "FAILED", "Dependent Job failed")
    deployed.invoke("report_prediction", _of_step(failed, step, "FAILED", "Essential container in task exited"))
    deployed.invoke("report_prediction", _of_step(failed, "shards", "FAILED", "Array Child Job failed"))
    deployed.invoke("report_prediction", failed)
    ended = _ended(deployed, job)
    assert (ended.status, ended.message) == (JobStatus.REFUSED, "'März/claims.csv' has no text column. Name it.")
    assert len(deployed.messages()) == 1


def test_a_shard_that_batch_stopped_is_explained(deployed: Deployed) -> None:
    """A part that left no word of its own is explained as a whole job is."""
    job = _predict(deployed)
    event = _of_step(deployed.end_prediction(job), "shards", "FAILED", "Job attempt duration exceeded timeout")
    deployed.invoke("report_prediction", event)
    assert "took longer than allowed" in _ended(deployed, job).message


def test_what_runs_beside_a_failed_shard_is_stopped(deployed: Deployed) -> None:
    """Its hosts would work for nothing; those that are stopped stop nothing in turn, and a delivery that breaks off is made good."""
    job = _predict(deployed)
    event = _of_step(deployed.end_prediction(job), "shards", "FAILED", "Host EC2 (instance i-1) terminated.")
    event["detail"]["jobId"] = "array-1:3"
    deployed.kill("TerminateJob")
    deployed.killed("report_prediction", event)
    assert deployed.batch_stopped == []
    deployed.invoke("report_prediction", event)
    assert deployed.batch_stopped == ["array-1"]
    event["detail"] |= {"jobId": "array-1:4", "statusReason": "Another part of the file could not be classified."}
    deployed.invoke("report_prediction", event)
    assert deployed.batch_stopped == ["array-1"]
    assert "taken back by AWS" in _ended(deployed, job).message
    assert len(deployed.messages()) == 1


def test_a_damaged_failure_is_our_failure(deployed: Deployed) -> None:
    """What is no failure document ends the job all the same."""
    job = _predict(deployed)
    deployed.s3.put_object(Bucket="results", Key=failure_key(job.job_id), Body=b"[]")
    deployed.invoke("report_prediction", deployed.end_prediction(job, "FAILED"))
    assert _ended(deployed, job).status == JobStatus.FAILED
    assert "no failure of this kit's version" in _ended(deployed, job).message


def test_states_on_the_way_change_nothing(deployed: Deployed) -> None:
    """A rule that is too wide wakes the function for nothing."""
    job = _predict(deployed)
    deployed.invoke("report_prediction", deployed.end_prediction(job, "RUNNABLE"))
    assert _ended(deployed, job) == job


def test_a_job_may_end_before_its_start_is_recorded(deployed: Deployed) -> None:
    """The function that submitted it died; its end is recorded, and the retry of the start changes nothing."""
    deployed.add_model(1)
    event = deployed.drop("predict", "claims.csv")
    deployed.kill("UpdateItem")
    deployed.killed("start_prediction", event)
    job = deployed.job(event)
    _put_summary(deployed, job)
    deployed.invoke("report_prediction", deployed.end_prediction(job))
    deployed.invoke("start_prediction", event)
    assert _ended(deployed, job).status == JobStatus.DONE
    assert len(deployed.batch_jobs) == 1


def test_a_failed_job_says_what_it_cost(deployed: Deployed) -> None:
    """A job that ran before it failed was paid for."""
    job = _predict(deployed)
    deployed.invoke("report_prediction", deployed.end_prediction(job, "FAILED", exitCode=1))
    assert (_ended(deployed, job).seconds, _ended(deployed, job).cost_usd) == (90, 0.009)


def test_a_job_without_a_start_costs_nothing(deployed: Deployed) -> None:
    """A missing time must not be taken for the year 1970."""
    job = _predict(deployed)
    _put_summary(deployed, job)
    event = deployed.end_prediction(job)
    del event["detail"]["startedAt"]
    deployed.invoke("report_prediction", event)
    assert (_ended(deployed, job).seconds, _ended(deployed, job).cost_usd) == (0, 0)


@pytest.mark.parametrize("name", ["tck-dev-by-hand", "tck-prod-predict-claims-0123456789ab", "somebody-elses"])
def test_batch_jobs_of_others_are_ignored(deployed: Deployed, name: str) -> None:
    """A job that someone submitted by hand, or of another stage, is in no ledger and no error."""
    event = deployed.end_prediction(_predict(deployed))
    event["detail"]["jobName"] = name
    deployed.invoke("report_prediction", event)
    assert deployed.messages() == []
