"""The figures of evaluation.json that a page draws."""

from __future__ import annotations

import json

import numpy as np

from model.training.figures import MAX_CONFUSIONS, MAX_POINTS, figures_of

ACTUAL = ["a", "a", "b", "b", "c"]
ANSWERED = ["a", "b", "b", "b", "a"]
CONFIDENCE = np.array([0.9, 0.6, 0.8, 0.7, 0.5])


def test_figures_count_what_was_answered() -> None:
    """Pairs of labels add up to the rows, the surest rows come first, and the whole is JSON."""
    figures = json.loads(json.dumps(figures_of(ACTUAL, ANSWERED, CONFIDENCE)))
    assert sorted(figures["confusions"]) == [["a", "a", 1], ["a", "b", 1], ["b", "b", 2], ["c", "a", 1]]
    assert figures["coverage"] == [[0.2, 1.0], [0.4, 1.0], [0.6, 1.0], [0.8, 0.75], [1.0, 0.6]]
    assert figures["reliability"] == [{"rows": 5, "confidence": 0.7, "right": 3}]


def test_many_rows_and_labels_stay_small() -> None:
    """The file goes to a browser, whatever was trained on."""
    rng = np.random.default_rng(0)
    actual, answered = ([str(label) for label in rng.integers(0, 200, 20_000)] for _ in range(2))
    figures = figures_of(actual, answered, rng.random(20_000))
    assert len(figures["confusions"]) == MAX_CONFUSIONS
    assert len(figures["coverage"]) == MAX_POINTS
    assert figures["coverage"][-1][0] == 1.0
