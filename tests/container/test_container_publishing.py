"""The verb `predict` and an S3 that does not take, or does not answer, what is put: whole results or none."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from container_cases import NEW, OLD, RAGGED, TWO_CLAIMS, Cloud, Ended, dropped, run, table_bytes

from container import objects
from container.objects import Address, Conflict, Found
from contract.errors import PlatformError
from contract.layout import failure_key

Predict = Callable[..., Ended]


@pytest.mark.parametrize("seen", [Conflict(), PlatformError("S3 did not answer.")], ids=["met-itself", "no-answer"])
def test_recognises_its_own_summary(predict: Predict, cloud: Cloud, monkeypatch: pytest.MonkeyPatch, seen: Exception) -> None:
    """A put that succeeded although its answer was lost is a success: neither a race nor a reason to take the results back."""
    put = objects.put_if_unchanged

    def answer_lost(place: Address, body: bytes, content_type: str, before: Found | None) -> str:
        put(place, body, content_type, before)
        raise seen

    monkeypatch.setattr(objects, "put_if_unchanged", answer_lost)
    job = dropped(cloud, table_bytes(TWO_CLAIMS), NEW)
    assert run(predict, job).status == 0
    assert (cloud.versions(job.keys.results), cloud.versions(job.keys.summary)) == (1, 1)


def test_takes_nothing_back_that_a_summary_may_name(predict: Predict, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer of the put got lost, and S3 does not say either what is there: a summary that is visible keeps its results."""
    put, read = objects.put_if_unchanged, objects.read
    is_put: list[Address] = []

    def answer_lost(place: Address, body: bytes, content_type: str, before: Found | None) -> str:
        version = put(place, body, content_type, before)
        if place.key == failure_key("predict-1"):
            return version
        is_put.append(place)
        raise PlatformError("S3 did not answer.")

    def refused(place: Address) -> Found | None:
        if place in is_put:
            raise PlatformError("S3 did not answer.")
        return read(place)

    monkeypatch.setattr(objects, "put_if_unchanged", answer_lost)
    monkeypatch.setattr(objects, "read", refused)
    job = dropped(cloud, table_bytes(TWO_CLAIMS), NEW)
    assert run(predict, job).status == 1
    summary = cloud.summary(job.keys)
    assert cloud.get(job.keys.results, VersionId=summary.results_version) == cloud.get(job.keys.results)


def test_gives_up_after_many_lost_races(predict: Predict, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that never gets its turn fails in a sentence and leaves nothing of its own."""

    job = dropped(cloud, RAGGED, NEW)
    put = objects.put_if_unchanged

    def lost(address: Address, body: bytes, content_type: str, before: Found | None) -> str:
        if address.key == failure_key("predict-1"):
            return put(address, body, content_type, before)
        raise Conflict

    monkeypatch.setattr(objects, "put_if_unchanged", lost)
    ended = run(predict, job)
    assert ended.status == 1
    assert "PlatformError: Other jobs kept replacing the result" in ended.log
    assert cloud.result_keys() == [failure_key("predict-1")]
    assert cloud.versions(job.keys.results) == 0


def test_a_failed_put_takes_everything_back(predict: Predict, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the summary cannot be put, the results and rejected rows that were put before it disappear again."""
    assert run(predict, old := dropped(cloud, RAGGED, OLD)).status == 0
    before = {key: cloud.get(key) for key in cloud.result_keys()}

    def failing(*_: object) -> str:
        raise PlatformError("S3 is away.")

    monkeypatch.setattr(objects, "put_if_unchanged", failing)
    new = dropped(cloud, table_bytes(TWO_CLAIMS), NEW)
    ended = run(predict, new)
    assert (ended.status, "PlatformError: S3 is away." in ended.log) == (1, True)
    assert {key: cloud.get(key) for key in cloud.result_keys() if key != failure_key("predict-1")} == before
    assert cloud.summary(old.keys).input_version == old.version


def test_a_bucket_that_cannot_be_written_fails_plainly(predict: Predict, cloud: Cloud) -> None:
    """When neither result nor reason can be put, the log says both and the status is that of the first failure."""
    job = dropped(cloud, table_bytes(TWO_CLAIMS), NEW)
    ended = predict(job.source, "s3://no-such-bucket/claims.csv/", **job.environment)
    assert ended.status == 1
    assert "PlatformError: S3 did not let the job write" in ended.log
    assert "The reason could not be left beside" in ended.log
