"""The verb `predict` between S3 addresses: versions, races, and what is left when something fails."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from container_cases import (
    MODELS_BUCKET,
    NEW,
    OLD,
    PREDICT_BUCKET,
    RAGGED,
    RESULTS_BUCKET,
    TWO_CLAIMS,
    Cloud,
    Ended,
    Job,
    dropped,
    pack,
    read_table,
    run,
    table_bytes,
)

from container import objects
from container.objects import Address, Found
from contract.documents import Failure, Summary
from contract.layout import failure_key

Predict = Callable[..., Ended]


def results_of(cloud: Cloud, job: Job) -> list[list[str]]:
    """The rows that a reader of the summary gets."""
    summary = cloud.summary(job.keys)
    body = cloud.get(job.keys.results, VersionId=summary.results_version)
    assert body is not None
    return read_table(body)


@pytest.mark.parametrize(
    "key",
    [
        "claims.csv",
        "a folder/claims (2).csv",
        "a+b/100%+écrasé&co=1?.CSV",
        "classifiers/urgency/in/claims.csv.gz",
        "no-suffix",
        "索" * 83 + ".csv",
        "l" * 488 + ".csv",
    ],
)
def test_results_lie_under_the_key(predict: Predict, cloud: Cloud, key: str) -> None:
    """Whatever its name, a drop's results lie where contract.layout says, and the summary names their version."""
    content = table_bytes(TWO_CLAIMS)
    job = dropped(cloud, gzip.compress(content) if key.endswith(".gz") else content, NEW, key)
    ended = run(predict, job)
    assert ended.status == 0, ended.log
    assert cloud.result_keys() == sorted([job.keys.results, job.keys.review, job.keys.summary])
    assert [row[:2] for row in results_of(cloud, job)] == TWO_CLAIMS
    summary = cloud.summary(job.keys)
    assert (summary.input, summary.input_version, summary.input_sequencer) == (job.source, job.version, NEW)
    assert (summary.job_id, summary.model_version) == ("predict-1", "v7")


def test_reads_exactly_the_version_of_the_event(predict: Predict, cloud: Cloud) -> None:
    """A job classifies the version that it was started for, though a newer one lies above it."""
    job = dropped(cloud, table_bytes(TWO_CLAIMS), OLD)
    dropped(cloud, table_bytes([["text", "id"], ["something else", "9"]]), NEW)
    assert run(predict, job).status == 0
    assert [row[:2] for row in results_of(cloud, job)] == TWO_CLAIMS


def test_by_hand_the_latest_version_is_read_and_named(predict: Predict, cloud: Cloud) -> None:
    """Without an event the latest version is classified, the summary names it, and results lie under the file's name."""
    cloud.drop("claims.csv", b"text\nold\n")
    version = cloud.drop("claims.csv", table_bytes(TWO_CLAIMS))
    assert predict(f"s3://{PREDICT_BUCKET}/claims.csv", f"s3://{RESULTS_BUCKET}/mine").status == 0
    assert cloud.result_keys() == [f"mine/claims.csv/{name}" for name in ("claims_results.csv", "claims_review.jsonl", "summary.json")]
    assert cloud.summary(Job("mine/claims.csv", version, "").keys).input_version == version


@pytest.mark.parametrize("is_for_good", [False, True], ids=["delete-marker", "version-deleted"])
def test_a_deleted_object_is_refused(predict: Predict, cloud: Cloud, is_for_good: bool) -> None:
    """An object that was deleted before its job started is no result and no defect: status 2, and the reason beside the results."""
    job = dropped(cloud, table_bytes(TWO_CLAIMS), NEW)
    versions = {"VersionId": job.version} if is_for_good else {}
    cloud.client.delete_object(Bucket=PREDICT_BUCKET, Key=job.key, **versions)
    ended = run(predict, job)
    assert ended.status == 2
    assert "Traceback" not in ended.log
    assert cloud.result_keys() == [failure_key("predict-1")]
    failure = Failure.from_json(cloud.get(failure_key("predict-1")) or b"")
    assert failure.error == "UserError"
    assert failure.message.startswith("'march/claims.csv' was deleted before its job started.")


def test_one_deleted_version_is_refused(predict: Predict, cloud: Cloud) -> None:
    """When only the job's own version is gone, the newer one is not classified in its place."""
    job = dropped(cloud, table_bytes(TWO_CLAIMS), OLD)
    dropped(cloud, table_bytes(TWO_CLAIMS), NEW)
    cloud.client.delete_object(Bucket=PREDICT_BUCKET, Key=job.key, VersionId=job.version)
    ended = run(predict, job)
    assert (ended.status, "was deleted before its job started" in ended.log) == (2, True)


def test_a_refused_file_leaves_its_reason(predict: Predict, cloud: Cloud) -> None:
    """The sentence that a clerk is shown travels to failure.json, and no result appears."""
    job = dropped(cloud, b"text,id\n", NEW)
    assert run(predict, job).status == 2
    assert cloud.result_keys() == [failure_key("predict-1")]
    assert "has no rows below the header" in Failure.from_json(cloud.get(failure_key("predict-1")) or b"").message


def test_the_same_version_again_replaces_its_result(predict: Predict, cloud: Cloud) -> None:
    """A job that Batch runs twice for one version ends with one result, not with one under older/."""
    job = dropped(cloud, table_bytes(TWO_CLAIMS), NEW)
    assert run(predict, job).status == 0
    assert run(predict, job).status == 0
    assert cloud.result_keys() == sorted([job.keys.results, job.keys.review, job.keys.summary])
    assert cloud.versions(job.keys.summary) == 2
    assert [row[:2] for row in results_of(cloud, job)] == TWO_CLAIMS


def test_an_older_version_stands_aside(predict: Predict, cloud: Cloud) -> None:
    """A job for an older version that ends last puts its result under older/ and leaves the newer one alone."""
    old = dropped(cloud, RAGGED, OLD)
    new = dropped(cloud, table_bytes(TWO_CLAIMS), NEW)
    assert run(predict, new).status == 0
    assert run(predict, old).status == 0
    assert cloud.summary(new.keys).input_version == new.version
    assert cloud.summary(old.older_keys).input_version == old.version
    assert cloud.result_keys() == sorted(
        [
            *(new.keys.results, new.keys.review, new.keys.summary),
            *(old.older_keys.results, old.older_keys.rejected, old.older_keys.review, old.older_keys.summary),
        ]
    )


def test_a_newer_version_hides_old_rejects(predict: Predict, cloud: Cloud) -> None:
    """A result without rejected rows does not lie beside the rejected rows of the version before."""
    assert run(predict, old := dropped(cloud, RAGGED, OLD)).status == 0
    assert old.keys.rejected in cloud.result_keys()
    assert run(predict, new := dropped(cloud, table_bytes(TWO_CLAIMS), NEW)).status == 0
    assert cloud.result_keys() == sorted([new.keys.results, new.keys.review, new.keys.summary])
    assert cloud.versions(new.keys.rejected) == 2  # the old rows and the marker that hides them


def meanwhile(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Let something happen just before the next conditional put."""
    put = objects.put_if_unchanged

    def interrupted(place: Address, body: bytes, content_type: str, before: Found | None) -> str:
        monkeypatch.setattr(objects, "put_if_unchanged", put)
        act()
        return put(place, body, content_type, before)

    monkeypatch.setattr(objects, "put_if_unchanged", interrupted)


@pytest.mark.parametrize("has_result_before", [False, True])
def test_losing_a_race_to_a_newer_version(predict: Predict, cloud: Cloud, monkeypatch: pytest.MonkeyPatch, has_result_before: bool) -> None:
    """When a newer result appears while ours is being put, ours is taken back to the last version and goes under older/."""
    if has_result_before:
        assert run(predict, dropped(cloud, RAGGED, "00")).status == 0
    old = dropped(cloud, table_bytes(TWO_CLAIMS), OLD)
    new = dropped(cloud, RAGGED, NEW)
    versions_before = cloud.versions(old.keys.results)
    meanwhile(monkeypatch, lambda: run(predict, new))
    for name, value in old.environment.items():  # the other job set its own
        monkeypatch.setenv(name.upper(), value)
    assert run(predict, old).status == 0

    assert cloud.summary(new.keys).input_version == new.version
    assert cloud.versions(new.keys.results) == versions_before + 1
    assert cloud.get(new.keys.results) == cloud.get(new.keys.results, VersionId=cloud.summary(new.keys).results_version)
    assert cloud.get(new.keys.rejected) is not None
    assert cloud.summary(old.older_keys).input_version == old.version


def test_winning_a_race_against_an_older_version(predict: Predict, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """When an older result appears while ours is being put, ours is put again on top of it."""
    old = dropped(cloud, RAGGED, OLD)
    new = dropped(cloud, table_bytes(TWO_CLAIMS), NEW)
    meanwhile(monkeypatch, lambda: run(predict, old))
    assert run(predict, new).status == 0
    summary = cloud.summary(new.keys)
    assert summary.input_version == new.version
    assert cloud.get(new.keys.results) == cloud.get(new.keys.results, VersionId=summary.results_version)
    assert cloud.result_keys() == sorted([new.keys.results, new.keys.review, new.keys.summary])


def test_a_foreign_summary_is_replaced(predict: Predict, cloud: Cloud) -> None:
    """A summary.json of another version of the kit does not stop a new result."""
    job = dropped(cloud, table_bytes(TWO_CLAIMS), NEW)
    cloud.drop(job.keys.summary, b"{}", RESULTS_BUCKET)
    assert run(predict, job).status == 0
    assert cloud.summary(job.keys).input_version == job.version


def test_refuses_a_name_that_leaves_no_room_for_the_results(predict: Predict, cloud: Cloud) -> None:
    """A key so long that the result's key would break S3's limit is refused before any work is done."""
    job = dropped(cloud, table_bytes(TWO_CLAIMS), NEW, "x" * 600 + ".csv")
    ended = run(predict, job)
    assert (ended.status, "is too long" in ended.log) == (2, True)


def test_takes_the_model_from_s3(predict: Predict, cloud: Cloud, trained: Path, tmp_path: Path) -> None:
    """A model's address is fetched and unpacked; with a deleted or damaged one the job fails, and the table is not refused."""
    archive = pack(trained / "model", tmp_path / "model.tar.gz").read_bytes()
    cloud.drop("models/a/output/model.tar.gz", archive, MODELS_BUCKET)
    cloud.drop("models/b/output/model.tar.gz", archive[:-500], MODELS_BUCKET)
    job = dropped(cloud, table_bytes(TWO_CLAIMS), NEW)
    prefix = f"s3://{MODELS_BUCKET}/models"
    assert predict(job.source, job.output, "--model", f"{prefix}/a/output/model.tar.gz", **job.environment).status == 0
    assert cloud.summary(job.keys).model == f"{prefix}/a/output/model.tar.gz"
    for model, words in ((f"{prefix}/b/output/model.tar.gz", "is damaged"), (f"{prefix}/c/output/model.tar.gz", "has been deleted")):
        ended = predict(job.source, job.output, "--model", model, **job.environment)
        assert ended.status == 1
        assert f"PlatformError: The model '{model}' cannot be used." in ended.log
        assert words in ended.log
        assert "'kit rollback'" in ended.log


def test_works_without_versions(predict: Predict, cloud: Cloud) -> None:
    """By hand, a bucket without versions serves too; the summary then names no version."""
    cloud.client.create_bucket(Bucket="plain-bucket")
    cloud.client.put_object(Bucket="plain-bucket", Key="claims.csv", Body=table_bytes(TWO_CLAIMS))
    assert predict("s3://plain-bucket/claims.csv", "s3://plain-bucket/results").status == 0
    summary = Summary.from_json(cloud.get("results/claims.csv/summary.json", "plain-bucket") or b"")
    assert (summary.input_version, summary.results_version) == ("", "")


def test_the_job_of_no_deployment_leaves_no_failure(predict: Predict, cloud: Cloud) -> None:
    """Run by hand, a failure is told to the person at the terminal and put nowhere."""
    assert predict(f"s3://{PREDICT_BUCKET}/missing.csv", f"s3://{RESULTS_BUCKET}/").status == 2
    assert cloud.result_keys() == []
