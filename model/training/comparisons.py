"""What a report sets beside the model: a plain baseline, less training data, and doubts about labels.

All of it comes from fits of the wide part, which take seconds.
"""

from __future__ import annotations

import numpy as np

from model.confidence import probabilities
from model.text.sequences import FloatArray, Positions
from model.training.combination import Affine
from model.training.label_errors import LabelErrors, find_label_errors
from model.training.report import DataShare
from model.training.wide_fitting import Prior, Recipe, fit
from model.training.wide_training import MAX_ROWS_TIMES_LABELS, WideTraining, drawn, out_of_fold

BASELINE = Recipe("TF-IDF with logistic regression", (1.0, 1.0, 0.0), 0.0, (Prior(0.0, 10.0),))
SHARES = (0.25, 0.5)  # of the training rows, besides all of them
MIN_ROWS = 20  # fewer tell nothing
FOLDS = 3
MIN_OF_LABEL = 2  # so that each label has a row in the other folds
MAX_JUDGED = 50_000  # labels that are looked at, evenly drawn, which bounds the time


def baseline_logits(wide: WideTraining) -> FloatArray:
    """(N, C) of the test rows, from a linear model of words and pairs of words, as a data scientist would try first.

    It has as many terms as the wide part: fewer, the more labels there are; and of very many rows it learns from a part.
    """
    features = wide.features
    return fit(features.take(np.concatenate([wide.compared, wide.validation])), BASELINE).logits(features.take(wide.test))


def data_shares(wide: WideTraining, actual: Positions, rng: np.random.Generator) -> list[DataShare]:
    """How right the wide part is on the (N,) test rows when it learns from a part of the training rows."""
    features, order, test = wide.features, rng.permutation(wide.compared), wide.features.take(wide.test)
    made = []
    for share in SHARES:
        rows = np.sort(order[: int(share * len(order))])
        if len(rows) >= MIN_ROWS and len(np.unique(features.labels[rows])) == features.label_count:
            logits = fit(features.take(rows), wide.recipe).logits(test)
            made.append(DataShare(len(rows), float((logits.argmax(axis=1) == actual).mean())))
    return [*made, DataShare(len(wide.training), float((wide.fitted.logits(test).argmax(axis=1) == actual).mean()))]


def label_errors(wide: WideTraining, scaled: Affine, labels: list[str], rng: np.random.Generator) -> tuple[Positions, LabelErrors] | None:
    """The (M,) training rows that were judged and what their labels look like, by models that did not learn from them.

    None when there are too few rows for that.
    """
    features = wide.features
    most = min(MAX_JUDGED, MAX_ROWS_TIMES_LABELS // features.label_count)
    judged = wide.training[drawn(features.labels[wide.training], most / len(wide.training))]
    if np.bincount(features.labels[judged], minlength=features.label_count).min() < MIN_OF_LABEL:
        return None
    shares = probabilities(scaled(out_of_fold(features, judged, wide.recipe, FOLDS, rng)))
    return judged, find_label_errors(shares, features.labels[judged], labels)
