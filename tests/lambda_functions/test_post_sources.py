"""The sources of posts against a server that answers in the shapes of their APIs."""

from __future__ import annotations

import json
from types import ModuleType
from typing import Any

import pytest
from post_shapes import DEADLINE, all_pages, found_by_x, left, numbers, signing_in, skeet, status, tweet
from posts_server import Asked, PostsServer, Reply

# X


def test_x_goes_down_all_pages_and_then_asks_for_what_is_newer(x: Any, server: PostsServer) -> None:
    """Each page is asked for below the last post, an empty one is followed by its token; the next run asks above the newest post."""
    server.reply(
        found_by_x(tweet(105), tweet(104), below="a"), Reply.json({"meta": {"result_count": 0, "next_token": "b"}}), found_by_x(tweet(99))
    )
    posts, cursor, pages = all_pages(x)
    assert numbers(posts) == [105, 104, 99]
    assert [(query.get("until_id"), query.get("next_token")) for query in server.queries] == [(None, None), ("104", None), ("104", "b")]
    assert server.queries[0]["query"] == "#refund -is:retweet"
    assert server.asked[0].headers["Authorization"] == "Bearer secret-token"
    assert sum(page.usd for page in pages) == pytest.approx(0.015)
    server.reply(Reply.json({"meta": {"result_count": 0}}))
    assert all_pages(x, cursor=cursor)[0] == []
    assert server.queries[-1]["since_id"] == "105"


def test_x_cuts_a_page_to_what_may_be_spent(room: dict[str, ModuleType], server: PostsServer) -> None:
    """The last pages are smaller, and no request is made whose answer could cost more than the run may."""
    source = room["x"].X("t", ("refund",), usd_per_run=0.62, usd_per_post=0.005, server=server.address)
    server.answer = lambda asked: found_by_x(
        *(tweet(1000 - 100 * len(server.asked) - number) for number in range(int(asked.query["max_results"]))), below=str(len(server.asked))
    )
    first = source.page("refund", "", DEADLINE)
    second = source.page("refund", first.cursor, DEADLINE)
    with pytest.raises(room["source"].Spent, match=r"0\.62 USD"):
        source.page("refund", second.cursor, DEADLINE)
    assert [query["max_results"] for query in server.queries] == ["100", "24"]
    assert first.usd + second.usd <= 0.62


def test_x_counts_answers_that_break_off_as_spent(room: dict[str, ModuleType], server: PostsServer) -> None:
    """X may have charged all that was asked for: its other tags are not asked, and the next request is smaller by that much."""
    source = room["x"].X("t", ("refund",), usd_per_run=0.62, usd_per_post=0.005, server=server.address)
    server.reply(Reply(b'{"data": [', announced=5000), Reply.json({}, 400), found_by_x(tweet(5)), found_by_x())
    with pytest.raises(room["source"].SourceStopped, match=r"broke off.*counts as spent: 0\.50 USD"):
        source.page("refund", "", DEADLINE)
    with pytest.raises(room["web"].BadRequest, match=r"HTTP 400\)\. Are the hashtag and its address in the settings right\?"):
        source.page("refund", "", DEADLINE)
    for _ in range(2):
        source.page("refund", "", DEADLINE)
    assert [query["max_results"] for query in server.queries] == ["100", "24", "24", "23"]


@pytest.mark.parametrize(
    ("code", "body", "sentence"),
    [
        (402, {"title": "CreditsDepleted"}, "X wants to be paid first (HTTP 402): its credits are used up."),
        (429, {"title": "UsageCapExceeded", "period": "Monthly"}, "X gives no more posts in this period: its cap is used up."),
    ],
)
def test_x_tells_a_person_what_no_waiting_mends(
    x: Any, room: dict[str, ModuleType], server: PostsServer, code: int, body: Any, sentence: str
) -> None:
    """Used up credits are no wrong credentials, and a month's cap is no limit of a quarter of an hour."""
    server.reply(Reply.json(body, code))
    with pytest.raises(room["source"].Forbidden) as raised:
        x.page("refund", "", DEADLINE)
    assert str(raised.value).startswith(sentence)


def test_x_drops_reposts_and_reads_long_posts_whole(x: Any, server: PostsServer) -> None:
    """A repost is counted and left out, however it shows; entities become characters; what a long post says stands in its note."""
    server.reply(
        found_by_x(
            tweet(5, "RT @a: My refund"),
            tweet(4, "again", referenced_tweets=[{"type": "retweeted", "id": "1"}]),
            tweet(3, "I agree &amp; wait &lt;3 😡", referenced_tweets=[{"type": "quoted", "id": "1"}]),
            tweet(2, "The first lines…", note_tweet={"text": "The first lines\nand\tthe rest"}),
        )
    )
    posts, _, (page,) = all_pages(x)
    assert [post.source for post in posts] == ["I agree & wait <3 😡", "The first lines and the rest"]
    assert (page.found, page.reposts) == (4, 2)


def test_x_leaves_out_what_it_withholds(x: Any, server: PostsServer) -> None:
    """The notice in the place of a post is no post; one that is withheld elsewhere alone is."""
    notice = "This Post from @acme has been withheld in Germany in response to a legal demand."
    withheld = {"country_codes": ["DE"]}
    server.reply(found_by_x(tweet(9, notice, withheld=withheld), tweet(8, withheld=withheld), tweet(7, "They have withheld in my case")))
    assert [post.source for post in all_pages(x)[0]] == ["My refund 8 is late", "They have withheld in my case"]


def _complaint(name: str) -> Reply:
    return Reply.json({"errors": [{"parameters": {name: ["7"]}, "message": "must be newer"}], "title": "Invalid Request"}, 400)


def test_x_goes_on_without_an_id_that_is_too_old(x: Any, server: PostsServer) -> None:
    """X refuses ids of more than seven days ago: then all that it has is newer, and it is asked once more without."""
    server.reply(_complaint("since_id"), found_by_x(tweet(9000)))
    posts, _, _ = all_pages(x, cursor=left(("7", "")))
    assert numbers(posts) == [9000]
    assert "since_id" not in server.queries[1]


def test_x_gives_up_what_it_no_longer_has(x: Any, server: PostsServer) -> None:
    """An interval that has become older than seven days is through, and the next one's turn comes."""
    server.reply(found_by_x(), _complaint("until_id"), found_by_x(tweet(6)))
    posts, cursor, _ = all_pages(x, cursor=left(("80", "99"), ("5", "7"), newest="105"))
    assert numbers(posts) == [6]
    assert [(query["since_id"], query.get("until_id")) for query in server.queries] == [("105", None), ("80", "99"), ("5", "7")]
    assert json.loads(cursor)["open"] == []


def test_an_author_is_kept_only_if_asked_for(room: dict[str, ModuleType], server: PostsServer) -> None:
    """Without the setting nothing of a post names its author."""
    server.reply(found_by_x(tweet(5)))
    for has_authors, author in ((False, ""), (True, "77")):
        source = room["x"].X("t", ("refund",), usd_per_run=1, usd_per_post=0.005, has_authors=has_authors, server=server.address)
        ((post,), _, _) = all_pages(source)
        assert post.author == author


# Mastodon


def test_mastodon_follows_the_link_header(mastodon: Any, server: PostsServer) -> None:
    """The next page begins where the link says, which is not followed to another host; afterwards what is newer is asked for."""
    elsewhere = "https://elsewhere.example/api/v1/timelines/tag/refund"
    link, end = f'<{elsewhere}?max_id=103>; rel="next", <{elsewhere}?min_id=105>; rel="prev"', f'<{elsewhere}?min_id=99>; rel="prev"'
    server.reply(Reply.json([status(105), status(103)], Link=link), Reply.json([status(99)], Link=end))
    posts, cursor, _ = all_pages(mastodon)
    assert numbers(posts) == [105, 103, 99]
    assert server.queries[1]["max_id"] == "103"
    server.reply(Reply.json([]))
    all_pages(mastodon, cursor=cursor)
    assert server.queries[-1]["since_id"] == "105"


def test_mastodon_without_links_is_asked_until_a_page_is_empty(mastodon: Any, server: PostsServer) -> None:
    """A server that sends no links is paged by the oldest id, also when ids are numbers, of which 99 is older than 103."""
    server.reply(Reply.json([status(103) | {"id": 103}, status(99) | {"id": 99}]), Reply.json([status(98)]), Reply.json([]))
    posts, _, _ = all_pages(mastodon)
    assert numbers(posts) == [103, 99, 98]
    assert [query.get("max_id") for query in server.queries] == [None, "99", "98"]


def test_mastodon_asks_for_the_last_hour_again(mastodon: Any, server: PostsServer) -> None:
    """What reaches the server late is sorted in by when it was written, so ids that hold moments go an hour back."""
    hour = 3_600_000 << 16
    server.reply(Reply.json([]))
    all_pages(mastodon, cursor=left(newest="115000000000000000"))
    assert server.queries[-1]["since_id"] == str(115000000000000000 - hour)


def test_mastodon_posts_lose_their_markup_and_reposts_are_left_out(mastodon: Any, server: PostsServer) -> None:
    """Paragraphs and line breaks become spaces, links and entities stay readable, and a boost counts as a repost."""
    html = '<p>No <a href="x">#<span>refund</span></a> &amp; no<br />answer</p><p>since &#128545; <span class="invisible">https://</span>a.b</p>'
    server.reply(Reply.json([status(5, html), status(4, reblog={"id": "1"})], Link=""))
    posts, _, (page,) = all_pages(mastodon)
    assert [post.source for post in posts] == ["No #refund & no answer since 😡 https://a.b"]
    assert page.reposts == 1


def test_mastodon_posts_are_all_that_they_say(mastodon: Any, server: PostsServer) -> None:
    """A warning, the options of a poll and descriptions of pictures are part of a post, also where there is nothing else."""
    poll = {"options": [{"title": "Refund"}, {"title": "Repair &\nwait"}, None]}
    entries = [
        status(5, "<p>Which?</p>", spoiler_text="Broken kettle", poll=poll),
        status(4, "<p></p>", media_attachments=[{"description": None}, {"description": "A burnt plug"}]),
        status(3, "<p></p>", media_attachments=5, poll="x"),
    ]
    server.reply(Reply.json(entries, Link=""))
    assert [post.source for post in all_pages(mastodon)[0]] == ["Broken kettle Which? Refund Repair & wait", "A burnt plug"]


FALLBACK = '<p class="quote-inline">RE: <a href="x"><span class="invisible">https://</span>a.b/1</a></p>'
IN_A_SPAN = '<p>I agree<span class="quote-inline"><br/>RE: <a href="x"><span class="invisible">https://</span>a.b/1</a></span></p>'


def test_the_link_of_a_quote_is_no_text(mastodon: Any, server: PostsServer) -> None:
    """Mastodon shows the quoted post in place of the link; without one the link is what its author wrote."""
    quote = {"state": "accepted", "quoted_status": {"id": "1"}}
    entries = [
        status(6, f"{FALLBACK}<p>I agree</p>", quote=quote),
        status(5, IN_A_SPAN, quote=quote),
        status(4, '<p class="quote-inline">RE: it never ends<p>I agree</p>', quote=quote),
        status(3, f"{FALLBACK}<p>I agree</p>", quote=None),
    ]
    server.reply(Reply.json(entries, Link=""))
    written = "RE: https://a.b/1 I agree"
    assert [post.source for post in all_pages(mastodon)[0]] == ["I agree", "I agree", "RE: it never ends I agree", written]


def test_a_hashtag_of_any_script_is_asked_for(mastodon: Any, server: PostsServer) -> None:
    """The hashtag is a part of the address, so it is written as one."""
    server.reply(Reply.json([]))
    all_pages(mastodon, tag="返金")
    assert server.asked[0].path == "/api/v1/timelines/tag/返金"


# Bluesky


def test_bluesky_signs_in_once_and_pages_by_moment(bluesky: Any, server: PostsServer) -> None:
    """One session serves all pages, an empty one included; the next run asks for what is newer, with an hour to spare."""
    pages = iter(
        [
            {"posts": [skeet(9, minute=30), skeet(8, minute=20)], "cursor": "2"},
            {"posts": [], "cursor": "3"},
            {"posts": [skeet(7)]},
            {"posts": []},
        ]
    )
    server.answer = signing_in(lambda asked: Reply.json(next(pages)))
    posts, cursor, _ = all_pages(bluesky)
    assert numbers(posts) == [9, 8, 7]
    all_pages(bluesky, cursor=cursor)
    searches = [asked for asked in server.asked if asked.method == "GET"]
    assert [asked.query.get("cursor") for asked in searches] == [None, None, "3", None]
    assert [asked.query.get("until") for asked in searches] == [None, *["2026-11-22T10:20:00.001Z"] * 2, None]
    assert searches[-1].query["since"] == "2026-11-22T09:30:00.000Z"
    assert len(server.asked) - len(searches) == 1
    assert not any("someone" in json.dumps(vars(post)) for post in posts)  # the address of a post names its author


def test_bluesky_takes_a_new_session_when_the_old_one_has_expired(bluesky: Any, server: PostsServer) -> None:
    """An expired session is replaced in the midst of the pages, once."""

    def search(asked: Asked) -> Reply:
        if asked.headers["Authorization"] == "Bearer session-1" and asked.query.get("until"):
            return Reply.json({"error": "ExpiredToken", "message": "Token has expired"}, 400)
        return Reply.json({"posts": [skeet(5)]} if asked.query.get("until") else {"posts": [skeet(6, minute=5)], "cursor": "1"})

    server.answer = signing_in(search)
    assert numbers(all_pages(bluesky)[0]) == [6, 5]


def test_bluesky_posts_are_not_of_the_future(bluesky: Any, server: PostsServer) -> None:
    """Who writes may claim any moment; the server's own bounds it."""
    early, late = skeet(1, minute=7), skeet(2, minute=9)
    early["record"]["createdAt"], late["record"]["createdAt"] = "2026-11-22T10:05:00.000Z", "2030-01-01T00:00:00.000Z"
    server.answer = signing_in(lambda asked: Reply.json({"posts": [late, early]}))
    posts, _, _ = all_pages(bluesky)
    assert [post.posted_at for post in posts] == ["2026-11-22T10:09:00Z", "2026-11-22T10:05:00Z"]
