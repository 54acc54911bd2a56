"""Texts to words to ids."""

from __future__ import annotations

import numpy as np
import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from model_samples import random_sequences

from model import encoding, tokenizer
from model.encoding import Encoder, words_of
from model.sequences import batches_by_length, pooled_batches
from model.tokenizer import Tokenizer
from model.vocabulary import PAD, UNKNOWN, Vocabulary

TOKENIZER = Tokenizer()
ENGLISH = spacy.blank("en").tokenizer
TEXTS = st.text(st.sampled_from(list("aZé9.,'’!?-/()<>$:; \t\n\u00a0\u200b😀ßİ")) | st.characters(), max_size=80)
PHRASES = st.lists(st.sampled_from(["don't", "U.S.", ":)", "e.g.", "10km", "...", "can't.", "http://x.y/z?q=1"])).map(" ".join)
PHRASES = st.lists(st.sampled_from(["don't", "U.S.", ":)", "e.g.", "10km", "...", "can't.", "http://x.y/z?q=1"])).map(" ".join)


@given(TEXTS | PHRASES)
@settings(deadline=None)
def test_words_are_those_of_spacy(text: str) -> None:
    """Cutting at white space first and remembering the pieces gives what spaCy's own rules give."""
    text = " ".join(text.encode("utf-8", "replace").decode("utf-8").split())
    if "<" in text or tokenizer._UNSPACED.search(text) or any(len(piece) > 100 for piece in text.split()):
        return
    assert TOKENIZER(text) == [token.text.lower() for token in ENGLISH(text) if not token.is_space]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Good.<br /><br />Bad <b>film</b>", ["good", ".", "bad", "film"]),
        ("1 < 2 and 3 > 2", ["1", "<", "2", "and", "3", ">", "2"]),
        ("刹车坏了", ["刹", "车", "坏", "了"]),
        ("Die Bremse quietscht", ["die", "bremse", "quietscht"]),
        (" \n\t<br/> ", []),
    ],
)
def test_words_of_particular_texts(text: str, words: list[str]) -> None:
    """Markup is space, a comparison is not markup, and scripts without spaces come as characters."""
    assert TOKENIZER(text) == words


def test_a_text_without_spaces_is_cut() -> None:
    """A long run of brackets, quadratic for spaCy's rules, is cut into pieces that lose no character."""
    pieces = TOKENIZER.pieces("(" * 1001 + " end")
    assert max(map(len, pieces)) == tokenizer.MAX_PIECE_CHARS
    assert "".join(pieces) == "(" * 1001 + "end"


def test_forgetting_changes_no_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the memory of pieces is full and starts anew, words and ids stay the same."""
    text = "one two three four one can't won't two"
    vocabulary = Vocabulary(["one", "can", "n't"])
    expected, ids = TOKENIZER(text), Encoder(TOKENIZER, vocabulary, 50)([text]).sequences.ids.tolist()
    monkeypatch.setattr(tokenizer, "MAX_PIECES_KEPT", 2)
    monkeypatch.setattr(encoding, "MAX_PIECES_KEPT", 2)
    forgetful = Tokenizer()
    assert forgetful(text) == expected
    assert Encoder(forgetful, vocabulary, 50)([text]).sequences.ids.tolist() == ids


def test_the_vocabulary_keeps_the_frequent_words() -> None:
    """Words are ordered by frequency, then by name; rare ones and those beyond the size are unknown."""
    vocabulary = Vocabulary.build([["b", "a", "b", "c"], ["a", "d", "c"]], size=2, min_count=2)
    assert vocabulary.words == ["a", "b"]
    assert [vocabulary.id(word) for word in ("a", "b", "c")] == [2, 3, UNKNOWN]
    assert len(vocabulary) == 4


def test_a_vocabulary_is_never_empty() -> None:
    """Where no word occurs often enough, all words are known rather than none."""
    assert Vocabulary.build([["x", "y"]], size=100, min_count=2).words == ["x", "y"]


@given(st.lists(st.text(st.sampled_from("ab can't. \n"), max_size=60), min_size=1, max_size=6), st.integers(4, 12))
@settings(deadline=None)
def test_encoding_keeps_head_and_tail_of_each_text_by_itself(texts: list[str], most: int) -> None:
    """Every text becomes the ids of its first quarter and last three quarters, whatever stands beside it."""
    vocabulary = Vocabulary(["a", "b", "ca", "n't"])
    encoded = Encoder(TOKENIZER, vocabulary, most)(texts)
    for number, text in enumerate(texts):
        words = TOKENIZER(text)
        kept = words if len(words) <= most else words[: most // 4] + words[len(words) - (most - most // 4) :]
        row = encoded.sequences.take(np.array([number])).ids.tolist()
        assert row == ([vocabulary.id(word) for word in kept] or [UNKNOWN])
        assert encoded.is_empty[number] == (not words)
        assert encoded.is_truncated[number] == (len(words) > most)
        assert encoded.is_unknown[number] == (set(row) == {UNKNOWN})
        assert list(words_of(TOKENIZER, [text], most)) == [kept]


def test_no_texts_encode_to_nothing() -> None:
    """An empty batch is no error."""
    encoded = Encoder(TOKENIZER, Vocabulary(["a"]), 5)([])
    assert (len(encoded.sequences), len(encoded.is_unknown)) == (0, 0)


def test_padding_and_taking() -> None:
    """Padded rows hold a text's ids and then nothing but padding."""
    sequences = random_sequences([3, 1, 4], words=9)
    padded = sequences.padded(np.array([2, 0]), 5)
    assert padded[0].tolist() == [*sequences.ids[4:8].tolist(), PAD]
    assert padded[1].tolist() == [*sequences.ids[:3].tolist(), PAD, PAD]
    taken = sequences.take(np.array([1, 2]))
    assert taken.ids.tolist() == sequences.ids[3:].tolist()
    assert taken.lengths.tolist() == [1, 4]


@given(st.lists(st.integers(1, 50), min_size=1, max_size=200), st.integers(1, 40))
@settings(deadline=None)
def test_batches_hold_every_row_once(lengths: list[int], size: int) -> None:
    """Neither way of batching loses or repeats a row, and prediction's batches run from long to short."""
    of_length = np.array(lengths, np.int32)
    sorted_batches = list(batches_by_length(of_length, size))
    for batches in (sorted_batches, pooled_batches(of_length, size, np.random.default_rng(0), pool=3)):
        assert sorted(np.concatenate(batches).tolist()) == list(range(len(lengths)))
        assert max(map(len, batches)) <= size
    assert of_length[np.concatenate(sorted_batches)].tolist() == sorted(lengths, reverse=True)
