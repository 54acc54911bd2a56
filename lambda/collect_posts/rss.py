"""Feeds: RSS and Atom, asked for again only when they have changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from feed import MAX_ENTRIES, Entry, entries
from fields import as_object
from source import Forbidden, Page
from web import NOT_MODIFIED, BadRequest, ask

from contract.posts import Post, post_id


class Rss:
    """The entries of feeds, each of which is called by a name of ours."""

    name, is_one_server = "rss", False

    def __init__(self, feeds: Mapping[str, str], *, has_authors: bool = False) -> None:
        self.tags = tuple(feeds)
        self._feeds, self._has_authors = feeds, has_authors

    def begun(self, cursor: str) -> str:
        """A feed has no pages, and each run asks for the same; a cursor that cannot be read is the very beginning."""
        return cursor if _known(cursor) else ""

    def page(self, tag: str, cursor: str, deadline: float) -> Page:
        """The entries that were not there before."""
        known = _known(cursor)
        validators = {"If-None-Match": known.get("etag"), "If-Modified-Since": known.get("modified")}
        headers = {name: value for name, value in validators.items() if value}
        who = f"The feed '{tag}'"
        try:
            answer = ask(who, self._feeds[tag], headers=headers, deadline=deadline)
        except (Forbidden, BadRequest) as error:
            raise Forbidden(f"{error} Mend its address in collect_feeds, or take it out.") from error
        if answer.status == NOT_MODIFIED:
            return Page([], cursor, is_last=True, found=0)
        found = entries(answer.body, who, answer.headers.get_content_charset(""))
        posts = [self._post(entry, tag) for entry in found]
        seen, shown = known.get("seen", []), dict.fromkeys(post.digest for post in posts)
        after = {
            "etag": answer.headers.get("ETag", ""),
            "modified": answer.headers.get("Last-Modified", ""),
            "seen": [*(digest for digest in seen if digest not in shown), *shown][-MAX_ENTRIES:],
        }
        known_before = set(seen)
        fresh = [post for post in posts if post.digest not in known_before]
        texts = [post for post in fresh if post.source]
        return Page(
            texts, json.dumps(after), is_last=True, found=len(posts), known=len(posts) - len(fresh), wordless=len(fresh) - len(texts)
        )

    def _post(self, entry: Entry, tag: str) -> Post:
        return Post(
            source=entry.text,
            id=post_id(self.name, self._feeds[tag], entry.id),
            posted_at=entry.posted_at,
            tag=tag,
            language=entry.language,
            author=entry.author if self._has_authors else "",
        )


def _known(cursor: str) -> Mapping[str, Any]:
    """What a cursor says, if it is one."""
    try:
        known = as_object(json.loads(cursor))
    except ValueError:
        return {}
    return known if isinstance(known.get("seen"), list) else {}
