"""Agreement and consolidation: published figures, simulated people, and what must hold where answers are few."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator
from types import ModuleType

import pytest
from deployed_functions import LAMBDAS
from labelling_crowd import LABELS, crowd

FOUR_PEOPLE = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")  # Krippendorff 2011; a dot: no answer


@pytest.fixture(scope="module")
def rooms() -> Iterator[tuple[ModuleType, ModuleType]]:
    """The modules agreement and consolidation of answer_api."""
    sys.path.insert(0, str(LAMBDAS / "answer_api"))
    try:
        import agreement  # type: ignore[import-not-found]  # noqa: PLC0415  # a file of a Lambda
        import consolidation  # type: ignore[import-not-found]  # noqa: PLC0415

        yield agreement, consolidation
    finally:
        sys.path.remove(str(LAMBDAS / "answer_api"))


@pytest.fixture
def agreement(rooms: tuple[ModuleType, ModuleType]) -> ModuleType:
    """How far people agree."""
    return rooms[0]


@pytest.fixture
def consolidation(rooms: tuple[ModuleType, ModuleType]) -> ModuleType:
    """What the label is."""
    return rooms[1]


def test_alpha_is_krippendorffs(agreement: ModuleType) -> None:
    """His own example, four people and twelve texts of which some did not see all, has the value that he prints."""
    texts = [{f"p{place}": label for place, label in enumerate(said) if label != "."} for said in zip(*FOUR_PEOPLE, strict=True)]
    assert agreement.alpha(texts) == pytest.approx(0.743, abs=5e-4)


def test_kappa_is_cohens(agreement: ModuleType) -> None:
    """Fifty texts of which two people call 20 both yes and 15 both no, the textbooks' example, have 0.4."""
    counts = {("yes", "yes"): 20, ("yes", "no"): 5, ("no", "yes"): 10, ("no", "no"): 15}
    texts = [{"ann": one, "bob": other} for (one, other), number in counts.items() for _ in range(number)]
    (pair,) = agreement.pairs([*texts, {"ann": "yes"}, {"eve": "no"}])
    assert (pair.one, pair.other, pair.texts) == ("ann", "bob", 50)
    assert pair.kappa == pytest.approx(0.4)


@pytest.mark.parametrize("texts", [[], [{"ann": "a"}], [{"ann": "a", "bob": "a"}] * 9], ids=["none", "one person", "one label"])
def test_where_nothing_could_differ_nothing_is_measured(agreement: ModuleType, texts: list[dict[str, str]]) -> None:
    """No division by nothing, and the words say what is missing."""
    assert agreement.alpha(texts) is None
    assert all(pair.kappa is None for pair in agreement.pairs(texts))
    assert "Nothing can be said yet" in agreement.in_words(None)


def test_guessing_is_no_agreement(agreement: ModuleType) -> None:
    """Of people who all guess both measures are about 0, and of people who know about 1; the words follow."""
    guessed = crowd(dict.fromkeys(("ann", "bob", "eve"), 0.2), 2000).answers
    known = crowd(dict.fromkeys(("ann", "bob", "eve"), 0.99), 500).answers
    assert agreement.alpha(guessed) == pytest.approx(0, abs=0.04)
    assert all(pair.kappa == pytest.approx(0, abs=0.06) for pair in agreement.pairs(guessed))
    assert agreement.alpha(known) > 0.95
    assert [agreement.in_words(value).split(":")[0] for value in (0.81, 0.7, 0.2)] == [
        "People agree well",
        "People agree tolerably",
        "People agree little",
    ]


CROWDS = {
    "even": ({"a": 0.8, "b": 0.8, "c": 0.8}, 3),
    "one expert": ({"a": 0.95, "b": 0.6, "c": 0.6, "d": 0.55, "e": 0.5}, 5),
    "two spammers": ({"a": 0.9, "b": 0.85, "c": 0.8, "x": 0.2, "y": 0.2}, 5),
    "three of eight see a text": ({"a": 0.95, "b": 0.9, "c": 0.7, "d": 0.7, "e": 0.6, "f": 0.6, "x": 0.2, "y": 0.25}, 3),
}


@pytest.mark.parametrize("name", CROWDS)
def test_consolidation_is_no_worse_than_a_majority(consolidation: ModuleType, name: str) -> None:
    """Over simulated crowds of known skill: better by much where skills differ; people who are alike differ in the luck of ties alone."""
    skills, each = CROWDS[name]
    simulated = [crowd(skills, 300, seed=seed, each=each) for seed in range(3)]
    ours = sum(one.right([said.label for said in consolidation.consolidate(one.answers, LABELS)]) for one in simulated) / 3
    votes = sum(one.right(one.majority()) for one in simulated) / 3
    assert ours > votes + (-0.01 if name == "even" else 0.02)


def test_confidence_is_how_often_it_is_right(consolidation: ModuleType) -> None:
    """Of labels that are told to be as likely as p, about the share p is true."""
    simulated = crowd({"a": 0.9, "b": 0.75, "c": 0.6, "d": 0.6, "e": 0.4}, 2000, seed=3, each=3)
    found = consolidation.consolidate(simulated.answers, LABELS)
    for low, high in ((0.3, 0.6), (0.6, 0.8), (0.8, 0.95), (0.95, 1.01)):
        chosen = [(said, true) for said, true in zip(found, simulated.truth, strict=True) if low <= said.confidence < high]
        assert len(chosen) > 50
        told = sum(said.confidence for said, _ in chosen) / len(chosen)
        right = sum(said.label == true for said, true in chosen) / len(chosen)
        assert right == pytest.approx(told, abs=0.08)


@pytest.mark.parametrize("size", [20, 50])
def test_many_labels_make_nobody_surer(consolidation: ModuleType, size: int) -> None:
    """Where people who are right six times in ten all differ one of them is not told to be right because the others err like that."""
    labels = [f"label {number}" for number in range(size)]
    simulated = crowd({f"p{number}": 0.6 for number in range(6)}, 500, labels=labels, each=3)
    found = consolidation.consolidate(simulated.answers, labels)
    right, told = simulated.right([said.label for said in found]), sum(said.confidence for said in found) / len(found)
    assert right > 0.7
    assert told == pytest.approx(right, abs=0.1)
    sure = [said.label == true for said, true in zip(found, simulated.truth, strict=True) if said.confidence > 0.9]
    assert len(sure) > 250
    assert sum(sure) / len(sure) > 0.93


def test_a_spammer_is_outvoted(consolidation: ModuleType) -> None:
    """Somebody who always says the same, and somebody who guesses, do not take a text from one who knows."""
    chance = random.Random(1)  # noqa: S311  # no secret
    simulated = crowd({"ann": 0.95, "bob": 0.9}, 300, seed=5)
    answers = [{**said, "always": "rust", "guess": chance.choice(LABELS)} for said in simulated.answers]
    found = [said.label for said in consolidation.consolidate(answers, LABELS)]
    assert simulated.right(found) > max(0.9, simulated._replace(answers=answers).right(simulated._replace(answers=answers).majority()))
    disputed = consolidation.consolidate([*answers, {"ann": "leak", "always": "rust"}], LABELS)[-1]
    assert disputed.label == "leak"


def test_one_person_is_believed(consolidation: ModuleType) -> None:
    """Where nobody answered the same text twice each answer is its text's label, rare ones too, as likely as is assumed of anybody."""
    said = ["leak"] * 90 + ["noise"] * 9 + ["rust"]
    found = consolidation.consolidate([{"ann": label} for label in said], LABELS)
    assert [one.label for one in found] == said
    assert all(0.9 <= one.confidence <= 1 for one in found)
    assert found[-1].confidence == pytest.approx(0.9, abs=0.01)


def test_few_answers_give_what_was_said(consolidation: ModuleType) -> None:
    """No text gets a label that nobody gave it, two who differ leave a doubt, and a text without an answer gets none."""
    found = consolidation.consolidate([{"ann": "leak", "bob": "leak"}, {"ann": "leak", "bob": "rust"}, {}, {"bob": "noise"}], LABELS)
    agreed, disputed, nothing, only = found
    assert (agreed.label, nothing, only.label) == ("leak", None, "noise")
    assert disputed.label in ("leak", "rust")
    assert disputed.confidence < 0.8 < agreed.confidence
    assert consolidation.consolidate([{}, {}], LABELS) == [None, None]


def test_a_rare_label_survives_many_frequent_ones(consolidation: ModuleType) -> None:
    """That nearly all texts are of one label is no reason to take the few others from those who agree on them."""
    simulated = crowd({"a": 0.9, "b": 0.85, "c": 0.85}, 600, seed=2, labels=["leak", "rust"], shares=[0.97, 0.03])
    found = consolidation.consolidate(simulated.answers, ["leak", "rust"])
    agreed = [one.label for one, said in zip(found, simulated.answers, strict=True) if set(said.values()) == {"rust"}]
    assert agreed
    assert set(agreed) == {"rust"}


def test_the_same_answers_give_the_same_labels(consolidation: ModuleType) -> None:
    """In whatever order people's answers stand."""
    simulated = crowd({"a": 0.7, "b": 0.6, "c": 0.5}, 200, seed=9)
    turned = [dict(reversed(said.items())) for said in simulated.answers]
    assert consolidation.consolidate(simulated.answers, LABELS) == consolidation.consolidate(turned, LABELS)


def test_a_large_job_takes_seconds(consolidation: ModuleType, agreement: ModuleType) -> None:
    """A fifth of the largest job, with five answers each, fifty labels, many people, takes a tenth of what a call has at the very most."""
    labels = [f"label {number}" for number in range(50)]
    simulated = crowd({f"p{number}": 0.5 + number / 200 for number in range(80)}, 1000, seed=4, labels=labels, each=5)
    started = time.process_time()
    found = consolidation.consolidate(simulated.answers, labels)
    agreement.alpha(simulated.answers)
    agreement.pairs(simulated.answers)
    assert time.process_time() - started < 3
    assert simulated.right([said.label for said in found]) > 0.9
