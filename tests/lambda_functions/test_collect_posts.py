"""collect_posts: whenever a run dies, nothing is lost and nothing comes twice."""

from __future__ import annotations

import json
import sys
import time
from types import ModuleType, SimpleNamespace
from typing import Any

import boto3
import pytest
from deployed_functions import Deployed, Killed
from post_shapes import found_by_x, status, tweet
from posts_server import Asked, PostsServer, Reply

from contract import collection_ledger
from contract.collection_ledger import CollectionLedger
from contract.posts import Post, parse_collected, read_posts

NUMBERS = range(1, 8)
SECRET = "tokens"  # noqa: S105  # its name


def _text(number: int) -> str:
    """Texts that are no near copies of each other."""
    return " ".join(f"word{letter}{chr(96 + number)}" for letter in "abcdefgh")


def _timeline(asked: Asked) -> Reply:
    """A Mastodon server with seven posts, two on a page."""
    below, since = int(asked.query.get("max_id", 99)), int(asked.query.get("since_id", 0))
    page = [number for number in reversed(NUMBERS) if since < number < below][:2]
    link = f'<https://a.example/?max_id={page[-1]}>; rel="next"' if len(page) == 2 else '<https://a.example/?min_id=7>; rel="prev"'
    return Reply.json([status(number, f"<p>{_text(number)}</p>") for number in page], Link=link)


@pytest.fixture
def collects(deployed: Deployed, server: PostsServer) -> Deployed:
    """The account with the function, and a server with posts."""
    server.answer = _timeline
    deployed.monkeypatch.setattr(collection_ledger, "time", SimpleNamespace(time=time.time))
    return deployed


def collect(deployed: Deployed, server: PostsServer, **environment: str) -> dict[str, Any]:
    """A run."""
    return deployed.invoke("collect_posts", {}, MASTODON_SERVER=server.address, **environment)


def kept(deployed: Deployed) -> list[Post]:
    """All posts in the bucket, by key; each of its objects has a key of ours."""
    listed = deployed.s3.list_objects_v2(Bucket="train", Prefix="unlabelled/").get("Contents", [])
    assert all(parse_collected(entry["Key"]) for entry in listed)
    return [post for entry in listed for post in read_posts(deployed.s3.get_object(Bucket="train", Key=entry["Key"])["Body"].read())]


def texts(posts: list[Post]) -> list[str]:
    """The posts' texts, sorted: each occurs as often as it was kept."""
    return sorted(post.source for post in posts)


EVERY_TEXT = [_text(number) for number in NUMBERS]


def test_all_posts_are_kept_and_the_next_run_finds_nothing_new(collects: Deployed, server: PostsServer) -> None:
    """One run takes all pages; a second one asks for what is newer alone and writes no object."""
    first = collect(collects, server)
    assert first["outcomes"] == [
        {"source": "mastodon", "tag": "refund", "found": 7, "new": 7, "copies": 0, "reposts": 0, "unread": 0, "usd": 0.0, "stopped": ""}
    ]
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
    _killed(collects, server)
    assert len(kept(collects)) == min(2 * skip + 2, 7)
    assert collect(collects, server)["outcomes"][0]["stopped"] == ""
    assert texts(kept(collects)) == EVERY_TEXT


@pytest.mark.parametrize("skip", range(4))
def test_a_run_that_dies_before_an_object_loses_nothing(collects: Deployed, server: PostsServer, skip: int) -> None:
    """Nothing of the page is there: the next run asks for it again."""
    collects.kill("PutObject", skip=skip)
    _killed(collects, server)
    collect(collects, server)
    assert texts(kept(collects)) == EVERY_TEXT


def test_what_a_dead_run_left_is_overwritten_even_by_nothing(collects: Deployed, server: PostsServer) -> None:
    """Posts that were deleted before the page was asked for again do not stay in an object that counts for nothing."""
    collects.before("PutObject", lambda: collects.kill("PutItem"))
    _killed(collects, server)
    server.reply(Reply.json([]))
    collect(collects, server)
    assert kept(collects) == []


def test_what_a_dead_run_left_keeps_its_key_on_another_day(collects: Deployed, server: PostsServer) -> None:
    """The object of yesterday is overwritten, not doubled under today's date."""
    collects.before("PutObject", lambda: collects.kill("PutItem"))
    _killed(collects, server)
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
    text = _text(3).upper()
    server.reply(
        found_by_x(tweet(9, f"{text}!!! https://t.co/x"), tweet(8, "RT @a: b"), tweet(7, "Quite another matter altogether, as it seems"))
    )
    _put_secret({"x_bearer_token": "t"})
    run = collect(collects, server, SOURCES="x", X_SERVER=server.address, SIGN_INS_ARN=SECRET)
    assert run["outcomes"][0] | {"usd": 0} == {
        "source": "x", "tag": "refund", "found": 3, "new": 1, "copies": 1, "reposts": 1, "unread": 0, "usd": 0, "stopped": ""
    }  # fmt: skip
    assert run["outcomes"][0]["usd"] == pytest.approx(0.015)


def test_an_erased_post_does_not_come_back(collects: Deployed, server: PostsServer) -> None:
    """The last hour is asked for again: what was kept of it is known by the cursor, whether or not its object is there."""
    numbers = [115_000_000_000_000_000 + number for number in NUMBERS]
    server.answer = lambda asked: Reply.json([status(number, _text(number - numbers[0] + 1)) for number in numbers[::-1]], Link="")
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
        _killed(collects, server, SOURCES="rss,mastodon", FEEDS=feeds)
    assert texts(kept(collects)) == EVERY_TEXT


def test_a_rate_limit_is_kept_until_it_is_over(collects: Deployed, server: PostsServer) -> None:
    """What came before the limit stays; the source's other tags, and the next run, do not ask before the moment that the server named."""
    pages = iter([_timeline(Asked("GET", "", {}, {}, b"")), Reply(b"", 429, {"X-RateLimit-Reset": str(int(time.time()) + 300)})])
    server.answer = lambda asked: next(pages)
    run = collect(collects, server, HASHTAGS="refund,warranty")
    assert [outcome["new"] for outcome in run["outcomes"]] == [2, 0]
    assert all("asked no more before" in outcome["stopped"] for outcome in run["outcomes"])
    asked = len(server.asked)
    collect(collects, server)
    assert len(server.asked) == asked
    server.answer = _timeline
    collects.monkeypatch.setattr("collecting.time", SimpleNamespace(time=lambda: time.time() + 400))
    collects.remaining_milliseconds = 900_000
    collect(collects, server)
    assert texts(kept(collects)) == EVERY_TEXT


def test_an_expired_token_ends_its_source_and_the_owner_hears_of_it_once(collects: Deployed, server: PostsServer) -> None:
    """The other sources go on; the same refusal is told once, and again after the source had let us in."""

    def answer(asked: Asked) -> Reply:
        return Reply.json({"title": "Unauthorized"}, 401) if asked.path.startswith("/2/") else _timeline(asked)

    server.answer = answer
    _put_secret({"x_bearer_token": "expired"})
    more = {"SOURCES": "x,mastodon", "X_SERVER": server.address, "SIGN_INS_ARN": SECRET}
    for _ in range(2):
        stopped = {outcome["source"]: outcome["stopped"] for outcome in collect(collects, server, **more)["outcomes"]}
        assert stopped["x"].startswith("X refuses the credentials")
        assert stopped["mastodon"] == ""
    assert texts(kept(collects)) == EVERY_TEXT
    (told,) = collects.requests("Publish")
    assert told["Subject"] == "No posts come from x"
    server.reply(Reply.json({"meta": {}}))
    collect(collects, server, **more | {"SOURCES": "x"})
    server.answer = answer
    collect(collects, server, **more)
    assert len(collects.requests("Publish")) == 2


def test_a_source_that_is_silent_for_a_day_is_told_once(collects: Deployed, server: PostsServer) -> None:
    """What should pass by itself is nobody's matter until it does not; once the source has answered, a new silence counts anew."""
    told = []
    for hour, is_well in ((0, False), (20, False), (30, False), (40, False), (50, True), (60, False), (80, False), (90, False)):
        clock = SimpleNamespace(time=lambda hour=hour: 1_800_000_000 + hour * 3600, strftime=time.strftime, gmtime=time.gmtime)
        for module in (collection_ledger, sys.modules["collect_posts_handler"]):
            collects.monkeypatch.setattr(module, "time", clock)
        collects.monkeypatch.setattr("collecting.time", SimpleNamespace(time=lambda: 0.0))
        server.answer = _timeline if is_well else lambda asked: Reply(b"", 503)
        collect(collects, server)
        told.append(len(collects.requests("Publish")))
    assert told == [0, 0, 1, 1, 1, 1, 1, 2]
    message = collects.requests("Publish")[0]["Message"]
    assert "It has given nothing since 2027-01-15 08:00 UTC." in message
    assert "Mastodon is in trouble (HTTP 503)" in message


@pytest.mark.parametrize(
    ("secret", "sentence"), [(None, "There is no secret of the ARN in collect_secret_arn"), ("no JSON", "is no JSON object")]
)
def test_a_secret_that_cannot_be_read_stops_those_that_need_it(
    collects: Deployed, server: PostsServer, secret: str | None, sentence: str
) -> None:
    """The sentence begins with what is wrong with the secret; a source that needs none goes on."""
    if secret is not None:
        boto3.client("secretsmanager").create_secret(Name=SECRET, SecretString=secret)
    run = collect(collects, server, SOURCES="bluesky,mastodon", SIGN_INS_ARN=SECRET)
    stopped = {outcome["source"]: outcome["stopped"] for outcome in run["outcomes"]}
    assert 0 <= stopped["bluesky"].find(sentence) < stopped["bluesky"].index("Bluesky needs an account")
    assert stopped["mastodon"] == ""


def test_of_copies_on_a_page_the_earliest_is_kept(collects: Deployed, server: PostsServer) -> None:
    """Servers list the newest first; and a post of the future was written now."""
    dates = ("2999-01-01T00:00:00.000Z", "2026-11-22T11:00:00.000Z", "2026-11-22T09:00:00.000Z")
    written = zip((_text(1), _text(2), f"{_text(2)}!"), dates, strict=True)
    posts = [status(9 - at, text, created_at=date) for at, (text, date) in enumerate(written)]
    server.answer = lambda asked: Reply.json(posts, Link="")
    (outcome,) = collect(collects, server)["outcomes"]
    assert (outcome["new"], outcome["copies"]) == (2, 1)
    earlier, later = kept(collects)
    assert (earlier.source, earlier.posted_at) == (f"{_text(2)}!", "2026-11-22T09:00:00Z")
    assert later.source == _text(1)
    assert later.posted_at < "2999"


def test_an_answer_that_nobody_foresaw_stops_one_tag(collects: Deployed, server: PostsServer, room: dict[str, ModuleType]) -> None:
    """A defect in a source names itself without any text, and the other sources go on."""

    def fail(*_: object) -> None:
        raise ValueError("the text of a post")

    collects.monkeypatch.setattr(room["rss"], "entries", fail)
    feeds = json.dumps({"news": f"{server.address}/feed.xml"})
    stopped = [outcome["stopped"] for outcome in collect(collects, server, SOURCES="rss,mastodon", FEEDS=feeds)["outcomes"]]
    assert stopped == ["The answer for 'news' could not be read (ValueError). Please report this.", ""]


def test_one_feed_in_trouble_leaves_the_others_alone(collects: Deployed, server: PostsServer) -> None:
    """Feeds are of different servers: a limit of one is none of another."""
    feed = b"<rss><channel><item><guid>1</guid><title>A claim</title></item></channel></rss>"
    server.answer = lambda asked: Reply(b"", 429) if asked.path == "/a" else Reply(feed)
    feeds = json.dumps({"a": f"{server.address}/a", "b": f"{server.address}/b"})
    run = collect(collects, server, SOURCES="rss", FEEDS=feeds)
    assert {outcome["tag"]: outcome["new"] for outcome in run["outcomes"]} == {"a": 0, "b": 1}


def _killed(deployed: Deployed, server: PostsServer, **environment: str) -> None:
    """A run that is killed; afterwards its lease has expired."""
    deployed.killed("collect_posts", {}, MASTODON_SERVER=server.address, **environment)
    later = collection_ledger.time.time() + 500
    deployed.monkeypatch.setattr(collection_ledger, "time", SimpleNamespace(time=lambda: later))


def _put_secret(content: dict[str, str]) -> None:
    boto3.client("secretsmanager").create_secret(Name=SECRET, SecretString=json.dumps(content))
