"""What the API does with reviews: the list, corrections, and trainings anew."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import ModuleType
from typing import Any

import boto3
import pytest
from deployed_functions import LAMBDAS, create_table
from moto import mock_aws

from contract.corrections import Correction
from contract.documents import Summary
from contract.errors import UserError
from contract.layout import ResultKeys, correction_key, parse_drop, s3_uri
from contract.ledger import ERASED, Ledger
from contract.records import Job, JobKind, JobStatus, Model, ModelStatus, make_job_id
from contract.review_ledger import MAX_REMEMBERED, ReviewLedger
from contract.review_list import ReviewKind, ReviewRow
from contract.texts import text_digest

KEY = "march/claims.csv"
BY_REVIEWER, BY_OTHER = "ann@example.org", "bob@example.org"


def _row(number: int, kind: ReviewKind = ReviewKind.DOUBTFUL, text: str = "") -> ReviewRow:
    return ReviewRow(
        row=number,
        text=text or f"Text {number}",
        predicted_label="leak",
        confidence=0.6,
        second_label="noise",
        second_confidence=0.3,
        review_reason="low confidence",
        kind=kind,
        value=0.7,
    )


ROWS = [_row(3), _row(17), _row(5, ReviewKind.DISAGREES), *(_row(number, ReviewKind.SPOT_CHECK) for number in (20, 21, 22))]


@pytest.fixture(scope="module")
def reviews() -> Iterator[ModuleType]:
    """The module, with its folder's other files at hand, as in its zip."""
    folder = str(LAMBDAS / "answer_api")
    sys.path.insert(0, folder)
    try:
        import reviews as module  # type: ignore[import-not-found]  # noqa: PLC0415  # it is a file of a Lambda

        yield module
    finally:
        sys.path.remove(folder)


@pytest.fixture
def desk(reviews: ModuleType, makers: Mapping[str, Callable[..., Any]], monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """What the functions work with, in an account with a model and a file that it classified."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with mock_aws():
        table, s3 = create_table(), makers["client"]("s3")
        for bucket in ("train", "predict", "results"):
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
            s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        made = reviews.Desk(Ledger(table), ReviewLedger(table), s3, "train", 0)
        version = s3.put_object(Bucket="train", Key="labelled.csv", Body=b"text,label\n", Metadata={"hyperparameters": "{}"})["VersionId"]
        model = Model(
            classifier="main",
            version=2,
            status=ModelStatus.PUBLISHED,
            artifact_uri="s3://models/m",
            job_id="train-1",
            training_object="s3://train/labelled.csv",
            training_object_version=version,
            labels=["leak", "noise"],
        )
        made.ledger.add_model(model)
        made.ledger.make_current(model, by="gate", before=None)
        yield made


@pytest.fixture
def job(desk: Any) -> str:
    """The id of a job that classified a file."""
    return classified(desk)


def classified(desk: Any, key: str = KEY, rows: list[ReviewRow] = ROWS) -> str:
    """Classify a file; returns its job's id."""
    version = desk.s3.put_object(Bucket="predict", Key=key, Body=b"text\n")["VersionId"]
    keys = ResultKeys(parse_drop(key))
    listed = desk.s3.put_object(Bucket="results", Key=keys.review, Body=b"".join(row.to_line() for row in rows))["VersionId"]
    summary = replace(SUMMARY, input_version=version, review=keys.review.rsplit("/", 1)[-1], review_version=listed)
    desk.s3.put_object(Bucket="results", Key=keys.summary, Body=summary.to_json().encode())
    job = Job(
        job_id=make_job_id(JobKind.PREDICT, "predict", key, version),
        kind=JobKind.PREDICT,
        classifier="main",
        status=JobStatus.RECEIVED,
        bucket="predict",
        key=key,
        object_version=version,
        model_version=2,
    )
    claimed = desk.ledger.claim(job)
    desk.ledger.move(claimed, JobStatus.DONE, results=s3_uri("results", keys.prefix), model_version=2)
    return job.job_id


SUMMARY = Summary(
    job_id="j",
    classifier="main",
    input="s3://predict/march/claims.csv",
    input_version="v",
    input_sequencer="",
    results="claims_results.csv",
    results_version="",
    rejected="",
    rejected_version="",
    rows_in=40,
    rows_out=40,
    rows_rejected=0,
    rows_to_review=9,
    labels={"leak": 40},
    encoding="utf-8",
    delimiter=",",
    text_column="text",
    model_version="v2",
    model="m",
    training_object="",
    training_object_version="",
    image_tag="",
    commit="",
    engine="numpy",
    started_at="",
    seconds=1.0,
    cost_usd=0.0,
)


def corrections_in(desk: Any) -> dict[str, Correction]:
    """The corrections that a training would find, by their texts."""
    listed = desk.s3.list_objects_v2(Bucket="train", Prefix="corrections/main/").get("Contents", [])
    bodies = [desk.s3.get_object(Bucket="train", Key=entry["Key"])["Body"].read() for entry in listed]
    return {correction.text: correction for correction in map(Correction.from_json, bodies)}


def test_a_list_comes_with_what_was_said_of_it(reviews: ModuleType, desk: Any, job: str) -> None:
    """In its own order; labels that people made are among those to choose from, and it says how many doubtful rows are not in it."""
    reviews.correct(desk, BY_REVIEWER, job, 17, " frost ")
    found = reviews.review(desk, job)
    assert [row["row"] for row in found["rows"]] == [3, 17, 5, 20, 21, 22]
    assert (found["labels"], found["more"]) == (["leak", "noise", "frost"], 7)
    said = [row["correction"] for row in found["rows"]]
    assert (said[0], said[1]["label"], said[1]["by"]) == (None, "frost", BY_REVIEWER)


def test_a_correction_says_where_it_comes_from(reviews: ModuleType, desk: Any, job: str) -> None:
    """Text, file, model and what it had said are those of the list; the ledger's record holds no text."""
    answered = reviews.correct(desk, BY_REVIEWER, job, 3, "noise")
    assert answered == {"row": 3, "label": "noise", "by": BY_REVIEWER, "at": answered["at"]}
    (correction,) = corrections_in(desk).values()
    assert (correction.text, correction.label, correction.by, correction.at) == ("Text 3", "noise", BY_REVIEWER, answered["at"])
    assert (correction.object, correction.job_id, correction.row) == ("s3://predict/march/claims.csv", job, 3)
    assert (correction.model_version, correction.predicted_label, correction.confidence) == (2, "leak", 0.6)
    assert not correction.is_right
    (item,) = (
        boto3.resource("dynamodb")
        .Table("ledger")
        .query(KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": f"review#{job}"})["Items"]
    )
    assert "Text 3" not in str(item)
    assert item["sk"] == "0000000003"


def test_the_last_answer_wins_and_each_is_remembered(reviews: ModuleType, desk: Any, job: str) -> None:
    """Two people answer the same row; the same answer once more changes nothing, and counts no more than once."""
    reviews.correct(desk, BY_REVIEWER, job, 3, "noise")
    first = reviews.correct(desk, BY_OTHER, job, 3, "leak")
    assert reviews.correct(desk, BY_OTHER, job, 3, "leak") == first
    assert [correction.label for correction in corrections_in(desk).values()] == ["leak"]
    item = boto3.resource("dynamodb").Table("ledger").get_item(Key={"pk": f"review#{job}", "sk": "0000000003"})["Item"]
    assert [(said["label"], said["by"]) for said in item["answers"]] == [("noise", BY_REVIEWER), ("leak", BY_OTHER)]
    assert reviews.corrections(desk, "main") == {"total": 1, "since_training": 1, "retrain_after": 0}


def test_answers_that_cross_leave_object_and_ledger_alike(
    reviews: ModuleType, desk: Any, job: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one person's answer is being written another one's comes in between: the object says what the ledger says."""
    put = reviews._put
    crossing = [lambda: reviews.correct(desk, BY_OTHER, job, 3, "frost")]

    def slowly(*arguments: Any) -> None:
        if crossing:
            crossing.pop()()
        put(*arguments)  # what was read before the other one answered

    monkeypatch.setattr(reviews, "_put", slowly)
    reviews.correct(desk, BY_REVIEWER, job, 3, "noise")
    assert desk.reviews.answer(job, 3).label == "frost"
    assert [correction.label for correction in corrections_in(desk).values()] == ["frost"]


def test_taking_back_leaves_nothing_to_learn(reviews: ModuleType, desk: Any, job: str) -> None:
    """Nothing stands of the row, it counts no more, and taking back twice, or what nobody said, is no error."""
    reviews.correct(desk, BY_REVIEWER, job, 3, "noise")
    for row in (3, 3, 17):
        reviews.withdraw(desk, BY_OTHER, job, row)
    assert corrections_in(desk) == {}
    assert [row["correction"] for row in reviews.review(desk, job)["rows"]] == [None] * len(ROWS)
    assert reviews.corrections(desk, "main")["since_training"] == 0
    item = boto3.resource("dynamodb").Table("ledger").get_item(Key={"pk": f"review#{job}", "sk": "0000000003"})["Item"]
    assert [said["by"] for said in item["answers"]] == [BY_REVIEWER, BY_OTHER]


def test_one_text_has_one_correction(reviews: ModuleType, desk: Any, job: str) -> None:
    """The same text in another file: the last word counts, and taking the earlier one back does not take the later one away."""
    other = classified(desk, "april/claims.csv", [_row(8, text="text   <br/>3")])
    reviews.correct(desk, BY_REVIEWER, job, 3, "noise")
    reviews.correct(desk, BY_OTHER, other, 8, "frost")
    reviews.withdraw(desk, BY_REVIEWER, job, 3)
    (correction,) = corrections_in(desk).values()
    assert (correction.label, correction.job_id) == ("frost", other)
    assert correction_key("main", text_digest("Text 3").hex()) == Correction.key_of("main", correction.text)


def test_spot_checks_alone_tell_the_error(reviews: ModuleType, desk: Any, job: str) -> None:
    """Doubtful rows and disagreements were chosen, so they count for nothing; what was taken back neither."""
    for row, label in ((3, "noise"), (5, "noise"), (20, "leak"), (21, "noise"), (22, "noise")):
        reviews.correct(desk, BY_REVIEWER, job, row, label)
    reviews.withdraw(desk, BY_REVIEWER, job, 22)
    assert reviews.observed(desk, job) == {"reviewed": 2, "wrong": 1}


@pytest.mark.parametrize(
    ("label", "words"),
    [("  ", "is empty"), ("x" * 201, "has 201 characters; at most 200"), ("a\nb", "line break")],
    ids=["none", "text", "lines"],
)
def test_what_is_no_label_is_refused(reviews: ModuleType, desk: Any, job: str, label: str, words: str) -> None:
    """In a sentence, and nothing is written."""
    with pytest.raises(UserError, match=words):
        reviews.correct(desk, BY_REVIEWER, job, 3, label)
    assert corrections_in(desk) == {}


def test_what_is_not_there_is_said(reviews: ModuleType, desk: Any, job: str) -> None:
    """An unknown job, a training, a row that is not in the list, a job under way, results that expired or were replaced."""
    for call, words in (
        (lambda: reviews.review(desk, "predict-none"), "There is no job 'predict-none'"),
        (lambda: reviews.correct(desk, BY_REVIEWER, job, 4, "leak"), "Row 4 is not among the rows"),
        (lambda: reviews.withdraw(desk, BY_REVIEWER, job, 4), "Row 4 is not among the rows"),
    ):
        with pytest.raises(reviews.NotThereError, match=words):
            call()
    held = desk.ledger.job(job)
    training = replace(held, job_id="train-1", kind=JobKind.TRAIN)
    desk.ledger.claim(training)
    with pytest.raises(reviews.NotThereError, match="is a training"):
        reviews.review(desk, "train-1")
    desk.ledger.claim(replace(held, job_id="predict-2"))
    with pytest.raises(reviews.NotNowError, match="has not ended yet"):
        reviews.review(desk, "predict-2")
    classified(desk)
    with pytest.raises(reviews.NotThereError, match="replaced by those of a newer version"):
        reviews.review(desk, job)
    desk.s3.delete_object(Bucket="results", Key="march/claims.csv/summary.json")
    with pytest.raises(reviews.NotThereError, match="not there any more"):
        reviews.review(desk, job)


def test_a_training_anew_is_the_file_written_over_itself(reviews: ModuleType, desk: Any) -> None:
    """As it is now, with its hyperparameters; the job is that of the new version."""
    desk.s3.put_object(Bucket="train", Key="labelled.csv", Body=b"text,label\nmore,x\n", Metadata={"hyperparameters": '{"epochs": "2"}'})
    job_id = reviews.train_anew(desk, "main")["job_id"]
    head = desk.s3.head_object(Bucket="train", Key="labelled.csv")
    assert job_id == make_job_id(JobKind.TRAIN, "train", "labelled.csv", head["VersionId"])
    assert head["Metadata"] == {"hyperparameters": '{"epochs": "2"}'}
    assert desk.s3.get_object(Bucket="train", Key="labelled.csv")["Body"].read() == b"text,label\nmore,x\n"
    assert len(desk.s3.list_object_versions(Bucket="train", Prefix="labelled.csv")["Versions"]) == 3


def test_without_a_file_nothing_is_trained(reviews: ModuleType, desk: Any) -> None:
    """No model yet, a training under way, a file that was deleted or erased, or that never was in the bucket: 409, and why."""
    with pytest.raises(reviews.NotNowError, match="'tone' has no model yet"):
        reviews.train_anew(desk, "tone")
    running = desk.ledger.claim(
        Job(job_id="t", kind="train", classifier="main", status="received", bucket="train", key="k", object_version="v")
    )
    moved = desk.ledger.move(running, JobStatus.RUNNING)
    with pytest.raises(reviews.NotNowError, match="is under way"):
        reviews.train_anew(desk, "main")
    desk.ledger.move(moved, JobStatus.DONE)
    desk.s3.delete_object(Bucket="train", Key="labelled.csv")
    model, current = desk.ledger.model("main", 2), desk.ledger.current("main")
    for version, address in enumerate((model.training_object, ERASED, "s3://models/inputs/try/training/a.csv"), 3):
        made = replace(model, version=version, training_object=address)
        desk.ledger.add_model(made)
        current = desk.ledger.make_current(made, by="gate", before=current)
        with pytest.raises(reviews.NotNowError, match=rf"model v{version} was trained is not there any more.*Drop a labelled file"):
            reviews.train_anew(desk, "main")


def test_after_so_many_corrections_one_training_starts(reviews: ModuleType, desk: Any, job: str) -> None:
    """Once for each three, whoever gives them; answering a row anew is no further correction."""
    desk = replace(desk, retrain_after=3)
    versions = []
    for row, label in ((3, "noise"), (17, "noise"), (17, "leak"), (5, "leak"), (20, "leak"), (21, "leak"), (22, "leak")):
        reviews.correct(desk, BY_REVIEWER, job, row, label)
        versions.append(len(desk.s3.list_object_versions(Bucket="train", Prefix="labelled.csv")["Versions"]))
    assert versions == [1, 1, 1, 2, 2, 2, 3]
    assert reviews.corrections(desk, "main") == {"total": 6, "since_training": 0, "retrain_after": 3}


def test_a_training_that_cannot_start_costs_no_correction(reviews: ModuleType, desk: Any, job: str) -> None:
    """The file is gone: the correction stands, and the count too, until there is one to train on."""
    desk = replace(desk, retrain_after=1)
    desk.s3.delete_object(Bucket="train", Key="labelled.csv")
    reviews.correct(desk, BY_REVIEWER, job, 3, "noise")
    assert reviews.corrections(desk, "main")["since_training"] == 1
    assert len(corrections_in(desk)) == 1


def test_of_all_who_ask_at_once_one_starts_the_training(desk: Any) -> None:
    """The counter is conditional: three are due, and of two claims one is granted; a training begun otherwise counts anew."""
    for _ in range(4):
        desk.reviews.add_one("main")
    assert [desk.reviews.claim_training("main", 3) for _ in range(2)] == [True, False]
    assert desk.reviews.since_training("main") == 1
    desk.reviews.begin_training("main")
    desk.reviews.take_one_back("main")
    assert desk.reviews.since_training("main") == 0


def test_answers_without_end_fit_into_a_record(reviews: ModuleType, desk: Any, job: str) -> None:
    """Who answers a row again and again loses the oldest of it, never the last."""
    for number in range(MAX_REMEMBERED + 2):
        reviews.correct(desk, BY_REVIEWER, job, 3, f"label {number}")
    item = boto3.resource("dynamodb").Table("ledger").get_item(Key={"pk": f"review#{job}", "sk": "0000000003"})["Item"]
    assert len(item["answers"]) == 2
    assert item["label"] == item["answers"][-1]["label"] == f"label {MAX_REMEMBERED + 1}"
