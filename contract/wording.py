"""Figures in sentences."""

from __future__ import annotations

import re
from collections.abc import Iterable

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")  # what breaks a line or moves the cursor; not what joins emoji

LIKE = 0.75  # of two names, one of which may be the other misspelled


def counted(number: int, noun: str) -> str:
    """A number of things, as "1 row" or "12,500 rows"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def duration(seconds: float) -> str:
    """Seconds for people: 12 s, 3 min 05 s, 2 h 10 min."""
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    hours, minutes_left = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes_left:02d} min"
    return f"{minutes} min {rest:02d} s" if minutes else f"{whole} s"


def usd(amount: float) -> str:
    """An amount for people, as an estimate: whole cents, or a bound below one."""
    return "less than 0.01 USD" if 0 < amount < 0.01 else f"about {amount:.2f} USD"  # noqa: PLR2004  # a cent


def bounded(text: str, most_chars: int = 20_000) -> str:
    """A text as it is, but cut off where nobody reads any more: records and messages have bounds, at which they are refused."""
    return text if len(text) <= most_chars else f"{text[: most_chars - 1]}…"


def shortened(text: str, most_chars: int = 40) -> str:
    """A text in one line, as a message shows what came from outside."""
    line = " ".join(text.split())
    return line if len(line) <= most_chars else f"{line[: most_chars - 1]}…"


def did_you_mean(given: str, names: Iterable[str]) -> str:
    """A question about the one of the names that is most like what was given, whatever its case; empty when none is."""
    from difflib import get_close_matches  # noqa: PLC0415  # for messages only

    spellings = {name.casefold(): name for name in names}
    near = get_close_matches(given.casefold(), spellings, n=1, cutoff=LIKE)
    return f" Did you mean '{shortened(spellings[near[0]])}'?" if near else ""


def printable(text: str) -> str:
    """A sentence in one line, whatever the names in it are: a line break or another control character is shown by its escape."""
    return _UNPRINTABLE.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)
