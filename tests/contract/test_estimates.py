"""What a job will probably take, told before it begins."""

from __future__ import annotations

import pytest

from contract.estimate import BYTES_PER_SECOND, START_SECONDS, Estimate
from contract.records import Job, JobKind, JobStatus


def _job(size: int, kind: JobKind = JobKind.TRAIN, key: str = "claims.csv") -> Job:
    return Job(job_id="j", kind=kind, classifier="main", status=JobStatus.RUNNING, bucket="b", key=key, object_version="v", size=size)


def _estimate(job: Job, most_seconds: float = 7200) -> Estimate:
    return Estimate.of(job, most_seconds=most_seconds, prices=[0.5])


def test_a_larger_file_takes_longer_and_a_gzip_holds_more_than_it_shows() -> None:
    """Ten minutes of training at the measured rate, on top of a machine's start; four times that in a gzip of the same size."""
    size = 600 * BYTES_PER_SECOND[JobKind.TRAIN]
    assert _estimate(_job(size)).seconds == START_SECONDS + 600
    assert _estimate(_job(size, key="claims.CSV.GZ")).seconds == START_SECONDS + 4 * 600
    assert _estimate(_job(size, JobKind.PREDICT)).seconds < START_SECONDS + 1


def test_the_time_limit_bounds_time_and_cost() -> None:
    """Nothing is foretold that the settings would stop."""
    estimate = _estimate(_job(10**12), most_seconds=3600)
    assert estimate.seconds == 3600
    assert "after 60 minutes (about 0.50 USD) it would be stopped" in estimate.sentence()


def test_the_time_limit_of_a_large_file_is_that_of_its_parts() -> None:
    """Each shard is a job of its own, with a machine and a limit of its own."""
    estimate = Estimate.of(_job(10**12, JobKind.PREDICT), most_seconds=3600, prices=[0.5], parts=3)
    assert estimate.seconds == 3 * 3600
    assert estimate.sentence().endswith("costs about 1.50 USD; after 60 minutes (about 0.50 USD) each of its 3 parts would be stopped.")


def test_jobs_that_follow_one_another_are_each_counted_at_their_own_price() -> None:
    """Three machines start; only the one in the middle runs on demand, and each may run to the time limit."""
    size = 900 * BYTES_PER_SECOND[JobKind.TRAIN]
    sentence = Estimate.of(_job(size), most_seconds=7200, prices=[0.5, 2.0, 0.5]).sentence()
    assert "takes about 30 minutes once a machine is free and costs about 0.50 USD;" in sentence
    assert sentence.endswith("after 120 minutes (about 4.00 USD) each of its 3 parts would be stopped.")


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "takes about 5 minutes once a machine is free and costs about 0.04 USD"), (10**8, "takes about 98 minutes")],
)
def test_the_sentence_is_for_people(size: int, words: str) -> None:
    """Whole minutes, an amount, and what it takes at most."""
    assert words in _estimate(_job(size)).sentence()
    assert "after 120 minutes (about 1.00 USD) it would be stopped." in _estimate(_job(size)).sentence()
