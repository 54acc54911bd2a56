"""The figures of `evaluation.json` that a page draws: what is confused, what the confidence is worth, and a paired comparison.

References: as of model.training.report.measures, where they are computed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from model.training.report.findings import Floats
from model.training.report.measures import Paired, coverage_curve, reliability

MAX_CONFUSIONS = 2000  # pairs of labels, the most frequent first: the file goes to a browser
MAX_POINTS = 60  # of a curve
DIGITS = 4


def figures_of(actual: Sequence[str], answered: Sequence[str], confidence: Floats, champion: Sequence[str]) -> dict[str, Any]:
    """As JSON takes them, from (N,) right labels, answers, confidences and, where there is a champion, its answers.

    `confusions` are [right label, answer, rows], right answers included; `coverage` are [share of the rows, accuracy] with the surest
    first; `reliability` are bins of rows of similar confidence; `comparison` is missing without a champion.
    """
    truth = np.array(actual, np.object_)
    is_right = truth == np.array(answered, np.object_)
    pairs = Counter(zip(actual, answered, strict=True)).most_common(MAX_CONFUSIONS)
    shares, accuracies = coverage_curve(confidence, is_right)
    shown = np.unique(np.linspace(0, len(shares) - 1, min(len(shares), MAX_POINTS)).round().astype(np.int64))
    figures: dict[str, Any] = {
        "confusions": [[right, answer, rows] for (right, answer), rows in pairs],
        "reliability": [
            {"rows": entry.rows, "confidence": round(entry.confidence, DIGITS), "right": entry.right}
            for entry in reliability(confidence, is_right)
        ],
        "coverage": [[round(float(shares[point]), DIGITS), round(float(accuracies[point]), DIGITS)] for point in shown],
    }
    if champion:
        paired = Paired.of(is_right, truth == np.array(champion, np.object_))
        low, high = paired.interval
        figures["comparison"] = {
            "only_ours": paired.only_ours,
            "only_theirs": paired.only_theirs,
            "difference": round(paired.difference, DIGITS),
            "low": round(low, DIGITS),
            "high": round(high, DIGITS),
            "p_value": round(paired.p_value, DIGITS),
        }
    return figures
