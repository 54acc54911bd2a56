"""X: recent search, API version 2 (GET /2/tweets/search/recent), seven days back, paid by the post."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from descent import Descent
from fields import as_object, as_objects, as_text, unknown_shape
from markup import from_entities
from moments import in_utc
from source import Forbidden, Page, Spent
from web import BadRequest, ask

from contract.posts import Post

SERVER = "https://api.x.com"
MOST_POSTS, FEWEST_POSTS = 100, 10  # that a page may be asked for
FIELDS = "created_at,lang,author_id,referenced_tweets,note_tweet"


class X:
    """Posts with a hashtag that are no reposts."""

    name, is_one_server = "x", True

    def __init__(
        self,
        token: str,
        tags: tuple[str, ...],
        *,
        usd_per_run: float,
        usd_per_post: float,
        has_authors: bool = False,
        server: str = SERVER,
    ) -> None:
        self.tags = tags
        self._token, self._has_authors, self._address = token, has_authors, f"{server.rstrip('/')}/2/tweets/search/recent"
        self._usd_left, self._usd_per_post, self._usd_per_run = usd_per_run, usd_per_post, usd_per_run

    def page(self, tag: str, cursor: str, deadline: float) -> Page:
        """The newest posts, or those below what the cursor knows."""
        if not self._token:
            raise Forbidden("X needs the bearer token of an app: put it into the secret as x_bearer_token.")
        descent = Descent.of(cursor)
        content, descent = self._answer(tag, descent, deadline)
        if content is None:  # X knows the token no more, and what is below is older than it searches
            return Page([], descent.after([], "").cursor, is_last=True, found=0)
        data, meta = content.get("data"), as_object(content.get("meta"))
        if not isinstance(data, list | None) or not content.keys() & {"data", "meta"}:
            raise unknown_shape("X", "there is neither a list 'data' nor an object 'meta'")
        entries = as_objects(data)
        usd = len(data or ()) * self._usd_per_post
        self._usd_left -= usd
        fresh = [entry for entry in entries if not descent.floor or not descent.is_known(as_text(entry.get("id")))]
        originals = [entry for entry in fresh if not _is_repost(entry)]
        posts = [post for entry in originals if (post := self._post(entry, tag)) is not None]
        token = as_text(meta.get("next_token")) if len(fresh) == len(entries) else ""
        after = descent.after((as_text(entry.get("id")) for entry in fresh), token)
        return Page(posts, after.cursor, after.is_done, found=len(data or ()), reposts=len(fresh) - len(originals), usd=usd)

    def _answer(self, tag: str, descent: Descent, deadline: float) -> tuple[Mapping[str, Any] | None, Descent]:
        """X's answer, and the descent without what X does not take any more; no answer where nothing is left to be asked."""
        affordable = int(self._usd_left / self._usd_per_post + 1e-9) if self._usd_per_post else MOST_POSTS
        if affordable < FEWEST_POSTS:
            raise Spent(f"A run may spend {self._usd_per_run:.2f} USD on X, and the next page could cost more. The next run goes on.")
        query = {"query": f"#{tag} -is:retweet", "tweet.fields": FIELDS, "max_results": str(min(MOST_POSTS, affordable))}
        query |= {"since_id": descent.floor} if descent.floor else {}
        query |= {"next_token": descent.token} if descent.token else {"until_id": descent.below} if descent.below else {}
        try:
            content = ask("X", self._address, query, headers={"Authorization": f"Bearer {self._token}"}, deadline=deadline).json("X")
        except BadRequest as error:
            wrong = _complaints(error.body)
            if descent.floor and "since_id" in wrong:  # older than seven days: all that X still has is newer
                return self._answer(tag, Descent(top=descent.top, token=descent.token, below=descent.below), deadline)
            if descent.token and wrong & {"next_token", "pagination_token"}:
                return self._answer(tag, Descent(floor=descent.floor, top=descent.top, below=descent.below), deadline)
            if descent.below and "until_id" in wrong:
                return None, descent
            raise
        return as_object(content), descent

    def _post(self, entry: Mapping[str, Any], tag: str) -> Post | None:
        """A post without markup; None without a text or an id. What a long one says stands in its note."""
        text = from_entities(as_object(entry.get("note_tweet")).get("text")) or from_entities(entry.get("text"))
        number = as_text(entry.get("id"))
        if not text or not number:
            return None
        return Post(
            source=text,
            id=f"{self.name}:{number}",
            posted_at=in_utc(entry.get("created_at")),
            tag=tag,
            language=as_text(entry.get("lang")),
            author=as_text(entry.get("author_id")) if self._has_authors else "",
        )


def _is_repost(entry: Mapping[str, Any]) -> bool:
    kinds = {as_text(reference.get("type")) for reference in as_objects(entry.get("referenced_tweets"))}
    return "retweeted" in kinds or as_text(entry.get("text")).startswith("RT @")


def _complaints(body: Any) -> set[str]:
    """The parameters that X complains of."""
    return {name for error in as_objects(as_object(body).get("errors")) for name in as_object(error.get("parameters"))}
