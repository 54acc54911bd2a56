"""`kit erase`: nothing of a dropped file is left where it can be deleted, and nothing of another file is touched."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from kit_account import Account, Answer

from contract.corrections import Correction
from contract.deployment import TRAINING_LOGS, run_time_name
from contract.errors import PlatformError
from contract.layout import (
    artifact_key,
    checkpoints_key,
    correction_key,
    evaluation_key,
    failure_key,
    input_key,
    parse_s3_uri,
    s3_uri,
)
from contract.ledger import ERASED
from contract.records import Job, JobKind, JobStatus, Model, make_job_id
from contract.review_ledger import Answer as Said
from contract.review_ledger import ReviewLedger
from contract.shard_keys import ShardKeys
from contract.texts import text_digest

Kit = Callable[..., Answer]


def _put(account: Account, bucket: str, key: str, times: int = 1) -> list[str]:
    return [account.s3.put_object(Bucket=bucket, Key=key, Body=f"text\n{number}\n".encode())["VersionId"] for number in range(times)]


def _everything(account: Account) -> set[tuple[str, str]]:
    """The bucket and key of every version, delete marker and unfinished upload."""
    deployment = account.deployment
    found = set()
    for bucket in (deployment.train_bucket, deployment.predict_bucket, deployment.results_bucket, deployment.models_bucket):
        listed = account.s3.list_object_versions(Bucket=bucket)
        uploads = account.s3.list_multipart_uploads(Bucket=bucket).get("Uploads", [])
        found |= {(bucket, entry["Key"]) for entry in (*listed.get("Versions", []), *listed.get("DeleteMarkers", []), *uploads)}
    return found


@pytest.fixture
def classified(account: Account) -> Job:
    """A file that was classified twice, once in shards, and whose results were once deleted."""
    deployment = account.deployment
    for _ in range(2):
        _put(account, deployment.predict_bucket, "März/claims.csv")
        account.classify("März/claims.csv")
    account.s3.delete_object(Bucket=deployment.predict_bucket, Key="März/claims.csv")
    account.s3.create_multipart_upload(Bucket=deployment.predict_bucket, Key="März/claims.csv")
    job = next(account.ledger.jobs())
    for key in (failure_key(job.run_id), ShardKeys(job.run_id).plan, ShardKeys(job.run_id).input(0)):
        _put(account, deployment.results_bucket, key)
    return job


def test_a_classified_file_goes_with_everything_that_was_made_of_it(account: Account, kit: Kit, classified: Job) -> None:
    """All versions, delete markers, unfinished uploads, results, parts, failures and records are gone."""
    answer = kit("erase", "März/claims.csv", "--from", "predict", "--json")
    assert answer.status == 0, answer.errors
    assert _everything(account) == set()
    assert list(account.ledger.jobs()) == []
    counts = {trace["what"]: trace["count"] for trace in answer.json["removed"]}
    assert (counts["versions of the file"], counts["records of jobs"]) == (4, 2)  # two, a delete marker and an upload


def _correction(account: Account, job: Job, text: str) -> str:
    """A correction of a job's row as the API leaves it, and the ledger's record of it; returns the key."""
    correction = Correction(
        text=text,
        label="x",
        by="ann",
        at="2026-11-22T08:00:00.000+00:00",
        job_id=job.job_id,
        row=len(text),
        object=s3_uri(job.bucket, job.key),
        object_version=job.object_version,
        model_version=1,
        predicted_label="y",
        confidence=0.5,
    )
    key = correction_key(job.classifier, text_digest(text).hex(), job.job_id, correction.row)
    account.s3.put_object(Bucket=account.deployment.train_bucket, Key=key, Body=correction.to_json().encode())
    table = account.session.resource("dynamodb").Table(account.deployment.ledger_table)
    answer = Said(row=len(text), label="x", kind="doubtful", by="ann", at=correction.at, digest=text_digest(text).hex())
    ReviewLedger(table).record(job.job_id, answer)
    return key


def test_what_people_said_of_its_rows_goes_too(account: Account, kit: Kit, classified: Job) -> None:
    """Corrections in all versions and the records of who said what; what was said of the same text in another file stays."""
    account.add_model(7, created_at="2026-11-23", corrections=2)
    account.add_model(8, created_at="2026-11-21", corrections=2)
    _put(account, account.deployment.predict_bucket, "other.csv")
    account.classify("other.csv")
    other = next(job for job in account.ledger.jobs() if job.key == "other.csv")
    mine, taken_back = _correction(account, classified, "Mine alone"), _correction(account, classified, "Taken back again")
    account.s3.delete_object(Bucket=account.deployment.train_bucket, Key=taken_back)
    shared = _correction(account, other, "Ours too")
    _correction(account, classified, "ours  too")
    dry = kit("erase", "März/claims.csv", "--from", "predict", "--dry-run", "--json").json
    answer = kit("erase", "März/claims.csv", "--from", "predict", "--json")
    assert answer.status == 0, answer.errors
    assert answer.json == dry | {"is_dry_run": False}
    counts = {trace["what"]: trace["count"] for trace in answer.json["removed"]}
    assert (counts["corrections"], counts["records of reviews"]) == (4, 3)
    left = {key for bucket, key in _everything(account) if bucket == account.deployment.train_bucket}
    assert left == {shared}
    held = account.s3.get_object(Bucket=account.deployment.train_bucket, Key=shared)["Body"].read()
    assert Correction.from_json(held).job_id == other.job_id
    table = account.session.resource("dynamodb").Table(account.deployment.ledger_table)
    assert list(ReviewLedger(table).answers(classified.job_id)) == []
    assert len(list(ReviewLedger(table).answers(other.job_id))) == 1
    assert mine != shared
    (learned,) = (sentence for sentence in answer.json["remains"] if "may have learned" in sentence)
    assert "from its corrections: v7." in learned


def test_neighbours_stay(account: Account, kit: Kit, classified: Job) -> None:
    """A file whose name begins alike, one that lies below the results' place, and another bucket's file of the same name stay."""
    deployment = account.deployment
    others = {
        (deployment.predict_bucket, "März/claims.csv2"),
        (deployment.predict_bucket, "März/claims.csv/of another.csv"),
        (deployment.results_bucket, "März/claims.csv/of another.csv/summary.json"),
        (deployment.train_bucket, "März/claims.csv"),
    }
    for bucket, key in others:
        _put(account, bucket, key)
    before = account.claim_latest(JobKind.PREDICT, "März/claims.csv2")
    assert kit("erase", "März/claims.csv", "--from", "predict").status == 0
    assert _everything(account) == others
    assert [job.job_id for job in account.ledger.jobs()] == [before.job_id]


def test_a_dry_run_deletes_nothing(account: Account, kit: Kit, classified: Job) -> None:
    """It says the same counts as the erasure that follows."""
    before = _everything(account)
    dry = kit("erase", "März/claims.csv", "--from", "predict", "--dry-run", "--json").json
    assert _everything(account) == before
    assert len(list(account.ledger.jobs())) == 2
    assert kit("erase", "März/claims.csv", "--from", "predict", "--json").json == dry | {"is_dry_run": False}


@pytest.fixture
def trained(account: Account) -> tuple[Job, Model]:
    """A file that a model learned from, in the second run of its job."""
    deployment = account.deployment
    key = "classifiers/urgency/train.csv"
    (version,) = _put(account, deployment.train_bucket, key)
    account.end(JobKind.TRAIN, key, JobStatus.FAILED, "No machine.")
    again = account.ledger.reopen(account.ledger.job(make_job_id(JobKind.TRAIN, deployment.train_bucket, key, version)), "Once more.")
    assert again
    job = account.ledger.move(again, JobStatus.DONE, message="Model v1.")
    assert job
    for run in (job.job_id, job.run_id):
        name = run_time_name("dev", run)
        _put(account, deployment.models_bucket, input_key(name, "training", "train.csv"))
        _put(account, deployment.models_bucket, f"{checkpoints_key(name)}epoch-1")
    address = s3_uri(deployment.train_bucket, key)
    changes: dict[str, Any] = {"job_id": job.job_id, "training_object": address, "training_object_version": version}
    return job, account.add_model(1, classifier="urgency", **changes)


def test_a_training_file_goes_and_the_model_that_learned_from_it_is_named(account: Account, kit: Kit, trained: tuple[Job, Model]) -> None:
    """Copies and checkpoints of every run go, the model's record names the file no longer, and the model itself stays."""
    job, model = trained
    account.use(1, classifier="urgency")
    place = parse_s3_uri(model.artifact_uri)
    _put(account, *place)
    answer = kit("erase", "classifiers/urgency/train.csv", "--from", "train")
    assert answer.status == 0, answer.errors
    assert _everything(account) == {place}
    assert list(account.ledger.jobs()) == []
    left = account.ledger.model("urgency", 1)
    assert (left.training_object, left.training_object_version, left.job_id) == (ERASED, ERASED, ERASED)
    assert (left.artifact_uri, left.accuracy) == (model.artifact_uri, model.accuracy)
    assert "Model v1 of the classifier 'urgency' learned from it" in answer.output
    assert "It is in use" in answer.output
    assert run_time_name("dev", job.run_id) in answer.output


def test_the_advice_deletes_a_model_for_good(account: Account, kit: Kit, trained: tuple[Job, Model]) -> None:
    """In a bucket with versions `aws s3 rm` only hides it: the commands name every version, and leave none when they are followed.

    What the training left beside the artifact goes too, and nothing of another model.
    """
    _, model = trained
    bucket, key = parse_s3_uri(model.artifact_uri)
    _put(account, bucket, key, times=2)
    account.s3.delete_object(Bucket=bucket, Key=key)
    _put(account, bucket, evaluation_key("tck-dev-urgency-1"))
    other = artifact_key("tck-dev-urgency-10")
    _put(account, bucket, other)
    remains = kit("erase", "classifiers/urgency/train.csv", "--from", "train", "--json").json["remains"]
    commands = re.findall(r"aws s3api delete-object --bucket (\S+) --key (\S+) --version-id ([^;\s]+)", remains[0])
    assert len(commands) == 4
    for place, name, version in commands:
        account.s3.delete_object(Bucket=place, Key=name, VersionId=version)
    assert _everything(account) == {(bucket, other)}


def test_what_is_left_of_a_deleted_model_is_named(account: Account, kit: Kit, trained: tuple[Job, Model]) -> None:
    """Somebody deleted the artifact and not the evaluation."""
    _put(account, account.deployment.models_bucket, evaluation_key("tck-dev-urgency-1"))
    remains = kit("erase", "classifiers/urgency/train.csv", "--from", "train", "--json").json["remains"]
    assert "its artifact is deleted" in remains[0]
    assert evaluation_key("tck-dev-urgency-1") in remains[0]


def test_what_trainings_left_without_a_model_goes_and_a_model_stays(account: Account, kit: Kit, trained: tuple[Job, Model]) -> None:
    """The first run failed after it had written its model, and the ledger knows nothing of that; the second run made the model."""
    job, _ = trained
    bucket = account.deployment.models_bucket
    failed, ended = (run_time_name("dev", run) for run in (job.job_id, job.run_id))
    for name in (failed, ended):
        for key in (artifact_key(name), evaluation_key(name)):
            _put(account, bucket, key)
    made = {"artifact_uri": s3_uri(bucket, artifact_key(ended)), "training_object": ERASED}  # as an erasure that broke off leaves it
    account.add_model(2, classifier="urgency", **made)
    answer = kit("erase", "classifiers/urgency/train.csv", "--from", "train", "--json")
    assert answer.status == 0, answer.errors
    assert _everything(account) == {(bucket, artifact_key(ended)), (bucket, evaluation_key(ended))}
    counts = {trace["what"]: trace["count"] for trace in answer.json["removed"]}
    assert counts["remains of trainings without a model"] == 2
    assert counts["mentions in records of models"] == 1
    assert "Model v2 of the classifier 'urgency' learned from it" in answer.json["remains"][0]


def test_the_logs_of_trainings_are_not_said_to_expire(account: Account, kit: Kit, trained: tuple[Job, Model]) -> None:
    """SageMaker keeps them for ever; what the kit declares expires."""
    remains = kit("erase", "classifiers/urgency/train.csv", "--from", "train", "--json").json["remains"]
    (logs,) = (sentence for sentence in remains if TRAINING_LOGS in sentence)
    assert "for ever unless the account gives that group a retention" in logs
    assert "hold no texts" in logs


def test_nobody_is_erased_from_under_a_job_at_work(account: Account, kit: Kit) -> None:
    """A running job would write its results after the erasure; the file stays until it has ended."""
    _put(account, account.deployment.predict_bucket, "now.csv")
    account.ledger.move(account.claim_latest(JobKind.PREDICT, "now.csv"), JobStatus.RUNNING, message="Being classified.")
    answer = kit("erase", "now.csv", "--from", "predict")
    assert answer.status == 2
    assert "is at work on 'now.csv'" in answer.errors
    assert _everything(account) == {(account.deployment.predict_bucket, "now.csv")}


def test_a_file_that_waits_for_a_model_can_be_erased(account: Account, kit: Kit) -> None:
    """Nothing works on it, and nothing will: its record goes, too."""
    _put(account, account.deployment.predict_bucket, "waits.csv")
    account.ledger.move(account.claim_latest(JobKind.PREDICT, "waits.csv"), JobStatus.WAITING, message="No model yet.")
    assert kit("erase", "waits.csv", "--from", "predict").status == 0
    assert account.ledger.waiting("main") == []
    assert _everything(account) == set()


def test_a_name_that_nobody_knows_is_refused(account: Account, kit: Kit) -> None:
    """A mistyped name is told, and not reported as erased."""
    answer = kit("erase", "never.csv", "--from", "train")
    assert answer.status == 2
    assert "Nothing of a file 'never.csv'" in answer.errors


def test_an_erasure_that_broke_off_can_be_repeated(account: Account, kit: Kit, classified: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger goes last, so that the second call still knows the jobs whose parts the first one could not delete."""

    def refuse(s3: Any, place: Any) -> int:
        raise PlatformError("S3 is away.")

    with monkeypatch.context() as patch:
        patch.setattr("kit.erase.empty", refuse)
        assert kit("erase", "März/claims.csv", "--from", "predict").status == 1
    assert len(list(account.ledger.jobs())) == 2
    assert kit("erase", "März/claims.csv", "--from", "predict").status == 0
    assert _everything(account) == set()
