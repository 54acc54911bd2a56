"""spaCy's words without spaCy."""

from __future__ import annotations

import json
import re
import string
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
from model.text.patterns import ASCII, WESTERN, Alphabet
from model.text.rules import TokenizerRules
from model.text.small_patterns import is_over
from model.text.splitting import Splitter
from model.text.tokenizer import Tokenizer
from model.training import spacy_rules
from model.training.languages import CODES, FALLBACK
from model.training.spacy_rules import rules_of

ROOT = Path(__file__).parents[2]
TOKENIZER = Tokenizer(rules_of())
SPLITTER = Splitter(rules_of())
LANGUAGES = ["en", "de", "fr", "es", "hu", "tr", "ru", "ar", "el", "sv"]
PIECES = st.text(
    st.sampled_from(list("aZé9.,'’!?-/()<>$:;%km+*=_@#\"&…")) | st.characters(exclude_categories=["Cs"]), min_size=1, max_size=25
)
SOME_SIGNS = st.characters(max_codepoint=0x250, exclude_characters=string.whitespace) | st.sampled_from("\0\x07\x7f’“”–—…€™№")
FEW_SIGNS = st.lists(st.sampled_from(NASTY), min_size=1, max_size=3).map("".join) | st.text(SOME_SIGNS, min_size=1, max_size=25)


@cache
def splitters(language: str) -> dict[Alphabet, Splitter]:
    """By their alphabets those for pieces over fewer characters, the smallest first."""
    of_ascii = Splitter(rules_of(language), ASCII)
    return {ASCII: of_ascii, WESTERN: Splitter(rules_of(language), WESTERN, of_ascii)}


@cache
def whole_splitter(language: str) -> Splitter:
    """For pieces of any characters."""
    return Splitter(rules_of(language))


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
    tokens = [token for piece in text.split() for token in SPLITTER.tokens(piece, SPLITTER.rules.exceptions)]
    runs = {tuple(tokens[start:end]) for start in range(len(tokens)) for end in range(start + 2, start + 8)}
    if "<" in text or UNSPACED.search(text) or any(len(piece) > 100 for piece in text.split()) or runs & set(SPLITTER.phrases):
        return
    assert TOKENIZER(text) == [token.text.lower() for token in spacy_tokenizer("en")(text) if not token.is_space]


@pytest.mark.parametrize("language", [FALLBACK, *CODES.values()])
@given(piece=FEW_SIGNS)
@settings(deadline=None, max_examples=100)
def test_pieces_over_fewer_characters_fall_into_the_same_words(language: str, piece: str) -> None:
    """Patterns compiled for an alphabet find in pieces over it what the whole ones find, in every language that the kit trains for."""
    for alphabet, splitter in splitters(language).items():
        if is_over(alphabet)(piece):
            assert splitter(piece) == whole_splitter(language)(piece)


@pytest.mark.parametrize("language", [FALLBACK, *CODES.values()])
def test_exceptions_over_fewer_characters_are_put_together_alike(language: str) -> None:
    """What the affixes make of each exception of an alphabet, which may then have to be one again."""
    whole = whole_splitter(language)
    for alphabet, splitter in splitters(language).items():
        assert splitter.phrases == {tokens: text for tokens, text in whole.phrases.items() if is_over(alphabet)(text)}
        for text in filter(is_over(alphabet), whole.rules.exceptions):
            assert splitter(f"({text}),") == whole(f"({text}),")


def test_a_text_waits_for_no_patterns_but_those_of_its_characters() -> None:
    """The whole ones are compiled for the first piece that needs them, not before."""
    own = Tokenizer(rules_of())
    assert own("It's (not) bad :) well-made.") == ["it", "'s", "(", "not", ")", "bad", ":)", "well", "-", "made", "."]
    assert not {"_of_western", "_of_all"} & set(vars(own))
    assert own("“café”!") == ["“", "café", "”", "!"]
    assert "_of_western" in vars(own)
    assert "_of_all" not in vars(own)
    assert own("привет!") == ["привет", "!"]
    assert "_of_all" in vars(own)


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
    assert SPLITTER.leaves_letters_whole
    parts = {"language": "en", "prefix": "", "suffix": "", "token_match": "", "url_match": "", "exceptions": {"cab": ("c", "ab")}}
    rules = TokenizerRules(infix="(?<=[a-z])b(?=[a-z])", **parts)
    assert not Splitter(rules).leaves_letters_whole
    words = Tokenizer(rules).words
    assert [words(piece) for piece in ("abC", "abc", "cab", "bc")] == [("abc",), ("a", "b", "c"), ("c", "ab"), ("bc",)]


def test_prediction_loads_no_library_of_training() -> None:
    """Splitting and computing on a CPU import neither spaCy nor MXNet nor pandas nor SciPy: a small file is done in seconds."""
    code = "import sys, model.kernel.engine; print([name for name in ('spacy', 'mxnet', 'pandas', 'scipy') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"
