"""Scores, calibration and the wish for a review."""

from __future__ import annotations

import numpy as np
import pytest

from contract.promise import Promise
from model.confidence import (
    CLOSE_RUNNER_UP,
    LOW_CONFIDENCE,
    NO_KNOWN_WORDS,
    NO_LABEL,
    NO_TEXT,
    NOT_PROMISED,
    SHORTENED,
    UNLIKE_TRAINING,
    Classified,
    classified,
    probabilities,
)
from model.text.encoding import Encoder
from model.text.newcomers import Newcomers
from model.text.tokenizer import MAX_TEXT_CHARS, Tokenizer
from model.text.vocabulary import Vocabulary
from model.training.calibration import max_unknown_share
from model.training.scores import class_scores, score, wilson_interval
from model.training.spacy_rules import rules_of


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


def test_what_is_usual_in_the_held_out_rows_is_not_unlike_them() -> None:
    """The share of unknown words that asks for a review is beyond nearly all held-out rows', and at least a half."""
    assert max_unknown_share(np.zeros(1000, np.float32)) == 0.5
    assert max_unknown_share(np.linspace(0, 1, 1000, dtype=np.float32)) == pytest.approx(0.995, abs=1e-3)


def reviewed(logits: list[list[float]], texts: list[str], threshold: float | None) -> Classified:
    """What is made of given logits."""
    vocabulary = Vocabulary(["word"])
    encoded = Encoder(Tokenizer(rules_of()), Newcomers(vocabulary), 4)(texts)
    unknown = encoded.sequences.unknown_share(len(vocabulary))
    return classified(np.array(logits, np.float32), encoded, unknown, 0.6, Promise(0.05, 0.9, threshold, []))


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


def test_where_nothing_can_be_promised_every_row_asks_for_a_review() -> None:
    """However sure the model is; what speaks against a row more plainly is said instead."""
    sure = [4.0, 0.0, 0.0]
    assert reviewed([sure, sure, sure], ["word", "strange", " "], None).reasons == [NOT_PROMISED, NO_KNOWN_WORDS, NO_TEXT]


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
