"""`kit retry`: another run of a job where that makes sense, a sentence where it does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.client import BaseClient
from kit_account import Account, Answer, intercept
from pretended_functions import Functions

from contract.events import BatchJobState, ObjectCreated, TrainingJobState
from contract.records import START_ATTEMPTS, Job, JobKind, JobStatus

Kit = Callable[..., Answer]


def _job(account: Account, status: JobStatus, kind: JobKind = JobKind.PREDICT, **changes: Any) -> Job:
    bucket = account.deployment.train_bucket if kind == JobKind.TRAIN else account.deployment.predict_bucket
    account.s3.put_object(Bucket=bucket, Key="März/claims.csv", Body=b"text\na\n")
    moved = account.ledger.move(account.claim_latest(kind, "März/claims.csv"), status, **{"message": "Because.", **changes})
    assert moved
    return moved


@pytest.mark.parametrize(("kind", "function"), [(JobKind.TRAIN, "tck-dev-start-training"), (JobKind.PREDICT, "tck-dev-start-prediction")])
def test_a_failed_job_begins_another_run(account: Account, functions: Functions, kit: Kit, kind: JobKind, function: str) -> None:
    """The ledger counts the run and says who began it; the function that starts such jobs gets the event of the same version."""
    failed = _job(account, JobStatus.FAILED, kind, cost_usd=0.25)
    answer = kit("retry", failed.job_id)
    assert answer.status == 0
    assert f"kit jobs {failed.job_id}" in answer.output
    again = account.ledger.job(failed.job_id)
    assert (again.status, again.run, again.earlier_usd) == (JobStatus.RECEIVED, 2, 0.25)
    assert "Started once more by" in again.message
    dropped = ObjectCreated(failed.bucket, failed.key, failed.object_version, failed.size, failed.sequencer)
    ((name, invocation, event),) = functions.calls
    assert (name, invocation, ObjectCreated.from_event(event)) == (function, "Event", dropped)


@pytest.mark.parametrize(
    ("status", "changes", "words"),
    [
        (JobStatus.DONE, {}, "is done: Because. To have it done anew, drop the file again"),
        (JobStatus.RECEIVED, {"lease_until": 10**11}, "is being started at this moment"),
        (JobStatus.WAITING, {}, "runs by itself once there is one: Because."),
        (JobStatus.REFUSED, {}, "would be refused again: Because. Mend the file and drop it."),
    ],
)
def test_where_a_retry_makes_no_sense_it_says_why(
    account: Account, functions: Functions, kit: Kit, status: JobStatus, changes: dict[str, Any], words: str
) -> None:
    """Bad input with what to do instead; the record stays as it is and nobody is called."""
    job = _job(account, status, **changes)
    answer = kit("retry", job.job_id)
    assert answer.status == 2
    assert words in answer.errors
    assert (account.ledger.job(job.job_id), functions.calls) == (job, [])


def test_a_refused_job_is_retried_when_the_settings_were_to_blame(account: Account, functions: Functions, kit: Kit) -> None:
    """--anyway asserts it."""
    job = _job(account, JobStatus.REFUSED)
    assert kit("retry", job.job_id, "--anyway").status == 0
    assert account.ledger.job(job.job_id).run == 2


def test_a_file_that_waits_although_there_is_a_model_is_started(account: Account, functions: Functions, kit: Kit) -> None:
    """The event that told of the model was lost; no new run is counted, for there was none."""
    job = _job(account, JobStatus.WAITING)
    account.add_model(1)
    account.use(1)
    assert kit("retry", job.job_id).status == 0
    assert len(functions.calls) == 1
    assert account.ledger.job(job.job_id) == job


def test_a_stranded_job_is_started_again(account: Account, functions: Functions, kit: Kit) -> None:
    """`kit jobs` shows it as not started, with the remedy, and the retry sends the event without a new run."""
    job = _job(account, JobStatus.RECEIVED, attempts=START_ATTEMPTS, message="It could not be started (Throttled).")
    listed = kit("jobs").output
    assert "not started" in listed
    assert "(Throttled)" in listed
    assert kit("retry", job.job_id).status == 0
    assert len(functions.calls) == 1
    assert account.ledger.job(job.job_id).run == 1


def test_a_job_whose_start_broke_off_once_is_shown_as_not_started(account: Account, functions: Functions, kit: Kit) -> None:
    """Its first attempt died without a word, or no event reached a function: `kit jobs`, `--wait` and the retry all know it."""
    job = _job(account, JobStatus.RECEIVED, attempts=0, updated_at="2026-11-21T08:00:00.000+00:00")
    listed = " ".join(kit("jobs", job.job_id).output.split())
    assert "not started" in listed
    assert f"broke off without a word. Before: Because. 'kit replay' starts what has an event left, 'kit retry {job.job_id}'" in listed
    assert "was not started. Whoever began" in kit("retry", job.job_id, "--wait").errors
    assert len(functions.calls) == 1


def test_nobody_waits_for_a_job_that_no_one_will_start(account: Account, functions: Functions, kit: Kit) -> None:
    """`--wait` ends with the reason instead of watching for ever."""
    job = _job(account, JobStatus.RECEIVED, attempts=START_ATTEMPTS, message="")
    answer = kit("retry", job.job_id, "--wait")
    assert answer.status == 1
    assert "was not started" in answer.errors
    assert "'kit replay'" in answer.errors


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Any]]:
    """What SageMaker and Batch answer, by operation."""
    answers: dict[str, dict[str, Any]] = {}

    def answer(before: Callable[..., Any], client: BaseClient, operation: str, given: dict[str, Any]) -> Any:
        return answers[operation] if operation in answers else before(client, operation, given)

    intercept(monkeypatch, answer)
    return answers


@pytest.mark.parametrize(
    ("kind", "answers"),
    [
        (JobKind.TRAIN, {"DescribeTrainingJob": {"TrainingJobStatus": "InProgress"}}),
        (JobKind.PREDICT, {"DescribeJobs": {"jobs": [{"jobId": "b", "status": "RUNNABLE"}]}}),
    ],
)
def test_a_job_that_runs_is_left_alone(
    account: Account, functions: Functions, platform: dict[str, Any], kit: Kit, kind: JobKind, answers: dict[str, Any]
) -> None:
    """SageMaker and Batch are asked, not the ledger alone."""
    platform |= answers
    job = _job(account, JobStatus.RUNNING, kind, platform_id="b")
    answer = kit("retry", job.job_id)
    assert (answer.status, "is running" in answer.errors) == (2, True)
    assert (account.ledger.job(job.job_id), functions.calls) == (job, [])


@pytest.mark.parametrize(
    ("kind", "answers", "function", "parser"),
    [
        (JobKind.TRAIN, {"DescribeTrainingJob": {"TrainingJobStatus": "Failed"}}, "tck-dev-publish-model", TrainingJobState),
        (
            JobKind.PREDICT,
            {"DescribeJobs": {"jobs": [{"jobId": "b", "jobName": "n", "status": "FAILED"}]}},
            "tck-dev-report-prediction",
            BatchJobState,
        ),
    ],
)
def test_an_end_that_nobody_heard_is_told_once_more(  # a row of the table and four fixtures
    account: Account,
    functions: Functions,
    platform: dict[str, Any],
    kit: Kit,
    kind: JobKind,
    answers: dict[str, Any],
    function: str,
    parser: Any,
) -> None:
    """The function that hears of ends gets an event that it can read; no new run is begun."""
    platform |= answers
    job = _job(account, JobStatus.RUNNING, kind, platform_id="b")
    answer = kit("retry", job.job_id)
    assert (answer.status, "nobody had heard" in answer.output) == (0, True)
    ((name, _, event),) = functions.calls
    assert (name, parser.from_event(event).status) == (function, answers[next(iter(answers))].get("TrainingJobStatus", "FAILED"))
    assert account.ledger.job(job.job_id) == job


def test_the_end_of_a_step_that_nobody_heard_starts_the_next(
    account: Account, functions: Functions, platform: dict[str, Any], kit: Kit
) -> None:
    """Of three jobs of a training the first has ended well: who starts trainings hears of it, not who publishes models."""
    platform["DescribeTrainingJob"] = {"TrainingJobStatus": "Completed"}
    step = "tck-dev-train-claims-0123456789ab-prepare"
    job = _job(account, JobStatus.RUNNING, JobKind.TRAIN, platform_id=step)
    assert kit("retry", job.job_id).status == 0
    ((name, _, event),) = functions.calls
    assert (name, TrainingJobState.from_event(event).name) == ("tck-dev-start-training", step)


def test_a_job_that_batch_has_forgotten_begins_another_run(
    account: Account, functions: Functions, platform: dict[str, Any], kit: Kit
) -> None:
    """After some days nobody can tell how it ended."""
    platform["DescribeJobs"] = {"jobs": []}
    job = _job(account, JobStatus.RUNNING, platform_id="b")
    assert kit("retry", job.job_id).status == 0
    assert account.ledger.job(job.job_id).run == 2


def test_a_deleted_version_cannot_be_retried(account: Account, functions: Functions, kit: Kit) -> None:
    """What is gone can only be dropped again."""
    job = _job(account, JobStatus.FAILED)
    account.s3.delete_object(Bucket=job.bucket, Key=job.key, VersionId=job.object_version)
    answer = kit("retry", job.job_id)
    assert (answer.status, "is deleted. Drop the file again" in answer.errors) == (2, True)
    assert account.ledger.job(job.job_id) == job


def test_a_retry_can_be_followed_to_its_end(account: Account, functions: Functions, kit: Kit) -> None:
    """--wait shows how the new run ends, with the exit status of a drop."""
    job = _job(account, JobStatus.FAILED)
    account.then += [lambda: account.ledger.move(account.ledger.job(job.job_id), JobStatus.FAILED, message="No machine again.")]
    answer = kit("retry", job.job_id, "--wait", "--json")
    assert answer.status == 1
    assert (answer.json["message"], answer.json["run"]) == ("No machine again.", 2)
    assert f"'kit retry {job.job_id}' starts it once more" in kit("jobs", job.job_id).output
