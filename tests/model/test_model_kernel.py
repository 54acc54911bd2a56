"""The compiled kernel: building, choosing and refusing it, and its tokenizer."""

from __future__ import annotations

import gc
import re
import shutil
import sys
from ctypes import POINTER, c_int64, cast
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from engine_samples import kernels, learned, libraries
from hypothesis import given, settings
from hypothesis import strategies as st
from nasty_pieces import NASTY

from contract.errors import PlatformError, UserError
from model import engine_choice
from model.engine import NumpyEngine
from model.engine_choice import engine_for
from model.kernel import binding
from model.kernel import build as building
from model.kernel.binding import Library, library_file
from model.kernel.encoder import ROOM, KernelEncoder, Keys
from model.kernel.engine import KernelEngine
from model.kernel.programs import compile_pattern
from model.text import patterns
from model.text.encoding import Encoder
from model.text.newcomers import Newcomers
from model.text.patterns import LETTERS, UnsupportedPatternError, can_match, in_ascii
from model.text.rules import TokenizerRules
from model.text.tokenizer import Tokenizer
from model.text.vocabulary import Vocabulary
from model.training.spacy_rules import rules_of

WORDS = [*re.findall(r"\S+", "a b c ab n't ca do x . , ( ) ! ? ' 's - … é word naïve 刹 : :) 10 km a? u.s. \ud800"), "b" * 100]
VOCABULARY = Vocabulary(WORDS)
MOST = 7
ANYTHING = st.text(
    st.sampled_from(list("abAZé9.,'’!?-/()<>$:; \t\n\u00a0\u200b\u3000😀ßİ刹\ud800\0\x1c\x85")) | st.characters(), max_size=80
)
PHRASES = st.lists(st.sampled_from([*NASTY, "<br />", "<b", "</p>", "<x" + "y" * 200 + ">", "b" * 130, "é" * 130])).map(" ".join)
PATTERNS = [
    "a+b",
    "(?<=a)b|ab?c",
    "[^a-c]x{2,3}",
    "^ab|c$",
    "(?<![ab])c+(?!b)",
    "(?:a|ab)(?:c|bcd)",
    r"\d(?=[a-z])|x\W",
    "é|b.",
    "x(?:ab|a)*c",
    "a*",
    "|a",
    "(?<=b)(?=c)|c+",
    "(?<=a)|b|(?<=b)",
    "c?(?=x)|(?<=c)",
    "(?i)A[B-C]|é",
]


AnyEncoder = Encoder | KernelEncoder


def words_of(encode: AnyEncoder, texts: list[str]) -> list[str]:
    """The words that a text's ids stand for; which number a newcomer has is each encoder's own affair."""
    ids = encode(texts).sequences.ids.tolist()
    words = ["", "", *VOCABULARY.words, *encode.newcomers.since(0)]
    return [words[number] for number in ids]


def equal(encode: AnyEncoder, by_rules: AnyEncoder, texts: list[str]) -> bool:
    """Whether two encoders make the same of some texts."""
    left, right = encode(texts), by_rules(texts)
    flags = ("is_empty", "is_truncated", "is_cut", "is_unknown")
    return (
        words_of(encode, texts) == words_of(by_rules, texts)
        and np.array_equal(left.sequences.lengths, right.sequences.lengths)
        and all(np.array_equal(getattr(left, name), getattr(right, name)) for name in flags)
    )


def encoders(rules: TokenizerRules, variants: int | None = None) -> tuple[Encoder, list[KernelEncoder]]:
    """The one by the rules, and the kernel's in each variant, or the first ones."""
    kernels = [KernelEncoder(variant, rules, VOCABULARY, MOST) for variant in libraries()[:variants]]
    return Encoder(Tokenizer(rules), Newcomers(VOCABULARY), MOST), kernels


BY_RULES, BY_KERNEL = encoders(rules_of())


@given(st.lists(ANYTHING | PHRASES, max_size=6))
@settings(deadline=None, max_examples=500)
def test_texts_of_any_kind_have_the_ids_of_the_rules(texts: list[str]) -> None:
    """White space and markup of all kinds, all scripts, half characters, zero bytes: each variant encodes as Python does."""
    assert all(equal(encode, BY_RULES, texts) for encode in BY_KERNEL)


@given(st.text(st.sampled_from(list("abcdeKkMmsStT019.,'!?-+/()<>$:;%*=_@#\"^[]{}~|`\\")), max_size=60))
@settings(deadline=None, max_examples=500)
def test_pieces_of_ascii_have_the_ids_of_the_rules(text: str) -> None:
    """The patterns that the kernel runs by itself cut as Python's do."""
    assert all(equal(encode, BY_RULES, [text]) for encode in BY_KERNEL)


@pytest.mark.parametrize("language", ["de", "fr", "it", "hu", "tr", "sv", "zh"])
def test_other_languages_have_the_ids_of_their_rules(language: str) -> None:
    """The rules are data: whatever the language's patterns hold, the kernel runs them or leaves them to Python."""
    rules = rules_of(language)
    exceptions = sorted(rules.exceptions)[:: max(1, len(rules.exceptions) // 100)]
    texts = [*NASTY, *exceptions, *(f"({text}), x{text}" for text in exceptions), " ".join(NASTY)]
    by_rules, by_kernel = encoders(rules, 1)
    assert equal(by_kernel[0], by_rules, texts)


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("place", ["prefix", "suffix", "infix", "token_match", "url_match"])
def test_programs_match_what_patterns_match(pattern: str, place: str) -> None:
    """Alternatives in order, repetitions, sets, what stands before and behind: over all short texts the cuts are the same."""
    letters = "abcx1."
    texts = [a + b + c + d for a in letters for b in letters for c in letters for d in ("", *letters, "bc", "bcd", "xxx")]
    nothing = dict.fromkeys(("prefix", "suffix", "infix", "token_match", "url_match"), "") | {"infix": "x" if "match" in place else ""}
    by_rules, by_kernel = encoders(TokenizerRules(language="en", exceptions={"abc": ("a", "bc")}, **nothing | {place: pattern}))
    assert all(equal(encode, by_rules, texts) for encode in by_kernel)


@pytest.mark.parametrize("pattern", ["x??b", "(?m)a", r"\bx", r"(a)\1", "(?:a*)*b", "(?s:.)", "[a"])
def test_patterns_that_the_kernel_cannot_run_are_left_to_python(pattern: str) -> None:
    """Lazy repetitions, flags, back references and repetitions of what may be empty are refused, never run wrongly."""
    with pytest.raises(UnsupportedPatternError):
        compile_pattern(pattern)


def test_a_long_pattern_is_left_to_python() -> None:
    """Such a program would be slower than asking."""
    with pytest.raises(UnsupportedPatternError, match="size"):
        compile_pattern("a{30000}")


def test_rules_that_the_kernel_cannot_run_change_no_id() -> None:
    """With an unsupported pattern every piece is Python's, and the ids are the same."""
    by_rules, by_kernel = encoders(TokenizerRules("en", "", "", r"\bb", "", "", {"ab": ("a", "b")}))
    texts = ["ab a.b xx.b b", "", "c"]
    assert all(equal(encode, by_rules, texts) for encode in by_kernel)


def test_a_pattern_is_restricted_to_an_alphabet() -> None:
    """A pattern that needs another character than the alphabet's has no match there, whatever else it allows."""
    assert in_ascii("(?<=é)a|…") is None
    assert not can_match(in_ascii("(?<=é)a|[0-9]{2,}|…"), LETTERS)
    assert in_ascii("é|x") == patterns.Character(frozenset({ord("x")}))
    assert not can_match(in_ascii("é|x"), LETTERS - {ord("x")})
    assert can_match(in_ascii("(?!é)a?"), frozenset())
    assert can_match(in_ascii("(?![a-z])[0-9]*"), frozenset())
    assert not can_match(in_ascii("x[0-9]+"), LETTERS)


def test_a_pattern_that_takes_too_many_steps_is_left_to_python() -> None:
    """A pattern that backtracks for ever in the kernel is given to Python after a bounded number of steps."""
    by_rules, by_kernel = encoders(TokenizerRules("en", "", "", "", "(?:a|a.|.a|..){12}x$", "", {}))
    texts = ["a" * 26, "aa aaa"]
    assert all(equal(encode, by_rules, texts) for encode in by_kernel)


def test_a_full_table_changes_no_id() -> None:
    """More distinct pieces than the table holds, and a text with more pieces for Python than are handed over at once."""
    numbers = [f"x{number}, b." for number in range(190_000)]
    accents = " ".join(f"é{number}" for number in range(ROOM + 10))
    texts = [*numbers, accents, "a é b", *(f"é{number} a" for number in range(2000)), "don't"]
    assert equal(BY_KERNEL[0], BY_RULES, texts)  # encodes several times, and begins with a table that is full


def test_few_pieces_are_left_to_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """ASCII is the kernel's own, exceptions and smileys among words too; Python is asked for others once."""
    asked: list[bytes] = []
    encode = KernelEncoder(libraries()[0], rules_of(), VOCABULARY, MOST)
    monkeypatch.setattr(encode._slow, "piece_ids", lambda piece: asked.append(piece) or (5,))
    ordinary = "It's (well-made), isn't it? Don't... 10/10 http://a.co/b U.S. Mr. O'Neil's e.g. :) \"so-called\" a.m.! 5km $5 and/or"
    encode([ordinary, "é é", "é", "x:)"])
    assert asked == ["é", "x:)"]


def test_what_the_kernel_made_outlives_the_engine() -> None:
    """A part of an engine works on when the rest of it is gone."""
    engine = kernels(learned())[0]
    wide, sequences = engine.wide, engine.encode(["good brakepads squeal"]).sequences
    expected = wide(sequences)
    del engine
    gc.collect()
    assert np.array_equal(wide(sequences), expected)


def test_flags_make_another_library(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A library that was compiled in another way is not taken for an up-to-date one."""
    shutil.copytree(binding.FOLDER, tmp_path / "kernel", ignore=shutil.ignore_patterns("*.so", "__pycache__"))
    before = binding.source_hash()
    build_file = tmp_path / "kernel" / "build.py"
    build_file.write_text(build_file.read_text().replace("-O3", "-O0"))
    monkeypatch.setattr(binding, "FOLDER", tmp_path / "kernel")
    assert binding.source_hash.__wrapped__() != before


def test_a_second_build_changes_nothing(tmp_path: Path) -> None:
    """What is up to date is not compiled again; what was compiled from other sources is."""
    made = building.build(tmp_path)
    times = [path.stat().st_mtime_ns for path in made]
    assert [path.stat().st_mtime_ns for path in building.build(tmp_path)] == times
    stale = made[0].read_bytes().replace(binding.source_hash().encode(), b"0" * 64)
    made[0].write_bytes(stale)
    assert not Library.is_current(made[0])
    building.build(tmp_path)
    assert Library.is_current(made[0])


def test_a_stale_library_is_not_loaded(tmp_path: Path) -> None:
    """A library from other sources, one that is damaged and one that is not there are passed over."""
    assert binding.load(tmp_path) is None
    path = library_file(tmp_path, "generic")
    path.write_bytes(b"no library, whatever it says: " + binding.source_hash().encode())
    assert binding.load(tmp_path) is None
    building.build(tmp_path)
    path.write_bytes(path.read_bytes().replace(binding.source_hash().encode(), b"0" * 64))
    found = binding.load(tmp_path)
    assert found is None or found.variant != "generic"


@pytest.mark.parametrize(
    ("features", "variants"),
    [("fpu sse2", ["generic"]), (f"fpu {' '.join(sorted(binding.VARIANTS[1].needs))} avx512f", ["avx2", "generic"]), (None, ["generic"])],
)
def test_the_variant_fits_the_cpu(features: str | None, variants: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A CPU without a feature is never given code that needs it; where Linux says nothing, the generic variant runs."""
    listing = tmp_path / "cpuinfo"
    if features:
        listing.write_text(f"processor\t: 0\nflags\t\t: {features}\n\nprocessor\t: 1\n")
    monkeypatch.setattr(binding, "CPU_FLAGS", listing)
    assert binding.runnable() == variants


def test_without_a_library_numpy_computes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine for a CPU is the kernel where it is built, and NumPy where not."""
    what = learned()
    monkeypatch.setattr(engine_choice, "load", lambda wanted: None)
    assert isinstance(engine_for(what, "cpu"), NumpyEngine)
    with pytest.raises(UserError, match="There is no engine 'generic' here"):
        engine_for(what, "cpu", "generic")
    monkeypatch.setattr(engine_choice, "load", lambda wanted: libraries()[-1])
    assert isinstance(engine_for(what, "cpu"), KernelEngine)
    assert isinstance(engine_for(what, "cpu", "numpy"), NumpyEngine)


def test_without_a_compiler_the_build_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Any) -> None:
    """One plain sentence and exit status 1; nothing is left behind."""
    monkeypatch.setenv("CC", "no-such-compiler")
    monkeypatch.setattr(building, "find_spec", lambda name: None)
    monkeypatch.setattr(sys, "argv", ["build", "--output", str(tmp_path)])
    assert building.main() == 1
    assert re.search(r"There is no C compiler.*Install a compiler", capsys.readouterr().err)
    assert not list(tmp_path.iterdir())


def test_the_compiler_of_the_package_is_the_second_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no cc, an installed ziglang compiles."""
    monkeypatch.setenv("CC", "no-such-compiler")
    monkeypatch.setattr(building, "find_spec", lambda name: object())
    assert building._compiler() == [sys.executable, "-m", "ziglang", "cc"]


def test_a_failing_compiler_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The compiler's own words reach whoever started the build."""
    monkeypatch.setattr(building, "FLAGS", ["--no-such-flag"])
    with pytest.raises(PlatformError, match="no-such-flag"):
        building.build(tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_build_prints_what_it_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Any) -> None:
    """The command's output are the libraries' paths."""
    monkeypatch.setattr(sys, "argv", ["build", "--output", str(tmp_path)])
    assert building.main() == 0
    assert capsys.readouterr().out.split() == [str(path) for path in building.build(tmp_path)]


@given(st.lists(st.text(st.characters(exclude_categories=[]) | st.sampled_from("a\n\r\u2028\x85é"), max_size=6), max_size=8))
@settings(deadline=None)
def test_keys_are_told_apart_whatever_they_hold(texts: list[str]) -> None:
    """Also line breaks, empty ones and halves of characters: a damaged vocabulary may hold anything."""
    keys = Keys(texts)
    ends = [0, *np.ctypeslib.as_array(cast(keys.address, POINTER(c_int64)), (len(texts),)).tolist()] if texts else [0]
    assert len(keys) == len(texts)
    assert [keys.joined[start:end].decode("utf-8", "surrogatepass") for start, end in pairwise(ends)] == texts
