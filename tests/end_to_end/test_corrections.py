"""The loop: what people say of rows makes the next model."""

from __future__ import annotations

import csv
import io

import pytest
from api_client import Person
from local_kit import SAMPLES, LocalKit
from signed_in import sign_in

from contract.layout import MAX_ERROR_METADATA
from contract.review_list import ReviewKind

MADE = "frost damage"  # a label that the file has not


@pytest.fixture(scope="module")
def ann(local_kit: LocalKit) -> Person:
    """Somebody who reviews, and may start trainings."""
    return sign_in(local_kit, "ann@example.org", "--owner")


def _claims() -> bytes:
    """The sample with its own right labels beside the texts, all but every fourth of them wrong."""
    with (SAMPLES / "claims.csv").open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    with (SAMPLES / "claims_labels.csv").open(encoding="utf-8-sig", newline="") as file:
        labels = [row[-1] for row in list(csv.reader(file))[1:]]
    table = io.StringIO()
    csv.writer(table).writerows([[*header, "category"], *([*row, label] for row, label in zip(rows, labels[1:] + labels[:1], strict=True))])
    return table.getvalue().encode()


def test_what_people_say_makes_the_next_model(local_kit: LocalKit, ann: Person) -> None:
    """A file is classified, its rows are reviewed, a training is asked for: the model's record names the corrections.

    When the file is erased, they are gone with it.
    """
    first = local_kit.wait(local_kit.put_training("classifiers/loop/train.csv", (SAMPLES / "warranty_train.csv").read_bytes()))
    assert first.status == "done", first.message
    asked = {MAX_ERROR_METADATA: "10"}  # what a few hundred rows can promise: then not all rows need a review
    job = local_kit.wait(local_kit.put(local_kit.deployment.predict_bucket, "classifiers/loop/claims.csv", _claims(), Metadata=asked))
    assert job.status == "done", job.message
    rows = ann("GET", f"/jobs/{job.job_id}/review").json["rows"]
    assert ReviewKind.SPOT_CHECK in {row["kind"] for row in rows}
    assert any(row["own_label"] not in ("", row["predicted_label"]) for row in rows)
    places = [f"/jobs/{job.job_id}/corrections/{row['row']}" for row in rows]
    for place in places:
        said = ann("PUT", place, {"label": MADE})
        assert (said.status, said.json["label"], said.json["by"]) == (200, MADE, "ann@example.org"), said.body
    assert ann("DELETE", places[0]).status == 204
    assert ann("GET", f"/jobs/{job.job_id}/review").json["rows"][0]["correction"] is None
    assert ann("PUT", places[0], {"label": MADE}).status == 200
    texts = {row["text"] for row in rows}
    assert ann("GET", "/classifiers/loop/corrections").json == {"total": len(texts), "since_training": len(rows), "retrain_after": 0}

    checks = sum(row["kind"] == ReviewKind.SPOT_CHECK for row in rows)
    observed = local_kit("jobs", job.job_id, "--json").json["observed"]
    doubtful = sum(row["kind"] == ReviewKind.DOUBTFUL for row in rows)
    assert observed == {"reviewed": checks, "wrong": checks, "answered": doubtful}
    begun = ann("POST", "/classifiers/loop/trainings")
    assert begun.status == 202, begun.body
    again = local_kit.wait(begun.json["job_id"])
    assert again.status == "done", again.message
    model = local_kit.ledger.model("loop", again.model_version)
    assert 0 < model.corrections <= len(texts)
    assert (model.corrected_by, model.corrections + model.fresh_rows) == (1, len(texts))
    assert MADE in model.labels
    told = f"It learned from {model.corrections} corrections by 1 person; v{job.model_version} was wrong in {model.corrections} of them."
    assert told in model.message
    assert told in again.message

    listed = local_kit("models", "--classifier", "loop", "--json").json
    assert [entry["corrections"] for entry in listed] == [model.corrections, 0]
    erased = local_kit("erase", "classifiers/loop/claims.csv", "--from", "predict", "--json")
    assert erased.status == 0, erased.errors
    assert f"from its corrections: v{model.version}." in " ".join(erased.json["remains"])
    left = local_kit.s3.list_object_versions(Bucket=local_kit.deployment.train_bucket, Prefix="corrections/loop/")
    assert not {"Versions", "DeleteMarkers"} & left.keys()
