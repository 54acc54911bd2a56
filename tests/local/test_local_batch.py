"""AWS Batch: jobs run as processes, with Batch's states, retries and events."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from local_app import Inbox, eventually

from contract.events import BatchJobState
from local.access_keys import AccessKeys
from local.cloud import Cloud


def submit(cloud: Cloud, key: str, **settings: Any) -> str:
    """Submit a job for a key; its id."""
    batch = cloud.session().client("batch")
    parameters = {"input": f"s3://in/{key}", "output": f"s3://{cloud.outputs['Results']}/{key}/"}
    job = batch.submit_job(
        jobName=key.partition(".")[0],
        jobQueue=cloud.outputs["JobQueue"],
        jobDefinition=cloud.outputs["Job"],
        parameters=parameters,
        **settings,
    )
    return str(job["jobId"])


def describe(cloud: Cloud, job_id: str) -> Any:
    """DescribeJobs of one job."""
    return cloud.session().client("batch").describe_jobs(jobs=[job_id])["jobs"][0]


def ended(cloud: Cloud, job_id: str) -> Any:
    """The job once it has ended."""
    return eventually(lambda: job if (job := describe(cloud, job_id))["status"] in ("SUCCEEDED", "FAILED") else None)


def facts(cloud: Cloud, key: str, name: str = "done") -> Any:
    """What the sample's process wrote about itself."""
    body = cloud.session().client("s3").get_object(Bucket=cloud.outputs["Results"], Key=f"{key}/{name}.json")["Body"]
    return json.loads(body.read())


def test_dropped_object_becomes_a_job(cloud: Cloud) -> None:
    """From PutObject through the event and the function to a job that ran with the object's key, spaces and accents kept."""
    key = "in/my file (1)+é.csv"
    cloud.session().client("s3").put_object(Bucket=cloud.outputs["Predict"], Key=key, Body=b"x")

    def result() -> Any:
        try:
            return facts(cloud, key)
        except ClientError:
            return None

    arguments = eventually(result)["arguments"]
    assert arguments == ["--input", f"s3://{cloud.outputs['Predict']}/{key}", "--output", f"s3://{cloud.outputs['Results']}/{key}/"]


def test_job_runs_with_batchs_environment(cloud: Cloud, state: Path) -> None:
    """Definition and override reach the process, with Batch's own variables, fake keys and a folder of its own."""
    overrides = {"environment": [{"name": "SHAPE", "value": "square"}, {"name": "AWS_ENDPOINT_URL", "value": "https://real"}]}
    job_id = submit(cloud, "environment.csv", containerOverrides=overrides)
    job = ended(cloud, job_id)
    assert (job["status"], job["container"]["exitCode"]) == ("SUCCEEDED", 0)
    found = facts(cloud, "environment.csv")
    environment = found["environment"]
    assert (environment["COLOUR"], environment["SHAPE"]) == ("green", "square")
    assert environment["AWS_BATCH_JOB_ID"] == job_id
    assert environment["AWS_BATCH_JOB_ATTEMPT"] == "1"
    assert environment["AWS_BATCH_JQ_NAME"] in cloud.outputs["JobQueue"]
    assert environment["AWS_ENDPOINT_URL"] == cloud.endpoint
    assert environment["AWS_ACCESS_KEY_ID"] == AccessKeys().of("")  # the sample's job has no role
    assert environment["TMPDIR"] == found["folder"] == str(state / "scratch" / "batch" / job_id)
    assert job["container"]["environment"].count({"name": "SHAPE", "value": "square"}) == 1


def test_job_leaves_log_and_events(cloud: Cloud, state: Path, inbox: Inbox) -> None:
    """The log is in the definition's group and in a file; each state makes an event that the contract reads."""
    job_id = submit(cloud, "eventful.csv")
    job = ended(cloud, job_id)
    logs = cloud.session().client("logs")
    lines = logs.get_log_events(logGroupName=cloud.outputs["JobLogs"], logStreamName=job["container"]["logStreamName"])["events"]
    assert [entry["message"] for entry in lines] == ["attempt 1 of eventful.csv"]
    assert "attempt 1" in (state / "logs" / "batch" / f"{job_id}.log").read_text()
    events = eventually(lambda: found if len(found := inbox.bodies("States", jobId=job_id)) == 5 else None)
    assert {event["detail"]["status"] for event in events} == {"SUBMITTED", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"}
    (last,) = [BatchJobState.from_event(event) for event in events if event["detail"]["status"] == "SUCCEEDED"]
    assert (last.batch_id, last.name, last.exit_code) == (job_id, "eventful", 0)
    assert last.started_seconds and last.stopped_seconds and last.created_seconds <= last.started_seconds <= last.stopped_seconds
    assert {event["detail"]["jobQueue"] for event in events} == {cloud.outputs["JobQueue"]}


def test_retryable_exit_is_retried(cloud: Cloud) -> None:
    """An exit code that the retry strategy names is tried again, and the attempt's number says so."""
    job = ended(cloud, submit(cloud, "flaky.csv"))
    assert job["status"] == "SUCCEEDED"
    assert [attempt["container"]["exitCode"] for attempt in job["attempts"]] == [75, 0]
    assert facts(cloud, "flaky.csv")["environment"]["AWS_BATCH_JOB_ATTEMPT"] == "2"


def test_other_exit_is_not_retried(cloud: Cloud, inbox: Inbox) -> None:
    """A failure that the strategy does not retry fails at once with exit code and reason, also in its event."""
    job_id = submit(cloud, "broken.csv")
    job = ended(cloud, job_id)
    assert (job["status"], job["container"]["exitCode"], len(job["attempts"])) == ("FAILED", 3, 1)
    assert job["statusReason"] == "Essential container in task exited"
    (event,) = eventually(lambda: inbox.bodies("States", jobId=job_id, status="FAILED"))
    assert BatchJobState.from_event(event).exit_code == 3


def test_strategy_of_the_submission_counts(cloud: Cloud) -> None:
    """A retry strategy given to SubmitJob replaces the definition's."""
    job = ended(cloud, submit(cloud, "flaky-once.csv", retryStrategy={"attempts": 1}))
    assert (job["status"], len(job["attempts"])) == ("FAILED", 1)


def test_attempt_that_takes_too_long_is_stopped(cloud: Cloud) -> None:
    """The time-out of an attempt ends it with Batch's reason and is not retried."""
    job = ended(cloud, submit(cloud, "slow-timeout.csv", timeout={"attemptDurationSeconds": 1}))
    assert (job["status"], job["statusReason"]) == ("FAILED", "Job attempt duration exceeded timeout")
    assert len(job["attempts"]) == 1


def is_running(pid: int) -> bool:
    """Whether a process lives."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def test_terminated_job_takes_its_children_along(cloud: Cloud, state: Path) -> None:
    """TerminateJob ends the process and what it started, with the reason given."""
    job_id = submit(cloud, "slow-terminated.csv")
    log = state / "logs" / "batch" / f"{job_id}.log"
    line = eventually(lambda: log.exists() and [entry for entry in log.read_text().splitlines() if entry.startswith("grandchild")])
    grandchild = int(line[0].split()[1])
    assert is_running(grandchild)
    cloud.session().client("batch").terminate_job(jobId=job_id, reason="enough")
    job = ended(cloud, job_id)
    assert (job["status"], job["statusReason"]) == ("FAILED", "enough")
    eventually(lambda: not is_running(grandchild))


def test_array_job_runs_its_children(cloud: Cloud) -> None:
    """Each child knows its index, the parent succeeds with the last, and a job that depends on it starts after it."""
    batch = cloud.session().client("batch")
    parent = submit(cloud, "array.csv", arrayProperties={"size": 2})
    after = submit(cloud, "join.csv", dependsOn=[{"jobId": parent}])
    assert ended(cloud, after)["status"] == "SUCCEEDED"
    job = describe(cloud, parent)
    assert (job["status"], job["arrayProperties"]["size"]) == ("SUCCEEDED", 2)
    assert [facts(cloud, "array.csv", str(index))["environment"]["AWS_BATCH_JOB_ARRAY_INDEX"] for index in (0, 1)] == ["0", "1"]
    assert describe(cloud, f"{parent}:1")["arrayProperties"]["index"] == 1
    assert describe(cloud, after)["startedAt"] >= describe(cloud, f"{parent}:1")["stoppedAt"]
    assert len(batch.list_jobs(arrayJobId=parent, filters=[{"name": "JOB_NAME", "values": ["array"]}])["jobSummaryList"]) == 2


def test_failure_passes_to_dependents_and_to_the_parent(cloud: Cloud) -> None:
    """A failed child fails its array job, and what depends on it fails without having run."""
    parent = submit(cloud, "broken-array.csv", arrayProperties={"size": 2})
    after = submit(cloud, "never.csv", dependsOn=[{"jobId": parent}])
    job = ended(cloud, after)
    assert (job["status"], job["statusReason"], job["attempts"]) == ("FAILED", "Dependent Job failed", [])
    assert ended(cloud, parent)["status"] == "FAILED"


def test_an_array_job_is_stopped_with_its_children(cloud: Cloud) -> None:
    """Those that run and those that wait."""
    parent = submit(cloud, "slow-array.csv", arrayProperties={"size": 9})
    eventually(lambda: describe(cloud, f"{parent}:0")["status"] == "RUNNING")
    cloud.session().client("batch").terminate_job(jobId=parent, reason="enough")
    assert ended(cloud, parent)["status"] == "FAILED"
    assert [describe(cloud, f"{parent}:{index}")["statusReason"] for index in range(9)] == ["enough"] * 9


def test_waiting_job_can_be_cancelled(cloud: Cloud) -> None:
    """A job that waits for another ends when it is cancelled, without having run."""
    blocker = submit(cloud, "slow-blocker.csv")
    waiting = submit(cloud, "cancelled.csv", dependsOn=[{"jobId": blocker}])
    eventually(lambda: describe(cloud, waiting)["status"] == "PENDING")
    batch = cloud.session().client("batch")
    batch.cancel_job(jobId=waiting, reason="not needed")
    job = ended(cloud, waiting)
    batch.terminate_job(jobId=blocker, reason="done")
    assert (job["status"], job["statusReason"], job["attempts"]) == ("FAILED", "not needed", [])
    assert ended(cloud, blocker)["status"] == "FAILED"


def test_unknown_image_fails_as_if_it_could_not_be_pulled(cloud: Cloud) -> None:
    """An image of another registry, or a tag that was never built, fails with ECS's words."""
    batch = cloud.session().client("batch")
    for number, image in enumerate(("busybox", f"{cloud.account}.dkr.ecr.us-east-1.amazonaws.com/sample:other")):
        batch.register_job_definition(
            jobDefinitionName=f"foreign-{number}",
            type="container",
            containerProperties={
                "image": image,
                "resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "64"}],
            },
        )
        job_id = batch.submit_job(jobName="foreign", jobQueue=cloud.outputs["JobQueue"], jobDefinition=f"foreign-{number}")["jobId"]
        job = ended(cloud, job_id)
        assert job["statusReason"] == "Task failed to start"
        assert job["attempts"][0]["container"]["reason"].startswith("CannotPullContainerError")


def test_job_of_an_unknown_queue_is_refused(cloud: Cloud) -> None:
    """SubmitJob to a queue that does not exist is a ClientException, as on AWS."""
    with pytest.raises(ClientError, match="does not exist"):
        cloud.session().client("batch").submit_job(jobName="some", jobQueue="none", jobDefinition=cloud.outputs["Job"])
