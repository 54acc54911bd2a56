"""collect_posts: whenever a run dies, nothing is lost and nothing comes twice."""

from __future__ import annotations

import json
from types import ModuleType

import boto3
import pytest
from collecting_runs import EVERY_TEXT, NUMBERS, SECRET, collect, kept, kill, put_secret, text_of, texts
from deployed_functions import Deployed, Killed
from post_shapes import found_by_x, status, tweet
from posts_server import PostsServer, Reply

from contract.collection_ledger import CollectionLedger


def test_all_posts_are_kept_and_the_next_run_finds_nothing_new(collects: Deployed, server: PostsServer) -> None:
    """One run takes all pages; a second one asks for what is newer alone and writes no object."""
    first = collect(collects, server)
    assert first["outcomes"] == [
        {"source": "mastodon", "tag": "refund", "found": 7, "new": 7, "known": 0, "copies": 0, "reposts": 0,
         "wordless": 0, "unread": 0, "usd": 0.0, "stopped": ""}
    ]  # fmt: skip
    assert texts(kept(collects)) == EVERY_TEXT
    collects.calls.clear()
    second = collect(collects, server)
    assert second["outcomes"][0]["found"] == 0
    assert server.queries[-1]["since_id"] == "7"
    assert collects.requests("PutObject") == []


# Each of these calls is made once for a page, so that `skip` is the page's number.
@pytest.mark.parametrize("skip", range(4))
def test_a_run_that_dies_between_object_and_ledger_loses_nothing(collects: Deployed, server: PostsServer, skip: int) -> None:
    """The object is there, the ledger does not know of it: the next run asks for the same page again and overwrites the object."""

    def kill_after_object() -> None:
        collects.kill("PutItem")

    collects.before("PutObject", kill_after_object, skip=skip)
    kill(collects, server)
    assert len(kept(collects)) == min(2 * skip + 2, 7)
    assert collect(collects, server)["outcomes"][0]["stopped"] == ""
    assert texts(kept(collects)) == EVERY_TEXT


@pytest.mark.parametrize("skip", range(4))
def test_a_run_that_dies_before_an_object_loses_nothing(collects: Deployed, server: PostsServer, skip: int) -> None:
    """Nothing of the page is there: the next run asks for it again."""
    collects.kill("PutObject", skip=skip)
    kill(collects, server)
    collect(collects, server)
    assert texts(kept(collects)) == EVERY_TEXT


def test_what_a_dead_run_left_is_overwritten_even_by_nothing(collects: Deployed, server: PostsServer) -> None:
    """Posts that were deleted before the page was asked for again do not stay in an object that counts for nothing."""
    collects.before("PutObject", lambda: collects.kill("PutItem"))
    kill(collects, server)
    server.reply(Reply.json([]))
    collect(collects, server)
    assert kept(collects) == []


def test_what_a_dead_run_left_keeps_its_key_on_another_day(collects: Deployed, server: PostsServer) -> None:
    """The object of yesterday is overwritten, not doubled under today's date."""
    collects.before("PutObject", lambda: collects.kill("PutItem"))
    kill(collects, server)
    table = boto3.resource("dynamodb").Table("ledger")
    ledger = CollectionLedger(table)
    place = ledger.place("main", "mastodon", "refund")
    (left,) = collects.s3.list_objects_v2(Bucket="train", Prefix="unlabelled/")["Contents"]
    old = f"unlabelled/main/2026/01/31/{left['Key'].rsplit('/', 1)[-1]}"
    collects.s3.copy_object(Bucket="train", Key=old, CopySource={"Bucket": "train", "Key": left["Key"]})
    collects.s3.delete_object(Bucket="train", Key=left["Key"])
    ledger.move(place, place.cursor, old)
    collect(collects, server)
    assert texts(kept(collects)) == EVERY_TEXT
    assert collects.s3.head_object(Bucket="train", Key=old)


def test_a_run_stops_before_its_time_is_up_and_the_next_one_goes_on(collects: Deployed, server: PostsServer) -> None:
    """What a run has no time for is said, and left to the next one."""
    collects.remaining_milliseconds = 20_000
    (outcome,) = collect(collects, server)["outcomes"]
    assert "time of the run was up" in outcome["stopped"]
    collects.remaining_milliseconds = 90_000
    collect(collects, server)
    assert texts(kept(collects)) == EVERY_TEXT


def test_of_two_runs_at_once_one_works(collects: Deployed, server: PostsServer) -> None:
    """The other one asks nothing, writes nothing, and says so."""
    assert CollectionLedger(boto3.resource("dynamodb").Table("ledger")).take_lease("another", 400)
    assert collect(collects, server)["run_id"] == ""
    assert server.asked == []
    assert kept(collects) == []


def test_a_run_whose_place_was_taken_ends(collects: Deployed, server: PostsServer) -> None:
    """Should two runs work in spite of the lease, the second one does not move the place that the first has moved."""
    ledger = CollectionLedger(boto3.resource("dynamodb").Table("ledger"))

    def take_over() -> None:
        place = ledger.place("main", "mastodon", "refund")
        ledger.move(place, "{}", place.next_key)

    collects.before("PutObject", take_over)
    with pytest.raises(Exception, match="Another run collects 'refund'"):
        collect(collects, server)


def test_a_ledger_that_forgot_overwrites_nothing(collects: Deployed, server: PostsServer) -> None:
    """Objects outlive a ledger that was made anew: its first key is behind theirs, and what they hold comes no more."""
    collect(collects, server)
    boto3.resource("dynamodb").Table("ledger").delete_item(Key={"pk": "collect#main", "sk": "mastodon#refund"})
    (outcome,) = collect(collects, server)["outcomes"]
    assert (outcome["found"], outcome["copies"]) == (7, 7)
    assert texts(kept(collects)) == EVERY_TEXT


def test_near_copies_and_reposts_are_counted_and_left_out(collects: Deployed, server: PostsServer) -> None:
    """Also those of a post that another run kept, from another source."""
    collect(collects, server)
    text = text_of(3).upper()
    server.reply(
        found_by_x(tweet(9, f"{text}!!! https://t.co/x"), tweet(8, "RT @a: b"), tweet(7, "Quite another matter altogether, as it seems"))
    )
    put_secret({"x_bearer_token": "t"})
    run = collect(collects, server, SOURCES="x", X_SERVER=server.address, SIGN_INS_ARN=SECRET)
    assert run["outcomes"][0] | {"usd": 0} == {
        "source": "x", "tag": "refund", "found": 3, "new": 1, "known": 0, "copies": 1, "reposts": 1, "wordless": 0, "unread": 0, "usd": 0,
        "stopped": "",
    }  # fmt: skip
    assert run["outcomes"][0]["usd"] == pytest.approx(0.015)


def test_what_was_found_is_the_sum_of_what_became_of_it(
    collects: Deployed, server: PostsServer, room: dict[str, ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of each post one count says what became of it, also in the next run; what nobody can label is in no object."""
    first = 115_000_000_000_000_000

    def read(content: str) -> str:
        if content == "broken":
            raise AssertionError("as a parser of HTML may")
        return content

    monkeypatch.setattr(room["mastodon"], "from_html", read)
    contents = [text_of(1), text_of(2), f"{text_of(2)}!", "https://a.example/b @c 24/7", " ", "broken", text_of(3)]
    posts = [status(first + number, content) for number, content in enumerate(contents)]
    posts[6]["reblog"] = {"id": "1"}
    server.answer = lambda asked: Reply.json(posts[::-1], Link="")
    names = ("found", "new", "known", "copies", "reposts", "wordless", "unread")
    for counts in ((7, 2, 0, 1, 1, 2, 1), (7, 0, 5, 0, 0, 1, 1)):
        (outcome,) = collect(collects, server)["outcomes"]
        assert tuple(outcome[name] for name in names) == counts
        assert counts[0] == sum(counts[1:])
    assert len(kept(collects)) == 2


def test_an_erased_post_does_not_come_back(collects: Deployed, server: PostsServer) -> None:
    """The last hour is asked for again: what was kept of it is known by the cursor, whether or not its object is there."""
    numbers = [115_000_000_000_000_000 + number for number in NUMBERS]
    server.answer = lambda asked: Reply.json([status(number, text_of(number - numbers[0] + 1)) for number in numbers[::-1]], Link="")
    assert collect(collects, server)["outcomes"][0]["new"] == 7
    for entry in collects.s3.list_objects_v2(Bucket="train", Prefix="unlabelled/")["Contents"]:
        collects.s3.delete_object(Bucket="train", Key=entry["Key"])
    assert collect(collects, server)["outcomes"][0]["new"] == 0
    assert kept(collects) == []


def test_who_brings_a_run_to_its_end_is_asked_last_by_the_next(
    collects: Deployed, server: PostsServer, room: dict[str, ModuleType]
) -> None:
    """The attempt is written down before it is made, so that one source cannot starve all others."""

    def stall(*_: object, **__: object) -> None:
        raise Killed

    collects.monkeypatch.setattr(room["rss"], "ask", stall)
    feeds = json.dumps({"slow": f"{server.address}/slow"})
    for _ in range(2):
        kill(collects, server, SOURCES="rss,mastodon", FEEDS=feeds)
    assert texts(kept(collects)) == EVERY_TEXT


def test_of_copies_on_a_page_the_earliest_is_kept(collects: Deployed, server: PostsServer) -> None:
    """Servers list the newest first; and a post of the future was written now."""
    dates = ("2999-01-01T00:00:00.000Z", "2026-11-22T11:00:00.000Z", "2026-11-22T09:00:00.000Z")
    written = zip((text_of(1), text_of(2), f"{text_of(2)}!"), dates, strict=True)
    posts = [status(9 - at, text, created_at=date) for at, (text, date) in enumerate(written)]
    server.answer = lambda asked: Reply.json(posts, Link="")
    (outcome,) = collect(collects, server)["outcomes"]
    assert (outcome["new"], outcome["copies"]) == (2, 1)
    earlier, later = kept(collects)
    assert (earlier.source, earlier.posted_at) == (f"{text_of(2)}!", "2026-11-22T09:00:00Z")
    assert later.source == text_of(1)
    assert later.posted_at < "2999"
