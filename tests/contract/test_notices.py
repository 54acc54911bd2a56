"""Messages to the owner: in plain words, once, and within the limits of SNS."""

from __future__ import annotations

import json
import time
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from contract import ledger as ledger_module
from contract.errors import PlatformError
from contract.ledger import Ledger
from contract.notices import MAX_SUBJECT, PER_SECOND, RECEIVED_PER_MINUTE, Notices
from contract.records import START_SECONDS, Job, JobKind, JobStatus
from contract.wording import printable


class _Inbox:
    """A topic and the queue in which its messages arrive."""

    def __init__(self) -> None:
        self.sns = boto3.client("sns")
        self.topic = self.sns.create_topic(Name="owner")["TopicArn"]
        self._sqs = boto3.client("sqs")
        self._queue = self._sqs.create_queue(QueueName="inbox")["QueueUrl"]
        arn = self._sqs.get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        self.sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=arn)

    def messages(self) -> list[dict[str, Any]]:
        received = self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(message["Body"]) for message in received]


@pytest.fixture
def inbox(aws: None) -> _Inbox:
    """The owner's inbox."""
    return _Inbox()


def _job(  # what a test may choose, by name
    ledger: Ledger,
    status: JobStatus,
    key: str = "claims.csv",
    kind: JobKind = JobKind.PREDICT,
    job_id: str = "predict-x",
    **fields: Any,
) -> Job:
    job = Job(job_id=job_id, kind=kind, classifier="main", status=JobStatus.RECEIVED, bucket="b", key=key, object_version="v")
    claimed = ledger.claim(job)
    assert claimed is not None
    moved = ledger.move(claimed, status, **fields)
    assert moved is not None
    return moved


@pytest.mark.parametrize(
    ("kind", "status", "headline"),
    [
        (JobKind.TRAIN, JobStatus.DONE, "Trained: claims.csv"),
        (JobKind.TRAIN, JobStatus.REFUSED, "Not trained: claims.csv"),
        (JobKind.PREDICT, JobStatus.DONE, "Classified: claims.csv"),
        (JobKind.PREDICT, JobStatus.FAILED, "Not classified: claims.csv"),
    ],
)
def test_the_headline_says_what_became_of_the_file(ledger: Ledger, inbox: _Inbox, kind: JobKind, status: JobStatus, headline: str) -> None:
    """A clerk sees in the list of messages which file it is about and whether it worked."""
    Notices("dev", ledger, inbox.sns, inbox.topic).announce(_job(ledger, status, kind=kind, message="Because."))
    (message,) = inbox.messages()
    assert message["Subject"] == headline
    assert message["Message"].startswith(f"{headline}\n\nBecause.")


def test_the_message_tells_all_that_is_known(ledger: Ledger, inbox: _Inbox) -> None:
    """Sentence, details, where the results lie and how to see more, accents as they are."""
    job = _job(ledger, JobStatus.DONE, "März.csv", message="9 rows.", details="Left out: 1.", results="s3://results/März.csv/")
    Notices("dev", ledger, inbox.sns, inbox.topic).announce(job)
    (message,) = inbox.messages()
    for part in ("Classified: März.csv", "9 rows.", "Left out: 1.", "s3://results/März.csv/", "kit jobs predict-x"):
        assert part in message["Message"]


@pytest.mark.parametrize("key", ["März/größe 文.csv", "line\nend.csv", "bell\x07.csv", "delete\x7f.csv", "x" * 300 + ".csv"])
def test_a_subject_is_what_sns_takes(ledger: Ledger, inbox: _Inbox, key: str) -> None:
    """Printable ASCII, one line, at most a hundred characters, whatever the file is called."""
    Notices("dev", ledger, inbox.sns, inbox.topic).announce(_job(ledger, JobStatus.DONE, key))
    (message,) = inbox.messages()
    assert message["Subject"].startswith("Classified: ")
    assert all(" " <= char <= "~" for char in message["Subject"])
    assert len(message["Subject"]) <= MAX_SUBJECT
    headline, *_ = message["Message"].split("\n\n")
    assert headline == f"Classified: {printable(key)}"


def test_an_end_is_told_once(ledger: Ledger, inbox: _Inbox) -> None:
    """A second delivery of the event that ended a job sends no second message."""
    job = _job(ledger, JobStatus.DONE)
    Notices("dev", ledger, inbox.sns, inbox.topic).announce(job)
    Notices("dev", ledger, inbox.sns, inbox.topic).announce(ledger.job(job.job_id))
    assert len(inbox.messages()) == 1
    assert ledger.job(job.job_id).told_at


def test_a_message_that_did_not_go_out_is_sent_at_the_next_try(ledger: Ledger, inbox: _Inbox) -> None:
    """The record is marked after the message, so that a failing SNS loses none."""
    job = _job(ledger, JobStatus.DONE)
    with pytest.raises(Exception, match="NotFound"):
        Notices("dev", ledger, inbox.sns, f"{inbox.topic}-gone").announce(job)
    Notices("dev", ledger, inbox.sns, inbox.topic).announce(ledger.job(job.job_id))
    assert len(inbox.messages()) == 1


def test_a_file_that_arrived_is_told_once_with_an_estimate(ledger: Ledger, inbox: _Inbox) -> None:
    """Who dropped it learns that it is under way, and is not told again when the event comes twice or the job goes on."""
    notices = Notices("dev", ledger, inbox.sns, inbox.topic)
    waiting = _job(ledger, JobStatus.WAITING, message="It waits.")
    notices.receive(waiting)
    notices.receive(ledger.job(waiting.job_id), "Twice.")
    running = ledger.move(ledger.job(waiting.job_id), JobStatus.RUNNING, message="Being classified.")
    assert running
    notices.receive(running, "That takes a minute.")
    (message,) = inbox.messages()
    assert message["Subject"] == "Received: claims.csv"
    assert message["Message"].startswith("Received: claims.csv\n\nIt waits.\n\n(Job predict-x;")


@pytest.fixture
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The ledger's clock, which stands still until a test moves it."""
    clock = SimpleNamespace(time=lambda: 600.0)
    monkeypatch.setattr(ledger_module, "time", clock)
    return clock


def test_of_hundreds_of_files_only_the_first_are_announced(ledger: Ledger, inbox: _Inbox, stopped_clock: SimpleNamespace) -> None:
    """A few arrivals in a minute are told, more would be noise; nobody waits for a turn."""
    notices = Notices("dev", ledger, inbox.sns, inbox.topic)
    for number in range(RECEIVED_PER_MINUTE + 3):
        notices.receive(_job(ledger, JobStatus.RUNNING, key=f"{number}.csv", job_id=f"predict-{number}"))
    assert len(inbox.messages()) == RECEIVED_PER_MINUTE


def test_of_hundreds_of_messages_each_goes_out_once_and_no_faster_than_addresses_stand(
    ledger: Ledger, inbox: _Inbox, stopped_clock: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SNS switches off an address that gets too many in a second: what waits or ended without a turn is told later, in one message.

    No function fails for it, so no event becomes a dead letter; and nothing is told while whose turn it is may still tell.
    """
    monkeypatch.setattr("contract.notices.PATIENCE_SECONDS", 0)
    notices = Notices("dev", ledger, inbox.sns, inbox.topic)
    stopped_clock.time = time.time
    jobs = [
        _job(ledger, status, f"{number}.csv", job_id=f"predict-{number}", message="Because.\n" * 300)
        for number, status in enumerate([JobStatus.WAITING, JobStatus.REFUSED] * PER_SECOND)
    ]
    stopped_clock.time = lambda: 600.0
    for job in jobs:
        notices.receive(job)
        notices.announce(job)
    assert len(inbox.messages()) == PER_SECOND
    with pytest.raises(PlatformError, match="follows at the next try"):
        notices.tell("Live: classifier 'main'", ["It answers."])
    stopped_clock.time = time.time
    assert ledger.untold(JobKind.PREDICT) == []
    stopped_clock.time = lambda: time.time() + START_SECONDS + 1
    untold = ledger.untold(JobKind.PREDICT)
    assert ledger.untold(JobKind.TRAIN) == []
    monkeypatch.setattr("contract.notices.TOLD_AT_ONCE", len(untold) - 1)
    notices.catch_up(untold)
    first, last = sorted((message["Message"] for message in inbox.messages()), key=len, reverse=True)
    assert first.startswith(f"What became of {PER_SECOND - 1} files\n\nNot classified: 5.csv. Because.\\n")
    assert "Received: 6.csv" in first
    assert "Not classified: 9.csv" in last
    assert len(first) < PER_SECOND * 600
    assert ledger.untold(JobKind.PREDICT) == []
    for job in jobs:
        notices.receive(ledger.job(job.job_id))
        notices.announce(ledger.job(job.job_id))
    assert inbox.messages() == []


def test_what_has_ended_is_not_received_any_more(ledger: Ledger, inbox: _Inbox) -> None:
    """A refusal comes at once; two messages of one moment would be one too many."""
    Notices("dev", ledger, inbox.sns, inbox.topic).receive(_job(ledger, JobStatus.REFUSED), "That takes a minute.")
    assert inbox.messages() == []


def test_an_end_is_measured_once(ledger: Ledger, inbox: _Inbox, capsys: pytest.CaptureFixture[str]) -> None:
    """The line that CloudWatch reads stands alone in the log, and a job whose state changed meanwhile prints none."""
    notices = Notices("dev", ledger, inbox.sns, inbox.topic)
    running = _job(ledger, JobStatus.RUNNING)
    notices.end(running, JobStatus.DONE, message="Done.", rows_in=3)
    with pytest.raises(PlatformError, match="changed at this moment"):
        notices.end(running, JobStatus.FAILED, message="Failed.")
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["Rows"] == 3


def test_a_failure_names_the_command_that_tries_again(ledger: Ledger, inbox: _Inbox) -> None:
    """A refused file would be refused again, so there it is not named."""
    Notices("dev", ledger, inbox.sns, inbox.topic).announce(_job(ledger, JobStatus.FAILED, message="No machine."))
    (message,) = inbox.messages()
    assert "No machine.\n\nTo try once more: 'kit retry predict-x', or drop the file again." in message["Message"]


@pytest.mark.parametrize("status", [JobStatus.WAITING, JobStatus.RUNNING])
def test_nothing_is_told_before_the_end(ledger: Ledger, inbox: _Inbox, status: JobStatus) -> None:
    """A job under way is no news."""
    Notices("dev", ledger, inbox.sns, inbox.topic).announce(_job(ledger, status))
    assert inbox.messages() == []


def test_a_job_ends_and_is_told_however_much_there_is_to_say(inbox: _Inbox, ledger: Ledger) -> None:
    """DynamoDB takes 400 KB and SNS 256: a sentence beyond that would keep the job running for ever."""
    job = _job(ledger, JobStatus.RUNNING, message="x" * 500_000)
    Notices("dev", ledger, inbox.sns, inbox.topic).end(job, JobStatus.DONE, message="𐎀" * 500_000, details="y" * 500_000)
    told = ledger.job("predict-x")
    assert told.told_at
    assert (told.message[-1], told.details[-1]) == ("…", "…")
    (message,) = inbox.messages()
    assert len(message["Message"].encode()) < 256 * 1024
