"""Train: a labelled file becomes a model, a better one is published, a worse one is not."""

from __future__ import annotations

import csv
import io
import json
import tarfile
from dataclasses import dataclass

import pytest
from local_kit import LocalKit, labelled_rows

from contract.evaluations import Evaluation
from contract.layout import evaluation_key, parse_s3_uri
from contract.records import Current, Job, ModelStatus


@dataclass(frozen=True)
class Challenge:
    """A training that has a current model to beat, and what was in use before and after it."""

    job: Job
    before: Current | None
    after: Current | None


@pytest.fixture(scope="module")
def challenge(local_kit: LocalKit, first_model: Job) -> Challenge:
    """A quarter of the rows of the current model, and next to nothing learned of them but by the linear part."""
    before = local_kit.ledger.current("main")
    job = local_kit.wait(local_kit.put_training("worse.csv", labelled_rows(300), learning_rate="0.000001", seed="5"))
    return Challenge(job, before, local_kit.ledger.current("main"))


def _table(rows: list[tuple[str, str]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerows([("text", "label"), *rows])
    return buffer.getvalue().encode()


def test_the_first_model_is_published_with_its_scores(local_kit: LocalKit, first_model: Job) -> None:
    """A first drop ends as the current model, and the ledger says what it was trained on and how good it is."""
    model = local_kit.ledger.model("main", first_model.model_version)
    current = local_kit.ledger.current("main")
    assert model.status == ModelStatus.PUBLISHED
    assert current is not None
    assert current.version >= model.version
    assert model.training_object == f"s3://{first_model.bucket}/{first_model.key}"
    assert model.training_object_version == first_model.object_version
    assert model.accuracy > 0.5
    assert "Published as the first model" in first_model.message


def test_the_artifact_holds_all_that_prediction_needs_and_no_pickle(local_kit: LocalKit, first_model: Job) -> None:
    """model.tar.gz has the files of the contract; its model.json names version, labels and training data."""
    model = local_kit.ledger.model("main", first_model.model_version)
    bucket, key = parse_s3_uri(model.artifact_uri)
    body = local_kit.session.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body)) as archive:
        names = {member.name.removeprefix("./") for member in archive.getmembers() if member.isfile()}
        member = next(member for member in archive.getmembers() if member.name.endswith("model.json"))
        described = json.load(archive.extractfile(member))  # type: ignore[arg-type]  # it is a file
    assert {"model.json", "evaluation.json", "report.html"} <= names
    assert not [name for name in names if name.endswith((".pkl", ".pickle", ".params"))]
    assert set(described["labels"]) == set(model.labels)


def test_a_worse_model_is_kept_but_not_used(local_kit: LocalKit, challenge: Challenge) -> None:
    """Fewer rows, hardly learned, make a model that the gate does not let through."""
    job = challenge.job
    assert job.status == "done", job.message
    assert "Kept, not used: it is right on" in job.message
    assert local_kit.ledger.model("main", job.model_version).status == ModelStatus.KEPT
    assert challenge.after == challenge.before


def test_champion_and_challenger_are_scored_on_the_same_rows(local_kit: LocalKit, challenge: Challenge) -> None:
    """The second training's evaluation holds the current model's score on its own held-out rows."""
    job = challenge.job
    assert job.status == "done", job.message
    key = evaluation_key(job.platform_id)
    body = local_kit.session.client("s3").get_object(Bucket=local_kit.deployment.models_bucket, Key=key)["Body"].read()
    evaluation = Evaluation.from_json(body)
    assert evaluation.champion_version == job.champion_version > 0
    assert evaluation.champion_score is not None
    assert evaluation.champion_score.rows == evaluation.challenger_score.rows > 0


def test_one_class_only_is_refused_in_a_sentence(local_kit: LocalKit, first_model: Job) -> None:
    """The container's sentence reaches the ledger as it stands, without a traceback."""
    body = _table([(f"text number {number}", "only") for number in range(20)])
    job = local_kit.wait(local_kit.put_training("one class.csv", body))
    assert job.status == "refused"
    assert "'only'" in job.message
    assert "Traceback" not in job.message


def test_a_workbook_is_refused_before_anything_is_paid_for(local_kit: LocalKit) -> None:
    """An .xlsx starts no training job and is answered with what to do in Excel."""
    job = local_kit.wait(local_kit.put_training("claims.xlsx", b"PK\x03\x04rest"))
    assert job.status == "refused"
    assert "CSV UTF-8" in job.message
    assert not job.platform_id


def test_an_unknown_hyperparameter_is_refused_by_name(local_kit: LocalKit) -> None:
    """A misspelt name that came with the file is named together with the one that was meant."""
    job = local_kit.wait(local_kit.put_training("typo.csv", _table([("a", "b")]), epoch="3"))
    assert job.status == "refused"
    assert "'epoch'" in job.message
    assert "'epochs'" in job.message


def test_reserved_prefixes_start_nothing(local_kit: LocalKit, first_model: Job) -> None:
    """Objects below unlabelled/, corrections/ and labelling/ wake nobody; a file dropped after them does."""
    ids = [local_kit.put_training(f"{prefix}/x.csv", b"text,label\n") for prefix in ("unlabelled", "corrections", "labelling")]
    after = local_kit.put_training("after.xlsx", b"PK\x03\x04")
    local_kit.wait(after)
    assert not {job.job_id for job in local_kit.ledger.jobs()} & set(ids)
