"""A training with BlazingText: three jobs, each started when the one before has ended, and one record of all."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from deployed_functions import Deployed, Event
from ended_trainings import EVALUATION

from contract.blazingtext import Prepared
from contract.deployment import TrainingStep
from contract.events import SCHEDULED, TRAINING_STATE_CHANGE
from contract.layout import correction_key, evaluation_key
from contract.records import Job, JobStatus
from contract.training_work import prepared_key

PREPARE, BLAZINGTEXT = TrainingStep
TOLD = {"mode": "supervised", "epochs": "12", "vector_dim": "20"}
CREATED = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def _drop(deployed: Deployed, engine: str = "blazingtext", **others: str) -> Job:
    event = deployed.drop("train", "claims.csv", metadata={"hyperparameters": json.dumps({"engine": engine, **others})})
    deployed.invoke("start_training", event)
    return deployed.job(event)


def _end(deployed: Deployed, job: Job, step: TrainingStep | None, status: str = "Completed", **description: Any) -> Event:
    """Let a job of a training end, with what it leaves; the event of it."""
    training = f"tck-dev-{job.run_id}"
    name = f"{training}-{step}" if step else training
    if step == PREPARE and status == "Completed":
        deployed.put("models", prepared_key(training), Prepared(TOLD))  # type: ignore[arg-type]  # it has `to_json` as documents have
    if step is None:
        deployed.put("models", evaluation_key(training), replace(EVALUATION, engine="blazingtext", engines={"blazingtext": 0.9}))
    deployed.training_jobs[name] |= {
        "TrainingJobStatus": status,
        "ModelArtifacts": {"S3ModelArtifacts": f"s3://models/models/{name}/output/model.tar.gz"},
        "CreationTime": CREATED,
        "TrainingStartTime": CREATED + timedelta(seconds=10),
        "TrainingTimeInSeconds": 100,
        "BillableTimeInSeconds": 40,
        **description,
    }
    return {"detail-type": TRAINING_STATE_CHANGE, "detail": {"TrainingJobName": name, "TrainingJobStatus": status}}


def _hear(deployed: Deployed, event: Event) -> None:
    """Both functions hear of the end of a step."""
    deployed.invoke("start_training", event)
    deployed.invoke("publish_model", event)


def _channels(request: dict[str, Any]) -> dict[str, str]:
    return {entry["ChannelName"]: entry["DataSource"]["S3DataSource"]["S3Uri"] for entry in request["InputDataConfig"]}


def test_three_jobs_follow_each_other_and_make_one_model(deployed: Deployed) -> None:
    """The rows are prepared, BlazingText learns, its model is judged; the record says which it is, and what all of it cost."""
    deployed.add_model(1)
    deployed.s3.put_object(Bucket="train", Key=correction_key("main", "0f", "predict-1", 7), Body=b"{}")
    job = _drop(deployed, epochs="3")
    training = f"tck-dev-{job.job_id}"
    received = deployed.received()[0]  # of three machines, of which the second one runs on demand
    assert "That takes about 15 minutes once a machine is free and costs about 0.34 USD" in received
    assert "after 120 minutes (about 4.50 USD) each of its 3 parts would be stopped." in received
    seen = []
    for step in (PREPARE, BLAZINGTEXT):
        found = deployed.reread(job)
        seen.append((found.status, found.platform_id, found.message))
        _hear(deployed, _end(deployed, job, step))
    assert seen == [
        (JobStatus.RUNNING, f"{training}-prepare", "Training model v2: the rows are prepared for BlazingText (1 of 3)."),
        (JobStatus.RUNNING, f"{training}-blazing", "Training model v2: BlazingText learns from the rows (2 of 3)."),
    ]
    judging = deployed.reread(job)
    assert (judging.platform_id, judging.message) == (training, "Training model v2: BlazingText's model is judged (3 of 3).")
    deployed.invoke("publish_model", _end(deployed, job, None))
    ended = deployed.reread(job)
    assert (ended.status, ended.seconds, ended.queued_seconds, ended.cost_usd) == (JobStatus.DONE, 300, 30, 0.03)
    assert ended.details.startswith("Its engine is BlazingText.")
    assert list(deployed.training_jobs) == [f"{training}-prepare", f"{training}-blazing", training]


def test_the_last_job_is_given_what_the_first_one_had(deployed: Deployed) -> None:
    """Rows, champion, corrections and hyperparameters are the same, whatever was put in use or said meanwhile; the model comes on top."""
    model = deployed.add_model(1)
    deployed.s3.put_object(Bucket="train", Key=correction_key("main", "0f", "predict-1", 7), Body=b"{}")
    job = _drop(deployed, epochs="3")
    training = f"tck-dev-{job.job_id}"
    deployed.add_model(3)
    for step in (PREPARE, BLAZINGTEXT):
        _hear(deployed, _end(deployed, job, step))
    first, last = deployed.training_jobs[f"{training}-prepare"], deployed.training_jobs[training]
    assert _channels(first) == {
        "training": f"s3://models/inputs/{training}/training/",
        "champion": model.artifact_uri,
        "corrections": "s3://train/corrections/main/",
    }
    made = f"s3://models/inputs/{training}/steps/{training}-blazing/output/model.tar.gz"
    assert _channels(last) == _channels(first) | {"blazingtext": made}
    assert last["HyperParameters"] == first["HyperParameters"]
    assert (last["HyperParameters"]["engine"], last["HyperParameters"]["epochs"]) == ("blazingtext", "3")
    assert last["OutputDataConfig"] == {"S3OutputPath": "s3://models/models"}
    assert first["Environment"].pop("PREPARED_URI") == f"s3://models/inputs/{training}/steps/prepared.json"
    assert last["Environment"] == first["Environment"]


def test_blazingtext_is_asked_as_it_is_documented(deployed: Deployed) -> None:
    """The region's own image, its two channels of text, its own hyperparameters and nothing of ours, on demand, and no checkpoints."""
    job = _drop(deployed)
    _hear(deployed, _end(deployed, job, PREPARE))
    training = f"tck-dev-{job.job_id}"
    request = deployed.training_jobs[f"{training}-blazing"]
    assert request["AlgorithmSpecification"] == {
        "TrainingImage": "813361260812.dkr.ecr.eu-central-1.amazonaws.com/blazingtext:1",
        "TrainingInputMode": "File",
    }
    assert request["HyperParameters"] == TOLD
    assert _channels(request) == {
        "train": f"s3://models/inputs/{training}/steps/train/",
        "validation": f"s3://models/inputs/{training}/steps/validation/",
    }
    assert {entry["ContentType"] for entry in request["InputDataConfig"]} == {"text/plain"}
    assert request["OutputDataConfig"] == {"S3OutputPath": f"s3://models/inputs/{training}/steps"}
    assert (request["EnableManagedSpotTraining"], request["StoppingCondition"]) == (False, {"MaxRuntimeInSeconds": 7200})
    assert (request["Environment"], "CheckpointConfig" in request) == ({}, False)


def test_a_region_without_blazingtext_refuses_before_anything_is_paid_for(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence names the region and the way out, and no job is started."""
    monkeypatch.setattr("contract.blazingtext.ACCOUNTS", {})
    job = _drop(deployed)
    assert job.status == JobStatus.REFUSED
    assert "no BlazingText in the region eu-central-1" in job.message
    assert deployed.training_jobs == {}


@pytest.mark.parametrize("step", TrainingStep)
def test_an_end_that_is_told_twice_starts_one_job(deployed: Deployed, step: TrainingStep) -> None:
    """Events come at least once: whoever hears again finds that the training has gone on."""
    job = _drop(deployed)
    for each in (PREPARE, BLAZINGTEXT)[: 1 + list(TrainingStep).index(step)]:
        event = _end(deployed, job, each)
        _hear(deployed, event)
    before = deployed.reread(job)
    _hear(deployed, event)
    assert deployed.reread(job) == before
    assert len(deployed.requests("CreateTrainingJob")) == len(deployed.training_jobs)


def test_a_crash_before_the_record_starts_no_second_job(deployed: Deployed) -> None:
    """The next job exists already when Lambda tries again: SageMaker says so, and the record follows."""
    job = _drop(deployed)
    event = _end(deployed, job, PREPARE)
    deployed.kill("UpdateItem")
    deployed.killed("start_training", event)
    assert deployed.reread(job).platform_id.endswith("-prepare")
    deployed.invoke("start_training", event)
    assert deployed.reread(job).platform_id.endswith("-blazing")
    assert len(deployed.training_jobs) == 2


def test_throttling_is_left_to_the_next_try(deployed: Deployed) -> None:
    """What may pass reaches Lambda, which tries again and at last keeps the event; the job stays as it was."""
    job = _drop(deployed)
    event = _end(deployed, job, PREPARE)
    deployed.fail("CreateTrainingJob", "ThrottlingException")
    with pytest.raises(ClientError, match="ThrottlingException"):
        deployed.invoke("start_training", event)
    assert deployed.reread(job).status == JobStatus.RUNNING
    deployed.invoke("start_training", event)
    assert deployed.reread(job).platform_id.endswith("-blazing")


def test_a_missing_quota_ends_the_training_with_the_remedy(deployed: Deployed) -> None:
    """As with the first job, another try would be refused as well."""
    job = _drop(deployed)
    deployed.fail("CreateTrainingJob", "ResourceLimitExceeded")
    deployed.invoke("start_training", _end(deployed, job, PREPARE))
    ended = deployed.reread(job)
    assert ended.status == JobStatus.FAILED
    assert "Service Quotas" in ended.message
    assert deployed.messages()[0].startswith("Not trained: claims.csv")


def test_an_end_that_nobody_told_of_is_found_by_the_hour(deployed: Deployed) -> None:
    """A lost event holds a training up for an hour at most; one whose job still runs is left alone."""
    job, other = _drop(deployed), _drop(deployed)
    _end(deployed, job, PREPARE)
    deployed.training_jobs[other.platform_id]["TrainingJobStatus"] = "InProgress"
    deployed.invoke("start_training", {"detail-type": SCHEDULED, "detail": {}})
    assert deployed.reread(job).platform_id.endswith("-blazing")
    assert deployed.reread(other).platform_id.endswith("-prepare")


def test_rows_that_no_model_can_be_trained_on_are_refused_in_the_first_job(deployed: Deployed) -> None:
    """The container's own sentence ends the training, as with one job; no other is started."""
    job = _drop(deployed)
    reason = "AlgorithmError: 'claims.csv' has one label only., exit code: 2"
    _hear(deployed, _end(deployed, job, PREPARE, "Failed", FailureReason=reason))
    ended = deployed.reread(job)
    assert (ended.status, ended.message) == (JobStatus.REFUSED, "'claims.csv' has one label only.")
    assert (ended.seconds, ended.cost_usd) == (100, 0.01)
    assert len(deployed.training_jobs) == 1


def test_a_failure_of_blazingtext_says_whose_it_is_and_the_way_out(deployed: Deployed) -> None:
    """Exit codes of AWS's container are not ours: nobody is told that the file is at fault. The first job's cost counts."""
    job = _drop(deployed)
    _hear(deployed, _end(deployed, job, PREPARE))
    reason = "AlgorithmError: Customer Error: something odd, exit code: 2"
    _hear(deployed, _end(deployed, job, BLAZINGTEXT, "Failed", FailureReason=reason))
    ended = deployed.reread(job)
    assert ended.status == JobStatus.FAILED
    assert ended.message == (
        "BlazingText could not train: Customer Error: something odd. The kit's own engine may: leave out the hyperparameter engine."
    )
    assert ended.seconds == 200
    assert len(deployed.training_jobs) == 2


def test_a_run_that_was_begun_anew_hears_nothing_of_the_old_one(deployed: Deployed) -> None:
    """After 'kit retry' the late end of an earlier run's step starts nothing."""
    job = _drop(deployed)
    event = _end(deployed, job, PREPARE)
    failed = deployed.ledger.move(job, JobStatus.FAILED, message="stopped")
    assert failed is not None
    deployed.ledger.reopen(failed, "again")
    deployed.invoke("start_training", event)
    assert len(deployed.training_jobs) == 1


def test_with_the_kits_own_engine_there_is_one_job(deployed: Deployed) -> None:
    """Nothing changes for who does not ask for another."""
    job = _drop(deployed, engine="kit")
    assert list(deployed.training_jobs) == [f"tck-dev-{job.job_id}"]
    deployed.invoke("start_training", _end(deployed, job, None))
    assert len(deployed.requests("CreateTrainingJob")) == 1
