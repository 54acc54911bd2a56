"""The ledger: every change happens once, whatever is delivered twice."""

from __future__ import annotations

import time
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from ledger_records import a_job, claim_job, move_job

from contract import ledger as ledger_module
from contract.errors import PlatformError, UserError
from contract.ledger import BY_CREATED, BY_WAITING, LEASE_SECONDS, Ledger
from contract.records import FINAL, START_ATTEMPTS, START_SECONDS, JobStatus


def _let_leases_expire(monkeypatch: pytest.MonkeyPatch) -> None:
    later = time.time() + LEASE_SECONDS + 2
    monkeypatch.setattr(ledger_module, "time", SimpleNamespace(time=lambda: later))


class TestJobs:
    """Claiming, leasing and moving jobs."""

    def test_a_claimed_job_is_read_back_as_it_was_returned(self, ledger: Ledger) -> None:
        """The record in the table is the one that the caller goes on with."""
        claimed = claim_job(ledger, a_job(size=3 * 1024**3, sequencer="0A"))
        assert ledger.job(claimed.job_id) == claimed
        assert (claimed.status, claimed.attempts) == (JobStatus.RECEIVED, 1)
        assert claimed.lease_until > time.time()
        assert claimed.created_at == claimed.updated_at != ""

    def test_a_second_delivery_must_wait_while_the_first_is_at_work(self, ledger: Ledger) -> None:
        """Nobody starts a job while another holds its lease; the error makes the queue try again."""
        claim_job(ledger)
        with pytest.raises(PlatformError, match="being started by another delivery"):
            ledger.claim(a_job())

    def test_a_job_that_was_started_is_claimed_by_nobody(self, ledger: Ledger) -> None:
        """Running and final jobs are left alone by a late delivery of their event."""
        job = claim_job(ledger)
        for status in (JobStatus.RUNNING, *sorted(FINAL)):
            job = move_job(ledger, job, status)
            assert ledger.claim(a_job()) is None
            assert ledger.job(job.job_id) == job

    def test_a_waiting_job_may_be_claimed_again(self, ledger: Ledger) -> None:
        """A delivery tried again takes up the job that its first try left waiting, and the job keeps its place in the queue."""
        waiting = move_job(ledger, claim_job(ledger), JobStatus.WAITING)
        claimed = claim_job(ledger)
        assert (claimed.status, claimed.attempts) == (JobStatus.WAITING, 2)
        again = move_job(ledger, claimed, JobStatus.WAITING)
        assert again.waiting_since == waiting.waiting_since

    def test_an_expired_lease_is_taken_over_once(self, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
        """After a crash the next delivery starts the job, and only one of two does."""
        crashed = claim_job(ledger)
        _let_leases_expire(monkeypatch)
        taken = claim_job(ledger)
        assert taken.attempts == 2
        with pytest.raises(PlatformError):
            ledger.lease(crashed)
        assert ledger.job(taken.job_id).attempts == 2

    def test_a_released_job_can_be_claimed_at_once(self, ledger: Ledger) -> None:
        """After a failure that may pass, the next try need not wait for the lease's end."""
        ledger.release(claim_job(ledger), PlatformError("Throttled"))
        assert ledger.job(a_job().job_id).message == "It could not be started yet and is tried again (Throttled)."
        assert claim_job(ledger).attempts == 2

    def test_a_job_that_no_lambda_tries_again_says_what_to_do(self, ledger: Ledger) -> None:
        """After as many attempts as Lambda makes the job is stranded, and points to the command that starts it."""
        for attempt in range(1, START_ATTEMPTS + 1):
            assert not ledger.job(claim_job(ledger).job_id).is_stranded(time.time())
            held = ledger.job(a_job().job_id)
            assert held.attempts == attempt
            ledger.release(held, PlatformError("Throttled"))
        stranded = ledger.job(a_job().job_id)
        assert stranded.is_stranded(time.time())
        assert "(Throttled)" in stranded.message
        assert "'kit replay'" in stranded.message

    def test_a_job_that_was_killed_at_every_attempt_is_stranded_when_its_lease_ends(
        self, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A Lambda that runs out of time leaves no word; the record tells all the same."""
        held = claim_job(ledger)
        for attempt in range(1, START_ATTEMPTS):
            later = time.time() + attempt * (LEASE_SECONDS + 2)
            monkeypatch.setattr(ledger_module, "time", SimpleNamespace(time=lambda later=later: later))
            held = claim_job(ledger)
        assert not held.is_stranded(held.lease_until)
        assert held.is_stranded(held.lease_until + 1)

    def test_a_job_that_was_killed_once_is_stranded_when_all_tries_are_over(self, ledger: Ledger) -> None:
        """The tries that found the dead one's lease count as none; the record tells all the same, and not before."""
        held = claim_job(ledger)
        for _ in range(START_ATTEMPTS - 1):
            with pytest.raises(PlatformError):
                ledger.claim(a_job())
        held = ledger.job(held.job_id)
        assert held.attempts == 1
        assert not held.is_stranded(held.lease_until + START_SECONDS)
        assert held.is_stranded(held.lease_until + START_SECONDS + 1)

    def test_another_run_that_nobody_was_told_of_is_stranded(self, ledger: Ledger) -> None:
        """`kit retry` broke off between the record and the event: no function ever hears of it."""
        failed = ledger.move(claim_job(ledger), JobStatus.FAILED)
        assert failed
        assert ledger.reopen(failed, "Once more.")
        reopened = ledger.job(failed.job_id)
        assert not reopened.is_stranded(time.time() + START_SECONDS - 1)
        assert reopened.is_stranded(time.time() + START_SECONDS + 1)

    def test_another_run_begins_from_nothing(self, ledger: Ledger) -> None:
        """A retried job is received again, without what its first run found, with the sum of what it cost."""
        running = ledger.move(claim_job(ledger), JobStatus.RUNNING, platform_id="batch-1", model_version=3)
        assert running
        failed = ledger.move(running, JobStatus.FAILED, message="No machine.", told_at="now", seconds=60.0, cost_usd=0.5)
        assert failed
        again = ledger.reopen(failed, "Once more.")
        assert again == ledger.job(failed.job_id)
        assert (again.status, again.run, again.attempts, again.run_id) == (JobStatus.RECEIVED, 2, 0, f"{failed.job_id}-2")
        assert (again.platform_id, again.told_at, again.model_version, again.cost_usd, again.earlier_usd) == ("", "", 0, 0.0, 0.5)
        assert claim_job(ledger).attempts == 1

    def test_of_two_who_retry_one_begins_a_run(self, ledger: Ledger) -> None:
        """The second one's record is out of date."""
        failed = ledger.move(claim_job(ledger), JobStatus.FAILED)
        assert failed
        assert ledger.reopen(failed, "Once more.")
        assert ledger.reopen(failed, "Once more.") is None

    def test_a_lease_that_was_lost_cannot_be_given_back_or_written_under(self, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
        """A slow function does not disturb the one that took over."""
        slow = claim_job(ledger)
        _let_leases_expire(monkeypatch)
        taken = claim_job(ledger)
        ledger.release(slow, PlatformError("too late"))
        assert ledger.job(taken.job_id) == taken
        with pytest.raises(Exception, match="ConditionalCheckFailed"):
            ledger.note(slow, model_version=9)
        assert ledger.job(taken.job_id).model_version == 0

    def test_a_note_under_the_lease_is_kept(self, ledger: Ledger) -> None:
        """Numbers given to an attempt are there for the next one."""
        job = ledger.note(claim_job(ledger), model_version=7, champion_version=6)
        assert ledger.job(job.job_id) == job
        assert (job.model_version, job.champion_version) == (7, 6)

    def test_a_move_needs_the_status_that_was_read(self, ledger: Ledger) -> None:
        """Of two who end the same job, one is told that the other was first."""
        job = claim_job(ledger)
        assert move_job(ledger, job, JobStatus.DONE, message="done") == ledger.job(job.job_id)
        assert ledger.move(job, JobStatus.FAILED, message="failed") is None
        assert ledger.job(job.job_id).message == "done"

    def test_a_move_ends_the_lease_and_clears_what_became_empty(self, ledger: Ledger, table: Any) -> None:
        """A moved job can be leased at once, and empty texts vanish from the item once it is told, as indexes require."""
        waiting = move_job(ledger, claim_job(ledger), JobStatus.WAITING, message="waits")
        done = move_job(ledger, waiting, JobStatus.DONE, message="")
        assert (done.lease_until, done.waiting_since, done.message) == (0, waiting.waiting_since, "")
        ledger.mark_told(done)
        item = table.get_item(Key={"pk": "job", "sk": done.job_id})["Item"]
        assert not {"waiting_since", "message"} & set(item)

    def test_numbers_keep_their_kind(self, ledger: Ledger, table: Any) -> None:
        """DynamoDB knows decimals only; seconds and dollars come back as the floats they were."""
        done = move_job(ledger, claim_job(ledger), JobStatus.DONE, seconds=12.5, cost_usd=0.001234, rows_in=200_000)
        read = ledger.job(done.job_id)
        assert (read.seconds, read.cost_usd, read.rows_in) == (12.5, 0.001234, 200_000)
        assert (type(read.cost_usd), type(read.rows_in)) == (float, int)
        assert table.get_item(Key={"pk": "job", "sk": done.job_id})["Item"]["cost_usd"] == Decimal("0.001234")

    def test_an_unknown_job_is_said_in_a_sentence(self, ledger: Ledger) -> None:
        """A mistyped id is answered with the command that lists the right ones."""
        with pytest.raises(UserError, match=r"no job 'x'\. 'kit jobs' lists them"):
            ledger.job("x")

    def test_jobs_are_listed_newest_first(self, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
        """The last drop is on top; a limit cuts the old ones off."""
        for number in range(12):
            monkeypatch.setattr(ledger_module, "now", lambda number=number: f"2026-11-21T08:00:{number:02}.000+00:00")
            claim_job(ledger, a_job(f"predict-{(number * 5) % 12}"))
        listed = [job.created_at for job in ledger.jobs()]
        assert listed == sorted(listed, reverse=True)
        assert len(listed) == 12
        assert [job.created_at for job in ledger.jobs(limit=3)] == listed[:3]

    def test_more_jobs_than_one_answer_holds_are_all_listed(self, ledger: Ledger) -> None:
        """DynamoDB answers in pages of a megabyte."""
        for number in range(8):
            move_job(ledger, claim_job(ledger, a_job(f"predict-{number}")), JobStatus.DONE, details="x" * 300_000)
        assert len(list(ledger.jobs())) == 8

    def test_attributes_of_a_later_version_are_ignored(self, ledger: Ledger, table: Any) -> None:
        """An older kit reads the ledger of a newer deployment."""
        job = claim_job(ledger)
        table.update_item(
            Key={"pk": "job", "sk": job.job_id}, UpdateExpression="SET colour = :red", ExpressionAttributeValues={":red": "red"}
        )
        assert ledger.job(job.job_id) == job


class TestWaiting:
    """Files that wait for a first model."""

    def test_only_waiting_jobs_of_the_classifier_are_given_out_oldest_first(self, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
        """The order of dropping is the order of starting, and another classifier's files keep waiting."""
        for number, classifier in enumerate(("main", "tone", "main", "main")):
            claimed = claim_job(ledger, a_job(f"predict-{9 - number}", classifier=classifier))
            monkeypatch.setattr(ledger_module, "now", lambda number=number: f"2026-11-21T08:00:0{number}.000+00:00")
            move_job(ledger, claimed, JobStatus.WAITING)
        move_job(ledger, ledger.job("predict-7"), JobStatus.RUNNING)
        claim_job(ledger, a_job("predict-0"))
        assert [job.job_id for job in ledger.waiting("main")] == ["predict-9", "predict-6"]
        assert [job.job_id for job in ledger.waiting("tone")] == ["predict-8"]

    def test_the_index_holds_waiting_jobs_only(self, ledger: Ledger, table: Any) -> None:
        """A year of jobs whose end was told costs nothing when a model is published."""
        for number in range(3):
            claim_job(ledger, a_job(f"predict-{number}"))
        move_job(ledger, ledger.job("predict-1"), JobStatus.WAITING)
        ledger.mark_told(move_job(ledger, ledger.job("predict-2"), JobStatus.DONE))
        assert [item["sk"] for item in table.scan(IndexName=BY_WAITING)["Items"]] == ["predict-1"]
        assert len(table.scan(IndexName=BY_CREATED)["Items"]) == 3

    def test_what_waits_is_read_consistently(self, ledger: Ledger, table: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """A job marked as waiting just before a model was published must be seen, or it waits for ever."""
        asked: list[dict[str, Any]] = []

        def query(**given: Any) -> dict[str, Any]:
            asked.append(given)
            return {"Items": []}

        monkeypatch.setattr(table, "query", query)
        assert ledger.waiting("main") == []
        assert [given["ConsistentRead"] for given in asked] == [True]


def test_a_turn_comes_as_often_as_it_may_in_a_period(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two in a minute and not a third; the next minute begins anew, another thing has its own count, and no classifier appears."""
    clock = SimpleNamespace(time=lambda: 600.0)
    monkeypatch.setattr(ledger_module, "time", clock)
    assert [ledger.take_turn("received", limit=2, period_seconds=60) for _ in range(3)] == [True, True, False]
    assert ledger.take_turn("message", limit=2, period_seconds=60)
    clock.time = lambda: 660.0
    assert [ledger.take_turn("received", limit=2, period_seconds=60) for _ in range(3)] == [True, True, False]
    assert ledger.classifiers() == []
