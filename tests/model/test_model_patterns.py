"""Patterns restricted to an alphabet, parsed sooner, or not tried at all: they match what Python's own do."""

from __future__ import annotations

import re
from functools import cache
from re import _parser as parser  # type: ignore[attr-defined]  # Python's own, which typeshed leaves out

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nasty_pieces import NASTY

from model.text import parsing
from model.text.necessary import necessary
from model.text.parsing import compiled, parsed
from model.text.patterns import ASCII, WESTERN, UnsupportedPatternError
from model.text.small_patterns import compiled_within
from model.text.tokenizer import Tokenizer
from model.training.languages import CODES, FALLBACK
from model.training.spacy_rules import rules_of

LANGUAGES = [FALLBACK, *CODES.values()]
SET = "一二三四五"
PIECES = st.lists(st.sampled_from(NASTY) | st.text("abé-‐'’. ", min_size=1, max_size=5), min_size=1, max_size=3).map("".join)


@cache
def patterns_of(language: str) -> list[str]:
    """All of a language's."""
    rules = rules_of(language)
    return list(filter(None, (rules.prefix, rules.suffix, rules.infix, rules.token_match, rules.url_match)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_patterns_of_a_language_are_parsed_as_python_parses_them(language: str) -> None:
    """Whether large sets come once or five hundred times."""
    for pattern in patterns_of(language):
        tree = parser.parse(pattern)
        assert repr(list(parsed(pattern))) == repr(list(tree))
        assert parsed(pattern).state.flags == tree.state.flags


@pytest.mark.parametrize(
    "pattern",
    [
        f"[{SET}]+(?:x|[{SET}]|[{SET}y])?(?=[{SET}])(?<![{SET}])",
        f"(?i)(?P<one>[{SET}])(?(one)[{SET}]|b)",
        f"[^{SET}][]{SET}]\\[[{SET}]",
        f"[{SET}]|a|[{SET}]",
        f"\U000f0000[{SET}]",
        f"(?>[{SET}])[{SET}]{{2,3}}+[{SET}]*?",
    ],
)
def test_large_sets_stand_anywhere(pattern: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Repeated, in groups, alone as alternatives, negated, beside brackets and beside the characters that stand in for them."""
    monkeypatch.setattr(parsing, "LARGE_CHARS", 5)
    assert repr(list(parsed.__wrapped__(pattern))) == repr(list(parser.parse(pattern)))


@pytest.mark.parametrize(
    "pattern",
    [
        "(?i)[a-z]", "(?i)ſ", "(?i)[^k]", "(?i)İ", "(?i)[à-ÿ]", "(?i)\u212a", "(?i)[\\w-]", "(?i)[ſ-ƀ]", "(?i)[^\\W_]", "(?i)ǆ",
        "(?i)[µ×]", "[^\\W\\d]", "(?i).", "ß",
    ],
)  # fmt: skip
@pytest.mark.parametrize("alphabet", [ASCII, WESTERN])
def test_a_pattern_within_an_alphabet_matches_the_same_of_its_characters(pattern: str, alphabet: frozenset[int]) -> None:
    """Upper and lower case are one to some patterns, by Python's own table, in which the Kelvin sign is a letter k."""
    within, whole = compiled_within(pattern, alphabet), re.compile(pattern)
    for character in map(chr, alphabet - {ord("\n")}):
        assert bool(within.fullmatch(character)) == bool(whole.fullmatch(character)), character


def test_other_flags_are_not_analysed() -> None:
    """A pattern of many lines, say, is left to Python."""
    with pytest.raises(UnsupportedPatternError, match="flags"):
        compiled_within("(?m)^a", ASCII)


@pytest.mark.parametrize("language", LANGUAGES)
@given(piece=PIECES)
@settings(deadline=None, max_examples=60)
def test_no_text_without_a_necessary_character_has_a_match(language: str, piece: str) -> None:
    """Nor is a pattern compiled for it."""
    for pattern in patterns_of(language)[3:]:
        wanted = necessary(pattern)
        assert wanted is None or not wanted.isdisjoint(piece) or not compiled(pattern).match(piece)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("a-b", "-"),
        ("(?:a-|b')c?", "-'"),
        ("a|b-", None),
        ("[-_]+x", "-_"),
        ("(?:-)?x", None),
        ("x", None),
        ("[^-]", None),
        (r"\d\.[!-/]", "."),
    ],
)
def test_what_is_necessary_is_found(pattern: str, expected: str | None) -> None:
    """In every alternative, once at least; letters are left out, for they may have other forms."""
    found = necessary(pattern)
    assert found == (frozenset(expected) if expected else None)


def test_french_waits_for_its_million_characters_no_more() -> None:
    """Its longest pattern is compiled whole for a piece with a hyphen and a sign from beyond the West, and for nothing less."""
    compiled.cache_clear()
    words = Tokenizer(rules_of("fr")).words
    assert words("l’arc-en-ciel!") == ("l’", "arc-en-ciel", "!")
    assert words("😀!") == ("😀", "!")
    assert compiled.cache_info().currsize == 3  # the affixes' and the infixes'
