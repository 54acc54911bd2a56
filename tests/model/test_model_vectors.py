"""Where word vectors start."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from spacy.vectors import Vectors  # type: ignore[import-not-found]  # compiled, without a stub
from spacy.vocab import Vocab

from contract.errors import UserError
from model.text.sequences import FloatArray, Sequences
from model.text.vocabulary import PAD, SPECIAL, Vocabulary
from model.training.word_vectors import SPREAD, factorised_vectors, pretrained_vectors


def rng() -> np.random.Generator:
    """The same choices every time."""
    return np.random.default_rng(3)


def likeness(vectors: FloatArray, one: int, other: int) -> float:
    """Cosine of two words' vectors."""
    return float(vectors[one] @ vectors[other] / np.linalg.norm(vectors[one]) / np.linalg.norm(vectors[other]))


def two_worlds() -> Sequences:
    """Texts whose words are 2 to 49 or 50 to 97, never from both."""
    draws = np.random.default_rng(0)
    ids = [draws.choice(48, 48) + 2 + 48 * (number % 2) for number in range(1200)]
    return Sequences(np.concatenate(ids).astype(np.int32), np.full(1200, 48, np.int32))


def test_words_of_one_company_are_alike() -> None:
    """Words that stand together get vectors in one direction, words that never meet do not."""
    vectors = factorised_vectors(two_worlds(), words=98, size=4, rng=rng())
    assert vectors is not None
    together = [likeness(vectors, one, one + 1) for one in range(2, 40)]
    apart = [likeness(vectors, one, one + 48) for one in range(2, 40)]
    assert np.mean(together) > np.mean(apart) + 0.5
    assert not vectors[PAD].any()
    assert vectors.std() == pytest.approx(SPREAD, rel=0.1)


def test_too_little_text_gives_no_vectors() -> None:
    """A few rows, or fewer words than directions, say nothing about company."""
    assert factorised_vectors(two_worlds().take(np.arange(10)), words=98, size=4, rng=rng()) is None
    assert factorised_vectors(two_worlds(), words=98, size=50, rng=rng()) is None


def vectors_folder(folder: Path, words: list[str]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """A folder as `spacy init vectors` makes it, two words sharing a row; returns the table."""
    vocab = Vocab()
    table = np.random.default_rng(5).normal(2, 3, (len(words), 6)).astype(np.float32)
    vocab.vectors = Vectors(data=table, keys=[vocab.strings.add(word) for word in words])
    vocab.vectors.add("twin", row=0)
    vocab.strings.add("twin")
    vocab.to_disk(folder / "vocab")
    return table


def test_vectors_of_a_folder_are_used(tmp_path: Path) -> None:
    """Known words keep their differences, scaled; names are found by their capital, unknown words start at random."""
    table = vectors_folder(tmp_path, ["brake", "rust", "Berlin", "radio"])
    vocabulary = Vocabulary(["rust", "berlin", "brake", "unheard", "twin"])
    vectors, found = pretrained_vectors(str(tmp_path), vocabulary, rng())
    assert found == 4
    assert vectors.shape == (7, 6)
    expected, got = table[1] - table[0], vectors[SPECIAL] - vectors[SPECIAL + 2]
    assert np.allclose(got / np.linalg.norm(got), expected / np.linalg.norm(expected), atol=1e-5)
    assert np.allclose(vectors[SPECIAL + 4], vectors[SPECIAL + 2])
    assert vectors[SPECIAL + 3].any()
    assert not vectors[PAD].any()


def test_vectors_of_a_package_are_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model package keeps its vectors in a folder named by its version."""
    package = tmp_path / "xx_made_up_md"
    (package / "xx_made_up_md-1.0.0").mkdir(parents=True)
    (package / "__init__.py").touch()
    vectors_folder(package / "xx_made_up_md-1.0.0", ["brake", "rust"])
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    assert pretrained_vectors("xx_made_up_md", Vocabulary(["rust", "brake"]), rng())[1] == 2


def test_vectors_that_are_not_there_are_refused(tmp_path: Path) -> None:
    """Neither a package nor a folder, a folder without vectors, and vectors without words each get a sentence."""
    with pytest.raises(UserError, match="neither an installed spaCy package nor a folder"):
        pretrained_vectors("en_core_web_nowhere", Vocabulary(["a"]), rng())
    with pytest.raises(UserError, match="holds no word vectors"):
        pretrained_vectors(str(tmp_path), Vocabulary(["a"]), rng())
    Vocab().to_disk(tmp_path / "vocab")
    with pytest.raises(UserError, match="no vector per word"):
        pretrained_vectors(str(tmp_path), Vocabulary(["a"]), rng())
