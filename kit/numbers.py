"""Numbers on the command line, of which not all make sense."""

from __future__ import annotations

import math
from argparse import ArgumentTypeError
from collections.abc import Callable


def at_least(least: int, kind: Callable[[str], float] = int) -> Callable[[str], float]:
    """A type for argparse: a number that is not smaller, a whole one unless `kind` is float."""

    def number(text: str) -> float:
        found = kind(text)
        if not found >= least:
            raise ArgumentTypeError(f"{found} is not possible, the least is {least}")
        return found

    return number


def amount(text: str) -> float:
    """A type for argparse: an amount above 0, in USD."""
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not (math.isfinite(found) and found > 0):
        raise ArgumentTypeError(f"'{text}' is not possible: give an amount in USD above 0, such as 2.50")
    return found
