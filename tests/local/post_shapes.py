"""Posts in the shapes of the sources' APIs, written from their documentation."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from posts_server import Asked, Reply

DEADLINE = time.time() + 3600


def all_pages(source: Any, tag: str = "refund", cursor: str = "") -> tuple[list[Any], str, list[Any]]:
    """A run: the posts of all pages until the last, the cursor behind them, and the pages."""
    pages, cursor = [], source.begun(cursor)
    while not pages or not pages[-1].is_last:
        pages.append(source.page(tag, cursor, DEADLINE))
        cursor = pages[-1].cursor
        assert len(pages) < 20
    return [post for page in pages for post in page.posts], cursor, pages


def left(*intervals: tuple[str, str], newest: str = "") -> str:
    """The cursor of a timeline: what a run left, the newest first."""
    return json.dumps({"newest": newest, "seen": [], "open": intervals})


def numbers(posts: list[Any]) -> list[int]:
    """Those in the texts of posts that were made without one."""
    return [int(post.source.split()[2]) for post in posts]


def tweet(number: int | str, text: str = "", **more: Any) -> dict[str, Any]:
    """A post as X describes it."""
    text = text or f"My refund {number} is late"
    return {"id": str(number), "text": text, "created_at": "2026-11-22T10:00:00.000Z", "lang": "en", "author_id": "77", **more}


def found_by_x(*entries: Any, below: str = "", **meta: Any) -> Reply:
    """A page of X's."""
    return Reply.json({"data": list(entries), "meta": {"result_count": len(entries), **({"next_token": below} if below else {}), **meta}})


def status(number: int | str, content: str = "", **more: Any) -> dict[str, Any]:
    """A post as Mastodon describes it."""
    return {
        "id": str(number),
        "created_at": "2026-11-22T10:00:00.000Z",
        "content": content or f"<p>My refund {number} is late</p>",
        "language": "en",
        "reblog": None,
        "account": {"acct": "somebody@example.org"},
        **more,
    }


def skeet(number: int, text: str = "", minute: int = 0, **more: Any) -> dict[str, Any]:
    """A post as Bluesky describes it."""
    at = f"2026-11-22T10:{minute:02d}:00.000Z"
    record = {"$type": "app.bsky.feed.post", "text": text or f"My refund {number} is late", "createdAt": at, "langs": ["en"]}
    uri = f"at://did:plc:someone/app.bsky.feed.post/3k{number}"
    return {
        "uri": uri,
        "cid": f"b{number}",
        "author": {"did": "did:plc:someone", "handle": "a.b"},
        "record": record,
        "indexedAt": at,
        **more,
    }


def signing_in(search: Callable[[Asked], Reply]) -> Callable[[Asked], Reply]:
    """A server that gives out numbered sessions."""
    sessions = []

    def answer(asked: Asked) -> Reply:
        if asked.path.endswith("createSession"):
            assert json.loads(asked.body) == {"identifier": "me.example", "password": "app-password"}
            sessions.append(1)
            return Reply.json({"accessJwt": f"session-{len(sessions)}", "did": "did:plc:me"})
        return search(asked)

    return answer
