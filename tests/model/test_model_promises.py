"""The promise holds as often as it says, whatever the model, and it is as large as the rows allow."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from contract.promise import CONFIDENCE, MAX_ERRORS, share_of
from model.text.sequences import FloatArray, Positions
from model.training.promises import LEAST, HeldOutAnswers, check_promises, choose_promises, p_values, thresholds_in_order
from model.training.report.findings import Flags, Floats

REPETITIONS = 400
MANY = 400_000  # rows that stand for all there are


def drawn(rng: np.random.Generator, rows: int, slips: float = 0.02) -> tuple[Floats, Flags]:
    """Confidences of a model that is surer than it should be, and whether it is wrong; some labels are slips, wherever it is sure."""
    right = 0.5 + 0.5 * rng.beta(8, 1, rows)
    odds = np.log(right / (1 - right)) * 1.2
    return 1 / (1 + np.exp(-odds)), rng.random(rows) > right * (1 - slips)


def upside_down(rng: np.random.Generator, rows: int) -> tuple[Floats, Flags]:
    """A model that is wrong most often where it is surest, as nothing forbids."""
    confidence = rng.uniform(LEAST, 1, rows)
    return confidence, rng.random(rows) < np.where(confidence > 0.95, 0.12, 0.02)


def without_order(rng: np.random.Generator, rows: int) -> tuple[Floats, Flags]:
    """A model whose confidence says nothing, and of which so many are wrong as one promise just allows."""
    return np.round(rng.uniform(LEAST, 1, rows), 2), rng.random(rows) < 0.0501


def logits_of(confidence: Floats, is_wrong: Flags) -> tuple[FloatArray, Positions]:
    """Logits of two labels with these confidences, and labels that are wrong where they should be."""
    odds = np.log(confidence / (1 - np.minimum(confidence, 1 - 1e-12)))
    return np.stack([odds, np.zeros(len(odds))], axis=1).astype(np.float32), is_wrong.astype(np.int64)


def all_open(confidence: Floats, is_wrong: Flags) -> HeldOutAnswers:
    """Rows of which confidence alone decides."""
    return HeldOutAnswers(confidence, np.ones(len(confidence), np.bool_), is_wrong)


def naive(confidence: Floats, is_wrong: Flags, max_error: float) -> float:
    """The smallest threshold above which no more are wrong among the rows at hand."""
    order = np.argsort(-confidence, kind="stable")
    good = np.flatnonzero(np.cumsum(is_wrong[order]) / np.arange(1, len(order) + 1) <= max_error)
    return float(confidence[order][good[-1]]) if len(good) else 2.0


def broken(make: Callable[..., tuple[Floats, Flags]], rows: int) -> tuple[dict[str, float], dict[str, float]]:
    """How often each promise was broken, on all rows there are: by the kit's thresholds and by naive ones."""
    confidence, is_wrong = make(np.random.default_rng(12345), MANY)
    ours, theirs = dict.fromkeys(MAX_ERRORS, 0.0), dict.fromkeys(MAX_ERRORS, 0.0)

    def is_broken(threshold: float, max_error: str) -> bool:
        accepted = is_wrong[confidence >= threshold]
        return bool(len(accepted) and accepted.mean() > share_of(max_error))

    for repetition in range(REPETITIONS):
        rng = np.random.default_rng(repetition)
        order = thresholds_in_order(*logits_of(*make(rng, rows)), rows)
        held_out = make(rng, rows)
        found = choose_promises(order, all_open(*held_out))
        for max_error in ("2", "5", "10"):
            ours[max_error] += max_error in found and is_broken(found[max_error], max_error)
            theirs[max_error] += is_broken(naive(*held_out, share_of(max_error)), max_error)
    return ours, theirs


@pytest.mark.parametrize("make", [drawn, upside_down, without_order])
def test_a_promise_is_broken_no_more_often_than_it_says(make: Callable[..., tuple[Floats, Flags]]) -> None:
    """Over many draws of held-out rows at most a tenth of the promises is broken, where naive thresholds break every third or more."""
    ours, theirs = broken(make, 600)
    spread = 3 * (CONFIDENCE * (1 - CONFIDENCE) / REPETITIONS) ** 0.5  # of a share of just a tenth, by chance
    assert max(ours.values()) / REPETITIONS <= 1 - CONFIDENCE + spread
    assert max(theirs.values()) / REPETITIONS > 1 / 3


def test_a_promise_on_the_verge_is_broken_about_as_often_as_it_may() -> None:
    """The method wastes nothing: where the error is just too large at every threshold, nearly a tenth of the promises is made."""
    made = 0
    for repetition in range(REPETITIONS):
        rng = np.random.default_rng(repetition)
        confidence, is_wrong = np.full(500, 0.9), rng.random(500) < 0.0501
        made += "5" in choose_promises(np.array([0.9]), all_open(confidence, is_wrong))
    assert 0.05 < made / REPETITIONS < 0.14


def test_p_values_are_those_of_the_binomial_distribution() -> None:
    """None wrong of 45, one of three, all wrong, and none at all: by hand."""
    found = p_values(np.array([0, 1, 2, 0]), np.array([45, 3, 2, 0]), 0.05)
    assert found == pytest.approx([0.95**45, 0.95**3 + 3 * 0.05 * 0.95**2, 1.0, 1.0])


@pytest.mark.parametrize(("rows", "promised"), [(0, []), (21, []), (22, ["10"]), (44, ["10"]), (45, ["5", "10"]), (460, list(MAX_ERRORS))])
def test_few_rows_promise_little(rows: int, promised: list[str]) -> None:
    """However right the model is about them: 45 rows without a mistake are the fewest for 5 %."""
    answers = all_open(np.full(rows, 0.9), np.zeros(rows, np.bool_))
    assert list(choose_promises(np.array([0.8]), answers)) == promised


def test_the_walk_ends_at_the_first_threshold_that_fails() -> None:
    """What passes behind a gap is not believed: one more try would be one more chance to pass by luck."""
    confidence = np.repeat([0.99, 0.9, 0.8], [100, 10, 400])
    is_wrong = np.repeat([False, True, False], [100, 10, 400])
    assert choose_promises(np.array([0.95, 0.85, 0.75]), all_open(confidence, is_wrong))["5"] == 0.95
    assert choose_promises(np.array([0.75]), all_open(confidence, is_wrong))["5"] == 0.75
    assert choose_promises(np.array([0.85, 0.75]), all_open(confidence, is_wrong)).keys() == set()


def test_rows_that_ask_for_a_review_for_another_reason_count_neither_way() -> None:
    """Accepted are the rows that a prediction would accept: the others neither break nor make a promise."""
    confidence, is_wrong = np.full(90, 0.9), np.arange(90) >= 45
    answers = HeldOutAnswers(confidence, ~is_wrong, is_wrong)
    assert "5" in choose_promises(np.array([0.8]), answers)
    closed = HeldOutAnswers(confidence, np.arange(90) < 44, np.zeros(90, np.bool_))
    assert "5" not in choose_promises(np.array([0.8]), closed)


def test_rows_of_equal_confidence_stand_or_fall_together() -> None:
    """A threshold takes all the rows of its own confidence: a tie of right and wrong ones is not parted."""
    answers = all_open(np.full(100, 0.9), np.arange(100) >= 80)
    assert choose_promises(np.array([0.95, 0.9]), answers) == {}
    assert choose_promises(np.array([0.9]), answers) == {}


def test_a_looser_promise_accepts_as_much_as_a_stricter_one() -> None:
    """Who allows more mistakes has no more to look at, on any draw."""
    for repetition in range(50):
        rng = np.random.default_rng(repetition)
        found = choose_promises(thresholds_in_order(*logits_of(*drawn(rng, 1500, 0.003)), 1500), all_open(*drawn(rng, 1500, 0.003)))
        kept = [max_error for max_error in MAX_ERRORS if max_error in found]
        assert kept == list(MAX_ERRORS[len(MAX_ERRORS) - len(kept) :])
        assert sorted(found.values(), reverse=True) == list(found.values())


def test_a_row_that_is_often_wrong_is_looked_at_however_good_the_others_are() -> None:
    """No threshold below three in four is tried, and of a model that never was so sure that one alone."""
    sure, unsure = np.full(990, 0.999), np.full(10, 0.6)
    right = np.zeros(1000, np.bool_)
    assert thresholds_in_order(*logits_of(np.append(sure, unsure), right), 1000)[-1] == LEAST
    assert thresholds_in_order(*logits_of(unsure, right[:10]), 1000).tolist() == [LEAST]


def test_the_check_judges_each_row_by_the_others() -> None:
    """Rows without a mistake, just enough for 5 %: all of them promise it, four fifths cannot, so nothing was checked."""
    answers = all_open(np.full(45, 0.9), np.zeros(45, np.bool_))
    thresholds = np.array([0.8])
    checks, usual = check_promises(thresholds, answers, choose_promises(thresholds, answers), np.random.default_rng(0))
    by_error = {check.max_error: check for check in checks}
    assert (by_error[0.05].threshold, by_error[0.05].accepted_share, by_error[0.05].checked_rows) == (0.8, 1.0, 0)
    assert not usual.any()
    assert (by_error[0.1].checked_rows, by_error[0.1].checked_wrong) == (45, 0)
