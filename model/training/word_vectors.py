"""Where the word vectors start: pretrained ones, ones factorised from the training text, or random ones.

References: Levy and Goldberg 2014 (positive pointwise mutual information, factorised), Levy, Goldberg
and Dagan 2015 (context distribution smoothing), Halko, Martinsson and Tropp 2011 (randomised SVD).
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp  # type: ignore[import-untyped]  # SciPy ships no types
from spacy.strings import get_string_id
from spacy.vocab import Vocab

from contract.errors import UserError
from model.text.sequences import FloatArray, IntArray, Sequences
from model.text.vocabulary import PAD, SPECIAL, UNKNOWN, Vocabulary
from model.training.progress import say

SPREAD = 0.3  # standard deviation of all starting vectors
WINDOW = 5  # words to each side that count as context, weighted by 1 / distance
SMOOTHING = 0.75  # of the context distribution: rare contexts would otherwise dominate
MIN_TOKENS = 5_000  # below it there is too little text to learn from
MAX_TOKENS = 20_000_000  # more text would only cost time and memory
OVERSAMPLED = 20  # extra directions of the randomised SVD
POWER_STEPS = 2


def starting_vectors(pretrained: str, sequences: Sequences, vocabulary: Vocabulary, size: int, rng: np.random.Generator) -> FloatArray:
    """(V, E) vectors: of the `pretrained` package or folder, with its E, if there is one; else of E = size from the texts."""
    if pretrained:
        vectors, found = pretrained_vectors(pretrained, vocabulary, rng)
        say(f"word vectors from {Path(pretrained).name}: {found} of {len(vocabulary.words)} words have one")
        return vectors
    factorised = factorised_vectors(sequences, len(vocabulary), size, rng)
    if factorised is None:
        return random_vectors(len(vocabulary), size, rng)
    say("word vectors start from the company that words keep in the training rows")
    return factorised


def random_vectors(words: int, size: int, rng: np.random.Generator) -> FloatArray:
    """(V, E) vectors that know nothing."""
    vectors = rng.normal(0.0, SPREAD, (words, size)).astype(np.float32)
    vectors[PAD] = 0.0
    return vectors


def factorised_vectors(sequences: Sequences, words: int, size: int, rng: np.random.Generator) -> FloatArray | None:
    """(V, E) vectors from the words' company in the training texts; None when there is too little text."""
    if len(sequences.ids) < MIN_TOKENS or words < 4 * size:
        return None
    weights = _mutual_information(_cooccurrences(sequences, words))
    left, strength = _leading_directions(weights, size, rng)
    vectors = _rescaled((left * np.sqrt(strength)).astype(np.float32))
    vectors[PAD] = 0.0
    return vectors


def pretrained_vectors(name: str, vocabulary: Vocabulary, rng: np.random.Generator) -> tuple[FloatArray, int]:
    """(V, E) vectors of a spaCy package or vectors folder, and how many words had one.

    A word without a vector starts at random. Raises UserError when there are no vectors by that name.
    """
    vocab = Vocab().from_disk(_vocab_folder(name), exclude=["lookups"])
    rows, table = vocab.vectors.key2row, np.asarray(vocab.vectors.data)
    size = int(table.shape[1])
    if not size or not rows:
        raise UserError(f"The word vectors '{name}' hold no vector per word. Use a package such as en_core_web_md, or none.")
    vectors = random_vectors(len(vocabulary), size, rng)
    found = [(number, row) for number, word in enumerate(vocabulary.words, SPECIAL) if (row := _row_of(word, rows)) is not None]
    if found:
        numbers, sources = np.array(found).T
        vectors[numbers] = _rescaled(table[sources].astype(np.float32))
    return vectors, len(found)


def _row_of(word: str, rows: dict[int, int]) -> int | None:
    """The row of a lower-case word; names have a vector with a capital only."""
    for form in (word, word.capitalize(), word.upper()):
        row = rows.get(get_string_id(form))
        if row is not None and row >= 0:
            return row
    return None


def _vocab_folder(name: str) -> Path:
    folder = Path(name)
    if not folder.is_dir():
        spec = find_spec(name) if name.isidentifier() else None
        places = spec.submodule_search_locations if spec else None
        if not places:
            raise UserError(f"There are no word vectors '{name}': it is neither an installed spaCy package nor a folder.")
        folder = Path(places[0])
    found = sorted(folder.glob("**/vocab/vectors"))
    if not found:
        remedy = "Use a package such as en_core_web_md, or a folder made by 'spacy init vectors'."
        raise UserError(f"'{name}' holds no word vectors. {remedy}")
    return found[0].parent


def _rescaled(vectors: FloatArray) -> FloatArray:
    """Centred, with the spread that the random vectors have."""
    centred: FloatArray = vectors - vectors.mean(axis=0)
    centred *= np.float32(SPREAD / max(float(centred.std()), 1e-8))
    return centred


def _cooccurrences(sequences: Sequences, words: int) -> sp.csr_matrix:
    """(V, V) how often words stand near each other."""
    ids: IntArray = sequences.ids[:MAX_TOKENS]
    text_of = np.repeat(np.arange(len(sequences), dtype=np.int32), sequences.lengths)[:MAX_TOKENS]
    total = sp.csr_matrix((words, words), dtype=np.float32)
    for distance in range(1, WINDOW + 1):
        is_together = text_of[:-distance] == text_of[distance:]
        first, second = ids[:-distance][is_together], ids[distance:][is_together]
        weights = np.full(len(first), 1.0 / distance, np.float32)
        total = total + sp.coo_matrix((weights, (first, second)), shape=(words, words)).tocsr()
    return (total + total.T).tocsr()


def _mutual_information(counts: sp.csr_matrix) -> sp.csr_matrix:
    """(V, V) positive pointwise mutual information."""
    of_word = np.asarray(counts.sum(axis=1)).ravel().astype(np.float64)
    of_context = of_word**SMOOTHING
    scale = of_context.sum()
    cells = counts.tocoo()
    information = np.log(cells.data * scale / (of_word[cells.row] * of_context[cells.col]))
    is_positive = (information > 0) & (cells.row != UNKNOWN) & (cells.col != UNKNOWN)
    kept = (information[is_positive].astype(np.float32), (cells.row[is_positive], cells.col[is_positive]))
    return sp.csr_matrix(kept, shape=counts.shape)


def _leading_directions(
    matrix: sp.csr_matrix, size: int, rng: np.random.Generator
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The leading left singular vectors (V, size) and singular values (size,)."""
    basis = np.asarray(matrix @ rng.normal(size=(matrix.shape[1], size + OVERSAMPLED)).astype(np.float32))
    for _ in range(POWER_STEPS):
        basis, _ = np.linalg.qr(matrix.T @ basis)
        basis, _ = np.linalg.qr(matrix @ basis)
    left, strength, _ = np.linalg.svd(np.asarray(matrix.T @ basis).T, full_matrices=False)
    return (basis @ left)[:, :size], strength[:size]
