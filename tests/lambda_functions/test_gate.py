"""The gate: every branch of its decision, and the sentence that goes with it."""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import partial
from types import ModuleType
from typing import Any

import pytest

from contract.evaluations import Corrected, Evaluation, Score
from contract.paired import Paired
from contract.records import Current

EVALUATION = Evaluation(
    challenger=asdict(Score(accuracy=0.9, macro_f1=0.85, rows=120)),
    champion=asdict(Score(accuracy=0.875, macro_f1=0.9, rows=120)),
    champion_version=9,
    majority_accuracy=0.25,
    labels=["a", "b", "c"],
    champion_labels=["a", "b"],
    held_out="a share of the training rows",
    train_rows=960,
    validation_rows=120,
    dropped={},
    epochs=5,
    best_epoch=4,
    train_seconds=12.5,
    warnings=[],
)
CURRENT = Current(classifier="main", version=9, artifact_uri="s3://models/9", since="2026-11-20", by="gate")
FIRST = replace(EVALUATION, champion=None, champion_version=0, champion_labels=[])


@pytest.fixture
def decide(modules: dict[str, ModuleType]) -> Any:
    """The gate, as publish_model imports it, for the default classifier unless another is named."""
    return partial(modules["publish_model"].decide, classifier="main")


def _score(accuracy: float, macro_f1: float) -> dict[str, Any]:
    return asdict(Score(accuracy=accuracy, macro_f1=macro_f1, rows=120))


def test_a_better_model_is_published(decide: Any) -> None:
    """More right answers on the same rows, and the sentence gives both figures and the number of rows."""
    decision = decide(EVALUATION, 10, CURRENT)
    assert decision.is_published
    assert decision.reason == "Published: it is right on 90.0% of 120 held-out rows, the current model v9 on 87.5%."


@pytest.mark.parametrize(
    ("new", "old", "is_published"),
    [
        ((0.9, 0.80), (0.8, 0.90), True),
        ((0.8, 0.95), (0.9, 0.10), False),
        ((0.9, 0.81), (0.9, 0.80), True),
        ((0.9, 0.80), (0.9, 0.80), False),
        ((0.9, 0.79), (0.9, 0.80), False),
    ],
    ids=["more accurate", "less accurate", "as accurate but better on rare labels", "equal", "worse on rare labels"],
)
def test_accuracy_decides_and_then_macro_f1(decide: Any, new: tuple[float, float], old: tuple[float, float], is_published: bool) -> None:
    """An equal model is not worth a change; a worse one is kept and can be promoted by hand."""
    decision = decide(replace(EVALUATION, challenger=_score(*new), champion=_score(*old)), 10, CURRENT)
    assert decision.is_published is is_published
    assert is_published or ("Kept, not used: it is right on" in decision.reason and "'kit promote 10'" in decision.advice)


def _reviewed(held_out: tuple[int, int], fresh: tuple[int, int], **changes: Any) -> Evaluation:
    """Of 120 held-out rows and 40 fresh reviews so many that only the new model, and only the current one, gets right."""
    scores = {"challenger": _score((96 + held_out[0]) / 120, 0.8), "champion": _score((96 + held_out[1]) / 120, 0.8)}
    on_fresh = [asdict(Score(accuracy=(20 + only) / 40, macro_f1=0.5, rows=40)) for only in fresh]
    reviews = {"challenger": on_fresh[0], "champion": on_fresh[1], "paired": asdict(Paired(40, *fresh))}
    return replace(EVALUATION, **scores, paired=asdict(Paired(120, *held_out)), fresh=reviews, **changes)


@pytest.mark.parametrize(
    ("held_out", "fresh", "is_published"),
    [
        ((3, 3), (8, 1), True),
        ((3, 3), (5, 2), False),
        ((2, 3), (15, 0), False),
        ((0, 8), (15, 0), False),
        ((5, 4), (2, 3), True),
        ((9, 0), (0, 8), False),
        ((3, 3), (2, 2), False),
    ],
    ids=[
        "as good held out, proven better fresh",
        "as good held out, better fresh by chance",
        "one row worse held out",
        "proven worse held out",
        "better held out, worse fresh by chance",
        "better held out, proven worse fresh",
        "equal",
    ],
)
def test_fresh_reviews_never_outweigh_held_out_rows(
    decide: Any, held_out: tuple[int, int], fresh: tuple[int, int], is_published: bool
) -> None:
    """What is worse on held-out rows is kept, by however little; fresh reviews decide where these are even, or against, when proven."""
    assert decide(_reviewed(held_out, fresh), 10, CURRENT).is_published is is_published


def test_the_sentence_tells_of_fresh_reviews_and_of_chance(decide: Any) -> None:
    """Both figures on both sets, and whether the difference on fresh reviews alone proves anything."""
    decision = decide(_reviewed((6, 0), (9, 1)), 10, CURRENT)
    assert decision.reason == (
        "Published: it is right on 85.0% of 120 held-out rows, the current model v9 on 80.0%; apart from these, on 40 fresh"
        " reviews 72.5% against 52.5%, a difference that chance hardly explains (McNemar's exact test, p = 0.021)."
    )
    assert "a difference that may well be chance (McNemar's exact test, p = 1)" in decide(_reviewed((9, 0), (1, 0)), 10, CURRENT).reason


def test_rare_labels_decide_where_as_many_rows_are_right(decide: Any) -> None:
    """As without fresh reviews: equal on all rows, but better on the rare labels of the held-out ones."""
    evaluation = _reviewed((2, 2), (1, 1))
    assert decide(replace(evaluation, challenger=evaluation.challenger | {"macro_f1": 0.81}), 10, CURRENT).is_published


def test_the_sentence_says_what_people_contributed(decide: Any) -> None:
    """Of a first model as of a later one: how many corrections, by how many people, and which model was wrong in how many."""
    corrected = Corrected(rows=812, people=3, wrong={"v2": 3, "v3": 512}, overruled=0, disputed=0, fresh=0)
    for evaluation, current in ((EVALUATION, CURRENT), (FIRST, None)):
        decision = decide(replace(evaluation, corrected=asdict(corrected)), 10, current)
        assert decision.reason.endswith(" It learned from 812 corrections by 3 people; v2 was wrong in 3, v3 was wrong in 512 of them.")
    one = replace(corrected, rows=1, people=1, wrong={})
    assert one.sentence() == "It learned from 1 correction by 1 person, all of which confirm what the model had said."
    assert replace(corrected, rows=0).sentence() == ""


def test_a_model_that_lost_labels_is_kept(decide: Any) -> None:
    """However good it is: rows of the lost labels would be answered wrongly from now on."""
    decision = decide(replace(EVALUATION, labels=["a"], challenger=_score(1.0, 1.0)), 10, CURRENT)
    assert not decision.is_published
    assert "does not know the labels 'b' of the current model v9" in decision.reason
    assert "'kit promote 10'" in decision.advice


def test_many_lost_labels_are_counted(decide: Any) -> None:
    """A sentence names a few labels and counts the others."""
    decision = decide(replace(EVALUATION, champion_labels=[*"abcdefghijk"]), 10, CURRENT)
    assert "'d', 'e', 'f', 'g', 'h' and 3 more" in decision.reason


def test_lost_labels_that_read_like_texts_are_not_quoted(decide: Any) -> None:
    """A model of old may have learned whole texts as labels; records and messages hold none."""
    text = "my machine has leaked since Tuesday"
    decision = decide(replace(EVALUATION, champion_labels=[text, "x" * 300_000]), 10, CURRENT)
    assert "reads like a text (35 characters)" in decision.reason
    assert text not in decision.reason
    assert len(decision.reason) < 300


def test_a_first_model_that_beats_guessing_is_published(decide: Any) -> None:
    """There is nothing to compare with but always giving the most frequent label."""
    decision = decide(FIRST, 1, None)
    assert decision.is_published
    assert decision.reason.startswith("Published as the first model: it is right on 90.0% of 120 held-out rows")
    assert decision.reason.endswith("right on 25.0%.")


@pytest.mark.parametrize("majority", [0.9, 0.95])
def test_a_first_model_no_better_than_guessing_is_kept(decide: Any, majority: float) -> None:
    """The sentence says what helps, and how to use the model all the same."""
    decision = decide(replace(FIRST, majority_accuracy=majority), 1, None)
    assert not decision.is_published
    for part in ("Kept, not used", "no better than always answering", "More rows, or clearer labels", "'kit promote 1'"):
        assert part in decision.reason + decision.advice


def test_many_labels_need_no_fixed_share(decide: Any) -> None:
    """Of a hundred labels, a fifth right answers can be far better than guessing."""
    assert decide(replace(FIRST, challenger=_score(0.2, 0.1), majority_accuracy=0.02), 1, None).is_published


@pytest.mark.parametrize("evaluation", [EVALUATION, FIRST], ids=["had another champion", "had none"])
def test_a_model_that_was_never_compared_with_the_current_one_is_kept(decide: Any, evaluation: Evaluation) -> None:
    """Another model came into use during the training; figures on other rows prove nothing."""
    decision = decide(evaluation, 10, replace(CURRENT, version=11))
    assert not decision.is_published
    assert "model v11 came into use while this one was trained" in decision.reason
    assert "Drop the file again" in decision.advice


def test_a_champion_that_could_not_be_read_leaves_the_new_model_kept(decide: Any) -> None:
    """A damaged artifact in use is a reason to look, not to switch unseen."""
    decision = decide(replace(EVALUATION, champion=None), 10, CURRENT)
    assert not decision.is_published
    assert "current model v9 could not be read to compare with it" in decision.reason


def test_advice_is_about_the_classifier_of_the_model(decide: Any) -> None:
    """A command without its name would put another classifier's model in use."""
    decision = decide(replace(EVALUATION, champion=None), 10, CURRENT, classifier="urgency")
    assert decision.advice == " 'kit promote 10 --classifier urgency' uses it all the same."
