"""Affixes are looked for at a text's ends only: the same ones, with work in proportion to the text."""

from __future__ import annotations

import random
from functools import cache
from typing import Any

import pytest
from engine_samples import libraries
from hypothesis import example, given, settings
from hypothesis import strategies as st
from nasty_pieces import NASTY

from model.kernel.encoder import KernelEncoder
from model.text import splitting
from model.text.affixes import WHOLE, Tail, prefix_length, suffix_length, tail
from model.text.parsing import compiled
from model.text.patterns import WESTERN
from model.text.splitting import Splitter
from model.text.vocabulary import Vocabulary
from model.training.languages import CODES, FALLBACK
from model.training.spacy_rules import rules_of

LANGUAGES = [FALLBACK, *CODES.values()]
ENDS = ["..", "." * 30, "km²", "Kč", "'s", "’S", "°C.", "9+", "AB.", "x.", "5€", "😀", "…", '"', ")))", "--", "%", "12%.", "l'", "a", "9"]
TEXTS = st.lists(st.sampled_from([*NASTY, *ENDS]) | st.text(st.characters(exclude_characters="\n"), max_size=12), max_size=6).map("".join)
MARKS = {
    "quotation marks": "\"'“”‘’«»`",
    "brackets": "()[]{}<>",
    "points": ".,;:!?…",
    "emoji": "😀🎉❤👍",
    "smileys": ":)(-D;",
    "words in brackets": "ab()",
}


def by_search(pattern: str, text: str) -> int:
    """The length of the affix that a search of the whole text finds, as spaCy's."""
    match = compiled(pattern).search(text)
    return match.end() - match.start() if match else 0


@pytest.mark.parametrize("language", LANGUAGES)
@given(text=TEXTS)
@example(text="7اكواب")  # the longest unit of all
@example(text="x" + "." * 30)
@settings(deadline=None, max_examples=100)
def test_the_ends_have_the_affixes_of_the_whole(language: str, text: str) -> None:
    """In the patterns of each language that the kit trains for, looking at the ends only finds what spaCy finds."""
    rules = rules_of(language)
    assert prefix_length(rules.prefix)(text) == by_search(rules.prefix, text)
    assert suffix_length(rules.suffix)(text) == by_search(rules.suffix, text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_suffixes_of_every_language_are_short_but_for_points(language: str) -> None:
    """No language that the kit trains for falls back to searching the whole text."""
    found = tail(rules_of(language).suffix)
    assert found.width <= 6
    assert found.runs == "."


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("ab$|c$", Tail(2, "")),
        (r"(?<=abc)d$|\.\.+$|x$", Tail(1, ".")),
        ("(?:,-)+$", Tail(0, ",-")),
        ("ab|c$", WHOLE),
        ("[ab]+$", WHOLE),
        ("(?<=a)b+$", WHOLE),
        ("(?m:ab)$", Tail(2, "")),
        ("(?m)ab$", WHOLE),
        ("", WHOLE),
    ],
)
def test_the_tail_is_as_small_as_is_sure(pattern: str, expected: Tail) -> None:
    """Alternatives of bounded length and runs of given characters, all up to the end, have a tail; others are searched for everywhere."""
    assert tail(pattern) == expected


@pytest.mark.parametrize(
    ("pattern", "text"), [("ab|c$", "xabx"), ("[ab]+$", "xabab"), ("(?<=a)b+$", "abbb"), ("(?:,-)+$", "-,-,-"), (r"(?<=abc)d$", "abcd")]
)
def test_patterns_of_any_form_find_the_same(pattern: str, text: str) -> None:
    """Matches that are long, away from the end or behind something are those of a search of the whole text."""
    for find in (prefix_length, suffix_length):
        assert find(pattern)(text) == by_search(pattern, text) > 0


class Counting:
    """A compiled pattern that counts the places at which a search of it may have to begin."""

    def __init__(self, pattern: str, places: list[int]) -> None:
        self._known, self._places = compiled(pattern), places

    def match(self, text: str) -> Any:
        """At one place."""
        self._places.append(1)
        return self._known.match(text)

    def search(self, text: str, start: int = 0) -> Any:
        """From a place on."""
        self._places.append(len(text) - start)
        return self._known.search(text, start)


@cache
def run_of(marks: str, size: int) -> str:
    """Some of the marks in any order."""
    return "".join(random.Random(size).choices(marks, k=size))  # noqa: S311  # no secret


@pytest.mark.parametrize("language", LANGUAGES)
def test_work_grows_as_the_text_does(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a run of marks, each character costs the same few tries of the patterns, however long the run is."""
    places: list[int] = []
    rules = rules_of(language)
    affixes = (rules.prefix, rules.suffix)
    monkeypatch.setattr(splitting, "compiled", lambda pattern: Counting(pattern, places) if pattern in affixes else compiled(pattern))
    monkeypatch.setattr(splitting, "compiled_within", lambda pattern, alphabet: splitting.compiled(pattern))
    for own in (Splitter(rules), Splitter(rules, WESTERN)):
        for name, marks in MARKS.items():
            for size in (100, 1000):
                places.clear()
                own.tokens(run_of(marks, size), rules.exceptions)
                assert 2 <= sum(places) < 8 * size + 20, (name, size)
                assert 2 <= len(places) <= 2 * size + 2, (name, size)


@pytest.mark.parametrize("marks", ["()[]{}", "()[]{}ab", "!?.,", "%$#+", '"'])
def test_the_kernel_splits_runs_of_marks_within_its_steps(marks: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The steps that the kernel allows itself, so many for each character, suffice for runs of any length: none is left to Python."""
    asked: list[bytes] = []
    encode = KernelEncoder(libraries()[0], rules_of(), Vocabulary(["a"]), 10)
    monkeypatch.setattr(encode._slow, "piece_ids", lambda piece: asked.append(piece) or (5,))
    encode([run_of(marks, size) for size in range(1, 101)])
    assert asked == []
