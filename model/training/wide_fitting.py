"""The fit of the wide part: how much each term and subword speaks for each label.

One logistic regression per label over the distinct terms of a text and over the subwords of its words. A feature's
value is its rarity (idf), its weight's prior is wider the more its frequency differs between the label and the rest, and
a text's features have length 1. References: Wang and Manning 2012 (naive Bayes weights), Salton and Buckley 1988 (idf,
unit length), Liu and Nocedal 1989 (L-BFGS). Shapes: N texts, F terms, S subword buckets, C labels.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from model.text.sequences import FloatArray, Positions
from model.training.lbfgs import minimise
from model.training.wide_features import MIN_TEXTS, Features, sum_of_rows
from model.wide import ID_BITS, TermKeys, WideWeights

ITERATIONS = 30  # of L-BFGS; more fitted the training rows better and no others
VALUES_AT_ONCE = 2**21  # of all labels that are fitted together in a thread, where L-BFGS holds some twenty copies: 170 MB
MAX_THREADS = 4
WORD_WEIGHTS_AT_ONCE = 2**26  # words times labels, while logits are computed
MAX_LOGIT = 30.0  # beyond it the exponential is as good as 0

Solution: TypeAlias = tuple[FloatArray, FloatArray, FloatArray]  # weights of terms and of subwords, and biases


@dataclass(frozen=True)
class Prior:
    """How free the weights are."""

    power: float  # of the log-odds: 1 gives naive Bayes weights as published, 0 none
    cost: float  # of a training error, against the weights' squares


@dataclass(frozen=True)
class Recipe:
    """How much each kind of feature counts, and the priors whose weights are averaged."""

    name: str
    order_weights: tuple[float, float, float]  # of words, of runs of two, of runs of three
    subword_weight: float
    priors: tuple[Prior, ...]


RECIPES = (
    Recipe("words", (1.0, 1.0, 1.0), 0.25, (Prior(0.5, 30.0), Prior(1.0, 10.0))),  # best for long texts, and where rows are many
    Recipe("subwords", (1.0, 0.7, 0.5), 0.5, (Prior(0.5, 5.0),)),  # best for short and noisy texts
)


@dataclass(frozen=True)
class FittedWide:
    """A fitted wide part, as weights of the features' own columns."""

    keys: TermKeys  # (F,)
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


def fit(features: Features, recipe: Recipe) -> FittedWide:
    """Fit all labels, as many at once as memory allows."""
    chosen = features.most_telling()
    design = _Design(chosen, recipe)
    is_binary = features.label_count == 2  # noqa: PLR2004  # two labels mirror each other
    labels = np.arange(1, 2) if is_binary else np.arange(features.label_count)
    parts = np.array_split(labels, -(-len(labels) * design.size // VALUES_AT_ONCE))
    tasks = [(prior, part) for part in parts if len(part) for prior in recipe.priors]
    with ThreadPoolExecutor(min(len(os.sched_getaffinity(0)), MAX_THREADS)) as pool:  # NumPy and SciPy do not hold Python up
        solutions = pool.map(design.solve, *zip(*tasks, strict=True))
        means = [_mean(of_part) for of_part in zip(*[solutions] * len(recipe.priors), strict=True)]
    terms, subwords, bias = (np.concatenate(values, axis=-1) for values in zip(*means, strict=True))
    if is_binary:
        terms, subwords, bias = (np.concatenate([-values / 2, values / 2], axis=-1) for values in (terms, subwords, bias))
    return FittedWide(chosen.keys, design.term_values**2, terms, design.subword_values**2, subwords, bias)


class _Design:
    """The features of one fit with their values, and the solver for one label."""

    def __init__(self, features: Features, recipe: Recipe) -> None:
        self._features, self._recipe = features, recipe
        order = np.select([features.keys >> (2 * ID_BITS) > 0, features.keys >> ID_BITS > 0], [2, 1], 0)
        self._term_masses = features.mass(features.terms)
        self.term_values = self._rarity(sum_of_rows(features.terms)) * np.array(recipe.order_weights, np.float32)[order]  # (F,)
        counts = features.subwords.T @ sum_of_rows(features.words)  # (S,)
        self.subword_values = np.where(counts >= MIN_TEXTS, self._rarity(counts) * np.float32(recipe.subword_weight), 0).astype(np.float32)
        self._used = np.flatnonzero(self.subword_values)  # the other buckets get no weight
        self._used_subwords = features.subwords[:, self._used]
        self._subword_masses = (features.subwords.T @ features.mass(features.words))[self._used]
        self._scale = _inverse_root(
            features.terms @ self.term_values**2 + features.words @ (features.subwords @ self.subword_values**2)
        )  # (N,)

    @property
    def size(self) -> int:
        """Values that a label's fit holds."""
        return len(self.term_values) + len(self._used) + 1

    def _weighted(self, values: FloatArray) -> FloatArray:
        """(N, k) values of the texts, each as often as its text counts."""
        weights = self._features.weights
        return values if weights is None else values * weights[:, None]

    def _rarity(self, counts: FloatArray) -> FloatArray:
        texts = len(self._features.labels)
        rarity: FloatArray = (np.log((1 + texts) / (1 + np.minimum(counts, texts))) + 1).astype(np.float32)
        return rarity

    def solve(self, prior: Prior, labels: Positions) -> Solution:
        """Of k labels, each against the rest, by one prior: (F, k) and (S, k) weights, times the features' values, and (k,) biases."""
        terms, words, subwords = self._features.terms, self._features.words, self._used_subwords
        is_label = (self._features.labels[:, None] == labels).astype(np.float32)  # (N, k)
        sign, scale, cost = 2 * is_label - 1, self._scale[:, None], prior.cost
        counted = self._weighted(is_label)
        term_scale = _freedom(terms.T @ counted, self._term_masses, prior) * self.term_values[:, None]
        of_label = subwords.T @ (words.T @ counted)
        subword_scale = _freedom(of_label, self._subword_masses, prior) * self.subword_values[self._used, None]
        pull = self._weighted(sign)
        split = len(term_scale)

        def loss(weights: FloatArray) -> tuple[FloatArray, FloatArray]:
            sums = terms @ (weights[:split] * term_scale) + words @ (subwords @ (weights[split:-1] * subword_scale))
            margin = np.clip(sign * (scale * sums + weights[-1]), -MAX_LOGIT, MAX_LOGIT)
            slope = -cost * pull / (1 + np.exp(margin))  # of the loss, by each text's logits
            scaled = (scale * slope).astype(np.float32)
            gradient = weights.copy()
            squares = np.einsum("pk,pk->k", weights[:-1], weights[:-1])
            total = 0.5 * squares + cost * self._weighted(np.logaddexp(0, -margin)).sum(axis=0, dtype=np.float64)
            gradient[:split] += (terms.T @ scaled) * term_scale
            gradient[split:-1] += (subwords.T @ (words.T @ scaled)) * subword_scale
            gradient[-1] = slope.sum(axis=0, dtype=np.float64)
            return total, gradient

        found = minimise(loss, np.zeros((self.size, len(labels)), np.float32), ITERATIONS)
        all_subwords = np.zeros((len(self.subword_values), len(labels)), np.float32)
        all_subwords[self._used] = found[split:-1] * subword_scale
        return found[:split] * term_scale, all_subwords, found[-1]


def _mean(solutions: Sequence[Solution]) -> Solution:
    """Of the same labels by several priors."""
    terms, subwords, bias = (np.mean(values, axis=0, dtype=np.float32) for values in zip(*solutions, strict=True))
    return terms, subwords, bias


def _freedom(of_label: FloatArray, of_all: FloatArray, prior: Prior) -> FloatArray:
    """(n, k): how far from 0 a weight may go: the features' log-odds between each label and the rest, to a power."""
    inside, outside = of_label + 1, of_all[:, None] - of_label + 1
    log_odds = np.log(inside / inside.sum(axis=0)) - np.log(outside / outside.sum(axis=0))
    freedom: FloatArray = np.abs(log_odds).astype(np.float32) ** np.float32(prior.power)
    return freedom


def _inverse_root(squares: FloatArray) -> FloatArray:
    """1 / sqrt, and 0 for a text without any feature."""
    roots: FloatArray = np.divide(1.0, np.sqrt(squares), out=np.zeros(len(squares), np.float32), where=squares > 0, dtype=np.float32)
    return roots
