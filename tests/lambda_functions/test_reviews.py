"""What the API does with reviews: the list, and what people say of its rows."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType
from typing import Any

import boto3
import pytest
from reviewed_jobs import BY_OTHER, BY_REVIEWER, ROWS, classified, corrections_in, listed_row

from contract.errors import UserError
from contract.records import JobKind
from contract.review_ledger import MAX_REMEMBERED
from contract.review_list import ReviewKind


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
    assert answered == {"row": 3, "label": "noise", "by": BY_REVIEWER, "at": answered["at"], "replaced": None}
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
    """Two people answer the same row, and the second one hears of it; the same answer once more changes nothing, and counts no more."""
    before = reviews.correct(desk, BY_REVIEWER, job, 3, "noise")
    first = reviews.correct(desk, BY_OTHER, job, 3, "leak")
    assert first["replaced"] == {"label": "noise", "by": BY_REVIEWER, "at": before["at"]}
    assert reviews.correct(desk, BY_OTHER, job, 3, "leak") == first | {"replaced": None}
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


@pytest.mark.parametrize(("taken_back", "left"), [(0, "frost"), (1, "noise")], ids=["the earlier answer", "the later answer"])
def test_taking_back_leaves_what_was_said_of_the_text_elsewhere(
    reviews: ModuleType, desk: Any, job: str, taken_back: int, left: str
) -> None:
    """The same text in another file has a correction of its own, and both are one corrected text."""
    other = classified(desk, "april/claims.csv", [listed_row(8, text="text   <br/>3")])
    rows = [(job, 3), (other, 8)]
    reviews.correct(desk, BY_REVIEWER, *rows[0], "noise")
    reviews.correct(desk, BY_OTHER, *rows[1], "frost")
    assert {correction.label for correction in corrections_in(desk).values()} == {"noise", "frost"}
    assert reviews.corrections(desk, "main")["total"] == 1
    reviews.withdraw(desk, BY_OTHER, *rows[taken_back])
    (correction,) = corrections_in(desk).values()
    assert (correction.label, (correction.job_id, correction.row)) == (left, rows[1 - taken_back])
    assert reviews.corrections(desk, "main")["total"] == 1


def test_taking_back_never_takes_away_what_another_just_said(
    reviews: ModuleType, desk: Any, job: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one person takes an answer back another one answers: the object says what the ledger says."""
    reviews.correct(desk, BY_REVIEWER, job, 3, "noise")
    delete = desk.s3.delete_object
    crossing = [lambda: reviews.correct(desk, BY_OTHER, job, 3, "frost")]

    def slowly(**request: Any) -> None:
        if crossing:
            crossing.pop()()
        delete(**request)

    monkeypatch.setattr(desk.s3, "delete_object", slowly)
    reviews.withdraw(desk, BY_REVIEWER, job, 3)
    assert desk.reviews.answer(job, 3).label == "frost"
    assert [correction.label for correction in corrections_in(desk).values()] == ["frost"]


def test_spot_checks_alone_tell_the_error(reviews: ModuleType, desk: Any, job: str) -> None:
    """Doubtful rows and disagreements were chosen, so they say nothing of it; of what was taken back nothing counts."""
    for row, label in ((3, "noise"), (5, "noise"), (20, "leak"), (21, "noise"), (22, "noise")):
        reviews.correct(desk, BY_REVIEWER, job, row, label)
    reviews.withdraw(desk, BY_REVIEWER, job, 22)
    assert desk.reviews.observed(job)._asdict() == {"reviewed": 2, "wrong": 1, "answered": 1}


def test_what_the_model_learned_from_people_tells_no_error(reviews: ModuleType, desk: Any, job: str) -> None:
    """A spot check of a text that had a correction before the model was trained counts for nothing; one of a later correction does."""
    reviews.correct(desk, BY_REVIEWER, job, 20, "noise")
    trained = replace(desk.ledger.model("main", 2), version=3, created_at="2999-01-01T00:00:00.000+00:00")
    desk.ledger.add_model(trained)
    checks = [listed_row(number, ReviewKind.SPOT_CHECK, f"Text {number}") for number in (20, 99)]
    later = classified(desk, "april/claims.csv", checks, model_version=3)
    for row in (20, 99):
        reviews.correct(desk, BY_OTHER, later, row, "noise")
    assert desk.reviews.observed(later)._asdict() == {"reviewed": 1, "wrong": 1, "answered": 0}
    assert desk.reviews.observed(job)._asdict() == {"reviewed": 1, "wrong": 1, "answered": 0}


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
        with pytest.raises(reviews.Refusal, match=words):
            call()
    held = desk.ledger.job(job)
    training = replace(held, job_id="train-1", kind=JobKind.TRAIN)
    desk.ledger.claim(training)
    with pytest.raises(reviews.Refusal, match="is a training"):
        reviews.review(desk, "train-1")
    desk.ledger.claim(replace(held, job_id="predict-2"))
    with pytest.raises(reviews.Refusal, match="has not ended yet"):
        reviews.review(desk, "predict-2")
    classified(desk)
    with pytest.raises(reviews.Refusal, match="replaced by those of a newer version"):
        reviews.review(desk, job)
    desk.s3.delete_object(Bucket="results", Key="march/claims.csv/summary.json")
    with pytest.raises(reviews.Refusal, match="not there any more"):
        reviews.review(desk, job)


def test_answers_without_end_fit_into_a_record(reviews: ModuleType, desk: Any, job: str) -> None:
    """Who answers a row again and again loses the oldest of it, never the last."""
    for number in range(MAX_REMEMBERED + 2):
        reviews.correct(desk, BY_REVIEWER, job, 3, f"label {number}")
    item = boto3.resource("dynamodb").Table("ledger").get_item(Key={"pk": f"review#{job}", "sk": "0000000003"})["Item"]
    assert len(item["answers"]) == 2
    assert item["label"] == item["answers"][-1]["label"] == f"label {MAX_REMEMBERED + 1}"
