"""Feeds: RSS and Atom, asked for again only when they have changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import blake2b

from feed import Entry, entries
from source import Page
from web import NOT_MODIFIED, ask

from contract.posts import Post

MAX_REMEMBERED = 2000  # entries that a feed once had; a ledger's item has room for ten times as many
MAX_ID_CHARS = 200


class Rss:
    """The entries of feeds, each of which is called by a name of ours."""

    name, is_one_server = "rss", False

    def __init__(self, feeds: Mapping[str, str], *, has_authors: bool = False) -> None:
        self.tags = tuple(feeds)
        self._feeds, self._has_authors = feeds, has_authors

    def page(self, tag: str, cursor: str, deadline: float) -> Page:
        """The entries that were not there before."""
        known = json.loads(cursor) if cursor else {}
        validators = {"If-None-Match": known.get("etag"), "If-Modified-Since": known.get("modified")}
        headers = {name: value for name, value in validators.items() if value}
        who = f"The feed '{tag}'"
        answer = ask(who, self._feeds[tag], headers=headers, deadline=deadline)
        if answer.status == NOT_MODIFIED:
            return Page([], cursor, is_last=True, found=0)
        found = entries(answer.body, who)
        seen = dict.fromkeys(known.get("seen", []))
        posts = []
        for entry in found:
            digest = _digest(entry)
            if digest not in seen and entry.text:
                posts.append(self._post(entry, tag))
            seen.pop(digest, None)
            seen[digest] = None  # the last of all: what the feed still has is forgotten last
        after = {
            "etag": answer.headers.get("ETag", ""),
            "modified": answer.headers.get("Last-Modified", ""),
            "seen": list(seen)[-MAX_REMEMBERED:],
        }
        return Page(posts, json.dumps(after), is_last=True, found=len(found))

    def _post(self, entry: Entry, tag: str) -> Post:
        number = entry.id if 0 < len(entry.id) <= MAX_ID_CHARS else _digest(entry)
        return Post(
            source=entry.text,
            id=f"{self.name}:{number}",
            posted_at=entry.posted_at,
            tag=tag,
            language=entry.language,
            author=entry.author if self._has_authors else "",
        )


def _digest(entry: Entry) -> str:
    """Stands for an entry, by its id or, where it has none, its text."""
    return blake2b((entry.id or entry.text).encode("utf-8", "replace"), digest_size=8).hexdigest()
