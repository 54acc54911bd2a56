"""Error rates as people write them, and what is said of a promise."""

from __future__ import annotations

import pytest

from contract.errors import UserError
from contract.promise import DEFAULT_MAX_ERROR, MAX_ERRORS, Promise, Verdict, check_max_error, verdict


@pytest.mark.parametrize(
    ("given", "found"), [("5", "5"), (" 5 %", "5"), ("0.50", "0.5"), ("10.0", "10"), (DEFAULT_MAX_ERROR, DEFAULT_MAX_ERROR)]
)
def test_an_error_rate_is_read_however_it_is_written(given: str, found: str) -> None:
    """With or without the sign and further zeros it is the same, under one name."""
    assert check_max_error(given) == found


@pytest.mark.parametrize("given", ["", "4", "0", "nan", "inf", "five", "0.05", "-5"])
def test_other_error_rates_are_refused_with_the_list(given: str) -> None:
    """Only some are promised by models; none is rounded to another in silence."""
    with pytest.raises(UserError) as refusal:
        check_max_error(given)
    assert ", ".join(MAX_ERRORS) in str(refusal.value)


@pytest.mark.parametrize(
    ("promise", "sentence"),
    [
        (Promise(0.005, 0.9, 0.83, [0.005]), "812 rows (81 %) need no review; at most 0.5 % of such rows are wrong (90 % certain)."),
        (
            Promise(0.02, 0.9, None, [0.05, 0.1]),
            "The model cannot promise that at most 2 % are wrong, so a person should look at all rows. It can promise 5 %: ask for that"
            " (--max-error), or train with more labelled rows.",
        ),
        (
            Promise(0.1, 0.9, None, []),
            "The model cannot promise that at most 10 % are wrong, so a person should look at all rows. Train with more labelled rows.",
        ),
    ],
)
def test_a_promise_in_words(promise: Promise, sentence: str) -> None:
    """What is promised about how many rows, or what to do where nothing is."""
    assert promise.outcome(812, 1000).sentence() == sentence


def test_a_promise_about_no_rows() -> None:
    """A file whose rows were all rejected has none without a review."""
    assert Promise(0.05, 0.9, 0.8, [0.05]).outcome(0, 0).accepted_share == 0.0


@pytest.mark.parametrize(
    ("checked", "wrong", "max_error", "said"),
    [
        (0, 0, 0.05, Verdict.NONE),
        (2, 1, 0.05, Verdict.TOO_FEW),  # by chance once in ten times
        (44, 0, 0.05, Verdict.TOO_FEW),
        (45, 0, 0.05, Verdict.IN_LINE),
        (5, 2, 0.05, Verdict.BROKEN),
        (100, 9, 0.05, Verdict.IN_LINE),
        (100, 10, 0.05, Verdict.BROKEN),
    ],
)
def test_few_checked_rows_say_nothing_of_a_promise(checked: int, wrong: int, max_error: float, said: Verdict) -> None:
    """More wrong ones than were promised break it only when chance hardly brings as many; none wrong of a handful keeps it not."""
    assert verdict(checked, wrong, max_error) == said
