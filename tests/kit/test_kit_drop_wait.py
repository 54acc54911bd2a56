"""`kit drop --wait` and `--out`: how a job is followed, what is fetched, and how it ends."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from kit_account import Account, Answer, intercept

from contract.metrics import metric_line
from contract.records import JobKind, JobStatus
from contract.training_log import REPORTING, epoch_done, steps_done, wide_part_learns
from kit.job_progress import LOG_GROUP

Kit = Callable[..., Answer]

FETCHED = ["claims (2)_rejected.csv", "claims (2)_results.csv", "claims (2)_review.jsonl", "claims (2)_summary.json"]


def test_wait_follows_to_the_end_and_fetches(account: Account, kit: Kit, claims: Path, tmp_path: Path) -> None:
    """--out brings results of the summary's version, rejected rows and summary, and says what it cost."""
    account.then = [lambda: None, partial(account.classify, "claims (2).csv")]
    answer = kit("drop", claims, "--to", "predict", "--out", tmp_path / "out")
    assert answer.status == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "claims (2)_rejected.csv",
        "claims (2)_results.csv",
        "claims (2)_review.jsonl",
        "claims (2)_summary.json",
    ]
    assert (tmp_path / "out" / "claims (2)_results.csv").read_bytes() == b"text,predicted_label\r\na,x\r\n"
    assert "Done: 1 rows classified by model v1." in answer.output
    assert "1 min 05 s" in answer.output
    assert "and cost less than 0.01 USD." in answer.output
    shown = [line.split(maxsplit=1)[0] for line in answer.output.splitlines() if f"{tmp_path}" in line]
    assert shown == ["results", "unreadable", "rows", "summary"]


def test_rejected_rows_of_an_earlier_file_do_not_stay(account: Account, kit: Kit, claims: Path, tmp_path: Path) -> None:
    """When the same name comes back without rejected rows, no old ones lie beside the new result; other files stay."""
    out = tmp_path / "out"
    out.mkdir()
    for name in ("claims (2)_rejected.csv", "others_rejected.csv"):
        (out / name).write_text("old")
    account.then = [partial(account.classify, "claims (2).csv", has_rejected=False)]
    assert kit("drop", claims, "--to", "predict", "--out", out).status == 0
    assert sorted(path.name for path in out.iterdir()) == [
        "claims (2)_results.csv",
        "claims (2)_review.jsonl",
        "claims (2)_summary.json",
        "others_rejected.csv",
    ]


def test_wait_without_out_says_where_the_results_lie(account: Account, kit: Kit, claims: Path) -> None:
    """Nothing is written to this machine that nobody asked for."""
    account.then = [partial(account.classify, "claims (2).csv")]
    assert "The results lie in s3://the-results/claims (2).csv/" in kit("drop", claims, "--to", "predict", "--wait").output


def test_json_of_a_followed_job(account: Account, kit: Kit, claims: Path, tmp_path: Path) -> None:
    """A script gets the ledger's record and the fetched files, and nothing else on stdout."""
    account.then = [partial(account.classify, "claims (2).csv")]
    answer = kit("drop", claims, "--to", "predict", "--out", tmp_path / "out", "--json").json
    assert (answer["status"], answer["rows_rejected"]) == ("done", 1)
    assert [Path(path).name for path in answer["fetched"]] == [
        "claims (2)_results.csv",
        "claims (2)_rejected.csv",
        "claims (2)_review.jsonl",
        "claims (2)_summary.json",
    ]


@pytest.mark.parametrize(("status", "exit_status"), [(JobStatus.REFUSED, 2), (JobStatus.FAILED, 1), (JobStatus.DONE, 0)])
def test_exit_status_tells_the_end(account: Account, kit: Kit, claims: Path, status: JobStatus, exit_status: int) -> None:
    """Refused is 2, failed 1, done 0, each with the ledger's sentence."""
    account.then = [partial(account.end, JobKind.TRAIN, "claims (2).csv", status, "One class only.", details="Left out: 2 rows.")]
    answer = kit("drop", claims, "--to", "train", "--wait")
    assert answer.status == exit_status
    assert f"{status.capitalize()}: One class only." in answer.output
    assert "Left out: 2 rows." in answer.output


def _wait_for_a_model(account: Account) -> None:
    job = account.claim_latest(JobKind.PREDICT, "claims (2).csv")
    account.ledger.move(job, JobStatus.WAITING, message="Waiting for a first model.")


def test_a_file_without_a_model_is_left_waiting(account: Account, kit: Kit, claims: Path) -> None:
    """--wait does not hang until somebody trains: it says so, and a script sees that there is no result yet."""
    account.then = [partial(_wait_for_a_model, account)]
    answer = kit("drop", claims, "--to", "predict", "--wait")
    assert answer.status == 1
    assert "Waiting: Waiting for a first model." in answer.output


def test_timeout_waits_for_a_model_too_but_no_longer(account: Account, kit: Kit, claims: Path) -> None:
    """With --timeout the command waits on and fails when the time is over; the job goes on."""
    account.then = [partial(_wait_for_a_model, account)]
    answer = kit("drop", claims, "--to", "predict", "--timeout", "0.2")
    assert answer.status == 1
    assert "has not ended after 0 s. It goes on" in answer.errors


def test_a_file_whose_job_never_starts_is_said(account: Account, kit: Kit, claims: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When no job appears, the command does not wait for ever."""
    monkeypatch.setattr("kit.follow.NOTICE_SECONDS", 0)
    answer = kit("drop", claims, "--to", "predict", "--wait")
    assert answer.status == 1
    assert "no job started for it" in answer.errors


def test_an_interrupt_leaves_the_job_alone(account: Account, kit: Kit, claims: Path) -> None:
    """Ctrl-C while waiting says that the job goes on."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    account.then = [interrupt]
    answer = kit("drop", claims, "--to", "train", "--wait")
    assert answer.status == 1
    assert "The job goes on. 'kit jobs train-claims-2-" in answer.errors


def test_a_log_gets_a_line_per_change(account: Account, kit: Kit, claims: Path) -> None:
    """Where nobody watches, each state is said once."""

    def start() -> None:
        account.ledger.move(account.claim_latest(JobKind.TRAIN, "claims (2).csv"), JobStatus.RUNNING)

    def end() -> None:
        (job,) = account.ledger.jobs()
        account.ledger.move(job, JobStatus.DONE, message="Published.")

    account.then = [start, lambda: None, lambda: None, end]
    answer = kit("drop", claims, "--to", "train", "--wait")
    assert [line.partition(": ")[2] for line in answer.errors.splitlines()] == ["training"]


def test_whoever_waits_sees_the_training_go_on(account: Account, kit: Kit, claims: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each state of the training job and each epoch of its log is a line, once; metrics and the words of others are none."""
    logs, state = account.session.client("logs"), "Starting"
    logs.create_log_group(logGroupName=LOG_GROUP)
    logs.create_log_stream(logGroupName=LOG_GROUP, logStreamName="the-training/algo-1-1")
    moments = count(int(time.time() * 1000))

    def describe(before: Callable[..., Any], client: Any, operation: str, given: dict[str, Any]) -> Any:
        return {"SecondaryStatus": state} if operation == "DescribeTrainingJob" else before(client, operation, given)

    intercept(monkeypatch, describe)

    def start() -> None:
        job = account.claim_latest(JobKind.TRAIN, "claims (2).csv")
        account.ledger.move(job, JobStatus.RUNNING, platform_id="the-training", message="Training model v1.")

    def go_on(to: str, *lines: str) -> None:
        nonlocal state
        state = to
        events = [{"timestamp": next(moments), "message": line} for line in lines]
        logs.put_log_events(logGroupName=LOG_GROUP, logStreamName="the-training/algo-1-1", logEvents=events)

    def end() -> None:
        go_on("Completed", epoch_done(2, 2, 11.0), REPORTING)
        (job,) = account.ledger.jobs()
        account.ledger.move(job, JobStatus.DONE, message="Published.")

    account.then = [
        start,
        lambda: None,
        partial(go_on, "Training", "20 words known", wide_part_learns(9000, 2), steps_done(1, 3, 9, 30.0), metric_line("train:loss", 1.0)),
        partial(go_on, "Training", epoch_done(1, 2, 90.0), "[00:00:00] an epoch of somebody else's"),
        end,
    ]
    answer = kit("drop", claims, "--to", "train", "--wait")
    assert [line.partition(": ")[2] for line in answer.errors.splitlines()] == [
        "Training model v1.",
        "waiting for a machine",
        "beside the epochs: the wide part, a linear model, learns 2 labels from 9,000 rows",
        "epoch 1: 3 of 9 steps, 30 s",
        "training",
        "epoch 1 of at most 2 done in 90 s",
        "epoch 2 of at most 2 done in 11 s",
        "beside the epochs: comparing, and writing the report",
    ]
