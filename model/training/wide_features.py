"""What the wide part learns from: which terms and subwords each text holds.

A term is a word or a run of two or three words; a subword is a part of a word. Shapes: N texts, F terms, W words with
newcomers, S subword buckets, C labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.sparse as sp  # type: ignore[import-untyped]  # SciPy ships no types

from model.text.sequences import FloatArray, Positions, Sequences
from model.text.subwords import subwords_of
from model.wide import TermKeys, terms_of

MIN_TEXTS = 2  # a term of a single text says nothing about others
MAX_TERMS = 150_000  # more made no set that was tried more accurate, and all slower
MAX_WEIGHTS = 2**24  # terms times labels: bounds memory and artifact
MAX_CANDIDATES = 2_000_000  # terms to choose from
MAX_BUCKETS = 2**17
MIN_BUCKETS = 2**10

Matrix = Any  # a SciPy sparse matrix


@dataclass(frozen=True)
class Features:
    """What texts hold, apart from how much it counts."""

    labels: Positions  # (N,)
    label_count: int
    keys: TermKeys  # (F,) ascending
    terms: Matrix  # (N, F) 1 where a text holds a term
    words: Matrix  # (N, W) 1 where a text holds a word, by id
    subwords: Matrix  # (W, S) how often a word holds a subword
    known_words: int  # ids below it are the vocabulary's
    weights: FloatArray | None = None  # (N,) how much the texts count; None: all 1

    @classmethod
    def of(  # the texts and all that numbers them
        cls, sequences: Sequences, words: Sequence[str], known_words: int, labels: Positions, label_count: int, learnable: int
    ) -> Features:
        """Of N texts whose ids number `words`, the first `known_words` of which are the vocabulary.

        Which terms and how many buckets there are, the first `learnable` texts say.
        """
        texts = np.repeat(np.arange(len(sequences)), sequences.lengths)
        terms, found_in = terms_of(sequences, known_words)
        keys, counts = np.unique(terms[found_in < learnable], return_counts=True)
        frequent = np.flatnonzero(counts >= MIN_TEXTS)
        if len(frequent) > MAX_CANDIDATES:
            frequent = np.sort(np.argsort(-counts, kind="stable")[:MAX_CANDIDATES])
        keys = keys[frequent]
        places = np.minimum(np.searchsorted(keys, terms), max(len(keys) - 1, 0))
        is_kept = keys[places] == terms if len(keys) else np.zeros(len(terms), np.bool_)
        presence = _presence(found_in[is_kept], places[is_kept], (len(sequences), len(keys)))
        buckets = _bucket_count(len(np.unique(sequences.ids[texts < learnable])), label_count)
        found, starts = subwords_of(words, buckets)
        subwords = sp.csr_matrix((np.ones(len(found), np.float32), found, starts), (len(words), buckets))
        subwords.sum_duplicates()
        held = _presence(texts, sequences.ids.astype(np.int64), (len(sequences), len(words)))
        return cls(labels, label_count, keys, presence, held, subwords, known_words)

    def take(self, rows: Positions) -> Features:
        """Of some of the texts."""
        weights = None if self.weights is None else self.weights[rows]
        return replace(self, labels=self.labels[rows], terms=self.terms[rows], words=self.words[rows], weights=weights)

    def mass(self, matrix: Matrix, rows: Positions | None = None) -> FloatArray:
        """(N, k) to (k,): the sum of the rows, or of some, each as often as its text counts."""
        some = matrix if rows is None else matrix[rows]
        if self.weights is None:
            return sum_of_rows(some)
        total: FloatArray = np.asarray(some.T @ (self.weights if rows is None else self.weights[rows]), np.float32)
        return total

    def most_telling(self) -> Features:
        """With the terms alone whose frequency differs most between the labels (chi-squared), in more than one text."""
        counts = self.mass(self.terms)  # (F,)
        texts = np.ones(len(self.labels)) if self.weights is None else self.weights
        statistic = -counts.copy()
        for label in range(self.label_count):
            rows = np.flatnonzero(self.labels == label)
            expected = counts * float(texts[rows].sum() / texts.sum())
            statistic += self.mass(self.terms, rows) ** 2 / np.maximum(expected, 1e-9)
        statistic[sum_of_rows(self.terms) < MIN_TEXTS] = -1.0
        most = min(MAX_TERMS, MAX_WEIGHTS // self.label_count)
        chosen = np.argsort(-statistic, kind="stable")[:most]
        chosen = np.sort(chosen[statistic[chosen] >= 0])
        return replace(self, keys=self.keys[chosen], terms=self.terms[:, chosen])


def _bucket_count(words: int, labels: int) -> int:
    """A power of two: about four subwords' room per word, within the bound on weights."""
    wanted = min(4 * words, MAX_BUCKETS, MAX_WEIGHTS // labels)
    return max(MIN_BUCKETS, 1 << (max(wanted, 1).bit_length() - 1))


def _presence(rows: Positions, columns: Positions, shape: tuple[int, int]) -> Matrix:
    matrix = sp.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape)
    matrix.sum_duplicates()
    matrix.data[:] = 1.0
    return matrix


def sum_of_rows(matrix: Matrix) -> FloatArray:
    """(n, k) to (k,)."""
    total: FloatArray = np.asarray(matrix.sum(axis=0), np.float32).ravel()
    return total
