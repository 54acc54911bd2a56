"""X: recent search, API version 2 (GET /2/tweets/search/recent), seven days back, paid by the post."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from descent import Entry, Interval, Listing, Timeline
from fields import as_object, as_objects, as_text, unknown_shape
from markup import from_entities
from moments import in_utc
from source import Denied, Forbidden, RateLimited, Refused, SourceStopped, Spent, Stopped
from web import BadRequest, ask

from contract.posts import Post, post_id

SERVER = "https://api.x.com"
MOST_POSTS, FEWEST_POSTS = 100, 10  # that a page may be asked for
FIELDS = "created_at,lang,author_id,referenced_tweets,note_tweet,withheld"


class X(Timeline):
    """Posts with a hashtag that are no reposts. Only what is newer is asked for, because each post is paid."""

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
        self._token, self._headers = token, {"Authorization": f"Bearer {token}"}
        self._has_authors, self._address = has_authors, f"{server.rstrip('/')}/2/tweets/search/recent"
        self._usd_left, self._usd_per_post, self._usd_per_run = usd_per_run, usd_per_post, usd_per_run

    def listing(self, tag: str, interval: Interval, token: str, deadline: float) -> Listing:
        """The newest posts of an interval; none where it is older than what X searches."""
        if not self._token:
            raise Forbidden("X needs the bearer token of an app: put it into the secret as x_bearer_token.")
        affordable = int(self._usd_left / self._usd_per_post + 1e-9) if self._usd_per_post else MOST_POSTS
        if affordable < FEWEST_POSTS:
            raise Spent(f"A run may spend {self._usd_per_run:.2f} USD on X, and the next page could cost more. The next run goes on.")
        count = min(MOST_POSTS, affordable)
        query = {"query": f"#{tag} -is:retweet", "tweet.fields": FIELDS, "max_results": str(count)}
        query |= {"since_id": interval.above} if interval.above else {}
        query |= {"until_id": interval.below} if interval.below else {}
        query |= {"next_token": token} if token else {}
        try:
            data, token = self._paid(query, count, deadline)
        except BadRequest as error:
            wrong = _complaints(error.body)
            if interval.above and "since_id" in wrong:  # older than seven days: all that X still has is newer
                return self.listing(tag, Interval(below=interval.below), token, deadline)
            if interval.below and "until_id" in wrong:
                return Listing([])
            raise
        return Listing(data, token, len(data) * self._usd_per_post)

    def _paid(self, query: Mapping[str, str], count: int, deadline: float) -> tuple[list[Any], str]:
        """At most so many posts and the token of the next page, taken from what is left to spend; an answer that breaks off in full."""
        self._usd_left -= count * self._usd_per_post
        delivered = count
        try:
            content = as_object(ask("X", self._address, query, headers=self._headers, deadline=deadline).json("X"))
            data, meta = content.get("data") or [], as_object(content.get("meta"))
            if not isinstance(data, list) or not content.keys() & {"data", "meta"}:
                raise unknown_shape("X", "there is neither a list 'data' nor an object 'meta'")
            delivered = len(data)
            return data, as_text(meta.get("next_token"))
        except RateLimited as error:
            delivered = 0
            if as_text(as_object(error.body).get("title")) == "UsageCapExceeded":
                raise Forbidden("X gives no more posts in this period: its cap is used up. Raise it there, or wait.") from error
            raise
        except Refused as error:
            delivered = 0
            raise Forbidden(f"{error} Put a new bearer token into the secret as x_bearer_token.") from error
        except Denied as error:
            delivered = 0
            remedy = "Look in its developer portal at the account and at the app: it must be in a project whose plan has recent search."
            raise Forbidden(f"{error} {remedy} Another bearer token alone mends nothing.") from error
        except (Forbidden, BadRequest):
            delivered = 0
            raise
        except Stopped as error:
            most = count * self._usd_per_post
            raise SourceStopped(f"{error} What it may have sent counts as spent: {most:.2f} USD.") from error
        finally:
            self._usd_left += (count - delivered) * self._usd_per_post

    def entry(self, found: Any, tag: str) -> Entry:
        """A post without markup. What a long one says stands in its note."""
        entry = as_object(found)
        text = from_entities(as_object(entry.get("note_tweet")).get("text")) or from_entities(entry.get("text"))
        number = as_text(entry.get("id"))
        post = Post(
            source=text,
            id=post_id(self.name, number),
            posted_at=in_utc(entry.get("created_at")),
            tag=tag,
            language=as_text(entry.get("lang")),
            author=as_text(entry.get("author_id")) if self._has_authors else "",
        )
        is_withheld = bool(entry.get("withheld")) and "withheld in" in text  # X says so in the post's place; elsewhere it is whole
        return Entry(number, post if text and number and not is_withheld else None, is_repost=_is_repost(entry))


def _is_repost(entry: Mapping[str, Any]) -> bool:
    kinds = {as_text(reference.get("type")) for reference in as_objects(entry.get("referenced_tweets"))}
    return "retweeted" in kinds or as_text(entry.get("text")).startswith("RT @")


def _complaints(body: Any) -> set[str]:
    """The parameters that X complains of."""
    return {name for error in as_objects(as_object(body).get("errors")) for name in as_object(error.get("parameters"))}
