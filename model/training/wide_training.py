"""The wide part's training: from examples to its weights, by the recipe that suits the rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from contract.training_log import wide_part_learns
from model.text.sequences import FloatArray, Positions, Sequences, joined
from model.training.progress import say
from model.training.rows import Examples, Judged
from model.training.wide_features import Features
from model.training.wide_fitting import RECIPES, FittedWide, Recipe, fit
from model.wide import WideWeights

MAX_IDS = 2**24  # words of the rows to learn from, whose terms fill some gigabytes; of more rows a part is drawn
MIN_DRAWN = 50  # rows of a label, if it has as many
ENOUGH_ROWS = 2000  # of validation, to calibrate by themselves
FOLDS = 5
MAX_ROWS_TIMES_LABELS = 8_000_000  # in fits that only compare: beyond it they take longer than they are worth


class WideTraining:
    """The wide part of one training: a recipe chosen on the validation rows, then fitted to these rows as well.

    No recipe is best everywhere, so the one with most validation rows right is taken. The features hold training rows
    (`rows` says which: all, unless there are millions), the validation and the test rows, in this order; the last ones have
    no influence on anything. Fits that only compare learn from `compared`: all training rows, unless that would take long.
    """

    def __init__(
        self, training: Examples, validation: Examples, test: Sequences, words: Sequence[str], known_words: int, label_count: int
    ) -> None:
        self.rows = drawn(training.labels, MAX_IDS / max(len(training.sequences.ids), 1))
        some = training.take(self.rows)
        labels = np.concatenate([some.labels, validation.labels, np.zeros(len(test), np.int64)])
        together = joined([some.sequences, validation.sequences, test])
        learnable = len(labels) - len(test)
        features = Features.of(together, words, known_words, labels, label_count, learnable)
        weights = None
        if some.weights is not None and validation.weights is not None:
            weights = np.concatenate([some.weights, validation.weights, np.ones(len(test), np.float32)])
        self.features = replace(features, weights=weights)
        self.training, self.validation, self.test = np.split(np.arange(len(labels)), np.cumsum([len(self.rows), len(validation.labels)]))
        say(wide_part_learns(len(self.rows), label_count))
        self.is_quick = len(self.rows) * label_count <= MAX_ROWS_TIMES_LABELS
        self.compared = self.training[drawn(some.labels, MAX_ROWS_TIMES_LABELS / (len(self.rows) * label_count))]
        fits = [fit(self.features.take(self.compared), recipe) for recipe in RECIPES]
        best = int(np.argmax([self._validated(fitted).accuracy for fitted in fits]))
        self.recipe = RECIPES[best]
        is_of_all = len(self.compared) == len(self.training)
        self.fitted = fits[best] if is_of_all else fit(self.features.take(self.training), self.recipe)  # to the training rows
        self.validated = self._validated(self.fitted)  # the validation rows

    def judged(self) -> Judged:
        """The validation rows where these are enough to calibrate by; else training and validation rows, out of fold."""
        if len(self.validation) >= ENOUGH_ROWS or not self.is_quick:
            return self.validated
        rows = np.concatenate([self.training, self.validation])
        logits = out_of_fold(self.features, rows, self.recipe, FOLDS, np.random.default_rng(0))
        return Judged(logits, self.features.labels[rows])

    def weights(self) -> WideWeights:
        """Fitted to training and validation rows together."""
        rows = np.concatenate([self.training, self.validation])
        return fit(self.features.take(rows), self.recipe).to_weights(self.features)

    def _validated(self, fitted: FittedWide) -> Judged:
        return Judged(fitted.logits(self.features.take(self.validation)), self.features.labels[self.validation])


def out_of_fold(features: Features, rows: Positions, recipe: Recipe, folds: int, rng: np.random.Generator) -> FloatArray:
    """(M, C) logits of M rows, each from a fit to the others' folds; every fold has rows of every label that has enough."""
    fold = places_in_label(features.labels[rows], rng) % folds
    logits = np.empty((len(rows), features.label_count), np.float32)
    for number in np.unique(fold):
        is_held_out = fold == number
        logits[is_held_out] = fit(features.take(rows[~is_held_out]), recipe).logits(features.take(rows[is_held_out]))
    return logits


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
