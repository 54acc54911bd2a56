"""The small JSON files that pass between processes."""

from __future__ import annotations

import json
from dataclasses import asdict, fields, replace
from typing import Any

import pytest

from contract.corrections import Correction
from contract.documents import Document, Failure, Summary
from contract.errors import AlgorithmError
from contract.evaluations import Corrected, Evaluation, FreshReviews, Score
from contract.paired import Paired
from contract.promise import Promise, PromiseCheck

SCORE = Score(accuracy=0.875, macro_f1=0.8, rows=120)
EVALUATION = Evaluation(
    challenger=asdict(SCORE),
    champion=asdict(Score(accuracy=0.8, macro_f1=0.75, rows=120)),
    champion_version=3,
    majority_accuracy=0.25,
    labels=["Bezahlung", "Lieferung"],
    champion_labels=["Lieferung"],
    held_out="a share of the training rows",
    train_rows=960,
    validation_rows=120,
    dropped={"no text": 2},
    epochs=5,
    best_epoch=4,
    train_seconds=12.5,
    warnings=["Few rows for 'Bezahlung'."],
    promises=[asdict(PromiseCheck(max_error=0.05, threshold=None, accepted_share=0.0, checked_rows=0, checked_wrong=0))],
)
SUMMARY = Summary(
    job_id="predict-claims-0123456789ab",
    classifier="main",
    input="s3://predict/März/claims (2).csv",
    input_version="v1",
    input_sequencer="0A",
    results="claims (2)_results.csv",
    results_version="r1",
    rejected_version="",
    rejected="claims_rejected.csv",
    rows_in=10,
    rows_out=9,
    rows_rejected=1,
    rows_to_review=2,
    labels={"Lieferung": 9},
    encoding="utf-8-sig",
    delimiter=";",
    text_column="text",
    model_version="v3",
    model="s3://models/models/job/output/model.tar.gz",
    training_object="s3://train/claims.csv",
    training_object_version="t1",
    image_tag="cpu-0123",
    commit="abc",
    engine="numpy",
    started_at="2026-11-21T08:00:00.000+00:00",
    seconds=1.5,
    cost_usd=0.0001,
    promise=asdict(Promise(0.05, 0.9, 0.83, [0.05, 0.1]).outcome(7, 9)),
)
FAILURE = Failure(error="UserError", message="'März.csv' has no text column.")
CORRECTED = Corrected(rows=812, people=3, wrong={"v3": 512}, overruled=4, disputed=1, fresh=90)
FRESH = FreshReviews(challenger=asdict(SCORE), champion=asdict(SCORE), paired=asdict(Paired(120, 7, 2)))
REVIEWED = replace(EVALUATION, paired=asdict(Paired(120, 3, 1)), fresh=asdict(FRESH), corrected=asdict(CORRECTED))
CORRECTION = Correction(
    text="Tür öffnet nicht",
    label="Lieferung",
    by="ann@example.org",
    at="2026-11-22T08:00:00.000+00:00",
    job_id="predict-claims-0123456789ab",
    row=17,
    object="s3://predict/März/claims (2).csv",
    object_version="v1",
    model_version=3,
    predicted_label="Bezahlung",
    confidence=0.5,
)
DOCUMENTS = [SCORE, EVALUATION, SUMMARY, FAILURE, CORRECTED, FRESH, CORRECTION]
each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: type(document).__name__)


@each_document
def test_a_document_is_read_from_its_own_json(document: Document) -> None:
    """Text and bytes alike give back an equal document."""
    assert type(document).from_json(document.to_json()) == document
    assert type(document).from_json(document.to_json().encode()) == document


@each_document
def test_a_person_can_read_it(document: Document) -> None:
    """One field a line, accents as they are, a line end at the end."""
    text = document.to_json()
    assert "\\u" not in text
    assert text.endswith("}\n")
    assert text.count("\n") > len(fields(document))  # type: ignore[arg-type]  # every document is a dataclass


@each_document
@pytest.mark.parametrize("spoil", ["add", "remove", "list", "cut", "bytes"])
def test_what_is_no_such_document_is_refused(document: Document, spoil: str) -> None:
    """A field too many or too few, another shape, broken JSON and broken bytes are one kind of error with a sentence."""
    values: dict[str, Any] = json.loads(document.to_json())
    first = next(iter(values))
    spoiled: dict[str, str | bytes] = {
        "add": json.dumps({**values, "colour": "red"}),
        "remove": json.dumps({name: value for name, value in values.items() if name != first}),
        "list": json.dumps([values]),
        "cut": document.to_json()[:-5],
        "bytes": b"\xff\xfe{",
    }
    with pytest.raises(AlgorithmError, match=f"no {type(document).__name__.lower()} of this kit's version"):
        type(document).from_json(spoiled[spoil])


@pytest.mark.parametrize("name", ["challenger", "champion"])
def test_a_score_inside_an_evaluation_is_held_to_its_fields(name: str) -> None:
    """A foreign score is refused on reading, not as a traceback in the gate."""
    spoiled = json.dumps({**asdict(EVALUATION), name: {"accuracy": 0.5}})
    with pytest.raises(AlgorithmError, match="no evaluation of this kit's version"):
        Evaluation.from_json(spoiled)


def test_scores_come_out_typed() -> None:
    """The gate compares scores, and knows when there was no model to compare with."""
    assert EVALUATION.challenger_score == SCORE
    assert EVALUATION.champion_score is not None
    assert EVALUATION.champion_score.accuracy == 0.8
    assert replace(EVALUATION, champion=None).champion_score is None


def test_what_people_said_comes_out_typed() -> None:
    """The gate reads it from an evaluation; one of an earlier version of the kit has nothing of it, and foreign parts are refused."""
    read = Evaluation.from_json(REVIEWED.to_json())
    assert (read.paired_score, read.fresh_reviews, read.corrections) == (Paired(120, 3, 1), FRESH, CORRECTED)
    earlier = {name: value for name, value in asdict(EVALUATION).items() if name not in ("paired", "fresh", "corrected")}
    assert Evaluation.from_json(json.dumps(earlier)) == EVALUATION
    for name, part in (("paired", {"rows": 1}), ("fresh", {"challenger": {}}), ("corrected", {"rows": 1})):
        with pytest.raises(AlgorithmError, match="no evaluation of this kit's version"):
            Evaluation.from_json(json.dumps(asdict(REVIEWED) | {name: part}))


@pytest.mark.parametrize("field", ["text", "label", "by", "row", "model_version"])
def test_a_correction_of_other_types_is_none(field: str) -> None:
    """The object may be anybody's: what is no text is not learned as one."""
    with pytest.raises(AlgorithmError, match="no correction of this kit's version"):
        Correction.from_json(json.dumps(asdict(CORRECTION) | {field: ["x"]}))


@pytest.mark.parametrize("counts", [{"rows_in": 11}, {"rows_out": 8}, {"rows_rejected": 0}])
def test_a_summary_whose_counts_do_not_add_up_cannot_exist(counts: dict[str, Any]) -> None:
    """Rows in = rows out + rows rejected, when it is made and when it is read."""
    with pytest.raises(AlgorithmError, match=r"rows came in.*went out.*not published"):
        replace(SUMMARY, **counts)
    with pytest.raises(AlgorithmError, match="rows came in"):
        Summary.from_json(json.dumps({**asdict(SUMMARY), **counts}))
