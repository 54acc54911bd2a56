"""Texts to words to ids."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model_samples import random_sequences

from model.text import encoding, rules, tokenizer
from model.text.encoding import Encoder
from model.text.newcomers import Newcomers
from model.text.sequences import Sequences, batches_by_length, pooled_batches
from model.text.tokenizer import Tokenizer
from model.text.vocabulary import PAD, UNKNOWN, Vocabulary
from model.training.spacy_rules import rules_of

TOKENIZER = Tokenizer(rules_of())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Good.<br /><br />Bad <b>film</b>", ["good", ".", "bad", "film"]),
        ("1 < 2 and 3 > 2", ["1", "<", "2", "and", "3", ">", "2"]),
        ("刹车坏了", ["刹", "车", "坏", "了"]),
        ("Die Bremse quietscht", ["die", "bremse", "quietscht"]),
        (" \n\t<br/> ", []),
        ("a\ud800b", ["a?b"]),
    ],
)
def test_words_of_particular_texts(text: str, words: list[str]) -> None:
    """Markup is space, a comparison is not markup, scripts without spaces come as characters, half a character is a question mark."""
    assert TOKENIZER(text) == words


def test_a_text_without_spaces_is_cut() -> None:
    """A long run of brackets, quadratic for the rules, is cut into pieces that lose no character."""
    pieces = TOKENIZER.pieces("(" * 1001 + " end")
    assert max(map(len, pieces)) == rules.MAX_PIECE_CHARS
    assert "".join(pieces) == "(" * 1001 + "end"


def test_forgetting_changes_no_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the memory of pieces is full and starts anew, words and ids stay the same."""
    text = "one two three four one can't won't two"
    vocabulary = Vocabulary(["one", "can", "n't"])
    expected, ids = TOKENIZER(text), Encoder(TOKENIZER, Newcomers(vocabulary), 50)([text]).sequences.ids.tolist()
    monkeypatch.setattr(tokenizer, "MAX_PIECES_KEPT", 2)
    monkeypatch.setattr(encoding, "MAX_PIECES_KEPT", 2)
    forgetful = Tokenizer(rules_of())
    assert forgetful(text) == expected
    assert Encoder(forgetful, Newcomers(vocabulary), 50)([text]).sequences.ids.tolist() == ids


def test_the_vocabulary_keeps_the_frequent_words() -> None:
    """Words are ordered by frequency, then by name; rare ones and those beyond the size are unknown."""
    vocabulary = Vocabulary.most_frequent(Counter(["b", "a", "b", "c", "a", "d", "c"]), size=2, min_count=2)
    assert vocabulary.words == ["a", "b"]
    assert [vocabulary.id(word) for word in ("a", "b", "c")] == [2, 3, UNKNOWN]
    assert len(vocabulary) == 4


def test_a_vocabulary_is_never_empty() -> None:
    """Where no word occurs often enough, all words are known rather than none."""
    assert Vocabulary.most_frequent(Counter(["x", "y"]), size=100, min_count=2).words == ["x", "y"]


def test_later_words_stand_behind_the_others() -> None:
    """So that the ids of those which the network was taught do not change."""
    assert Vocabulary(["b", "a"]).extended(Vocabulary(["a", "c", "d"]), size=3).words == ["b", "a", "c"]


@given(st.lists(st.text(st.sampled_from("ab can't. \n"), max_size=60), min_size=1, max_size=6), st.integers(1, 12))
@settings(deadline=None)
def test_encoding_keeps_all_words_of_each_text(texts: list[str], most: int) -> None:
    """Every text becomes the ids of all its words, newcomers behind the vocabulary; longer ones than the network reads are marked."""
    newcomers = Newcomers(Vocabulary(["a", "b", "ca", "n't"]))
    encoded = Encoder(TOKENIZER, newcomers, most)(texts)
    for number, text in enumerate(texts):
        words = TOKENIZER(text)
        row = encoded.sequences.take(np.array([number])).ids.tolist()
        assert [newcomers.all_words[place] for place in row] == (words or [""])
        assert encoded.is_empty[number] == (not words)
        assert encoded.is_truncated[number] == (len(words) > most)
        assert encoded.is_unknown[number] == (not set(words) & {"a", "b", "ca", "n't"})


def test_no_texts_encode_to_nothing() -> None:
    """An empty batch is no error."""
    encoded = Encoder(TOKENIZER, Newcomers(Vocabulary(["a"])), 5)([])
    assert (len(encoded.sequences), len(encoded.is_unknown)) == (0, 0)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=20), st.integers(1, 40))
@settings(deadline=None)
def test_head_and_tail_of_each_text(lengths: list[int], most: int) -> None:
    """Longer texts keep their first quarter and last three quarters of `most` words; shorter ones stay."""
    sequences = random_sequences(lengths, words=9)
    shortened = sequences.head_and_tail(most)
    for number, length in enumerate(lengths):
        words, kept = (some.take(np.array([number])).ids.tolist() for some in (sequences, shortened))
        assert kept == (words if length <= most else words[: most // 4] + words[length - (most - most // 4) :])


def test_words_beyond_a_bound_become_unknown() -> None:
    """The network has no vector for a rare word; the texts stay as long as they were."""
    sequences = Sequences(np.array([2, 5, 4, 9], np.int32), np.array([1, 3], np.int32))
    clamped = sequences.clamped(5)
    assert clamped.ids.tolist() == [2, UNKNOWN, 4, UNKNOWN]
    assert clamped.lengths.tolist() == [1, 3]


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


def test_a_very_long_text_is_read_in_part() -> None:
    """What stands behind the bound changes no id and says that the text was shortened."""
    vocabulary = Vocabulary(["a", "b"])
    text = "a b " * (tokenizer.MAX_TEXT_CHARS // 4)
    for size, is_cut in ((tokenizer.MAX_TEXT_CHARS, False), (tokenizer.MAX_TEXT_CHARS + 1, True)):
        encoded = Encoder(TOKENIZER, Newcomers(vocabulary), 10**6)([(text + "b")[:size]])
        assert encoded.sequences.lengths.tolist() == [tokenizer.MAX_TEXT_CHARS // 2]
        assert encoded.is_cut.tolist() == [is_cut]
