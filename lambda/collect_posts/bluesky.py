"""Bluesky: search of posts (app.bsky.feed.searchPosts) in the name of an account, signed in with an app password."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from descent import Descent
from fields import as_object, as_objects, as_text, unknown_shape
from markup import on_one_line
from moments import in_utc
from source import Forbidden, Page
from web import BadRequest, ask

from contract.posts import Post

SERVER = "https://bsky.social"
MOST_POSTS = 100  # that a page may be asked for
# The index takes posts in late and by clocks of others: the last hour before what is known is asked for again.
OVERLAP = timedelta(hours=1)
REPOST = "app.bsky.feed.repost"


class Bluesky:
    """Posts with a hashtag."""

    name, is_one_server = "bluesky", True

    def __init__(self, handle: str, app_password: str, tags: tuple[str, ...], *, has_authors: bool = False, server: str = SERVER) -> None:
        self.tags = tags
        self._handle, self._app_password, self._has_authors = handle, app_password, has_authors
        self._server = f"{server.rstrip('/')}/xrpc"
        self._session = ""

    def page(self, tag: str, cursor: str, deadline: float) -> Page:
        """The newest posts, or those below what the cursor knows."""
        descent = Descent.of(cursor)
        since = Descent(floor=_moved(descent.floor, -OVERLAP))
        content, descent = self._answer(tag, descent, since.floor, deadline)
        listed = content.get("posts") or []
        if "posts" not in content or not isinstance(listed, list):
            raise unknown_shape("Bluesky", "there is no list 'posts'")
        entries = as_objects(listed)
        fresh = [entry for entry in entries if not since.floor or not (place := _position(entry)) or not since.is_known(place)]
        originals = [entry for entry in fresh if not entry.get("reason") and as_object(entry.get("record")).get("$type") != REPOST]
        posts = [post for entry in originals if (post := self._post(entry, tag)) is not None]
        after = descent.after(map(_position, fresh), as_text(content.get("cursor")) if fresh or not entries else "")
        return Page(posts, after.cursor, after.is_done, found=len(listed), reposts=len(fresh) - len(originals))

    def _answer(self, tag: str, descent: Descent, since: str, deadline: float) -> tuple[Mapping[str, Any], Descent]:
        """Bluesky's answer, and the descent without a token that Bluesky does not take any more."""
        query = {"q": f"#{tag}", "tag": tag, "sort": "latest", "limit": str(MOST_POSTS)}
        query |= {"since": since} if since else {}
        # A moment that is not included: a second later, so that posts of the same one come again rather than never.
        query |= (
            {"cursor": descent.token} if descent.token else {"until": _moved(descent.below, timedelta(seconds=1))} if descent.below else {}
        )
        try:
            return as_object(self._ask("app.bsky.feed.searchPosts", query, deadline)), descent
        except BadRequest:
            if not descent.token or not descent.below:
                raise
            return self._answer(tag, Descent(floor=descent.floor, top=descent.top, below=descent.below), since, deadline)

    def _ask(self, name: str, query: Mapping[str, str], deadline: float) -> Any:
        """Ask in the name of the account; once more with a new session when the one at hand has expired."""
        for is_last_try in (bool(not self._session), True):
            self._session = self._session or self._signed_in(deadline)
            headers = {"Authorization": f"Bearer {self._session}"}
            try:
                return ask("Bluesky", f"{self._server}/{name}", query, headers=headers, deadline=deadline).json("Bluesky")
            except (BadRequest, Forbidden) as error:
                has_expired = isinstance(error, Forbidden) or as_object(getattr(error, "body", None)).get("error") == "ExpiredToken"
                if is_last_try or not has_expired:
                    raise
                self._session = ""
        return None

    def _signed_in(self, deadline: float) -> str:
        """A new session's token."""
        if not self._handle or not self._app_password:
            raise Forbidden("Bluesky needs an account: put its bluesky_handle and a bluesky_app_password into the secret.")
        body = {"identifier": self._handle, "password": self._app_password}
        try:
            answer = ask("Bluesky", f"{self._server}/com.atproto.server.createSession", body=body, deadline=deadline)
        except (BadRequest, Forbidden) as error:
            raise Forbidden(
                "Bluesky refuses the account: put a new bluesky_app_password into the secret, and look at bluesky_handle."
            ) from error
        token = as_text(as_object(answer.json("Bluesky")).get("accessJwt"))
        if not token:
            raise unknown_shape("Bluesky", "a session without 'accessJwt'")
        return token

    def _post(self, entry: Mapping[str, Any], tag: str) -> Post | None:
        """A post; its id is the last part of its address, for the part before names the author."""
        record, author = as_object(entry.get("record")), as_object(entry.get("author"))
        text = record.get("text")
        text = on_one_line(text) if isinstance(text, str) else ""
        number = as_text(entry.get("uri")).rsplit("/", 1)[-1]
        if not text or not number:
            return None
        languages = record.get("langs")
        return Post(
            source=text,
            id=f"{self.name}:{number}",
            posted_at=in_utc(record.get("createdAt")) or in_utc(entry.get("indexedAt")),
            tag=tag,
            language=as_text(languages[0]) if isinstance(languages, list) and languages else "",
            author=as_text(author.get("handle")) or as_text(author.get("did")) if self._has_authors else "",
        )


def _position(entry: Mapping[str, Any]) -> str:
    """By what Bluesky sorts: when a post says that it was written, but not after it was seen."""
    moments = [in_utc(as_object(entry.get("record")).get("createdAt")), in_utc(entry.get("indexedAt"))]
    return min((moment for moment in moments if moment), default="")


def _moved(moment: str, by: timedelta) -> str:
    if not moment:
        return ""
    return (datetime.fromisoformat(moment) + by).astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
