"""Down from the newest post: the cursor of the sources whose pages begin with it.

Each run begins with what is new since the last one and then takes up what earlier runs left, the newest first. A search goes on by
the position of the oldest post that it has seen and never by a token of the server: those expire, or count posts, of which some
may be deleted meanwhile.
"""

from __future__ import annotations

import json
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Self

from moments import in_utc
from source import Page, Stopped

from contract.posts import Post

FIRST_DAYS = 7  # that the first search of a tag goes back, as X does; to a page of nothing newer
MAX_SEEN = 2000  # ids of posts: those of an hour, of which there are more only where runs cannot keep up
MAX_OPEN = 100  # intervals: a tag that leaves one in each run for days has more posts than its runs can take
# In a row, by tokens: some hide ten thousand posts. A server that never ends is left, and asked again by the next run.
EMPTY_PAGES, EMPTY_SECONDS = 100, 60.0

log = logging.getLogger("collect_posts")


class Interval(NamedTuple):
    """Positions between two bounds that do not belong to it. Empty bounds are none."""

    above: str = ""
    below: str = ""

    def holds(self, position: str) -> bool:
        """Whether a position lies between them."""
        return _rank(self.above) < _rank(position) and (not self.below or _rank(position) < _rank(self.below))


class Entry(NamedTuple):
    """What a source has at a position: an id or a moment, of one length or longer the later it is; empty when it does not tell."""

    position: str
    post: Post | None  # None without a text or an id
    is_repost: bool = False


class Listing(NamedTuple):
    """One answer of a server: the newest of an interval, by and by older."""

    found: Sequence[Any]
    token: str = ""  # for the next page; not empty when there is one
    usd: float = 0.0
    is_full: bool = False  # there may be more below, whether or not there is a token


@dataclass(frozen=True)
class Cursor:
    """What was collected, and what was not yet."""

    newest: str = ""  # position of a post
    seen: tuple[str, ...] = ()  # ids of posts that an interval may bring again, those shown last at the end
    open: tuple[Interval, ...] = ()  # the newest first

    @classmethod
    def of(cls, text: str) -> Self:
        """From its text; one that cannot be read is the very beginning."""
        try:
            found = json.loads(text)
            return cls(str(found["newest"]), tuple(map(str, found["seen"])), tuple(Interval(*map(str, pair)) for pair in found["open"]))
        except (ValueError, TypeError, KeyError):
            return cls()

    def __str__(self) -> str:
        """As text; the inverse of `of`."""
        return json.dumps(asdict(self), separators=(",", ":"))


class Timeline(ABC):
    """A source that lists its posts from the newest down."""

    @abstractmethod
    def listing(self, tag: str, interval: Interval, token: str, deadline: float) -> Listing:
        """The newest posts of an interval, or those that a token of the listing before leads to. Raises Stopped."""

    @abstractmethod
    def entry(self, found: Any, tag: str) -> Entry:
        """What a listing has found, read; may raise anything."""

    def before(self, position: str) -> str:
        """The position above which posts may still come in when this one is the newest."""
        return position

    def including(self, position: str) -> str:
        """The upper bound of an interval that holds whatever else may be at this position."""
        return position

    def begun(self, cursor: str) -> str:
        """The cursor with which a run begins: at what is new."""
        known = Cursor.of(cursor)
        if known.open and not known.open[0].below:  # the run before did not come to its first page
            return str(known)
        if not known.newest:
            return str(replace(known, open=(Interval(), *known.open)))
        floor = self.before(known.newest)
        roof = self.including(floor)
        older = (Interval(each.above, min(each.below, roof, key=_rank)) for each in known.open if _rank(each.above) < _rank(floor))
        return str(replace(known, open=(Interval(floor), *older)[:MAX_OPEN]))

    def page(self, tag: str, cursor: str, deadline: float) -> Page:
        """The newest posts that are still to be collected. Raises Stopped."""
        known = Cursor.of(cursor)
        interval, *others = known.open or (Interval(),)
        listings, entries = self._listed(tag, interval, deadline)
        count = sum(len(listing.found) for listing in listings)
        inside = [entry for entry in entries if not entry.position or interval.holds(entry.position)]
        fresh = [entry for entry in inside if not entry.post or entry.post.digest not in known.seen]
        positions = [entry.position for entry in entries if entry.position]
        dates = [entry.post.posted_at for entry in inside if entry.post and entry.post.posted_at]
        is_old = not interval.above and bool(dates) and max(dates) < _days_ago(FIRST_DAYS)
        has_more = bool(listings[-1].token) or listings[-1].is_full
        rest = self._below(interval, positions) if has_more and not is_old else ()
        newest = max([known.newest, *positions], key=_rank)
        is_open = (*rest, *others)
        again = (Interval(self.before(newest)) if newest else Interval(), *is_open)
        shown = {entry.post.digest: None for entry in inside if entry.post and any(each.holds(entry.position) for each in again)}
        seen = (*(digest for digest in known.seen if digest not in shown), *shown)[-MAX_SEEN:]
        return Page(
            [entry.post for entry in fresh if entry.post and not entry.is_repost],
            str(Cursor(newest, seen, is_open)),
            is_last=not is_open,
            found=count,
            known=len(entries) - len(fresh),
            reposts=sum(entry.is_repost for entry in fresh),
            wordless=sum(not entry.post and not entry.is_repost for entry in fresh),
            unread=count - len(entries),
            usd=sum(listing.usd for listing in listings),
        )

    def _listed(self, tag: str, interval: Interval, deadline: float) -> tuple[list[Listing], list[Entry]]:
        """Listings up to the first one that says where it is, or the last; and what could be read of them.

        Raises Stopped, so that the interval stays open, when none of many says it and there are more.
        """
        listings, entries, token = list[Listing](), list[Entry](), ""
        end = time.time() + EMPTY_SECONDS
        while not listings or (len(listings) < EMPTY_PAGES and time.time() < end):
            listings.append(self.listing(tag, interval, token, deadline))
            entries += [entry for each in listings[-1].found if (entry := self._read(each, tag))]
            if listings[-1].token in ("", token) or any(entry.position for entry in entries):
                break
            token = listings[-1].token
        if listings[-1].token and not any(entry.position for entry in entries):
            pages = "The page was" if len(listings) == 1 else f"{len(listings)} pages in a row were"
            raise Stopped(f"{pages} empty for '{tag}', and there are said to be more. The next run asks from the same place again.")
        return listings, entries

    def _read(self, found: Any, tag: str) -> Entry | None:
        try:
            return self.entry(found, tag)
        except Exception as error:  # its message may hold a text
            log.warning("a post of '%s' could not be read: %s", tag, type(error).__name__)
            return None

    def _below(self, interval: Interval, positions: Sequence[str]) -> tuple[Interval, ...]:
        """What is left of an interval below a page with these positions: one, or none."""
        if not positions or _rank(positions[-1]) <= _rank(interval.above):
            return ()
        for below in (self.including(positions[-1]), positions[-1]):
            if not interval.below or _rank(below) < _rank(interval.below):
                return (Interval(interval.above, below),)
        return ()  # a server that answers the same again would do so for ever


def _rank(position: str) -> tuple[int, str]:
    return len(position), position


def _days_ago(days: int) -> str:
    return in_utc((datetime.now(UTC) - timedelta(days=days)).isoformat())
