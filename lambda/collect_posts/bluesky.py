"""Bluesky: search of posts (app.bsky.feed.searchPosts) in the name of an account, signed in with an app password."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from descent import Entry, Interval, Listing, Timeline
from fields import as_object, as_text, unknown_shape
from markup import on_one_line
from moments import in_utc, moved
from source import Denied, Forbidden, Refused
from web import BadRequest, ask, quoted

from contract.posts import Post, post_id

SERVER = "https://bsky.social"
MOST_POSTS = 100  # that a page may be asked for
# The index takes posts in late and by clocks of others: the last hour before what is known is asked for again.
OVERLAP = timedelta(hours=1)
REMEDY = "Put a new bluesky_app_password into the secret, and look at bluesky_handle there."
ACCOUNT_REMEDY = "Look at the account there, or put bluesky_handle and bluesky_app_password of another one into the secret."
OF_THE_SESSION = ("ExpiredToken", "InvalidToken")  # errors that a new one mends
OF_THE_ACCOUNT = ("AccountTakedown", "AccountSuspended", "AccountDeactivated", "RepoTakendown", "RepoSuspended", "RepoDeactivated")
REPOST = "app.bsky.feed.repost"


class Bluesky(Timeline):
    """Posts with a hashtag."""

    name, is_one_server = "bluesky", True

    def __init__(self, handle: str, app_password: str, tags: tuple[str, ...], *, has_authors: bool = False, server: str = SERVER) -> None:
        self.tags = tags
        self._handle, self._app_password, self._has_authors = handle, app_password, has_authors
        self._server = f"{server.rstrip('/')}/xrpc"
        self._session = ""

    def listing(self, tag: str, interval: Interval, token: str, deadline: float) -> Listing:
        """The newest posts of an interval."""
        query = {"q": f"#{tag}", "tag": tag, "sort": "latest", "limit": str(MOST_POSTS)}
        query |= {"since": interval.above} if interval.above else {}
        query |= {"until": interval.below} if interval.below else {}
        query |= {"cursor": token} if token else {}
        content = as_object(self._ask("app.bsky.feed.searchPosts", query, deadline))
        listed = content.get("posts") or []
        if "posts" not in content or not isinstance(listed, list):
            raise unknown_shape("Bluesky", "there is no list 'posts'")
        return Listing(listed, as_text(content.get("cursor")), is_full=len(listed) >= MOST_POSTS)

    def entry(self, found: Any, tag: str) -> Entry:
        """A post; its position is what Bluesky sorts by: when it says that it was written, but not after it was seen."""
        entry = as_object(found)
        record, author = as_object(entry.get("record")), as_object(entry.get("author"))
        text, address, languages = record.get("text"), as_text(entry.get("uri")), record.get("langs")
        text = on_one_line(text) if isinstance(text, str) else ""
        moments = [in_utc(at, "milliseconds") for at in (record.get("createdAt"), entry.get("indexedAt"))]
        position = min((moment for moment in moments if moment), default="")
        post = Post(
            source=text,
            id=post_id(self.name, address),
            posted_at=in_utc(position),
            tag=tag,
            language=as_text(languages[0]) if isinstance(languages, list) and languages else "",
            author=as_text(author.get("handle")) or as_text(author.get("did")) if self._has_authors else "",
        )
        return Entry(
            position,
            post if text and address else None,
            is_repost=bool(entry.get("reason")) or record.get("$type") == REPOST,
        )

    def before(self, position: str) -> str:
        """An hour before."""
        return moved(position, -OVERLAP)

    def including(self, position: str) -> str:
        """Others may have been written at the same moment, and the bound does not belong to what is asked for."""
        return moved(position, timedelta(milliseconds=1))

    def _ask(self, name: str, query: Mapping[str, str], deadline: float) -> Any:
        """Ask in the name of the account; once more with a new session when the one at hand has expired."""
        for is_last_try in (bool(not self._session), True):
            self._session = self._session or self._signed_in(deadline)
            headers = {"Authorization": f"Bearer {self._session}"}
            try:
                return ask("Bluesky", f"{self._server}/{name}", query, headers=headers, deadline=deadline).json("Bluesky")
            except BadRequest as error:
                kind = as_text(as_object(error.body).get("error"))
                if kind not in OF_THE_SESSION + OF_THE_ACCOUNT:
                    raise
                if is_last_try or kind in OF_THE_ACCOUNT:
                    remedy = ACCOUNT_REMEDY if kind in OF_THE_ACCOUNT else REMEDY
                    raise Forbidden(f"Bluesky refuses the account{quoted(error.body)}. {remedy}") from error
            except (Refused, Denied) as error:
                if is_last_try:
                    raise Forbidden(f"{error} {REMEDY}") from error
            self._session = ""
        return None

    def _signed_in(self, deadline: float) -> str:
        """A new session's token."""
        if not self._handle or not self._app_password:
            raise Forbidden("Bluesky needs an account: put its bluesky_handle and a bluesky_app_password into the secret.")
        body = {"identifier": self._handle, "password": self._app_password}
        try:
            answer = ask("Bluesky", f"{self._server}/com.atproto.server.createSession", body=body, deadline=deadline)
        except BadRequest as error:
            raise Forbidden(f"Bluesky refuses the account{quoted(error.body)}. {REMEDY}") from error
        except Forbidden as error:
            raise Forbidden(f"{error} {REMEDY}") from error
        token = as_text(as_object(answer.json("Bluesky")).get("accessJwt"))
        if not token:
            raise unknown_shape("Bluesky", "a session without 'accessJwt'")
        return token
