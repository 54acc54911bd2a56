"""How much each row counts while a model learns: the confidence that its label has.

A weight multiplies a row's part in the loss, as if the row were there so many times (Liu and Tao 2016, importance
reweighting for noisy labels). The loss stands against priors, decay and learning rate that suit rows that count 1, so weights are
brought to 1 on average: what matters is how they compare, and nothing is learned from the scale of one job's confidences, which
Ground Truth forbids to compare with another's. Where all rows count the same, there are no weights, and all is as without.

Figures, thresholds and biases come from held-out rows that count 1 each. What is promised is a share of the rows that come in, and
weights would leave out the texts that are hard to label, which come in like the others.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from model.text.sequences import FloatArray, Positions
from model.training.rows import Rows

MAX_LABEL_WEIGHT = 10.0  # a handful of rows must not outweigh all others


def stated_weights(*sets: Rows) -> list[npt.NDArray[np.float64]] | None:
    """How sure the label of each row is, as its file states it: (N,) for each set; None when all rows count the same."""
    stated = [np.array(rows.weights or [1.0] * len(rows)) for rows in sets]
    return stated if np.ptp(np.concatenate(stated)) else None


def sample_weights(train: Rows, validation: Rows) -> tuple[FloatArray | None, FloatArray | None]:
    """(N,) and (M,) weights, 1 on average over the training rows; None and None when all rows count the same.

    The validation rows need theirs too, for the wide part learns from them in the end.
    """
    stated = stated_weights(train, validation)
    if stated is None:
        return None, None
    ours, theirs = stated
    mean = ours.mean()
    return (ours / mean).astype(np.float32), (theirs / mean).astype(np.float32)


def label_weights(labels: Positions, count: int, balance: float, of_rows: FloatArray | None = None) -> FloatArray:
    """(C,) how much a row of each label counts: all the same with balance 0, labels the same with 1; about 1 on the mean of N rows.

    Rows that have (N,) weights of their own are as many as these add up to. What the network then believes of the labels'
    frequencies, the biases of the combination put right.
    """
    rows = np.maximum(np.bincount(labels, of_rows, minlength=count), 1)
    weights = np.minimum((rows.max() / rows) ** balance, MAX_LABEL_WEIGHT)
    scaled: FloatArray = (weights / np.average(weights[labels], weights=of_rows)).astype(np.float32)
    return scaled
