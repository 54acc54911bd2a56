"""report_prediction, woken by the hour: jobs that no machine takes end, and their owner is told."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.client import BaseClient
from deployed_functions import Deployed
from reported_predictions import predict

from contract.events import SCHEDULED
from contract.records import JobStatus

HOURLY = {"detail-type": SCHEDULED, "source": "aws.events", "detail": {}}
MINUTE = 60.0


@dataclass
class Queue:
    """What lies in the queue. Times are minutes ago."""

    jobs: list[dict[str, Any]] = field(default_factory=list)

    def put(
        self, job_id: str, status: str, *, created: float, name: str = "tck-dev-predict-a-0123456789ab", **times: float
    ) -> dict[str, Any]:
        """A job, or a child of an array if its id says so; `startedAt` and `stoppedAt` are optional."""
        job: dict[str, Any] = {"jobId": job_id, "jobName": name, "status": status, "createdAt": ago(created)}
        job |= {moment: ago(minutes) for moment, minutes in times.items()}
        self.jobs.append(job)
        return job

    def list_jobs(self, client: BaseClient, given: dict[str, Any]) -> dict[str, Any]:
        """Those of the queue, or the children of one array, which the queue does not list."""
        parent = given.get("arrayJobId", "")
        assert parent or given["jobQueue"].endswith("/queue")
        found = [job for job in self.jobs if job["status"] == given["jobStatus"] and parent == ":".join(job["jobId"].split(":")[:-1])]
        return {"jobSummaryList": [{name: value for name, value in job.items() if name != "attempts"} for job in found]}

    def describe_jobs(self, client: BaseClient, given: dict[str, Any]) -> dict[str, Any]:
        """With their attempts."""
        assert len(given["jobs"]) <= 100
        return {"jobs": [job for job in self.jobs if job["jobId"] in given["jobs"]]}


def ago(minutes: float) -> int:
    """In Batch's milliseconds."""
    return int((time.time() - minutes * MINUTE) * 1000)


@pytest.fixture
def queue(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> Queue:
    """The queue of the deployment, empty."""
    found = Queue()
    monkeypatch.setattr(deployed, "_ListJobs", found.list_jobs)
    monkeypatch.setattr(deployed, "_DescribeJobs", found.describe_jobs, raising=False)
    return found


def test_a_job_that_no_machine_takes_is_cancelled_and_told(deployed: Deployed, queue: Queue) -> None:
    """Even when Batch gives no reason: its end comes as any other does, in a sentence that says what to do."""
    job = predict(deployed)
    queue.put("waits", "RUNNABLE", created=61, name=f"tck-dev-{job.run_id}")
    deployed.invoke("report_prediction", HOURLY)
    (request,) = deployed.requests("TerminateJob")
    assert (request["jobId"], request["reason"]) == (
        "waits",
        "No machine took the job within 60 minutes: AWS Batch does not say why",
    )
    deployed.invoke("report_prediction", deployed.end_prediction(job, "FAILED", request["reason"]))
    ended = deployed.reread(job)
    assert ended.status == JobStatus.FAILED
    assert "No machine took the job in time" in ended.message
    assert "'kit doctor'" in deployed.messages()[0]


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        ("MISCONFIGURATION:SERVICE_ROLE_PERMISSIONS - Batch's role lacks rights.", "lacks a permission that it needs to start machines"),
        ("ACTION_REQUIRED - Something is to be done.", "No machine took the job in time"),
        ("UNDETERMINED - Batch cannot tell.", "No machine took the job in time"),
        ("CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - none free.", "No machine was free for the job in time"),
    ],
)
def test_what_batch_knows_decides_the_sentence(deployed: Deployed, queue: Queue, reason: str, sentence: str) -> None:
    """Its own reason travels with the cancellation, however long it is."""
    job = predict(deployed)
    queue.put("waits", "RUNNABLE", created=90, name=f"tck-dev-{job.run_id}")["statusReason"] = reason + "x" * 2000
    deployed.invoke("report_prediction", HOURLY)
    (request,) = deployed.requests("TerminateJob")
    deployed.invoke("report_prediction", deployed.end_prediction(job, "FAILED", request["reason"]))
    assert sentence in deployed.reread(job).message


def test_a_part_that_no_machine_takes_ends_its_whole_array(deployed: Deployed, queue: Queue) -> None:
    """The queue lists the array as pending and none of its parts; one request ends all of them."""
    queue.put("array", "PENDING", created=90)["arrayProperties"] = {"size": 3}
    queue.put("join", "PENDING", created=90)
    for index in range(3):
        queue.put(f"array:{index}", "RUNNABLE", created=90)
    deployed.invoke("report_prediction", HOURLY)
    assert deployed.batch_stopped == ["array"]


@pytest.mark.parametrize(
    "others",
    [
        pytest.param([("other", "RUNNING", {"startedAt": 200.0})], id="another is at work"),
        pytest.param([("other", "STARTING", {})], id="another starts"),
        pytest.param([("array", "PENDING", {}), ("array:0", "RUNNING", {"startedAt": 5.0})], id="a part of another is at work"),
        pytest.param([("other", "SUCCEEDED", {"startedAt": 50.0, "stoppedAt": 30.0})], id="another has just ended"),
        pytest.param([("array", "PENDING", {}), ("array:0", "FAILED", {"startedAt": 50.0, "stoppedAt": 30.0})], id="a part has just ended"),
    ],
)
def test_a_job_may_wait_for_its_turn(deployed: Deployed, queue: Queue, others: list[tuple[str, str, dict[str, float]]]) -> None:
    """A machine that works on one job after the other will come to it, however long that takes."""
    queue.put("waits", "RUNNABLE", created=500)
    for job_id, status, times in others:
        job = queue.put(job_id, status, created=500, **times)
        if job_id == "array":
            job["arrayProperties"] = {"size": 2}
    deployed.invoke("report_prediction", HOURLY)
    assert deployed.batch_stopped == []


def test_a_reclaimed_machine_is_no_sign_of_a_queue_that_stands_still(deployed: Deployed, queue: Queue) -> None:
    """One job was at work a moment ago and waits for another machine, and those behind it wait with it."""
    queue.put("reclaimed", "RUNNABLE", created=500)["attempts"] = [{"startedAt": ago(300), "stoppedAt": ago(2)}]
    queue.put("waits", "RUNNABLE", created=500)
    deployed.invoke("report_prediction", HOURLY)
    assert deployed.batch_stopped == []


def test_what_was_cancelled_while_it_waited_is_no_sign_of_life(deployed: Deployed, queue: Queue) -> None:
    """Only a job that had a machine shows that there is one; and a stranger's job is left alone."""
    queue.put("cancelled", "FAILED", created=500, stoppedAt=3.0)
    queue.put("waits", "RUNNABLE", created=500)
    queue.put("stranger", "RUNNABLE", created=500, name="somebody-elses")
    queue.put("young", "RUNNABLE", created=59)
    deployed.invoke("report_prediction", HOURLY)
    assert deployed.batch_stopped == ["waits"]


def test_an_empty_queue_costs_four_questions(deployed: Deployed, queue: Queue) -> None:
    """Hour by hour nothing is there: no more is asked."""
    deployed.calls.clear()
    deployed.invoke("report_prediction", HOURLY)
    assert [name for name, _ in deployed.calls] == ["Query", "ListJobs", "ListJobs", "Query"]
