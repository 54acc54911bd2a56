"""report_prediction: a Batch job ended, and its file's owner learns what became of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from deployed_functions import Deployed
from reported_predictions import of_step, predict, put_summary

from contract.records import JobStatus


def test_a_result_is_reported_with_its_counts(deployed: Deployed) -> None:
    """Ledger and message say how many rows, by which model, where the result lies, how long and how much."""
    job = predict(deployed)
    put_summary(deployed, job)
    deployed.invoke("report_prediction", deployed.end_prediction(job, exitCode=0))
    ended = deployed.reread(job)
    assert ended.status == JobStatus.DONE
    assert ended.message == (
        "10 rows classified by model v1 from the column 'text', 2 of them for a person to look at."
        " 8 rows (80 %) need no review; at most 5 % of such rows are wrong (90 % certain)."
    )
    assert ended.results == "s3://results/März/claims.csv/"
    assert (ended.rows_in, ended.rows_out, ended.rows_rejected, ended.rows_to_review) == (10, 10, 0, 2)
    assert (ended.seconds, ended.cost_usd) == (90, 0.009)
    (message,) = deployed.messages()
    assert message.startswith("Classified: März/claims.csv\n\n10 rows classified")
    assert "s3://results/März/claims.csv/" in message


def test_rejected_rows_are_pointed_out(deployed: Deployed) -> None:
    """The sentence says how many rows are missing from the result and where they are listed."""
    job = predict(deployed)
    put_summary(deployed, job, rows_out=7, rows_rejected=3, rejected="claims_rejected.csv")
    deployed.invoke("report_prediction", deployed.end_prediction(job))
    assert "3 rows could not be read: see 'claims_rejected.csv' for the reasons." in deployed.reread(job).message
    assert deployed.reread(job).rows_rejected == 3


@pytest.mark.parametrize("name", ["my machine has leaked since Tuesday", "x" * 500_000])
def test_a_column_whose_name_may_be_a_text_is_not_named(deployed: Deployed, name: str) -> None:
    """Neither a claim nor half a megabyte gets into ledger and message, and the job ends."""
    job = predict(deployed)
    put_summary(deployed, job, text_column=name)
    deployed.invoke("report_prediction", deployed.end_prediction(job))
    assert deployed.reread(job).message.startswith("10 rows classified by model v1 from a column with a long name, 2")
    assert all(name not in message for message in deployed.messages())


def test_the_model_that_classified_is_recorded_and_the_job_that_did_it(deployed: Deployed) -> None:
    """As the summary and the event say: a retry may have found the Batch job of an earlier try, or the job ended before its record."""
    deployed.add_model(2)
    job = predict(deployed)
    put_summary(deployed, job, model_version="v1")
    started = deployed.reread(job)
    deployed.ledger.move(started, JobStatus.RECEIVED, platform_id="", model_version=2)
    deployed.invoke("report_prediction", deployed.end_prediction(job))
    ended = deployed.reread(job)
    assert (ended.status, ended.model_version, ended.platform_id) == (JobStatus.DONE, 1, "batch-1")


def test_the_same_event_twice_tells_once(deployed: Deployed) -> None:
    """A job that is done is done."""
    job = predict(deployed)
    put_summary(deployed, job)
    event = deployed.end_prediction(job)
    deployed.invoke("report_prediction", event)
    deployed.invoke("report_prediction", event)
    assert len(deployed.messages()) == 1


@pytest.mark.parametrize(("operation", "skip"), [("UpdateItem", 0), ("Publish", 0), ("UpdateItem", 1)])
def test_a_crash_anywhere_ends_the_same_way(deployed: Deployed, operation: str, skip: int) -> None:
    """Killed before the record, the message or its mark, the next delivery finishes the work."""
    job = predict(deployed)
    put_summary(deployed, job)
    event = deployed.end_prediction(job)
    deployed.kill(operation, skip)
    deployed.killed("report_prediction", event)
    deployed.invoke("report_prediction", event)
    assert deployed.reread(job).status == JobStatus.DONE
    assert deployed.reread(job).told_at
    assert deployed.messages()


def test_the_result_of_a_replaced_version_is_found_beside_the_newer_one(deployed: Deployed) -> None:
    """The older job's owner is told where its result lies and why it is not in the usual place."""
    older, newer = predict(deployed), predict(deployed)
    put_summary(deployed, newer)
    put_summary(deployed, older, is_older=True, rows_in=4, rows_out=4)
    deployed.invoke("report_prediction", deployed.end_prediction(older))
    ended = deployed.reread(older)
    assert (ended.status, ended.rows_out) == (JobStatus.DONE, 4)
    assert ended.results == f"s3://results/März/claims.csv/older/{older.object_version}/"
    assert "replaced by a newer one meanwhile" in ended.message


def test_a_result_that_a_newer_one_has_replaced_is_no_failure(deployed: Deployed) -> None:
    """Both versions were classified before the older one's event came: the older result was there and made way."""
    older, newer = predict(deployed), predict(deployed)
    put_summary(deployed, newer)
    deployed.invoke("report_prediction", deployed.end_prediction(older))
    ended = deployed.reread(older)
    assert ended.status == JobStatus.DONE
    assert "newer" in ended.message
    assert ended.results == "s3://results/März/claims.csv/"
    assert (ended.rows_in, ended.rows_out) == (0, 0)


def test_a_prediction_in_shards_is_reported_once_and_as_a_whole(deployed: Deployed) -> None:
    """Only the end of the last job is the end; it took as long as all of them."""
    job = predict(deployed)
    end = deployed.end_prediction(job)
    for step in ("plan", "shards", "shards", "shards"):
        deployed.invoke("report_prediction", of_step(end, step))
    assert (deployed.reread(job), deployed.messages()) == (job, [])
    put_summary(deployed, job, seconds=3600.0)
    deployed.invoke("report_prediction", end)
    ended = deployed.reread(job)
    assert (ended.status, ended.seconds, ended.cost_usd) == (JobStatus.DONE, 3600, 0.36)
    assert len(deployed.messages()) == 1


def test_of_a_run_that_was_submitted_twice_the_first_success_counts_and_no_failure_of_the_unknown_one(deployed: Deployed) -> None:
    """An answer of Batch got lost: what the ledger does not know may succeed, which ends the other, but its failure is not the run's."""
    job = predict(deployed)
    twin = replace(job, platform_id="batch-unknown")
    deployed.invoke("report_prediction", deployed.end_prediction(twin, "FAILED", "Host EC2 terminated"))
    assert (deployed.reread(job), deployed.batch_stopped) == (job, [])
    put_summary(deployed, job)
    deployed.invoke("report_prediction", deployed.end_prediction(twin))
    deployed.invoke("report_prediction", deployed.end_prediction(job, "FAILED", "terminated"))
    assert (deployed.reread(job).status, deployed.batch_stopped) == (JobStatus.DONE, [job.platform_id])
    assert len(deployed.messages()) == 1


def test_states_on_the_way_change_nothing(deployed: Deployed) -> None:
    """A rule that is too wide wakes the function for nothing."""
    job = predict(deployed)
    deployed.invoke("report_prediction", deployed.end_prediction(job, "RUNNABLE"))
    assert deployed.reread(job) == job


def test_a_job_may_end_before_its_start_is_recorded(deployed: Deployed) -> None:
    """The function that submitted it died; its end is recorded, and the retry of the start changes nothing."""
    deployed.add_model(1)
    event = deployed.drop("predict", "claims.csv")
    deployed.kill("UpdateItem")
    deployed.killed("start_prediction", event)
    job = deployed.job(event)
    put_summary(deployed, job)
    deployed.invoke("report_prediction", deployed.end_prediction(job))
    deployed.invoke("start_prediction", event)
    assert deployed.reread(job).status == JobStatus.DONE
    assert len(deployed.batch_jobs) == 1


def test_a_job_without_a_start_costs_nothing(deployed: Deployed) -> None:
    """A missing time must not be taken for the year 1970."""
    job = predict(deployed)
    put_summary(deployed, job)
    event = deployed.end_prediction(job)
    del event["detail"]["startedAt"]
    deployed.invoke("report_prediction", event)
    assert (deployed.reread(job).seconds, deployed.reread(job).cost_usd) == (0, 0)


@pytest.mark.parametrize("name", ["tck-dev-by-hand", "tck-prod-predict-claims-0123456789ab", "somebody-elses"])
def test_batch_jobs_of_others_are_ignored(deployed: Deployed, name: str) -> None:
    """A job that someone submitted by hand, or of another stage, is in no ledger and no error."""
    event = deployed.end_prediction(predict(deployed))
    event["detail"]["jobName"] = name
    deployed.invoke("report_prediction", event)
    assert deployed.messages() == []
