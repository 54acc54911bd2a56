"""Mastodon: the public timeline of a hashtag on one server (GET /api/v1/timelines/tag/:hashtag)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from descent import Entry, Interval, Listing, Timeline
from fields import as_object, as_objects, as_text, unknown_shape
from markup import from_html, on_one_line, without
from moments import in_utc
from source import Forbidden
from web import Answer, BadRequest, ask

from contract.posts import Post, post_id

MOST_POSTS = 40  # that a page may be asked for
SNOWFLAKE_DIGITS = 17  # of an id that holds a moment: milliseconds since the epoch, and 16 bits behind them
# A post that comes late from another server is sorted in by when it was written: the last hour is asked for again.
OVERLAP = 3_600_000 << 16
QUOTE_FALLBACK = "quote-inline"  # the class of a link to the quoted post, for servers that show no quotes

_NEXT = re.compile(r'<([^>]*)>\s*;[^,]*\brel="?next"?')


class Mastodon(Timeline):
    """What the server shows of a hashtag, also of what it got from other servers."""

    name, is_one_server = "mastodon", True

    def __init__(self, server: str, tags: tuple[str, ...], *, token: str = "", has_authors: bool = False) -> None:
        self.tags = tags
        self._has_authors, self._address = has_authors, server.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def listing(self, tag: str, interval: Interval, token: str, deadline: float) -> Listing:
        """The newest posts of an interval."""
        query = {"limit": str(MOST_POSTS)}
        query |= {"since_id": interval.above} if interval.above else {}
        query |= {"max_id": token or interval.below} if token or interval.below else {}
        try:
            answer = ask(
                "Mastodon", f"{self._address}/api/v1/timelines/tag/{quote(tag, safe='')}", query, headers=self._headers, deadline=deadline
            )
        except (Forbidden, BadRequest) as error:
            raise Forbidden(
                f"{error} If the server shows hashtags to its members alone, put a token into the secret as"
                " mastodon_token, or choose another mastodon_server."
            ) from error
        content = answer.json("Mastodon")
        if not isinstance(content, list):
            raise unknown_shape("Mastodon", "it is no list of posts")
        return Listing(content, _token(answer, content))

    def entry(self, found: Any, tag: str) -> Entry:
        """A post without markup: its warning, what it says, what may be voted for, and what is said of its pictures."""
        entry = as_object(found)
        plain = [
            entry.get("spoiler_text"),
            *(option.get("title") for option in as_objects(as_object(entry.get("poll")).get("options"))),
            *(picture.get("description") for picture in as_objects(entry.get("media_attachments"))),
        ]
        warning, *others = (on_one_line(as_text(part)) for part in plain)
        content = entry.get("content")
        content = without(content, QUOTE_FALLBACK) if entry.get("quote") else content
        text = on_one_line(" ".join((warning, from_html(content), *others)))
        number = as_text(entry.get("id"))
        post = Post(
            source=text,
            id=post_id(self.name, self._address, number),
            posted_at=in_utc(entry.get("created_at")),
            tag=tag,
            language=as_text(entry.get("language")),
            author=as_text(as_object(entry.get("account")).get("acct")) if self._has_authors else "",
        )
        return Entry(number, post if text and number else None, is_repost=bool(entry.get("reblog")))

    def before(self, position: str) -> str:
        """An hour before, where ids hold moments."""
        return str(int(position) - OVERLAP) if position.isdecimal() and len(position) >= SNOWFLAKE_DIGITS else position


def _token(answer: Answer, content: Sequence[Any]) -> str:
    """Where the server's link to a next page leads, whose host is not asked; without any link there may be one below."""
    links = answer.headers.get("Link")
    if links is None:
        return next((number for entry in as_objects(content)[::-1] if (number := as_text(entry.get("id")))), "")
    found = _NEXT.search(links)
    return parse_qs(urlsplit(found[1]).query).get("max_id", [""])[0] if found else ""
