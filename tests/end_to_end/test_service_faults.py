"""Services in trouble: throttling, errors, answers that get lost or break off. After the retries everything is as without them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator

import pytest
from local_kit import SAMPLES, LocalKit

from contract.deployment import Function, function_name
from contract.layout import ResultKeys, parse_drop
from contract.records import Job
from local.faults import Kind, Rule, set_faults

SEED = int(os.environ.get("FAULTS_SEED", "1"))
CLAIMS = (SAMPLES / "claims.csv").read_bytes()
WEATHER = (
    Rule(Kind.REFUSE, "s3", code="SlowDown", probability=0.15),
    Rule(Kind.REFUSE, "s3", status=500, code="InternalError", probability=0.05),
    Rule(Kind.DROP, "s3", probability=0.05),
    Rule(Kind.CUT, "s3", "GetObject", probability=0.1),
    Rule(Kind.REFUSE, "dynamodb", status=400, code="ThrottlingException", probability=0.2),
    Rule(Kind.REFUSE, "batch", status=429, code="TooManyRequestsException", probability=0.2),
    Rule(Kind.REFUSE, "sagemaker", status=400, code="ThrottlingException", probability=0.2),
    Rule(Kind.REFUSE, "sns", status=503, probability=0.1),
)

SetFaults = Callable[..., None]


@pytest.fixture
def faults(local_kit: LocalKit) -> Iterator[SetFaults]:
    """Puts rules in force until the end of the test."""
    yield lambda *rules: set_faults(local_kit.state, rules, SEED)
    set_faults(local_kit.state, [])


def results(local_kit: LocalKit, key: str) -> dict[str, bytes]:
    """The result of a drop, byte for byte; nothing while it has no summary."""
    keys = ResultKeys(parse_drop(key))
    s3, bucket = local_kit.session.client("s3"), local_kit.deployment.results_bucket
    found = {}
    try:
        summary = json.loads(s3.get_object(Bucket=bucket, Key=keys.summary)["Body"].read())
    except s3.exceptions.NoSuchKey:
        return {}
    for name, version in ((keys.results, summary["results_version"]), (keys.rejected, summary["rejected_version"])):
        if version:
            found[name.rsplit("/", 1)[-1]] = s3.get_object(Bucket=bucket, Key=name, VersionId=version)["Body"].read()
    return found


def batch_jobs(local_kit: LocalKit, job: Job) -> list[str]:
    """The ids of all Batch jobs of a prediction."""
    batch, queue = local_kit.session.client("batch"), local_kit.deployment.job_queue_arn
    listed = batch.list_jobs(jobQueue=queue, filters=[{"name": "JOB_NAME", "values": [f"tck-dev-{job.job_id}*"]}])
    return [entry["jobId"] for entry in listed["jobSummaryList"]]


@pytest.fixture(scope="module")
def undisturbed(local_kit: LocalKit, first_model: Job) -> dict[str, bytes]:
    """The results of the sample in fine weather."""
    job = local_kit.wait(local_kit.put(local_kit.deployment.predict_bucket, "fine weather/claims.csv", CLAIMS))
    assert job.status == "done", job.message
    return results(local_kit, "fine weather/claims.csv")


def settled(local_kit: LocalKit, job_id: str) -> Job:
    """A job's end, brought about as an operator would: what no function could handle is replayed, a failed job retried."""
    for _ in range(5):
        job = local_kit.wait(job_id, "done", "failed", "refused", "received", seconds=60)
        if job.status == "done":
            return job
        if job.status == "failed":
            local_kit("retry", job_id, "--wait")
        else:
            local_kit("replay")
    raise AssertionError(job)


def test_a_prediction_in_bad_weather_is_that_of_a_fine_day(
    local_kit: LocalKit, first_model: Job, undisturbed: dict[str, bytes], faults: SetFaults
) -> None:
    """Throttled, refused, dropped and cut calls of all services change nothing in the result, and make no second job."""
    faults(*WEATHER)
    job_id = local_kit.put(local_kit.deployment.predict_bucket, "storm/claims.csv", CLAIMS)
    job = settled(local_kit, job_id)
    assert results(local_kit, "storm/claims.csv") == undisturbed
    assert len(batch_jobs(local_kit, job)) == job.run


def test_a_training_in_bad_weather_is_published(local_kit: LocalKit, first_model: Job, faults: SetFaults) -> None:
    """The answer to CreateTrainingJob gets lost, too: the job is not made twice."""
    faults(Rule(Kind.LOSE, "sagemaker", "CreateTrainingJob", calls=[1]), *WEATHER)
    sample = (SAMPLES / "warranty_train.csv").read_bytes()
    job = settled(local_kit, local_kit.put_training("classifiers/stormy/warranty.csv", sample))
    assert local_kit.ledger.model("stormy", job.model_version).status == "published"
    trainings = local_kit.session.client("sagemaker").list_training_jobs(NameContains=job.job_id)["TrainingJobSummaries"]
    assert len(trainings) == job.run


@pytest.mark.parametrize("kind", [Kind.LOSE, Kind.DROP])
def test_a_lost_answer_of_batch_makes_no_second_job(
    local_kit: LocalKit, first_model: Job, undisturbed: dict[str, bytes], faults: SetFaults, kind: Kind
) -> None:
    """Whether the job was submitted before the connection broke or not, there is one in the end."""
    faults(Rule(kind, "batch", "submitjob", calls=[1]))
    key = f"lost {kind}/claims.csv"
    job = local_kit.wait(local_kit.put(local_kit.deployment.predict_bucket, key, CLAIMS))
    assert job.status == "done", job.message
    assert results(local_kit, key) == undisturbed
    assert len(batch_jobs(local_kit, job)) == 1


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


def test_a_function_that_times_out_midway_is_replayed_without_a_second_job(
    local_kit: LocalKit, first_model: Job, undisturbed: dict[str, bytes], faults: SetFaults
) -> None:
    """Killed between Batch's job and its own record of it: the event becomes a dead letter, and its replay finds the job."""
    functions, name = local_kit.session.client("lambda"), function_name("dev", Function.START_PREDICTION)
    seconds = functions.get_function_configuration(FunctionName=name)["Timeout"]
    faults(Rule(Kind.DELAY, "batch", "submitjob", calls=[1], delay_seconds=8))
    functions.update_function_configuration(FunctionName=name, Timeout=4)
    try:
        job_id = local_kit.put(local_kit.deployment.predict_bucket, "late/claims.csv", CLAIMS)
        queue = local_kit.wait_for_dead_letters(Function.START_PREDICTION, 1)
    finally:
        functions.update_function_configuration(FunctionName=name, Timeout=seconds)
    faults()
    assert queue == 1
    stranded = local_kit.wait(job_id, "received")
    local_kit.end_lease(stranded)  # as two minutes would
    assert local_kit("replay").status == 0
    job = local_kit.wait(job_id)
    assert (job.status, len(batch_jobs(local_kit, job))) == ("done", 1), job.message
    assert results(local_kit, "late/claims.csv") == undisturbed
