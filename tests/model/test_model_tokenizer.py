"""spaCy's words without spaCy."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from nasty_pieces import NASTY

from contract.errors import AlgorithmError, UserError
from contract.texts import UNSPACED
from model.text.tokenizer import Tokenizer, TokenizerRules
from model.training import spacy_rules
from model.training.languages import CODES, FALLBACK
from model.training.spacy_rules import rules_of

ROOT = Path(__file__).parents[2]
TOKENIZER = Tokenizer(rules_of())
LANGUAGES = ["en", "de", "fr", "es", "hu", "tr", "ru", "ar", "el", "sv"]
PIECES = st.text(
    st.sampled_from(list("aZé9.,'’!?-/()<>$:;%km+*=_@#\"&…")) | st.characters(exclude_categories=["Cs"]), min_size=1, max_size=25
)


@cache
def spacy_tokenizer(language: str) -> Any:
    """spaCy's own."""
    return spacy.blank(language).tokenizer


def words_of_spacy(piece: str, language: str = "en") -> tuple[str, ...]:
    """What spaCy makes of a piece."""
    return tuple(token.text.lower() for token in spacy_tokenizer(language)(piece))


@given(PIECES | st.lists(st.sampled_from(NASTY), min_size=1, max_size=3).map("".join))
@settings(deadline=None, max_examples=400)
def test_words_of_any_piece_are_those_of_spacy(text: str) -> None:
    """Whatever stands between white space falls into the words that spaCy gives."""
    for piece in text.split():
        assert TOKENIZER.words(piece) == words_of_spacy(piece)


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_of_nasty_pieces_are_those_of_spacy(language: str) -> None:
    """Contractions, abbreviations, smileys, units, addresses and scripts of all kinds, by each language's rules."""
    own = Tokenizer(rules_of(language))
    assert own.rules.language == language
    exceptions = sorted(own.rules.exceptions)[:: max(1, len(own.rules.exceptions) // 200)]
    wrapped = [form.format(text) for text in exceptions if text.split() == [text] for form in ("{}", "({}", "{},", '"{}".', "x{}", "{}x")]
    for piece in [*NASTY, *wrapped]:
        assert own.words(piece) == words_of_spacy(piece, language), piece


def test_words_of_the_samples_are_those_of_spacy() -> None:
    """All pieces of the texts that come with the kit."""
    pieces: set[str] = set()
    for path in sorted((ROOT / "data" / "samples").glob("*.csv")):
        pieces.update(TOKENIZER.pieces(path.read_bytes().decode("utf-8", "replace")))
    assert len(pieces) > 1000
    assert all(TOKENIZER.words(piece) == words_of_spacy(piece) for piece in pieces)


def test_where_whole_texts_differ() -> None:
    """spaCy looks for smileys across white space, and one that is none then hides one that is; pieces cannot see each other."""
    assert TOKENIZER("x:) )") == ["x", ":)", ")"]
    assert [token.text for token in spacy_tokenizer("en")("x:) )")] == ["x", ":", ")", ")"]


@given(st.lists(st.sampled_from(NASTY) | PIECES, max_size=8))
@settings(deadline=None, max_examples=200)
def test_whole_texts_are_as_in_spacy_but_for_smileys_across_spaces(parts: list[str]) -> None:
    """Where no exception spans a space, cutting at white space first changes nothing."""
    text = " ".join(" ".join(parts).split())
    across = TOKENIZER.phrases
    tokens = [token for piece in text.split() for token in TOKENIZER._tokens(piece, TOKENIZER.rules.exceptions)]
    runs = {tuple(tokens[start:end]) for start in range(len(tokens)) for end in range(start + 2, start + 8)}
    if "<" in text or UNSPACED.search(text) or any(len(piece) > 100 for piece in text.split()) or runs & set(across):
        return
    assert TOKENIZER(text) == [token.text.lower() for token in spacy_tokenizer("en")(text) if not token.is_space]


@pytest.mark.parametrize("language", [FALLBACK, *CODES.values()])
def test_rules_survive_json(language: str) -> None:
    """What the artifact stores is what the tokenizer had."""
    rules = rules_of(language)
    assert TokenizerRules.from_json(json.loads(json.dumps(rules.to_json()))) == rules


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"prefix": "("}, "prefix is no pattern"),
        ({"infix": 7}, "no texts"),
        ({"language": None}, "no texts"),
        ({"exceptions": {"don't": ["do", "nt"]}}, "do not add up"),
        ({"exceptions": {"": []}}, "do not add up"),
        ({"exceptions": {"a": ["a", ""]}}, "do not add up"),
        ({"exceptions": {"a": "a"}}, "do not add up"),
        ({"exceptions": []}, "do not add up"),
        ({"more": ""}, "missing or unknown"),
    ],
)
def test_rules_that_are_none_are_refused(change: dict[str, Any], problem: str) -> None:
    """A damaged tokenizer.json raises ValueError before any text is split."""
    with pytest.raises(ValueError, match=problem):
        TokenizerRules.from_json(rules_of().to_json() | change)


@pytest.mark.parametrize("value", [None, [], "x", {}])
def test_other_json_is_refused(value: Any) -> None:
    """Rules are one JSON object."""
    with pytest.raises(ValueError, match="missing or unknown"):
        TokenizerRules.from_json(value)


@pytest.mark.parametrize("language", ["ja", "zh", "th", "ko", "vi"])
def test_languages_that_need_a_dictionary_have_the_common_rules(language: str) -> None:
    """No dictionary is needed: these scripts come as characters, and the rest by the rules for several languages."""
    own = Tokenizer(rules_of(language))
    assert own("刹车坏了, ok!") == ["刹", "车", "坏", "了", ",", "ok", "!"]


def test_an_unknown_language_is_refused() -> None:
    """A language that spaCy does not know raises a plain sentence."""
    with pytest.raises(UserError, match="no tokenizer rules for the language 'qq'"):
        rules_of("qq")


def test_a_pattern_with_hidden_flags_is_not_exported(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pattern that means something else without its flags would split differently at prediction."""
    blank = spacy.blank("en")
    blank.tokenizer.token_match = re.compile("x", re.IGNORECASE).match
    monkeypatch.setattr(spacy_rules.spacy, "blank", lambda language: blank)
    with pytest.raises(AlgorithmError, match="flags"):
        rules_of.__wrapped__("en")


def test_letters_need_no_pattern_only_where_no_pattern_can_match() -> None:
    """The short cut for plain words is taken from the patterns: one letter in an infix, and it is off."""
    assert TOKENIZER._leaves_letters_whole
    parts = {"language": "en", "prefix": "", "suffix": "", "token_match": "", "url_match": "", "exceptions": {"cab": ("c", "ab")}}
    cutting = Tokenizer(TokenizerRules(infix="(?<=[a-z])b(?=[a-z])", **parts))
    assert not cutting._leaves_letters_whole
    assert [cutting.words(piece) for piece in ("abC", "abc", "cab", "bc")] == [("abc",), ("a", "b", "c"), ("c", "ab"), ("bc",)]


def test_prediction_loads_no_library_of_training() -> None:
    """Splitting and computing on a CPU import neither spaCy nor MXNet nor pandas nor SciPy: a small file is done in seconds."""
    code = "import sys, model.kernel.engine; print([name for name in ('spacy', 'mxnet', 'pandas', 'scipy') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"
