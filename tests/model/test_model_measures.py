"""Scores, calibration and the wish for a review."""

from __future__ import annotations

import numpy as np
import pytest

from model.calibration import choose_review, choose_temperature
from model.confidence import CLOSE_RUNNER_UP, LOW_CONFIDENCE, NO_KNOWN_WORDS, NO_TEXT, Prediction, predictions, probabilities
from model.encoding import Encoder
from model.scores import class_scores, score, wilson_interval
from model.sequences import FloatArray
from model.tokenizer import Tokenizer
from model.vocabulary import Vocabulary


def test_scores_of_a_known_case() -> None:
    """Accuracy, precision, recall and F1 against figures worked out by hand."""
    actual, answers = ["a", "a", "a", "b"], ["a", "a", "b", "b"]
    found = score(actual, answers)
    assert (found.accuracy, found.macro_f1, found.rows) == pytest.approx((0.75, (0.8 + 2 / 3) / 2, 4))
    first = class_scores(actual, answers)[0]
    assert (first.precision, first.recall, first.rows) == pytest.approx((1.0, 2 / 3, 3))


def test_labels_that_are_absent_or_never_answered_count_without_a_division_by_zero() -> None:
    """A label only answered and a label only true both have an F1 of 0; a label that nowhere occurs has none."""
    scores = {entry.label: entry.f1 for entry in class_scores(["a", "b"], ["a", "c"])}
    assert scores == {"a": 1.0, "b": 0.0, "c": 0.0}


def test_the_interval_of_a_share() -> None:
    """Wilson's interval for 9 of 10, and never beyond 0 and 1."""
    assert wilson_interval(9, 10) == pytest.approx((0.5958, 0.9821), abs=1e-4)
    assert wilson_interval(5, 5)[1] == 1.0
    assert wilson_interval(0, 5)[0] == 0.0


def sharpened(temperature: float, rows: int) -> tuple[FloatArray, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """Logits too sharp by a factor, and labels drawn from the true probabilities."""
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 1.5, (rows, 3)).astype(np.float32)
    shares = probabilities(logits, 1.0)
    labels = np.array([rng.choice(3, p=row / row.sum()) for row in shares.astype(np.float64)])
    return logits * np.float32(temperature), labels


def test_the_temperature_is_found() -> None:
    """From logits made too sharp by 2.5 the calibration finds 2.5."""
    assert choose_temperature(*sharpened(2.5, 4000)) == pytest.approx(2.5, rel=0.1)


def test_a_few_right_rows_make_nobody_certain() -> None:
    """Three rows, all right, move the temperature only a little from 1."""
    assert 0.4 < choose_temperature(np.array([[1, 0], [1, 0], [0, 1]], np.float32), np.array([0, 0, 1])) < 1


def test_the_threshold_is_the_smallest_that_suffices() -> None:
    """Of 100 rows the 40 most confident hold one error, so exactly these need no review."""
    margins = np.linspace(4, 0.1, 100, dtype=np.float32)
    logits = np.stack([margins, np.zeros_like(margins)], axis=1)
    labels = np.array([0] * 39 + [1] + [0, 1] * 30)
    review = choose_review(logits, labels, 1.0)
    confidence = probabilities(logits, 1.0).max(axis=1)
    accepted = confidence >= review.threshold
    assert (labels[accepted] == 0).mean() >= review.target_accuracy
    assert review.coverage == pytest.approx(accepted.mean())
    assert 40 <= accepted.sum() < 50


def test_where_no_confidence_suffices_everything_is_reviewed() -> None:
    """A model that is wrong where it is surest has the threshold 1."""
    review = choose_review(np.array([[3, 0], [1, 0]], np.float32), np.array([1, 1]), 1.0)
    assert (review.threshold, review.coverage) == (1.0, 0.0)


def test_rows_of_equal_confidence_stand_or_fall_together() -> None:
    """A tie of one right and one wrong row is not parted to reach the target."""
    review = choose_review(np.array([[2, 0], [2, 0]], np.float32), np.array([0, 1]), 1.0)
    assert review.coverage == 0.0


def reviewed(logits: list[list[float]], texts: list[str], threshold: float) -> list[Prediction]:
    """Predictions from given logits."""
    encoded = Encoder(Tokenizer(), Vocabulary(["word"]), 4)(texts)
    return predictions(np.array(logits, np.float32), encoded, ["a", "b", "c"], 1.0, threshold)


def test_the_reasons_for_a_review() -> None:
    """Each kind of doubt has its reason, and a sure answer none, even for a shortened text."""
    sure, unsure, close = [4.0, 0.0, 0.0], [1.0, 0.0, 0.0], [2.0, 1.95, -5.0]
    long = "word " * 9
    rows = [(sure, "word"), (sure, long), (unsure, "word"), (unsure, long), (close, "word"), (sure, "strange"), (sure, " ")]
    made = reviewed([logits for logits, _ in rows], [text for _, text in rows], 0.7)
    assert [entry.review_reason for entry in made] == [
        "",
        "",
        LOW_CONFIDENCE,
        f"{LOW_CONFIDENCE}; text was shortened",
        LOW_CONFIDENCE,
        NO_KNOWN_WORDS,
        NO_TEXT,
    ]
    assert reviewed([close], ["word"], 0.4)[0].review_reason == CLOSE_RUNNER_UP


def test_the_best_two_labels_are_given() -> None:
    """Label and runner-up with their probabilities; equal ones come in the order of the labels."""
    made = reviewed([[0.0, 2.0, 1.0], [1.0, 1.0, 1.0]], ["word", "word"], 0.0)
    assert (made[0].label, made[0].second_label) == ("b", "c")
    assert made[0].confidence == pytest.approx(0.6652, abs=1e-4)
    assert made[0].second_confidence == pytest.approx(0.2447, abs=1e-4)
    assert (made[1].label, made[1].second_label) == ("a", "b")


def test_a_text_without_a_word_gets_no_label() -> None:
    """Nothing is said about nothing."""
    assert reviewed([[5.0, 0.0, 0.0]], ["<br />"], 0.0) == [Prediction("", 0.0, "", 0.0, NO_TEXT)]


def test_extreme_logits_stay_numbers() -> None:
    """Very large logits neither overflow nor warn."""
    assert probabilities(np.array([[1e30, -1e30]], np.float32), 0.1).tolist() == [[1.0, 0.0]]
