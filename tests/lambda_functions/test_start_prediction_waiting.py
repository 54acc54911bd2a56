"""start_prediction: files that came before their first model start when it is published, each once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError
from deployed_functions import Deployed, Event

from contract.errors import PlatformError
from contract.events import SCHEDULED, ModelPublished
from contract.records import JobStatus, Model


def _published(model: Model) -> Event:
    entry = ModelPublished("dev", model.classifier, model.version, model.artifact_uri).to_entry()
    return {"detail-type": entry["DetailType"], "source": entry["Source"], "detail": json.loads(entry["Detail"])}


def test_a_file_without_a_model_waits_and_runs_when_one_is_published(deployed: Deployed) -> None:
    """Nothing is lost that was dropped too early, and the owner is not told of an end that is none."""
    event = deployed.drop("predict", "claims.csv")
    deployed.invoke("start_prediction", event)
    waiting = deployed.job(event)
    assert waiting.status == JobStatus.WAITING
    assert "Drop a labelled file for it" in waiting.message
    assert (deployed.batch_jobs, deployed.messages()) == ({}, [])
    (received,) = deployed.received()
    assert "has no model yet" in received
    model = deployed.add_model(1)
    for _ in range(2):
        deployed.invoke("start_prediction", _published(model))
    job = deployed.job(event)
    assert (job.status, job.model_version, deployed.ledger.waiting("main")) == (JobStatus.RUNNING, 1, [])
    assert len(deployed.batch_jobs) == 1


def test_a_published_model_runs_the_files_of_its_classifier_only(deployed: Deployed) -> None:
    """Files for another classifier keep waiting."""
    main, tone = (deployed.drop("predict", key) for key in ("claims.csv", "classifiers/tone/claims.csv"))
    deployed.invoke("start_prediction", main)
    deployed.invoke("start_prediction", tone)
    deployed.invoke("start_prediction", _published(deployed.add_model(1, "tone")))
    assert (deployed.job(main).status, deployed.job(tone).status) == (JobStatus.WAITING, JobStatus.RUNNING)


def test_waiting_files_run_on_the_model_that_is_current_by_then(deployed: Deployed) -> None:
    """An event that arrives late names an old model; the ledger names the right one."""
    event = deployed.drop("predict", "claims.csv")
    deployed.invoke("start_prediction", event)
    late = _published(deployed.add_model(1))
    deployed.add_model(2)
    deployed.invoke("start_prediction", late)
    assert deployed.job(event).model_version == 2


def test_a_model_published_between_the_two_looks_is_seen_by_the_second(deployed: Deployed) -> None:
    """Its event found nothing waiting yet, so the dropping side must look again after it marked the file."""
    event = deployed.drop("predict", "claims.csv")
    deployed.before("UpdateItem", lambda: deployed.invoke("start_prediction", _published(deployed.add_model(1))))
    deployed.invoke("start_prediction", event)
    assert deployed.job(event).status == JobStatus.RUNNING
    assert len(deployed.batch_jobs) == 1


@pytest.mark.parametrize("code", ["ThrottlingException", "TooManyRequestsException"])
def test_throttling_at_the_second_look_loses_nothing(deployed: Deployed, code: str) -> None:
    """The model's event is over already, so the retry of the drop itself must start the file that is marked as waiting."""
    event = deployed.drop("predict", "claims.csv")
    deployed.before("UpdateItem", lambda: deployed.add_model(1))
    deployed.fail("SubmitJob", code)
    with pytest.raises(ClientError, match=code):
        deployed.invoke("start_prediction", event)
    assert (deployed.job(event).status, deployed.job(event).lease_until) == (JobStatus.WAITING, 0)
    deployed.invoke("start_prediction", event)
    assert deployed.job(event).status == JobStatus.RUNNING
    assert len(deployed.batch_jobs) == 1


def test_both_sides_at_the_same_moment_submit_once(deployed: Deployed) -> None:
    """The model's event takes the file just before the second look: one job, and neither side fails it."""
    event = deployed.drop("predict", "claims.csv")
    deployed.before("GetItem", lambda: deployed.invoke("start_prediction", _published(deployed.add_model(1))), skip=1)
    with pytest.raises(PlatformError, match="being started by another delivery"):
        deployed.invoke("start_prediction", event)
    deployed.invoke("start_prediction", event)
    assert deployed.job(event).status == JobStatus.RUNNING
    assert len(deployed.batch_jobs) == 1
    assert deployed.messages() == []


def test_a_crash_while_waiting_files_are_started_submits_none_twice(deployed: Deployed) -> None:
    """The retry of the model's event goes on where the first try died."""
    events = [deployed.drop("predict", f"{number}.csv") for number in range(3)]
    for event in events:
        deployed.invoke("start_prediction", event)
    published = _published(deployed.add_model(1))
    deployed.kill("UpdateItem", skip=3)  # lease and record of the first file, lease of the second, then its record
    deployed.killed("start_prediction", published)
    assert len(deployed.batch_jobs) == 2
    deployed.invoke("start_prediction", published)
    assert [deployed.job(event).status for event in events] == [JobStatus.RUNNING] * 3
    assert len(deployed.batch_jobs) == 3


def _refused_by_batch(deployed: Deployed) -> None:
    """A queue that is disabled takes no job, and never will by itself."""
    deployed.fail("SubmitJob", "ClientException")


@pytest.mark.parametrize("is_killed", [True, False])
def test_a_waiting_file_that_fails_when_its_turn_comes_is_told_of(
    deployed: Deployed, is_killed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The queue is disabled, and the message fails or the time is over between record and message: it is told by the hour, once."""
    event = deployed.drop("predict", "claims.csv")
    deployed.invoke("start_prediction", event)
    published = _published(deployed.add_model(1))
    _refused_by_batch(deployed)
    if is_killed:
        deployed.kill("Publish")
        deployed.killed("start_prediction", published)
    else:
        deployed.fail("Publish", "ThrottlingException")
        with pytest.raises(PlatformError, match="tried again"):
            deployed.invoke("start_prediction", published)
    assert (deployed.job(event).status, deployed.messages()) == (JobStatus.FAILED, [])
    deployed.invoke("start_prediction", published)
    assert deployed.messages() == []
    monkeypatch.setattr(deployed, "_ListJobs", lambda client, given: {"jobSummaryList": []})
    monkeypatch.setattr("contract.records.START_SECONDS", -1)
    for _ in range(2):
        deployed.invoke("report_prediction", {"detail-type": SCHEDULED, "source": "aws.events", "detail": {}})
    (message,) = deployed.messages()
    assert "AWS Batch does not accept the job" in message
    told = deployed.job(event)
    assert told.told_at
    assert (told.waiting_since, deployed.ledger.waiting("main")) == ("", [])


def test_more_waiting_files_than_there_is_time_for_are_started_by_the_next_try(deployed: Deployed) -> None:
    """A function stops before its time is over, says how many are left, and the event comes again."""
    events = [deployed.drop("predict", f"{number}.csv") for number in range(5)]
    for event in events:
        deployed.invoke("start_prediction", event)
    published = _published(deployed.add_model(1))

    def pass_time() -> None:
        deployed.remaining_milliseconds = 19_000

    deployed.before("SubmitJob", pass_time, skip=1)
    with pytest.raises(PlatformError, match="no time for 3 files"):
        deployed.invoke("start_prediction", published)
    assert len(deployed.batch_jobs) == 2
    deployed.remaining_milliseconds = 90_000
    deployed.invoke("start_prediction", published)
    assert [deployed.job(event).status for event in events] == [JobStatus.RUNNING] * 5
    assert len(deployed.batch_jobs) == 5


def test_one_waiting_file_that_cannot_start_does_not_hold_up_the_others(deployed: Deployed) -> None:
    """The others run; the error names the one, so that the event is tried again."""
    events = [deployed.drop("predict", f"{number}.csv") for number in range(3)]
    for event in events:
        deployed.invoke("start_prediction", event)
    published = _published(deployed.add_model(1))
    deployed.fail("SubmitJob", "TooManyRequestsException", skip=1)
    with pytest.raises(PlatformError, match=rf"tried again\. {deployed.job(events[1]).job_id}: "):
        deployed.invoke("start_prediction", published)
    assert [deployed.job(event).status for event in events] == [JobStatus.RUNNING, JobStatus.WAITING, JobStatus.RUNNING]
    deployed.invoke("start_prediction", published)
    assert deployed.job(events[1]).status == JobStatus.RUNNING


def test_a_lost_connection_does_not_hold_up_the_others_either(deployed: Deployed) -> None:
    """botocore has errors of its own when no answer came at all, however often it is asked."""

    def disconnect() -> None:
        raise EndpointConnectionError(endpoint_url="https://batch")

    deployed.monkeypatch.setattr("time.sleep", lambda seconds: None)

    events = [deployed.drop("predict", f"{number}.csv") for number in range(2)]
    for event in events:
        deployed.invoke("start_prediction", event)
    for _ in range(2):
        deployed.before("SubmitJob", disconnect)
    with pytest.raises(PlatformError, match="tried again"):
        deployed.invoke("start_prediction", _published(deployed.add_model(1)))
    assert [deployed.job(event).status for event in events] == [JobStatus.WAITING, JobStatus.RUNNING]


def test_a_job_whose_answer_got_lost_is_not_submitted_twice(deployed: Deployed) -> None:
    """Batch has it already, though the connection broke and its list lags: it is found by its name, without another try of the function."""

    submit = Deployed._SubmitJob
    for _ in range(2):
        deployed.answer("ListJobs", {"jobSummaryList": []})

    def lose(services: Deployed, client: BaseClient, given: dict[str, Any]) -> dict[str, Any]:
        submit(services, client, given)
        raise ConnectionClosedError(endpoint_url="https://batch")

    deployed.monkeypatch.setattr("time.sleep", lambda seconds: None)
    deployed.monkeypatch.setattr(Deployed, "_SubmitJob", lose)
    deployed.add_model(1)
    event = deployed.drop("predict", "claims.csv")
    deployed.invoke("start_prediction", event)
    assert (deployed.job(event).status, deployed.job(event).attempts, len(deployed.batch_jobs)) == (JobStatus.RUNNING, 1, 1)
