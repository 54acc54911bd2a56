"""Services in trouble, in tests that take too long for the suite: `make test-faults` runs them by this file's name."""

from __future__ import annotations

from local_kit import SAMPLES, LocalKit
from weather import CLAIMS, WEATHER, SetFaults, results, settled

from contract.deployment import Function, function_name
from contract.records import Job
from local.faults import Kind, Rule


def test_a_training_in_bad_weather_is_published(local_kit: LocalKit, first_model: Job, faults: SetFaults) -> None:
    """The answer to CreateTrainingJob gets lost, too: the job is not made twice."""
    faults(Rule(Kind.LOSE, "sagemaker", "CreateTrainingJob", calls=[1]), *WEATHER)
    sample = (SAMPLES / "warranty_train.csv").read_bytes()
    job = settled(local_kit, local_kit.put_training("classifiers/stormy/warranty.csv", sample))
    assert local_kit.ledger.model("stormy", job.model_version).status == "published"
    trainings = local_kit.session.client("sagemaker").list_training_jobs(NameContains=job.job_id)["TrainingJobSummaries"]
    assert len(trainings) == job.run


def test_a_request_to_batch_that_never_arrived_is_sent_again(
    local_kit: LocalKit, first_model: Job, undisturbed: dict[str, bytes], faults: SetFaults
) -> None:
    """The connection broke before the job was submitted: it is submitted then."""
    faults(Rule(Kind.DROP, "batch", "SubmitJob", calls=[1]))
    key = "never arrived/claims.csv"
    job = local_kit.wait(local_kit.put(local_kit.deployment.predict_bucket, key, CLAIMS))
    assert job.status == "done", job.message
    assert results(local_kit, key) == undisturbed
    assert len(local_kit.batch_jobs(job)) == 1


def test_a_function_that_times_out_midway_is_replayed_without_a_second_job(
    local_kit: LocalKit, first_model: Job, undisturbed: dict[str, bytes], faults: SetFaults
) -> None:
    """Killed between Batch's job and its own record of it: the event becomes a dead letter, and its replay finds the job."""
    functions, name = local_kit.session.client("lambda"), function_name("dev", Function.START_PREDICTION)
    seconds = functions.get_function_configuration(FunctionName=name)["Timeout"]
    slow_submission = Rule(Kind.DELAY, "batch", "SubmitJob", calls=[1], delay_seconds=8)
    slow_reading = Rule(Kind.DELAY, "s3", "GetObject", path=r"late/claims\.csv", calls=[1], delay_seconds=20)
    faults(slow_submission, slow_reading)  # the second, or the job is done before the event is tried again
    functions.update_function_configuration(FunctionName=name, Timeout=4)
    try:
        job_id = local_kit.put(local_kit.deployment.predict_bucket, "late/claims.csv", CLAIMS)
        queue = local_kit.wait_for_dead_letters(Function.START_PREDICTION, 1)
    finally:
        functions.update_function_configuration(FunctionName=name, Timeout=seconds)
    faults()
    assert queue == 1
    stranded = local_kit.wait(job_id, "received")
    local_kit.strand(stranded)
    assert "not started" in local_kit("jobs").output
    assert local_kit("replay").status == 0
    job = local_kit.wait(job_id)
    assert (job.status, len(local_kit.batch_jobs(job))) == ("done", 1), job.message
    assert results(local_kit, "late/claims.csv") == undisturbed
