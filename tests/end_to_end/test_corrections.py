"""The loop: what people say of rows makes the next model."""

from __future__ import annotations

import csv
import io

from local_kit import SAMPLES, LocalKit, labelled_rows

from contract.corrections import Correction
from contract.documents import Summary
from contract.layout import parse_s3_uri, s3_uri
from contract.records import Job, now
from contract.review_ledger import Answer, ReviewLedger
from contract.review_list import ReviewKind, ReviewRow, read_review_list
from contract.texts import text_digest

MADE = "frost damage"  # a label that the file has not


def _list_of(local_kit: LocalKit, job: Job) -> list[ReviewRow]:
    """The review list of a job, as its summary names it."""
    bucket, prefix = parse_s3_uri(job.results)
    summary = Summary.from_json(local_kit.s3.get_object(Bucket=bucket, Key=f"{prefix}summary.json")["Body"].read())
    named = {"Bucket": bucket, "Key": f"{prefix}{summary.review}", "VersionId": summary.review_version}
    return read_review_list(local_kit.s3.get_object(**named)["Body"].read())


def _correct(local_kit: LocalKit, job: Job, row: ReviewRow, label: str) -> None:
    """Say what a row is, as the API does."""
    correction = Correction(
        text=row.text,
        label=label,
        by="ann@example.org",
        at=now(),
        job_id=job.job_id,
        row=row.row,
        object=s3_uri(job.bucket, job.key),
        object_version=job.object_version,
        model_version=job.model_version,
        predicted_label=row.predicted_label,
        confidence=row.confidence,
    )
    body, key = correction.to_json().encode(), Correction.key_of(job.classifier, row.text)
    digest = text_digest(row.text).hex()
    answer = Answer(
        row=row.row, label=label, predicted_label=row.predicted_label, kind=row.kind, by=correction.by, at=correction.at, digest=digest
    )
    ReviewLedger(local_kit.session.resource("dynamodb").Table(local_kit.deployment.ledger_table)).record(job.job_id, answer)
    local_kit.s3.put_object(Bucket=local_kit.deployment.train_bucket, Key=key, Body=body)


def _claims() -> bytes:
    """The sample with its own right labels beside the texts, all but every fourth of them wrong."""
    with (SAMPLES / "claims.csv").open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    with (SAMPLES / "claims_labels.csv").open(encoding="utf-8-sig", newline="") as file:
        labels = [row[-1] for row in list(csv.reader(file))[1:]]
    table = io.StringIO()
    csv.writer(table).writerows([[*header, "category"], *([*row, label] for row, label in zip(rows, labels[1:] + labels[:1], strict=True))])
    return table.getvalue().encode()


def test_what_people_say_makes_the_next_model(local_kit: LocalKit) -> None:
    """A file is classified, its rows are reviewed, the training file is written anew: the model's record names the corrections.

    When the file is erased, they are gone with it.
    """
    first = local_kit.wait(local_kit.put_training("classifiers/loop/train.csv", labelled_rows(300)))
    assert first.status == "done", first.message
    job = local_kit.wait(local_kit.put(local_kit.deployment.predict_bucket, "classifiers/loop/claims.csv", _claims()))
    assert job.status == "done", job.message
    rows = _list_of(local_kit, job)
    assert {ReviewKind.SPOT_CHECK} <= {row.kind for row in rows}
    assert any(row.own_label not in ("", row.predicted_label) for row in rows)
    for row in rows:
        _correct(local_kit, job, row, MADE)

    checks = sum(row.kind == ReviewKind.SPOT_CHECK for row in rows)
    assert local_kit("jobs", job.job_id, "--json").json["observed"] == {"reviewed": checks, "wrong": checks}
    again = local_kit.wait(local_kit.put_training("classifiers/loop/train.csv", labelled_rows(300)))
    assert again.status == "done", again.message
    model = local_kit.ledger.model("loop", again.model_version)
    texts = {row.text for row in rows}
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
