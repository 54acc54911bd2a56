"""Whose rules split the words of a training file."""

from __future__ import annotations

import pytest

from model.training.languages import language_code, language_shares

GERMAN = "Der Motor ist nicht mit der Pumpe verbunden und das war für mich ein Problem"
FRENCH = "Le moteur est en panne et je ne suis pas content de la livraison pour vous"
ENGLISH = "The motor is not working and it was a problem for me with the pump"


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        ([GERMAN] * 3 + [ENGLISH], "de"),
        ([FRENCH] * 3 + ["1234"] * 2, "fr"),
        ([GERMAN] * 2 + [FRENCH] * 2, "en"),
        ([ENGLISH] * 3, "en"),
        (["Ο κινητήρας δεν λειτουργεί"] * 3, "en"),
        (["pump leaks", "x"], "en"),
    ],
    ids=["german", "french", "two-halves", "english", "greek", "too-short-to-tell"],
)
def test_most_texts_decide(texts: list[str], code: str) -> None:
    """A language that most texts seem to be in brings its rules; where none does, the rules are those of English."""
    assert language_code(texts) == code


def test_shares_are_told_the_greatest_first() -> None:
    """The report's languages: shares that add up to one."""
    assert list(language_shares([ENGLISH, GERMAN, GERMAN, GERMAN]).items()) == [("German", 0.75), ("English", 0.25)]
