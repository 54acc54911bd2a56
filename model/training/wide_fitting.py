"""Training of the wide part: which terms count, and how much each speaks for each label.

One logistic regression per label over the distinct terms of a text (words, runs of two and three words) and over
the subwords of its words. A feature's value is its rarity (idf), its weight's prior is wider the more its frequency
differs between the label and the rest, and a text's features have length 1. References: Wang and Manning 2012
(naive Bayes weights), Salton and Buckley 1988 (idf, unit length), Liu and Nocedal 1989 (L-BFGS).
Shapes: N texts, F terms, W words with newcomers, S subword buckets, C labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp  # type: ignore[import-untyped]  # SciPy ships no types

from model.text.sequences import FloatArray, Positions, Sequences, joined
from model.text.subwords import subwords_of
from model.training.lbfgs import minimise
from model.training.rows import Examples
from model.wide import ID_BITS, Keys, WideWeights, terms_of

MIN_TEXTS = 2  # a term of a single text says nothing about others
MAX_TERMS = 150_000  # more made no set that was tried more accurate, and all slower
MAX_WEIGHTS = 2**24  # terms times labels: bounds memory and artifact
MAX_CANDIDATES = 2_000_000  # terms to choose from
MAX_BUCKETS = 2**17
MIN_BUCKETS = 2**10
ITERATIONS = 30  # of L-BFGS; more fitted the training rows better and no others
VALUES_AT_ONCE = 2**22  # of all labels that are fitted together; L-BFGS holds some twenty copies
WORD_WEIGHTS_AT_ONCE = 2**26  # words times labels, while logits are computed
MAX_IDS = 2**24  # words of the rows to learn from, whose terms fill some gigabytes; of more rows a part is drawn
MIN_DRAWN = 50  # rows of a label, if it has as many
MAX_ROWS_TIMES_LABELS = 8_000_000  # in fits that only compare: beyond it they take longer than they are worth
MAX_LOGIT = 30.0  # beyond it the exponential is as good as 0

Matrix = Any  # a SciPy sparse matrix


@dataclass(frozen=True)
class Recipe:
    """How much each kind of feature counts, and how free the weights are."""

    name: str
    order_weights: tuple[float, float, float]  # of words, of runs of two, of runs of three
    subword_weight: float
    prior_power: float  # 1: naive Bayes weights as published; 0: none
    cost: float  # of a training error, against the weights' squares


RECIPES = (
    Recipe("words", (1.0, 1.0, 1.0), 0.25, 0.5, 30.0),  # best for long texts, and where rows are many
    Recipe("subwords", (1.0, 0.7, 0.5), 0.5, 0.25, 10.0),  # best for short and noisy texts
)


@dataclass(frozen=True)
class Features:
    """What texts hold, apart from how much it counts."""

    labels: Positions  # (N,)
    label_count: int
    keys: Keys  # (F,) ascending
    terms: Matrix  # (N, F) 1 where a text holds a term
    words: Matrix  # (N, W) 1 where a text holds a word, by id
    subwords: Matrix  # (W, S) how often a word holds a subword
    known_words: int  # ids below it are the vocabulary's

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
        return Features(self.labels[rows], self.label_count, self.keys, self.terms[rows], self.words[rows], self.subwords, self.known_words)

    def most_telling(self) -> Features:
        """With the terms alone whose frequency differs most between the labels (chi-squared), in more than one text."""
        counts = _sum_of_rows(self.terms)  # (F,)
        statistic = -counts.copy()
        for label in range(self.label_count):
            rows = np.flatnonzero(self.labels == label)
            expected = counts * (len(rows) / len(self.labels))
            statistic += _sum_of_rows(self.terms[rows]) ** 2 / np.maximum(expected, 1e-9)
        statistic[counts < MIN_TEXTS] = -1.0
        most = min(MAX_TERMS, MAX_WEIGHTS // self.label_count)
        chosen = np.argsort(-statistic, kind="stable")[:most]
        chosen = np.sort(chosen[statistic[chosen] >= 0])
        return Features(
            self.labels, self.label_count, self.keys[chosen], self.terms[:, chosen], self.words, self.subwords, self.known_words
        )


@dataclass(frozen=True)
class Fitted:
    """A fitted wide part, as weights of the features' own columns."""

    keys: Keys  # (F,)
    term_squares: FloatArray  # (F,) share in a text's squared length
    term_weights: FloatArray  # (F, C)
    subword_squares: FloatArray  # (S,)
    subword_weights: FloatArray  # (S, C)
    bias: FloatArray  # (C,)

    def logits(self, features: Features) -> FloatArray:
        """(N, C) of texts with features of the same numbering."""
        terms = features.terms[:, np.searchsorted(features.keys, self.keys)]
        sums = np.empty((len(features.labels), len(self.bias)), np.float32)
        at_once = max(1, WORD_WEIGHTS_AT_ONCE // max(features.subwords.shape[0], 1))
        for start in range(0, len(self.bias), at_once):
            some = slice(start, start + at_once)
            of_words = features.subwords @ self.subword_weights[:, some]
            sums[:, some] = terms @ self.term_weights[:, some] + features.words @ of_words
        squares = terms @ self.term_squares + features.words @ (features.subwords @ self.subword_squares)
        logits: FloatArray = sums * _inverse_root(squares)[:, None] + self.bias
        return logits

    def to_weights(self, features: Features) -> WideWeights:
        """As prediction uses them: what a known word's subwords say stands with the word itself."""
        known = np.arange(2, features.known_words)
        keys = np.union1d(known, self.keys)
        squares = np.zeros(len(keys), np.float32)
        weights = np.zeros((len(keys), len(self.bias)), np.float32)
        at = np.searchsorted(keys, self.keys)
        squares[at], weights[at] = self.term_squares, self.term_weights
        at = np.searchsorted(keys, known)
        squares[at] += features.subwords[known] @ self.subword_squares
        weights[at] += features.subwords[known] @ self.subword_weights
        has_weight = squares > 0
        kept = keys[has_weight], squares[has_weight], weights[has_weight]
        return WideWeights(*kept, self.bias, self.subword_squares, self.subword_weights)


def fit(features: Features, recipe: Recipe) -> Fitted:
    """Fit all labels, as many at once as memory allows."""
    chosen = features.most_telling()
    design = _Design(chosen, recipe)
    is_binary = features.label_count == 2  # noqa: PLR2004  # two labels mirror each other
    labels = np.arange(1, 2) if is_binary else np.arange(features.label_count)
    at_once = max(1, VALUES_AT_ONCE // design.size)
    parts = [design.solve(labels[start : start + at_once]) for start in range(0, len(labels), at_once)]
    terms, subwords, bias = (np.concatenate([part[at] for part in parts], axis=-1) for at in range(3))
    if is_binary:
        terms, subwords, bias = (np.concatenate([-values / 2, values / 2], axis=-1) for values in (terms, subwords, bias))
    return Fitted(chosen.keys, design.term_values**2, terms, design.subword_values**2, subwords, bias)


class WideTraining:
    """The wide part of one training: a recipe chosen on the validation rows, then fitted to these rows as well.

    No recipe is best everywhere, so the one with most validation rows right is taken. The features hold training rows
    (`rows` says which: all, unless there are millions), the validation and the test rows, in this order; the last ones have
    no influence on anything.
    """

    def __init__(
        self, training: Examples, validation: Examples, test: Sequences, words: Sequence[str], known_words: int, label_count: int
    ) -> None:
        self.rows = drawn(training.labels, MAX_IDS / max(len(training.sequences.ids), 1))
        some = Examples(training.sequences.take(self.rows), training.labels[self.rows])
        labels = np.concatenate([some.labels, validation.labels, np.zeros(len(test), np.int64)])
        together = joined([some.sequences, validation.sequences, test])
        learnable = len(labels) - len(test)
        self.features = Features.of(together, words, known_words, labels, label_count, learnable)
        self.training, self.validation, self.test = np.split(np.arange(len(labels)), np.cumsum([len(self.rows), len(validation.labels)]))
        self.is_quick = len(self.rows) * label_count <= MAX_ROWS_TIMES_LABELS
        compared = self.training[drawn(some.labels, MAX_ROWS_TIMES_LABELS / (len(self.rows) * label_count))]
        fits = [fit(self.features.take(compared), recipe) for recipe in RECIPES]
        best = int(np.argmax([self._accuracy(fitted) for fitted in fits]))
        self.recipe = RECIPES[best]
        self.fitted = fits[best] if self.is_quick else fit(self.features.take(self.training), self.recipe)  # to the training rows
        self.logits = self.fitted.logits(self.features.take(self.validation))  # (N, C) of the validation rows
        self.accuracy = self._accuracy(self.fitted)

    def weights(self) -> WideWeights:
        """Fitted to training and validation rows together."""
        rows = np.concatenate([self.training, self.validation])
        return fit(self.features.take(rows), self.recipe).to_weights(self.features)

    def _accuracy(self, fitted: Fitted) -> float:
        logits = fitted.logits(self.features.take(self.validation))
        return float((logits.argmax(axis=1) == self.features.labels[self.validation]).mean())


def drawn(labels: Positions, share: float) -> Positions:
    """Positions of all (N,) rows, or of about a share of each label's, but at least a few; always the same."""
    if share >= 1:
        return np.arange(len(labels))
    kept = np.maximum(np.ceil(np.bincount(labels) * share), MIN_DRAWN)
    return np.flatnonzero(places_in_label(labels, np.random.default_rng(0)) < kept[labels])


def places_in_label(labels: Positions, rng: np.random.Generator) -> Positions:
    """(N,) each row's place, from 0, among the rows of its label in a random order."""
    order = rng.permutation(len(labels))
    by_label = order[np.argsort(labels[order], kind="stable")]
    counts = np.bincount(labels)
    places = np.empty(len(labels), np.int64)
    places[by_label] = np.arange(len(labels)) - np.repeat(np.cumsum(counts) - counts, counts)
    return places


class _Design:
    """The features of one fit with their values, and the solver for one label."""

    def __init__(self, features: Features, recipe: Recipe) -> None:
        self._features, self._recipe = features, recipe
        order = np.select([features.keys >> (2 * ID_BITS) > 0, features.keys >> ID_BITS > 0], [2, 1], 0)
        self._term_counts = _sum_of_rows(features.terms)
        self.term_values = self._rarity(self._term_counts) * np.array(recipe.order_weights, np.float32)[order]  # (F,)
        counts = features.subwords.T @ _sum_of_rows(features.words)  # (S,)
        self.subword_values = np.where(counts >= MIN_TEXTS, self._rarity(counts) * np.float32(recipe.subword_weight), 0).astype(np.float32)
        self._used = np.flatnonzero(self.subword_values)  # the other buckets get no weight
        self._used_subwords, self._subword_counts = features.subwords[:, self._used], counts[self._used]
        self._scale = _inverse_root(
            features.terms @ self.term_values**2 + features.words @ (features.subwords @ self.subword_values**2)
        )  # (N,)

    @property
    def size(self) -> int:
        """Values that a label's fit holds."""
        return len(self.term_values) + len(self._used) + 1

    def _rarity(self, counts: FloatArray) -> FloatArray:
        texts = len(self._features.labels)
        rarity: FloatArray = (np.log((1 + texts) / (1 + np.minimum(counts, texts))) + 1).astype(np.float32)
        return rarity

    def _prior(self, of_label: FloatArray, of_all: FloatArray) -> FloatArray:
        """(n, k): how far from 0 a weight may go: the features' log-odds between each label and the rest, to a power."""
        inside, outside = of_label + 1, of_all[:, None] - of_label + 1
        log_odds = np.log(inside / inside.sum(axis=0)) - np.log(outside / outside.sum(axis=0))
        prior: FloatArray = np.abs(log_odds).astype(np.float32) ** np.float32(self._recipe.prior_power)
        return prior

    def solve(self, labels: Positions) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Of k labels, each against the rest: (F, k) and (S, k) weights, times the features' values, and (k,) biases."""
        terms, words, subwords = self._features.terms, self._features.words, self._used_subwords
        is_label = (self._features.labels[:, None] == labels).astype(np.float32)  # (N, k)
        sign, scale, cost = 2 * is_label - 1, self._scale[:, None], self._recipe.cost
        term_scale = self._prior(terms.T @ is_label, self._term_counts) * self.term_values[:, None]
        subword_scale = self._prior(subwords.T @ (words.T @ is_label), self._subword_counts) * self.subword_values[self._used, None]
        split = len(term_scale)

        def loss(weights: FloatArray) -> tuple[FloatArray, FloatArray]:
            sums = terms @ (weights[:split] * term_scale) + words @ (subwords @ (weights[split:-1] * subword_scale))
            margin = np.clip(sign * (scale * sums + weights[-1]), -MAX_LOGIT, MAX_LOGIT)
            slope = -cost * sign / (1 + np.exp(margin))  # of the loss, by each text's logits
            scaled = (scale * slope).astype(np.float32)
            gradient = weights.copy()
            squares = np.einsum("pk,pk->k", weights[:-1], weights[:-1])
            total = 0.5 * squares + cost * np.logaddexp(0, -margin).sum(axis=0, dtype=np.float64)
            gradient[:split] += (terms.T @ scaled) * term_scale
            gradient[split:-1] += (subwords.T @ (words.T @ scaled)) * subword_scale
            gradient[-1] = slope.sum(axis=0, dtype=np.float64)
            return total, gradient

        found = minimise(loss, np.zeros((self.size, len(labels)), np.float32), ITERATIONS)
        all_subwords = np.zeros((len(self.subword_values), len(labels)), np.float32)
        all_subwords[self._used] = found[split:-1] * subword_scale
        return found[:split] * term_scale, all_subwords, found[-1]


def _bucket_count(words: int, labels: int) -> int:
    """A power of two: about four subwords' room per word, within the bound on weights."""
    wanted = min(4 * words, MAX_BUCKETS, MAX_WEIGHTS // labels)
    return max(MIN_BUCKETS, 1 << (max(wanted, 1).bit_length() - 1))


def _presence(rows: Positions, columns: Positions, shape: tuple[int, int]) -> Matrix:
    matrix = sp.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape)
    matrix.sum_duplicates()
    matrix.data[:] = 1.0
    return matrix


def _sum_of_rows(matrix: Matrix) -> FloatArray:
    total: FloatArray = np.asarray(matrix.sum(axis=0), np.float32).ravel()
    return total


def _inverse_root(squares: FloatArray) -> FloatArray:
    """1 / sqrt, and 0 for a text without any feature."""
    roots: FloatArray = np.divide(1.0, np.sqrt(squares), out=np.zeros(len(squares), np.float32), where=squares > 0, dtype=np.float32)
    return roots
