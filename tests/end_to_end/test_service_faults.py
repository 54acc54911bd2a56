"""Services in trouble: throttling, errors, answers that get lost or break off. After the retries everything is as without them.

More of it, and longer, is in long_service_faults.py, which `make test-faults` runs.
"""

from __future__ import annotations

from local_kit import LocalKit
from weather import CLAIMS, WEATHER, SetFaults, results, settled

from contract.records import Job
from local.faults import Kind, Rule


def test_a_prediction_in_bad_weather_is_that_of_a_fine_day(
    local_kit: LocalKit, first_model: Job, undisturbed: dict[str, bytes], faults: SetFaults
) -> None:
    """Throttled, refused, dropped and cut calls of all services change nothing in the result, and make no second job."""
    faults(*WEATHER)
    job_id = local_kit.put(local_kit.deployment.predict_bucket, "storm/claims.csv", CLAIMS)
    job = settled(local_kit, job_id)
    assert results(local_kit, "storm/claims.csv") == undisturbed
    assert len(local_kit.batch_jobs(job)) == job.run


def test_a_lost_answer_of_batch_makes_no_second_job(
    local_kit: LocalKit, first_model: Job, undisturbed: dict[str, bytes], faults: SetFaults
) -> None:
    """The connection broke after the job was submitted: it is found, and there is one in the end."""
    faults(Rule(Kind.LOSE, "batch", "SubmitJob", calls=[1]))
    key = "lost/claims.csv"
    job = local_kit.wait(local_kit.put(local_kit.deployment.predict_bucket, key, CLAIMS))
    assert job.status == "done", job.message
    assert results(local_kit, key) == undisturbed
    assert len(local_kit.batch_jobs(job)) == 1


def test_a_result_that_cannot_be_put_leaves_nothing_and_is_put_at_the_retry(
    local_kit: LocalKit, first_model: Job, undisturbed: dict[str, bytes], faults: SetFaults
) -> None:
    """S3 takes the rows but not the summary: the job fails in a sentence, no result shows, `kit retry` mends it."""
    faults(Rule(Kind.REFUSE, "s3", "PutObject", path=r"unlucky/claims\.csv/summary\.json", status=500, code="InternalError"))
    job_id = local_kit.put(local_kit.deployment.predict_bucket, "unlucky/claims.csv", CLAIMS)
    failed = local_kit.wait(job_id)
    assert failed.status == "failed"
    assert "S3 did not let the job write" in failed.message
    listed = local_kit.session.client("s3").list_objects_v2(Bucket=local_kit.deployment.results_bucket, Prefix="unlucky/")
    assert listed["KeyCount"] == 0
    faults()
    assert local_kit("retry", job_id, "--wait").status == 0
    assert results(local_kit, "unlucky/claims.csv") == undisturbed
