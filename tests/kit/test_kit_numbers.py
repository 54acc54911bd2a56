"""Numbers that make no sense on the command line."""

from __future__ import annotations

from argparse import ArgumentParser

import pytest

from kit.numbers import at_least


@pytest.mark.parametrize(
    ("least", "kind", "given", "said"),
    [
        (0, int, "-1", "argument --n: -1 is not possible, the least is 0"),
        (60, int, "59", "argument --n: 59 is not possible, the least is 60"),
        (0, float, "nan", "argument --n: nan is not possible, the least is 0"),
        (0, int, "1.5", "argument --n: invalid number value: '1.5'"),
    ],
)
def test_a_number_that_is_too_small_is_told_the_least(
    least: int, kind: type, given: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is done with it, as argparse tells of all that it cannot read."""
    parser = ArgumentParser()
    parser.add_argument("--n", type=at_least(least, kind))
    with pytest.raises(SystemExit):
        parser.parse_args(["--n", given])
    assert said in capsys.readouterr().err


def test_a_number_that_is_large_enough_is_given() -> None:
    """The least itself is; and as a whole number, unless it may have a fraction."""
    assert repr(at_least(0)("0")) == "0"
    assert repr(at_least(0, float)("0.5")) == "0.5"
