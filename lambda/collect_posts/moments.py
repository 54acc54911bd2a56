"""Moments as servers write them: dates of posts in any format, and when a rate limit is over."""

from __future__ import annotations

import re
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
# Hours east of Greenwich, of the names in RFC 822, Europe, Japan, Korea and Australia; a date with another name is none.
ZONES = {
    **dict.fromkeys(("UT", "UTC", "GMT", "Z", "WET"), 0),
    **dict.fromkeys(("WEST", "BST", "CET", "MEZ"), 1),
    **dict.fromkeys(("CEST", "MESZ", "EET"), 2),
    **dict.fromkeys(("EEST", "MSK"), 3),
    **dict.fromkeys(("JST", "KST"), 9),
    "AEST": 10,
    "AEDT": 11,
    "EDT": -4,
    **dict.fromkeys(("EST", "CDT"), -5),
    **dict.fromkeys(("CST", "MDT"), -6),
    **dict.fromkeys(("MST", "PDT"), -7),
    "PST": -8,
}
DATES = ("%d.%m.%Y", "%Y/%m/%d", "%B %d, %Y", "%b %d, %Y", "%d %B %Y", "%d %b %Y")
TIMES = ("", " %H:%M:%S", " %H:%M", " %I:%M:%S %p", " %I:%M %p")
OTHER_FORMATS = (*(date + time for date in DATES for time in TIMES), "%a %b %d %H:%M:%S %z %Y", "%a %b %d %H:%M:%S %Y")
_COMMENT = re.compile(r" ?\([^()]*\)$")
_NAMED_ZONE = re.compile(r"(?<=[:\d]\d) ?([A-Z]{1,5})$", re.IGNORECASE)
# All of a date of e-mails and HTTP: the parser of the standard library guesses where there is more, or less.
_OF_MAIL = re.compile(
    r"(?P<moment>(?:[^\W\d]+\.?,? )?\d{1,2}[ -][a-z]{3,9}[ -](?:\d{4}|\d\d) \d{1,2}:\d\d(?::\d\d)?)(?: ?(?P<zone>[+-]\d\d:?\d\d))?",
    re.IGNORECASE,
)


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
    text = _NAMED_ZONE.sub(_offset, _COMMENT.sub("", text))
    with suppress(ValueError):
        return datetime.fromisoformat(text)
    if mail := _OF_MAIL.fullmatch(text):
        with suppress(ValueError, TypeError, IndexError, OverflowError):
            return parsedate_to_datetime(f"{mail['moment']} {(mail['zone'] or '').replace(':', '')}")
    for form in OTHER_FORMATS:
        with suppress(ValueError):
            return datetime.strptime(text, form)
    return None


def _offset(name: re.Match[str]) -> str:
    """The name of a zone as +0100; as it is when nobody knows it."""
    hours = ZONES.get(name[1].upper())
    return name[0] if hours is None else f"{hours:+03d}00"
