"""Rows whose label is probably wrong, found by confident learning.

Reference: Northcutt, Jiang and Chuang 2021, Confident learning: estimating uncertainty in dataset labels (JAIR 70).
A row votes for a label when the model finds that label likelier than it finds it, on average, in the rows that have it. The
votes of the rows that have label i for label j estimate how many labels are wrong, and which.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.text.sequences import Positions

Probabilities = npt.NDArray[np.float32]

VALUES_AT_ONCE = 2**22  # bounds memory: rows are compared in portions of so many probabilities
EPSILON = 1e-6  # where all rows of a label get the same probability, rounding must not lift their mean above it
MAX_PAIRS = 10  # pairs of labels that are told


@dataclass(frozen=True)
class Suspect:
    """A row whose label is probably wrong."""

    row: int  # its position among the rows that were judged
    given: str
    suggested: str
    given_probability: float
    suggested_probability: float
    reason: str


@dataclass(frozen=True)
class LabelErrors:
    """What the labels of some rows look like."""

    rows: int
    estimated_share: float  # of the rows, how many labels are wrong
    count: int  # of suspects, however many are listed
    suspects: list[Suspect]  # the most suspicious first
    pairs: list[tuple[str, str, int]]  # (given, suggested, suspects), the most frequent first


def find_label_errors(probabilities: Probabilities, given: Positions, labels: Sequence[str], most: int = 200) -> LabelErrors:
    """Judge (N,) labels, positions in the (C,) `labels`, by (N, C) probabilities.

    The probabilities must come from models that were not trained on the row that they judge (cross-validation, or held-out
    rows): a model that has learned a wrong label agrees with it. At most `most` suspects are listed. Raises ValueError when
    the shapes do not fit.
    """
    rows, classes = probabilities.shape
    if given.shape != (rows,) or len(labels) != classes:
        raise ValueError(f"{probabilities.shape} probabilities do not fit {given.shape} labels of {len(labels)} kinds")
    own = probabilities[np.arange(rows), given]  # (N,)
    counts = np.bincount(given, minlength=classes)
    averages = np.full(classes, np.inf)  # a label that no row has is never suggested
    np.divide(np.bincount(given, weights=own, minlength=classes), counts, out=averages, where=counts > 0)
    votes = _votes(probabilities, averages)
    joint = np.bincount(given[votes >= 0] * classes + votes[votes >= 0], minlength=classes * classes).reshape(classes, classes)

    suspected = np.flatnonzero((votes >= 0) & (votes != given))
    margins = probabilities[suspected, votes[suspected]] - own[suspected]
    ranked = suspected[np.argsort(-margins, kind="stable")]
    suspects = [
        Suspect(
            row=row,
            given=labels[given[row]],
            suggested=labels[votes[row]],
            given_probability=float(own[row]),
            suggested_probability=float(probabilities[row, votes[row]]),
            reason=f"reads like '{labels[votes[row]]}' ({probabilities[row, votes[row]]:.2f}), not like '{labels[given[row]]}'"
            f" ({own[row]:.2f}, where such rows have {averages[given[row]]:.2f} on average)",
        )
        for row in ranked[:most].tolist()
    ]
    return LabelErrors(rows, _estimated_share(joint, counts), len(ranked), suspects, _pairs(joint, labels))


def _votes(probabilities: Probabilities, averages: npt.NDArray[np.float64]) -> Positions:
    """(N,) the likeliest label among those that are likelier than their average; -1 where none is."""
    rows, classes = probabilities.shape
    votes = np.full(rows, -1, np.int64)
    portion = max(1, VALUES_AT_ONCE // classes)
    for start in range(0, rows, portion):
        block = probabilities[start : start + portion]  # (B, C)
        is_above = block >= averages - EPSILON
        best = np.where(is_above, block, -1.0).argmax(axis=1)
        votes[start : start + portion] = np.where(is_above.any(axis=1), best, -1)
    return votes


def _estimated_share(joint: npt.NDArray[np.int64], counts: npt.NDArray[np.int64]) -> float:
    """The share of rows off the diagonal of the (C, C) votes, once each label's votes are scaled to its rows.

    A label without any vote counts as right.
    """
    votes = joint.sum(axis=1)
    right = np.divide(joint.diagonal(), votes, out=np.ones(len(votes)), where=votes > 0)
    return float(1 - (right * counts).sum() / max(counts.sum(), 1))


def _pairs(joint: npt.NDArray[np.int64], labels: Sequence[str]) -> list[tuple[str, str, int]]:
    wrong = joint - np.diag(joint.diagonal())
    order = np.argsort(-wrong, axis=None, kind="stable")[:MAX_PAIRS]
    cells = [divmod(cell, len(labels)) for cell in order.tolist()]
    return [(labels[given], labels[suggested], int(wrong[given, suggested])) for given, suggested in cells if wrong[given, suggested]]
