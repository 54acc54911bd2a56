"""Mastodon: the public timeline of a hashtag on one server (GET /api/v1/timelines/tag/:hashtag)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from descent import Descent
from fields import as_object, as_objects, as_text, unknown_shape
from markup import from_html
from moments import in_utc
from source import Forbidden, Page
from web import Answer, BadRequest, ask

from contract.posts import Post

MOST_POSTS = 40  # that a page may be asked for
SNOWFLAKE_DIGITS = 17  # of an id that holds a moment: milliseconds since the epoch, and 16 bits behind them
# A post that comes late from another server is sorted in by when it was written: the last hour is asked for again.
OVERLAP = 3_600_000 << 16

_NEXT = re.compile(r'<([^>]*)>\s*;[^,]*\brel="?next"?')


class Mastodon:
    """What the server shows of a hashtag, also of what it got from other servers."""

    name, is_one_server = "mastodon", True

    def __init__(self, server: str, tags: tuple[str, ...], *, token: str = "", has_authors: bool = False) -> None:
        self.tags = tags
        self._has_authors, self._address = has_authors, f"{server.rstrip('/')}/api/v1/timelines/tag/"
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def page(self, tag: str, cursor: str, deadline: float) -> Page:
        """The newest posts, or those below what the cursor knows."""
        descent = Descent.of(cursor)
        since = Descent(floor=_an_hour_before(descent.floor))
        query = {"limit": str(MOST_POSTS)}
        query |= {"since_id": since.floor} if since.floor else {}
        query |= {"max_id": descent.token} if descent.token else {}
        try:
            answer = ask("Mastodon", f"{self._address}{quote(tag, safe='')}", query, headers=self._headers, deadline=deadline)
        except (Forbidden, BadRequest) as error:
            raise Forbidden(
                f"{str(error).rstrip('.')}. If the server shows hashtags to its members alone, put a token into the secret as"
                " mastodon_token, or choose another mastodon_server."
            ) from error
        content = answer.json("Mastodon")
        if not isinstance(content, list):
            raise unknown_shape("Mastodon", "it is no list of posts")
        entries = as_objects(content)
        fresh = [entry for entry in entries if not since.floor or not since.is_known(as_text(entry.get("id")))]
        originals = [entry for entry in fresh if not entry.get("reblog")]
        posts = [post for entry in originals if (post := self._post(entry, tag)) is not None]
        ids = [number for entry in fresh if (number := as_text(entry.get("id")))]
        after = descent.after(ids, _below(answer, ids) if len(fresh) == len(entries) else "")
        return Page(posts, after.cursor, after.is_done, found=len(content), reposts=len(fresh) - len(originals))

    def _post(self, entry: Mapping[str, Any], tag: str) -> Post | None:
        text, number = from_html(entry.get("content")), as_text(entry.get("id"))
        if not text or not number:
            return None
        return Post(
            source=text,
            id=f"{self.name}:{number}",
            posted_at=in_utc(entry.get("created_at")),
            tag=tag,
            language=as_text(entry.get("language")),
            author=as_text(as_object(entry.get("account")).get("acct")) if self._has_authors else "",
        )


def _below(answer: Answer, ids: list[str]) -> str:
    """Where the next page begins: as the server's link says, whose host is not asked; without any link below the oldest id."""
    links = answer.headers.get("Link")
    if links is None:
        return min(ids, key=lambda number: (len(number), number), default="")
    found = _NEXT.search(links)
    return parse_qs(urlsplit(found[1]).query).get("max_id", [""])[0] if found else ""


def _an_hour_before(number: str) -> str:
    """An id an hour before another one, where ids hold moments; elsewhere the same."""
    return str(int(number) - OVERLAP) if number.isdigit() and len(number) >= SNOWFLAKE_DIGITS else number
