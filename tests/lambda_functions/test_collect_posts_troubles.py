"""collect_posts beside limits, expired tokens, silent sources and odd answers: it says so, and the rest goes on."""

from __future__ import annotations

import json
import sys
import time
from types import ModuleType, SimpleNamespace

import boto3
import pytest
from collecting_runs import EVERY_TEXT, SECRET, collect, kept, put_secret, texts, timeline
from deployed_functions import Deployed
from posts_server import Asked, PostsServer, Reply

from contract import collection_ledger


def test_a_rate_limit_is_kept_until_it_is_over(collects: Deployed, server: PostsServer) -> None:
    """What came before the limit stays; the source's other tags, and the next run, do not ask before the moment that the server named."""
    pages = iter([timeline(Asked("GET", "", {}, {}, b"")), Reply(b"", 429, {"X-RateLimit-Reset": str(int(time.time()) + 300)})])
    server.answer = lambda asked: next(pages)
    run = collect(collects, server, HASHTAGS="refund,warranty")
    assert [outcome["new"] for outcome in run["outcomes"]] == [2, 0]
    assert all("asked no more before" in outcome["stopped"] for outcome in run["outcomes"])
    asked = len(server.asked)
    collect(collects, server)
    assert len(server.asked) == asked
    server.answer = timeline
    collects.monkeypatch.setattr("collecting.time", SimpleNamespace(time=lambda: time.time() + 400))
    collects.remaining_milliseconds = 900_000
    collect(collects, server)
    assert texts(kept(collects)) == EVERY_TEXT


def test_an_expired_token_ends_its_source_and_the_owner_hears_of_it_once(collects: Deployed, server: PostsServer) -> None:
    """The other sources go on; the same refusal is told once, and again after the source had let us in."""

    def answer(asked: Asked) -> Reply:
        return Reply.json({"title": "Unauthorized"}, 401) if asked.path.startswith("/2/") else timeline(asked)

    server.answer = answer
    put_secret({"x_bearer_token": "expired"})
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
        server.answer = timeline if is_well else lambda asked: Reply(b"", 503)
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
