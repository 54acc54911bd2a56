"""Numbers in sentences."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """A number of things, as "1 row" or "12,500 rows"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
