"""start_prediction: a file becomes one Batch job, at once or when a first model is there."""

from __future__ import annotations

import time

import pytest
from botocore.exceptions import ClientError
from deployed_functions import Deployed
from function_environments import ENVIRONMENTS

from contract.commands import join_command, plan_command
from contract.container_environments import PredictionEnvironment
from contract.records import START_ATTEMPTS, JobStatus

KEY = "März 2026/claims (2) + late.CSV"


def test_a_dropped_file_is_handed_to_batch(deployed: Deployed) -> None:
    """Every field of the request that the container or the report depends on."""
    model = deployed.add_model(10)
    event = deployed.drop("predict", KEY)
    deployed.invoke("start_prediction", event)
    job = deployed.job(event)
    assert (job.status, job.platform_id, job.model_version) == (JobStatus.RUNNING, "batch-1", 10)
    assert job.message == "Being classified by model v10."
    (request,) = deployed.batch_jobs.values()
    variables = {entry["name"]: entry["value"] for entry in request.pop("containerOverrides")["environment"]}
    assert request == {
        "jobName": f"tck-dev-{job.job_id}",
        "jobQueue": ENVIRONMENTS["start_prediction"].to_env()["JOB_QUEUE"],
        "jobDefinition": ENVIRONMENTS["start_prediction"].to_env()["JOB_DEFINITION"],
        "parameters": {"input": f"s3://predict/{KEY}", "output": f"s3://results/{KEY}/", "model": model.artifact_uri},
        "tags": {"product": "text-classification-kit", "stage": "dev", "classifier": "main"},
        "propagateTags": True,
    }
    assert PredictionEnvironment.from_env(variables) == PredictionEnvironment(
        job_id=job.job_id,
        input_version=job.object_version,
        input_sequencer=job.sequencer,
        model_version=10,
        image_tag="cpu-0123456789ab",
        commit="abcdef0",
        accelerator="cpu",
        usd_per_hour=0.4,
        max_error="3",
    )
    assert deployed.messages() == []


def test_the_owner_hears_that_a_file_arrived(deployed: Deployed) -> None:
    """One message, with what it will take, also when the event comes twice."""
    deployed.add_model(10)
    event = deployed.drop("predict", KEY)
    deployed.invoke("start_prediction", event)
    deployed.invoke("start_prediction", event)
    (message,) = deployed.received()
    assert message.startswith(f"Received: {KEY}\n\nBeing classified by model v10.\n\nThat takes about 5 minutes once a machine is free")
    assert "after 60 minutes (about 0.40 USD) it would be stopped" in message


def test_a_file_that_cannot_be_started_yet_is_not_announced(deployed: Deployed) -> None:
    """The message goes out when the job is under way, by whichever attempt."""
    deployed.add_model(10)
    event = deployed.drop("predict", KEY)
    deployed.fail("SubmitJob", "ThrottlingException")
    with pytest.raises(ClientError):
        deployed.invoke("start_prediction", event)
    assert deployed.received() == []
    deployed.invoke("start_prediction", event)
    assert len(deployed.received()) == 1


def test_a_file_that_fails_at_every_try_is_stranded_with_a_sentence(deployed: Deployed) -> None:
    """After Lambda's last try the record names the cause and the command, nobody was told of a job, and a replay starts it."""
    deployed.add_model(10)
    event = deployed.drop("predict", KEY)
    for _ in range(START_ATTEMPTS):
        assert not deployed.batch_jobs
        deployed.fail("SubmitJob", "ThrottlingException")
        with pytest.raises(ClientError):
            deployed.invoke("start_prediction", event)
    stranded = deployed.job(event)
    assert stranded.is_stranded(time.time())
    assert "ThrottlingException" in stranded.message
    assert "'kit replay' starts it once the cause is mended" in stranded.message
    deployed.invoke("start_prediction", event)
    assert deployed.job(event).status == JobStatus.RUNNING


def test_a_large_file_is_handed_to_batch_in_shards(deployed: Deployed) -> None:
    """Three jobs at once, each waiting for the one before it; the last has the name by which the end is reported."""
    model = deployed.add_model(3)
    event = deployed.drop("predict", KEY)
    event["detail"]["object"]["size"] = 6_500
    deployed.invoke("start_prediction", event, SHARD_BYTES="1000")
    job = deployed.job(event)
    plan, shards, join = deployed.batch_jobs.values()
    name, source, output = f"tck-dev-{job.job_id}", f"s3://predict/{KEY}", f"s3://results/{KEY}/"
    assert [request["jobName"] for request in (plan, shards, join)] == [f"{name}_plan", f"{name}_shards", name]
    assert [request.get("dependsOn") for request in (plan, shards, join)] == [None, [{"jobId": "batch-1"}], [{"jobId": "batch-2"}]]
    assert [request.get("arrayProperties") for request in (plan, shards, join)] == [None, {"size": 7}, None]
    assert plan["containerOverrides"]["command"] == plan_command(source, output, model.artifact_uri, 7)
    assert "command" not in shards["containerOverrides"]  # that of a single job: Batch tells a child its number
    assert join["containerOverrides"]["command"] == join_command(output)
    assert plan["parameters"] == shards["parameters"] == {"input": source, "output": output, "model": model.artifact_uri}
    environments = [request["containerOverrides"]["environment"] for request in (plan, shards, join)]
    assert environments == [environments[0]] * 3
    assert (job.status, job.platform_id) == (JobStatus.RUNNING, "batch-3")
    assert job.message == "Being classified by model v3 in 7 parts."


@pytest.mark.parametrize(("key", "size", "jobs"), [("a.csv", 1000, 1), ("a.csv", 1001, 3), ("a.csv.gz", 250, 1), ("a.CSV.GZ", 251, 3)])
def test_only_what_is_larger_than_a_shard_is_cut(deployed: Deployed, key: str, size: int, jobs: int) -> None:
    """A compressed file counts as what comes out of it."""
    deployed.add_model(1)
    event = deployed.drop("predict", key)
    event["detail"]["object"]["size"] = size
    deployed.invoke("start_prediction", event, SHARD_BYTES="1000")
    assert len(deployed.batch_jobs) == jobs


@pytest.mark.parametrize("submitted", [1, 2, 3])
def test_a_crash_between_the_jobs_of_a_large_file_submits_none_twice(deployed: Deployed, submitted: int) -> None:
    """Whatever was submitted when the function died is found by its name, and the rest follows."""
    deployed.add_model(1)
    event = deployed.drop("predict", "claims.csv")
    event["detail"]["object"]["size"] = 5000
    if submitted < 3:
        deployed.kill("SubmitJob", skip=submitted)
    else:
        deployed.kill("UpdateItem")
    deployed.killed("start_prediction", event, SHARD_BYTES="1000")
    assert len(deployed.batch_jobs) == submitted
    deployed.invoke("start_prediction", event, SHARD_BYTES="1000")
    assert [request.get("dependsOn") for request in deployed.batch_jobs.values()] == [None, [{"jobId": "batch-1"}], [{"jobId": "batch-2"}]]
    assert deployed.job(event).platform_id == "batch-3"


def test_each_classifier_uses_its_own_model(deployed: Deployed) -> None:
    """A file below a classifier's prefix is never classified by the model of another."""
    deployed.add_model(1)
    tone = deployed.add_model(2, "tone")
    deployed.invoke("start_prediction", deployed.drop("predict", "classifiers/tone/claims.csv"))
    (request,) = deployed.batch_jobs.values()
    assert request["parameters"]["model"] == tone.artifact_uri
    assert request["parameters"]["output"] == "s3://results/classifiers/tone/claims.csv/"


def test_the_same_event_twice_submits_one_job(deployed: Deployed) -> None:
    """A second delivery is recognised by bucket, key and version."""
    deployed.add_model(1)
    event = deployed.drop("predict", "claims.csv")
    deployed.invoke("start_prediction", event)
    deployed.invoke("start_prediction", event)
    assert len(deployed.batch_jobs) == 1


@pytest.mark.parametrize(
    ("key", "words", "remedy"),
    [
        ("claims.xlsx", "not a file that can be read", "CSV UTF-8"),
        ("claims", "not a file that can be read", "CSV UTF-8"),
        ("claims.jsonl", "a manifest, which trainings read", "drop them as a CSV file"),
    ],
)
def test_a_file_of_another_kind_is_refused_with_the_remedy(deployed: Deployed, key: str, words: str, remedy: str) -> None:
    """Refused with or without a model, in the ledger and in a message."""
    event = deployed.drop("predict", key)
    deployed.invoke("start_prediction", event)
    assert deployed.job(event).status == JobStatus.REFUSED
    (message,) = deployed.messages()
    assert message.startswith(f"Not classified: {key}\n\n'{key}' is {words}")
    assert remedy in message


def test_a_key_below_the_kits_own_prefix_is_refused(deployed: Deployed) -> None:
    """A person's folder must not share its name with the kit's work."""
    event = deployed.drop("predict", "_work/claims.csv")
    deployed.invoke("start_prediction", event)
    assert deployed.job(event).status == JobStatus.REFUSED
    assert "Use another folder name" in deployed.job(event).message


def test_a_folder_made_in_the_console_is_no_file(deployed: Deployed) -> None:
    """A key that ends in a slash leaves no trace."""
    deployed.invoke("start_prediction", deployed.drop("predict", "march/", b""))
    assert list(deployed.ledger.jobs()) == []


def test_a_file_without_a_name_is_refused(deployed: Deployed) -> None:
    """A key that ends in a slash and has content is no folder: whoever put it there hears of it."""
    event = deployed.drop("predict", "march/", b"text,label\n")
    deployed.invoke("start_prediction", event)
    assert deployed.job(event).message.startswith("'march/' is not a file that can be read")


def test_a_file_above_the_limit_is_refused(deployed: Deployed) -> None:
    """The sentence gives the size, the limit and the remedy."""
    event = deployed.drop("predict", "claims.csv")
    event["detail"]["object"]["size"] = 3 * 1024**3
    deployed.invoke("start_prediction", event, MAX_OBJECT_BYTES=str(2 * 1024**3))
    assert deployed.job(event).message == "'claims.csv' has 3.0 GiB; at most 2 GiB are accepted. Drop it in parts."


@pytest.mark.parametrize("length", [1010, 1000], ids=["the result", "the result of a replaced version"])
def test_a_name_whose_result_would_not_fit_is_refused_first(deployed: Deployed, length: int) -> None:
    """The result lies deeper than the file, and deeper still when a newer version replaced the file meanwhile."""
    event = deployed.drop("predict", f"{'x' * (length - len('/claims.csv'))}/claims.csv")
    deployed.invoke("start_prediction", event)
    assert deployed.job(event).status == JobStatus.REFUSED
    assert "too long" in deployed.job(event).message


def test_throttling_is_tried_again_at_once(deployed: Deployed) -> None:
    """The error reaches Lambda, the lease is given back, the retry succeeds."""
    deployed.add_model(1)
    event = deployed.drop("predict", "claims.csv")
    deployed.fail("SubmitJob", "TooManyRequestsException")
    with pytest.raises(ClientError, match="TooManyRequests"):
        deployed.invoke("start_prediction", event)
    assert (deployed.job(event).status, deployed.job(event).lease_until) == (JobStatus.RECEIVED, 0)
    assert "tried again" in deployed.job(event).message
    deployed.invoke("start_prediction", event)
    assert deployed.job(event).status == JobStatus.RUNNING
    assert len(deployed.batch_jobs) == 1


def test_a_request_that_batch_refuses_fails_for_good(deployed: Deployed) -> None:
    """A queue that does not take the job will not take it at the next try; the owner is told."""
    deployed.add_model(1)
    event = deployed.drop("predict", "claims.csv")
    deployed.fail("SubmitJob", "ClientException")
    deployed.invoke("start_prediction", event)
    assert deployed.job(event).status == JobStatus.FAILED
    assert deployed.messages()[0].startswith("Not classified: claims.csv\n\n'claims.csv' was not classified: AWS Batch does not accept")


def test_a_crash_between_submit_and_record_submits_no_second_job(deployed: Deployed) -> None:
    """The next try finds the job by its name and records that one."""
    deployed.add_model(1)
    event = deployed.drop("predict", "claims.csv")
    deployed.kill("UpdateItem")
    deployed.killed("start_prediction", event)
    assert len(deployed.batch_jobs) == 1
    deployed.invoke("start_prediction", event)
    job = deployed.job(event)
    assert (job.status, job.platform_id, job.attempts) == (JobStatus.RUNNING, "batch-1", 2)
    assert len(deployed.batch_jobs) == 1


def test_a_refusal_that_could_not_be_told_is_told_at_the_next_try(deployed: Deployed) -> None:
    """The ledger was written, SNS failed: the retry sends the message that is missing, and only that once."""
    event = deployed.drop("predict", "claims.xlsx")
    deployed.fail("Publish", "InternalError")
    with pytest.raises(ClientError, match="InternalError"):
        deployed.invoke("start_prediction", event)
    deployed.invoke("start_prediction", event)
    deployed.invoke("start_prediction", event)
    assert len(deployed.messages()) == 1
