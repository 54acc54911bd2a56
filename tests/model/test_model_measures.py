"""Scores, calibration and the wish for a review."""

from __future__ import annotations

import numpy as np
import pytest

from model.confidence import (
    CLOSE_RUNNER_UP,
    LOW_CONFIDENCE,
    NO_KNOWN_WORDS,
    NO_LABEL,
    NO_TEXT,
    SHORTENED,
    UNLIKE_TRAINING,
    Classified,
    Review,
    classified,
    probabilities,
)
from model.text.encoding import Encoder
from model.text.newcomers import Newcomers
from model.text.tokenizer import MAX_TEXT_CHARS, Tokenizer
from model.text.vocabulary import Vocabulary
from model.training.calibration import choose_review
from model.training.scores import class_scores, score, wilson_interval
from model.training.spacy_rules import rules_of

KNOWN = np.zeros(100, np.float32)  # share of unknown words in texts that have none


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


def test_the_threshold_is_the_smallest_that_suffices() -> None:
    """Of 100 rows the 40 most confident hold one error, so exactly these need no review."""
    margins = np.linspace(4, 0.1, 100, dtype=np.float32)
    logits = np.stack([margins, np.zeros_like(margins)], axis=1)
    labels = np.array([0] * 39 + [1] + [0, 1] * 30)
    review = choose_review(logits, labels, KNOWN)
    confidence = probabilities(logits).max(axis=1)
    accepted = confidence >= review.threshold
    assert (labels[accepted] == 0).mean() >= review.target_accuracy
    assert review.coverage == pytest.approx(accepted.mean())
    assert 40 <= accepted.sum() < 50


def test_where_no_confidence_suffices_everything_is_reviewed() -> None:
    """A model that is wrong where it is surest has the threshold 1."""
    review = choose_review(np.array([[3, 0], [1, 0]] * 20, np.float32), np.array([1, 1] * 20), KNOWN)
    assert (review.threshold, review.coverage) == (1.0, 0.0)


def test_a_handful_of_rows_vouches_for_nothing() -> None:
    """However right the model is about them."""
    few, enough = (choose_review(np.array([[9, 0]] * rows, np.float32), np.zeros(rows, np.int64), KNOWN) for rows in (19, 20))
    assert (few.threshold, few.coverage) == (1.0, 0.0)
    assert (enough.threshold > 0.9, enough.coverage) == (True, 1.0)


def test_a_row_that_is_often_wrong_is_looked_at_however_good_the_others_are() -> None:
    """The threshold does not sink below three in four."""
    logits = np.array([[9, 0]] * 990 + [[0.5, 0]] * 10, np.float32)
    assert choose_review(logits, np.zeros(1000, np.int64), KNOWN).threshold == 0.75


def test_what_is_right_by_luck_is_not_counted_on() -> None:
    """Rows of low confidence that all happen to be right do not lower the threshold below what was to be expected."""
    logits = np.array([[4, 0]] * 50 + [[1.5, 0]] * 50, np.float32)
    review = choose_review(logits, np.zeros(100, np.int64), KNOWN)
    assert review.coverage == 0.5


def test_what_is_usual_in_the_held_out_rows_is_not_unlike_them() -> None:
    """The share of unknown words that asks for a review is beyond nearly all held-out rows', and at least a half."""
    logits, labels = np.zeros((1000, 2), np.float32), np.zeros(1000, np.int64)
    assert choose_review(logits, labels, np.zeros(1000, np.float32)).max_unknown_share == 0.5
    shares = np.linspace(0, 1, 1000, dtype=np.float32)
    assert choose_review(logits, labels, shares).max_unknown_share == pytest.approx(0.995, abs=1e-3)


def test_rows_of_equal_confidence_stand_or_fall_together() -> None:
    """A tie of one right and one wrong row is not parted to reach the target."""
    review = choose_review(np.array([[4, 0]] * 40, np.float32), np.array([0] * 37 + [1] * 3), KNOWN)
    assert review.coverage == 0.0


def reviewed(logits: list[list[float]], texts: list[str], threshold: float) -> Classified:
    """What is made of given logits."""
    vocabulary = Vocabulary(["word"])
    encoded = Encoder(Tokenizer(rules_of()), Newcomers(vocabulary), 4)(texts)
    unknown = encoded.sequences.unknown_share(len(vocabulary))
    return classified(np.array(logits, np.float32), encoded, unknown, Review(threshold, 0.95, 0.5, 0.6))


def test_the_reasons_for_a_review() -> None:
    """Each kind of doubt has its reason, and a sure answer none, unless a part of the text was read by nothing."""
    sure, unsure, close = [4.0, 0.0, 0.0], [1.0, 0.0, 0.0], [2.0, 1.95, -5.0]
    long = "word " * 9
    rows = [(sure, "word"), (sure, long), (unsure, "word"), (unsure, long), (close, "word"), (sure, "strange")]
    rows += [(sure, "word strange stranger"), (sure, " ")]
    made = reviewed([logits for logits, _ in rows], [text for _, text in rows], 0.7)
    assert made.reasons == [
        "",
        "",
        LOW_CONFIDENCE,
        f"{LOW_CONFIDENCE}; text was shortened",
        LOW_CONFIDENCE,
        NO_KNOWN_WORDS,
        UNLIKE_TRAINING,
        NO_TEXT,
    ]
    assert reviewed([close], ["word"], 0.4).reasons == [CLOSE_RUNNER_UP]
    endless = "word " * MAX_TEXT_CHARS
    assert reviewed([sure, unsure], [endless, endless], 0.7).reasons == [SHORTENED, f"{LOW_CONFIDENCE}; {SHORTENED}"]


def test_the_best_two_labels_are_given() -> None:
    """Label and runner-up with their probabilities; equal ones come in the order of the labels."""
    made = reviewed([[0.0, 2.0, 1.0], [1.0, 1.0, 1.0]], ["word", "word"], 0.0)
    assert (made.best.tolist(), made.second.tolist()) == ([1, 0], [2, 1])
    assert (made.confidence[0], made.second_confidence[0]) == pytest.approx((0.6652, 0.2447), abs=1e-4)


def test_a_text_without_a_word_gets_no_label() -> None:
    """Nothing is said about nothing."""
    made = reviewed([[5.0, 0.0, 0.0]], ["<br />"], 0.0)
    assert (made.best[0], made.second[0], made.confidence[0], made.second_confidence[0]) == (NO_LABEL, NO_LABEL, 0, 0)
    assert made.reasons == [NO_TEXT]


def test_extreme_logits_stay_numbers() -> None:
    """Very large logits neither overflow nor warn."""
    assert probabilities(np.array([[1e30, -1e30]], np.float32)).tolist() == [[1.0, 0.0]]
