"""A job that `kit retry` began anew: another run, which nothing of the run before it can disturb."""

from __future__ import annotations

from deployed_functions import Deployed, Event
from ended_trainings import EVALUATION

from contract.documents import Failure
from contract.layout import failure_key
from contract.records import Job, JobStatus


def _retried(deployed: Deployed, function: str, event: Event) -> Job:
    """The job of the event, which has failed, in its second run."""
    again = deployed.ledger.reopen(deployed.job(event), "Once more.")
    assert again
    deployed.invoke(function, event)
    return deployed.job(event)


def test_a_retried_training_has_a_name_and_a_place_of_its_own(deployed: Deployed) -> None:
    """SageMaker gives a name out once; the second run makes another model, compared with the model in use by now."""
    event = deployed.drop("train", "claims.csv")
    deployed.invoke("start_training", event)
    first = deployed.job(event)
    failed = deployed.end_training(first, status="Failed", FailureReason="CapacityError: none.")
    deployed.invoke("publish_model", failed)
    deployed.add_model(5)
    second = _retried(deployed, "start_training", event)
    assert (second.status, second.platform_id) == (JobStatus.RUNNING, f"tck-dev-{first.job_id}-2")
    assert (second.model_version, second.champion_version) == (6, 5)
    request = deployed.training_jobs[second.platform_id]
    assert request["CheckpointConfig"]["S3Uri"] == f"s3://models/checkpoints/{second.platform_id}/"
    deployed.invoke("publish_model", failed)
    assert deployed.job(event) == second


def test_the_end_of_a_retried_training_is_told_once_more(deployed: Deployed) -> None:
    """The owner heard of the failure, and hears of the success."""
    event = deployed.drop("train", "claims.csv")
    deployed.invoke("start_training", event)
    deployed.invoke("publish_model", deployed.end_training(deployed.job(event), status="Stopped"))
    second = _retried(deployed, "start_training", event)
    deployed.invoke("publish_model", deployed.end_training(second, EVALUATION))
    assert deployed.job(event).status == JobStatus.DONE
    assert [message.split(":")[0] for message in deployed.messages() if "rained:" in message] == ["Not trained", "Trained"]


def test_a_retried_prediction_is_a_new_batch_job(deployed: Deployed) -> None:
    """The job of the first run is not mistaken for one that an earlier attempt submitted, and its late end ends nothing."""
    deployed.add_model(1)
    event = deployed.drop("predict", "claims.csv")
    deployed.invoke("start_prediction", event)
    first = deployed.job(event)
    deployed.put("results", failure_key(first.run_id), Failure("AlgorithmError", "A defect."))
    failed = deployed.end_prediction(first, "FAILED")
    deployed.invoke("report_prediction", failed)
    assert deployed.job(event).message == "A defect."
    second = _retried(deployed, "start_prediction", event)
    assert [request["jobName"] for request in deployed.batch_jobs.values()] == [f"tck-dev-{first.job_id}", f"tck-dev-{first.job_id}-2"]
    assert second.platform_id == "batch-2"
    deployed.invoke("report_prediction", failed)
    assert deployed.job(event) == second


def test_a_retried_prediction_fails_with_its_own_reason(deployed: Deployed) -> None:
    """What the first run left behind does not explain the second."""
    deployed.add_model(1)
    event = deployed.drop("predict", "claims.csv")
    deployed.invoke("start_prediction", event)
    first = deployed.job(event)
    deployed.put("results", failure_key(first.run_id), Failure("AlgorithmError", "A defect."))
    deployed.invoke("report_prediction", deployed.end_prediction(first, "FAILED"))
    second = _retried(deployed, "start_prediction", event)
    deployed.invoke("report_prediction", deployed.end_prediction(second, "FAILED", "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY"))
    assert "No machine was free" in deployed.job(event).message


def test_a_retry_that_breaks_off_submits_once(deployed: Deployed) -> None:
    """Killed after the submission, the next try of the same run finds the job of its own run."""
    deployed.add_model(1)
    event = deployed.drop("predict", "claims.csv")
    deployed.invoke("start_prediction", event)
    deployed.invoke("report_prediction", deployed.end_prediction(deployed.job(event), "FAILED"))
    again = deployed.ledger.reopen(deployed.job(event), "Once more.")
    assert again
    deployed.kill("UpdateItem", skip=1)  # the lease is the first one
    deployed.killed("start_prediction", event)
    deployed.invoke("start_prediction", event)
    assert (len(deployed.batch_jobs), deployed.job(event).platform_id) == (2, "batch-2")
