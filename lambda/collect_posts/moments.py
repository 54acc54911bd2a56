"""Moments as servers write them: dates of posts in any format, and when a rate limit is over."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

DEFAULT_REST_SECONDS = 900.0  # when a server does not say how long; X and Mastodon count in five or fifteen minutes
MAX_REST_SECONDS = 24 * 3600.0
DATE_DIGITS = 8  # 20261122; a longer number counts seconds
MILLISECONDS_FROM = 1e11  # a larger number of seconds would be in the year 5138
RESETS = ("x-rate-limit-reset", "x-ratelimit-reset", "ratelimit-reset", "retry-after")
OTHER_FORMATS = ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d", "%B %d, %Y", "%d %B %Y")


def in_utc(value: Any, precision: str = "seconds") -> str:
    """A moment as 2026-11-22T10:00:00Z, or to the milliseconds; empty when it is none."""
    moment = _parsed(value)
    if moment is None:
        return ""
    try:
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec=precision) + "Z"
    except OverflowError:  # at the ends of the calendar
        return ""


def moved(moment: str, by: timedelta) -> str:
    """A moment of `in_utc` to the milliseconds, earlier or later; at the ends of the calendar the same."""
    try:
        return in_utc((datetime.fromisoformat(moment) + by).isoformat(), "milliseconds")
    except OverflowError:
        return moment


def reset_of(headers: Mapping[str, Any] | Any, now: float) -> float:
    """When a server may be asked again by what it says, in seconds since the epoch: a while from now at least, a day at most."""
    for name in RESETS:
        given = str(headers.get(name) or "").strip()
        moment = None
        if given.replace(".", "", 1).isdigit():
            number = float(given)
            moment = now + number if number < now / 2 else number  # a small number is a while, a large one a moment
        elif (written := in_utc(given)) != "":
            moment = datetime.fromisoformat(written).timestamp()
        if moment is not None:
            return min(max(moment, now + 1), now + MAX_REST_SECONDS)
    return now + DEFAULT_REST_SECONDS


def _parsed(value: Any) -> datetime | None:
    if isinstance(value, str):
        text = " ".join(value.split())
        is_number = text.isdecimal() and len(text) > DATE_DIGITS
        return _of_number(int(text[:15])) if is_number else _of_words(text)
    return _of_number(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _of_number(seconds: float) -> datetime | None:
    with suppress(ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(seconds / 1000 if seconds > MILLISECONDS_FROM else seconds, UTC)
    return None


def _of_words(text: str) -> datetime | None:
    with suppress(ValueError):
        return datetime.fromisoformat(text)
    with suppress(ValueError, TypeError, IndexError, OverflowError):
        return parsedate_to_datetime(text)
    for form in OTHER_FORMATS:
        with suppress(ValueError):
            return datetime.strptime(text, form)
    return None
