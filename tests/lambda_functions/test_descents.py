"""Searches from the newest post down: whatever happens between two pages, each post comes once."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest
from post_shapes import DEADLINE, found_by_x, left, numbers, signing_in, skeet, status, tweet
from posts_server import Asked, PostsServer, Reply

from contract.posts import Post, post_id

LATE = 10  # how far back posts come in
NOW = datetime.now(UTC)


def _world(descent: ModuleType, page: int = 3) -> Any:
    """A source with posts at moments, several of which may share one; the rest of a page costs a token."""

    class World(descent.Timeline):  # type: ignore[misc, name-defined]  # it is a file of a Lambda
        def __init__(self) -> None:
            self.posts: dict[int, int] = {}  # moments by number

        def listing(self, tag: str, interval: Any, token: str, deadline: float) -> Any:
            above, below = int(interval.above or -1), int(interval.below or 10**6)
            inside = sorted((moment, number) for number, moment in self.posts.items() if above <= moment < below)[::-1]
            return descent.Listing(inside[:page], "more" if inside[page:] else "")

        def entry(self, found: Any, tag: str) -> Any:
            moment, number = found
            at = (NOW - timedelta(days=1000 - moment)).isoformat()
            return descent.Entry(f"{moment:04}", Post(source=f"post {number}", id=post_id("x", str(number)), posted_at=at, tag=tag))

        def before(self, position: str) -> str:
            return f"{max(0, int(position) - LATE):04}"

        def including(self, position: str) -> str:
            return f"{int(position) + 1:04}"

    return World()


@pytest.mark.parametrize("seed", range(60))
def test_each_post_comes_once_however_runs_are_cut(room: dict[str, ModuleType], seed: int) -> None:
    """New posts, late ones and deletions between runs that end anywhere: none that stays is left out, none comes twice."""
    draw, world = random.Random(seed), _world(room["descent"])  # noqa: S311  # posts, not secrets
    top, came, cursor = 995, list[str](), ""
    world.posts = {number: 995 + number // 2 for number in range(10)}
    for run in range(12):
        cursor = world.begun(cursor)
        for _ in range(draw.randint(0, 6) if run < 11 else 500):
            page = world.page("tag", cursor, DEADLINE)
            came, cursor = came + [post.source for post in page.posts], page.cursor
            if page.is_last:
                break
        top += draw.randint(0, 8)
        if run < 10:
            moments = draw.choices(range(max(995, top - LATE + 1), top + 1), k=draw.randint(0, 9))
            for number, moment in enumerate(moments, 10 * (run + 1)):
                if list(world.posts.values()).count(moment) < 2:  # a page has room for three
                    world.posts[number] = moment
            for number in draw.sample(sorted(world.posts), draw.randint(0, 3)):
                del world.posts[number]
    assert len(came) == len(set(came))
    assert {f"post {number}" for number in world.posts} <= set(came)


def test_a_run_begins_with_what_is_new_and_goes_on_with_what_was_left(room: dict[str, ModuleType]) -> None:
    """A busy tag's history never keeps its news waiting."""
    world = _world(room["descent"])
    world.posts = {number: 1000 + 20 * number for number in range(9)}
    first = world.page("tag", world.begun(""), DEADLINE)
    world.posts |= {9: 1200, 10: 1201}
    second = world.page("tag", world.begun(first.cursor), DEADLINE)
    third = world.page("tag", second.cursor, DEADLINE)
    assert [[int(post.source.split()[1]) for post in page.posts] for page in (first, second, third)] == [[8, 7, 6], [10, 9], [5, 4]]


def test_the_first_search_goes_back_seven_days_and_later_ones_as_far_as_they_must(room: dict[str, ModuleType]) -> None:
    """A new tag is not followed into years gone by; what a known one has had since its last run all comes."""
    world = _world(room["descent"])
    world.posts = {number: 1000 - number for number in range(100)}
    for cursor, count in (("", 11), (left(newest="0960"), 50)):
        came, page, cursor = 0, None, world.begun(cursor)  # noqa: PLW2901  # a run's
        while not page or not page.is_last:
            page = world.page("tag", cursor, DEADLINE)
            came, cursor = came + len(page.posts), page.cursor  # noqa: PLW2901
        assert came == count


@pytest.mark.parametrize(
    "cursor", ["", "no JSON", "[]", "7", '{"floor": "7", "token": "a"}', '{"newest": "7", "seen": 1, "open": [["1"]]}']
)
def test_a_cursor_of_another_version_is_the_beginning(room: dict[str, ModuleType], cursor: str) -> None:
    """Nothing is asked for above what nobody understands, and nothing breaks."""
    assert _world(room["descent"]).begun(cursor) == json.dumps({"newest": "", "seen": [], "open": [["", ""]]}, separators=(",", ":"))
    assert room["rss"].Rss({"a": "http://a.example"}).begun(cursor) == ""


def test_a_server_that_answers_the_same_again_is_left(room: dict[str, ModuleType]) -> None:
    """Who ignores the bound is not asked for ever."""
    world, pages, cursor = _world(room["descent"]), 0, ""
    world.listing = lambda *_: room["descent"].Listing([(1000, 1), (1000, 2)], "more")
    while not (page := world.page("tag", cursor, DEADLINE)).is_last:
        pages, cursor = pages + 1, page.cursor
        assert pages < 5


@pytest.mark.parametrize("source_name", ["x", "mastodon", "bluesky"])
def test_an_entry_without_a_place_ends_nothing(request: pytest.FixtureRequest, server: PostsServer, source_name: str) -> None:
    """What is below it is asked for."""
    source = request.getfixturevalue(source_name)
    bodies = {
        "x": found_by_x(tweet(30), {"id": None, "text": "x"}, tweet(29), below="a"),
        "mastodon": Reply.json([status(30), {"error": "x"}, status(29)], Link='<https://a/?max_id=29>; rel="next"'),
        "bluesky": Reply.json({"posts": [skeet(30), {"uri": "at://x"}, skeet(29)], "cursor": "a"}),
    }
    server.answer = signing_in(lambda asked: bodies[source_name])
    page = source.page("refund", left(("7" if source_name != "bluesky" else "2020-01-01T00:00:00.000Z", "")), DEADLINE)
    assert numbers(page.posts) == [30, 29]
    assert not page.is_last


@pytest.mark.parametrize("source_name", ["x", "bluesky"])
def test_what_lies_behind_many_empty_pages_comes(request: pytest.FixtureRequest, server: PostsServer, source_name: str) -> None:
    """A server may hide the posts of a dozen pages; their tokens are followed to the next post."""
    source = request.getfixturevalue(source_name)

    def search(asked: Asked) -> Reply:
        page = int(asked.query.get("next_token") or asked.query.get("cursor") or 0)
        if page == 12:
            return found_by_x(tweet(7)) if source_name == "x" else Reply.json({"posts": [skeet(7)]})
        meta = {"result_count": 0, "next_token": str(page + 1)}
        return Reply.json({"meta": meta} if source_name == "x" else {"posts": [], "cursor": str(page + 1)})

    server.answer = signing_in(search)
    page = source.page("refund", source.begun(""), DEADLINE)
    assert (numbers(page.posts), page.is_last) == ([7], True)


@pytest.mark.parametrize("is_the_same", [False, True])
def test_a_server_that_promises_more_for_ever_leaves_its_interval_open(room: dict[str, ModuleType], is_the_same: bool) -> None:
    """It is left after a bounded number of pages, at once where its token leads nowhere; the run is not said to be through."""
    world, asked = _world(room["descent"]), list[str]()

    def listing(tag: str, interval: object, token: str, deadline: float) -> Any:
        asked.append(token)
        return room["descent"].Listing([], "same" if is_the_same else str(len(asked)))

    world.listing = listing
    with pytest.raises(room["source"].Stopped, match=r"said to be more\. The next run asks from the same place again"):
        world.page("tag", left(("0990", "1000"), newest="1000"), DEADLINE)
    assert len(asked) == (2 if is_the_same else room["descent"].EMPTY_PAGES)


def test_one_old_date_ends_no_first_search(room: dict[str, ModuleType]) -> None:
    """A post that came late from another server, or says so, stands among new ones: a search ends where all of a page are old."""
    world = _world(room["descent"])
    world.posts, read = {number: 1000 - number for number in range(30)}, world.entry

    def backdated(found: Any, tag: str) -> Any:
        entry = read(found, tag)
        return entry._replace(post=replace(entry.post, posted_at="2001-01-01T00:00:00Z")) if found[1] == 2 else entry

    world.entry = backdated
    came, cursor = 0, world.begun("")
    while not (page := world.page("tag", cursor, DEADLINE)).is_last:
        came, cursor = came + len(page.posts), page.cursor
    assert came + len(page.posts) == 11


def test_bluesky_goes_on_below_a_full_page_without_a_cursor(bluesky: Any, server: PostsServer) -> None:
    """The last page is the first that is not full, whether or not the server hands out cursors."""
    posts = [skeet(number) for number in range(120)]
    for number, post in enumerate(posts):
        post["record"]["createdAt"] = post["indexedAt"] = f"2026-11-22T10:{number // 60:02}:{number % 60:02}.000Z"

    def search(asked: Asked) -> Reply:
        return Reply.json({"posts": [post for post in posts[::-1] if post["indexedAt"] < asked.query.get("until", "9")][:100]})

    server.answer = signing_in(search)
    pages = [bluesky.page("refund", left(("2026-01-01T00:00:00.000Z", "")), DEADLINE)]
    while not pages[-1].is_last:
        pages.append(bluesky.page("refund", pages[-1].cursor, DEADLINE))
    came = [number for page in pages for number in numbers(page.posts)]
    assert (sorted(came), len(pages)) == ([*range(120)], 2)


def test_an_entry_that_cannot_be_read_costs_itself(
    room: dict[str, ModuleType], mastodon: Any, server: PostsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is counted, the others of its page are kept, and what is below is asked for."""

    def broken(content: str) -> str:
        if "29" in content:
            raise AssertionError("as a parser of HTML may")
        return content.removeprefix("<p>")

    monkeypatch.setattr(room["mastodon"], "from_html", broken)
    server.reply(Reply.json([status(30), status(29), status(28)]))
    page = mastodon.page("refund", mastodon.begun(""), DEADLINE)
    assert numbers(page.posts) == [30, 28]
    assert (page.found, page.unread, page.is_last) == (3, 1, False)


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z"])
def test_bluesky_takes_moments_at_the_ends_of_the_calendar(bluesky: Any, server: PostsServer, at: str) -> None:
    """A post that says it is of the year 1 does not keep those of today from coming, nor the next run from asking."""
    odd = skeet(1)
    odd["record"]["createdAt"] = odd["indexedAt"] = at
    server.answer = signing_in(lambda asked: Reply.json({"posts": [odd], "cursor": "a"} if "until" not in asked.query else {"posts": []}))
    page = bluesky.page("refund", bluesky.begun(""), DEADLINE)
    assert numbers(page.posts) == [1]
    bluesky.page("refund", page.cursor, DEADLINE)
    bluesky.page("refund", bluesky.begun(page.cursor), DEADLINE)


def test_bluesky_goes_on_by_moments_when_posts_were_deleted_meanwhile(bluesky: Any, server: PostsServer) -> None:
    """Its tokens count posts: with thirty fewer at the top, going on by one would leave out thirty further down."""
    alive = [skeet(number, minute=number % 60) for number in range(60)]

    def search(asked: Asked) -> Reply:
        inside = [post for post in alive[::-1] if post["indexedAt"] < asked.query.get("until", "9")]
        skip = int(asked.query.get("cursor", 0))
        return Reply.json({"posts": inside[skip : skip + 20], **({"cursor": str(skip + 20)} if inside[skip + 20 :] else {})})

    server.answer = signing_in(search)
    first = bluesky.page("refund", bluesky.begun(""), DEADLINE)
    del alive[30:]
    came, cursor = numbers(first.posts), bluesky.begun(first.cursor)
    while not (page := bluesky.page("refund", cursor, DEADLINE)).is_last:
        came, cursor = came + numbers(page.posts), page.cursor
    assert set(range(30)) <= {*came, *numbers(page.posts)}


def test_two_accounts_of_bluesky_may_number_alike(bluesky: Any, server: PostsServer) -> None:
    """The number of a post is its author's; neither names who that is."""
    one, other = skeet(5), skeet(5, "Another matter")
    other["uri"] = other["uri"].replace("someone", "another")
    server.answer = signing_in(lambda asked: Reply.json({"posts": [one, other]}))
    posts = bluesky.page("refund", "", DEADLINE).posts
    assert len({post.id for post in posts}) == 2
    assert not any(name in json.dumps(vars(post)) for post in posts for name in ("someone", "another", "a.b"))
