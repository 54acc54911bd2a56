"""One run: page by page from the sources into the bucket, so that whenever it dies nothing is lost and nothing comes twice.

For each page the object is put at the key that the ledger names, and then the ledger moves on to the next cursor and key. A run
that dies in between left an object that counts for nothing yet: the next one asks for the same page and overwrites it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from near_copies import NearCopies, has_words
from recent import known_posts
from source import Ended, Forbidden, Page, RateLimited, Source, SourceStopped, Spent, Stopped

from contract.collection_ledger import CollectionLedger, Outcome, Place
from contract.posts import Collected, Post, collected_on_prefix, parse_collected

PAGES_PER_RUN = 25  # of one tag, so that the others have their turn

log = logging.getLogger("collect_posts")


@dataclass(frozen=True)
class Bucket:
    """The bucket of the posts, and whose they are. `s3` is a boto3 client."""

    s3: Any
    name: str
    classifier: str


class Collection:
    """A run over some sources until the deadline (seconds since the epoch).

    `answered`, `refused` and `silent` tell which servers let us in, which do not and why, and which gave nothing for other reasons; a
    server is called by its source or, where a source has several, by source and tag.
    """

    def __init__(self, ledger: CollectionLedger, bucket: Bucket, sources: Sequence[Source], deadline: float) -> None:
        self._ledger, self._bucket, self._sources, self._deadline = ledger, bucket, sources, deadline
        self._today = datetime.now(UTC).date()
        self._copies, self._ids = NearCopies(), set[str]()
        self.answered: set[str] = set()
        self.refused: dict[str, str] = {}
        self.silent: dict[str, str] = {}

    def run(self) -> list[Outcome]:
        """Collect; what came of each source and tag. Those come first that were asked longest ago."""
        places = [self._ledger.place(self._bucket.classifier, source.name, tag) for source in self._sources for tag in source.tags]
        for post in known_posts(self._bucket.s3, self._bucket.name, self._bucket.classifier, {place.next_key for place in places}):
            self._ids.add(post.id)
            self._copies.is_one(post.source)
        sources = {source.name: source for source in self._sources}
        stopped: dict[str, str] = {}
        outcomes = []
        for place in sorted(places, key=lambda place: place.asked_at):
            source, outcome = sources[place.source], Outcome(source=place.source, tag=place.tag)
            server = source.name if source.is_one_server else f"{source.name} {place.tag}"
            outcome.stopped = stopped.get(server, "") or self._rest_of(server)
            if not outcome.stopped:
                try:
                    self._collect(source, place, outcome)
                except Stopped as reason:
                    outcome.stopped = str(reason)
                    self._note(server, reason)
                    stopped[server] = str(reason) if isinstance(reason, SourceStopped) else ""
            if outcome.found or not outcome.stopped:
                self.answered.add(server)
            log.info("%s", outcome)
            outcomes.append(outcome)
        return outcomes

    def _rest_of(self, server: str) -> str:
        """Why a server may not be asked yet; empty when it may."""
        until, why = self._ledger.rest(server)
        return why if until > time.time() else ""

    def _note(self, server: str, reason: Stopped) -> None:
        """Remember what counts for more than this run."""
        if isinstance(reason, RateLimited):
            self._ledger.let_rest(server, reason.until, str(reason))
        if isinstance(reason, Forbidden):
            self.refused[server] = str(reason)
        elif not isinstance(reason, Ended | Spent):
            self.silent[server] = str(reason)

    def _collect(self, source: Source, place: Place, outcome: Outcome) -> None:
        """Page after page of one tag, counted in `outcome`. Raises Stopped before there is no more."""
        place, is_left_over = self._ready(source, place)
        for _ in range(PAGES_PER_RUN):
            if time.time() > self._deadline:
                raise Ended("The time of the run was up. The next one goes on.")
            page = self._page(source, place)
            place, is_left_over = self._keep(page, place, outcome, is_left_over=is_left_over)
            if page.is_last:
                return
        raise Ended(f"{PAGES_PER_RUN} pages are a tag's share of one run. The next one goes on.")

    def _page(self, source: Source, place: Place) -> Page:
        """The next page. Raises Stopped, also when an answer has a shape that nobody foresaw: the others go on."""
        try:
            return source.page(place.tag, place.cursor, self._deadline)
        except Stopped:
            raise
        except Exception as error:  # its message may hold a text
            raise Stopped(f"The answer for '{place.tag}' could not be read ({type(error).__name__}). Please report this.") from None

    def _ready(self, source: Source, place: Place) -> tuple[Place, bool]:
        """The place as a run begins with it, and whether one that died left an object at its key.

        The key is of today, unless such an object is there: it must be overwritten, whatever its date. The moment is written before
        the source is asked: a server that brings a run to its end is the last that the next one asks.
        """
        is_left_over = bool(place.next_key) and self._is_there(place.next_key)
        key = parse_collected(place.next_key)
        next_key = place.next_key
        if not is_left_over and (not key or key.day != self._today):
            next_key = self._key(place, key.number if key else self._last_number(place) + 1)
        return self._ledger.move(place, source.begun(place.cursor), next_key), is_left_over

    def _keep(self, page: Page, place: Place, outcome: Outcome, *, is_left_over: bool) -> tuple[Place, bool]:
        """Put what is new on a page into the bucket, and only then move on. Of copies on a page the earliest is kept."""
        posts = sorted(map(_not_of_the_future, page.posts), key=lambda post: post.posted_at)
        texts = [post for post in posts if has_words(post.source)]
        fresh = [post for post in texts if self._is_new(post)]
        key = place.next_key
        if fresh or is_left_over:
            body = b"".join(post.to_line() for post in fresh)
            self._bucket.s3.put_object(Bucket=self._bucket.name, Key=key, Body=body, ContentType="application/jsonl")
            collected = parse_collected(key)
            key = self._key(place, collected.number + 1 if collected else 1)
        place = self._ledger.move(place, page.cursor, key)
        outcome.found += page.found
        outcome.new += len(fresh)
        outcome.known += page.known
        outcome.copies += len(texts) - len(fresh)
        outcome.reposts += page.reposts
        outcome.wordless += page.wordless + len(posts) - len(texts)
        outcome.unread += page.unread
        outcome.usd = round(outcome.usd + page.usd, 6)
        return place, False

    def _is_new(self, post: Post) -> bool:
        if post.id in self._ids or self._copies.is_one(post.source):
            return False
        self._ids.add(post.id)
        return True

    def _key(self, place: Place, number: int) -> str:
        return Collected(classifier=self._bucket.classifier, day=self._today, source=place.source, tag=place.tag, number=number).key

    def _is_there(self, key: str) -> bool:
        return key in self._listed(key)

    def _last_number(self, place: Place) -> int:
        """The highest number of today's objects: the ledger may be younger than they are."""
        keys = self._listed(f"{collected_on_prefix(self._bucket.classifier, self._today)}{place.source}-{place.tag}-")
        return max((found.number for key in keys if (found := parse_collected(key)) and found.tag == place.tag), default=0)

    def _listed(self, prefix: str) -> list[str]:
        pages = self._bucket.s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket.name, Prefix=prefix)
        return [entry["Key"] for page in pages for entry in page.get("Contents", [])]


def _not_of_the_future(post: Post) -> Post:
    """The post, written now at the latest, whatever the clock of its author says."""
    return replace(post, posted_at=min(post.posted_at, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")))
