"""The figures of `evaluation.json` that a page draws: what is confused, and what the confidence is worth.

References: as of model.training.report.measures, where they are computed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from model.training.report.findings import Floats
from model.training.report.measures import coverage_curve, reliability

MAX_CONFUSIONS = 2000  # pairs of labels, the most frequent first: the file goes to a browser
MAX_POINTS = 60  # of a curve
DIGITS = 4


def figures_of(actual: Sequence[str], answered: Sequence[str], confidence: Floats) -> dict[str, Any]:
    """As JSON takes them, from (N,) right labels, answers and confidences.

    `confusions` are [right label, answer, rows], right answers included; `coverage` are [share of the rows, accuracy] with the surest
    first; `reliability` are bins of rows of similar confidence.
    """
    is_right = np.array(actual, np.object_) == np.array(answered, np.object_)
    pairs = Counter(zip(actual, answered, strict=True)).most_common(MAX_CONFUSIONS)
    shares, accuracies = coverage_curve(confidence, is_right)
    shown = np.unique(np.linspace(0, len(shares) - 1, min(len(shares), MAX_POINTS)).round().astype(np.int64))
    return {
        "confusions": [[right, answer, rows] for (right, answer), rows in pairs],
        "reliability": [
            {"rows": entry.rows, "confidence": round(entry.confidence, DIGITS), "right": entry.right}
            for entry in reliability(confidence, is_right)
        ],
        "coverage": [[round(float(shares[point]), DIGITS), round(float(accuracies[point]), DIGITS)] for point in shown],
    }
