"""Figures in sentences."""

from __future__ import annotations

import pytest

from contract.errors import UserError
from contract.wording import counted, duration, printable, usd


def test_one_thing_is_no_things() -> None:
    """A single row is not "1 rows", and large numbers can be read."""
    assert [counted(number, "row") for number in (0, 1, 2, 12_500)] == ["0 rows", "1 row", "2 rows", "12,500 rows"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.4, "0 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (185, "3 min 05 s"), (3599.7, "1 h 00 min"), (7800, "2 h 10 min")],
)
def test_durations_in_words(seconds: float, words: str) -> None:
    """Seconds are rounded once, so that no minute has sixty of them."""
    assert duration(seconds) == words


@pytest.mark.parametrize(("amount", "words"), [(0, "about 0.00 USD"), (0.0004, "less than 0.01 USD"), (0.314, "about 0.31 USD")])
def test_amounts_in_words(amount: float, words: str) -> None:
    """A tenth of a cent is not zero."""
    assert usd(amount) == words


def test_a_name_breaks_no_sentence() -> None:
    """What would end a line or move a cursor is shown; letters of any language and joined emoji stay, and nothing is escaped twice."""
    name = "aa\nbb\x1b[2J\u2028écrasé 👩\u200d👧 文.csv"
    shown = "aa\\nbb\\x1b[2J\\u2028écrasé 👩\u200d👧 文.csv"
    assert printable(name) == printable(shown) == shown
    assert str(UserError(f"'{name}' is empty.")) == f"'{shown}' is empty."
