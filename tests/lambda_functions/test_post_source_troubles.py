"""What may happen at each source of posts: limits, expired tokens, broken answers and posts of other shapes."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from contextlib import suppress
from ipaddress import ip_address
from types import ModuleType
from typing import Any

import pytest
from post_shapes import DEADLINE, signing_in, skeet, status, tweet
from posts_server import PostsServer, Reply, serving


@pytest.fixture(params=["x", "mastodon", "bluesky", "rss"])
def any_source(request: pytest.FixtureRequest, room: dict[str, ModuleType], server: PostsServer) -> Any:
    """Each source in turn, whose one tag is `refund`."""
    if request.param == "rss":
        return room["rss"].Rss({"refund": f"{server.address}/feed.xml"})
    return request.getfixturevalue(request.param)


def _answering(server: PostsServer, reply: Reply) -> None:
    """Let the server answer so, but for the sign-in."""
    server.answer = signing_in(lambda asked: reply)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"x-rate-limit-reset": "{epoch}"}, 600),
        ({"X-RateLimit-Reset": "{iso}"}, 600),
        ({"ratelimit-reset": "{epoch}"}, 600),
        ({"Retry-After": "120"}, 120),
        ({"Retry-After": "{http}"}, 600),
        ({"Retry-After": "soon"}, 900),
        ({}, 900),
        ({"x-rate-limit-reset": "99999999999"}, 24 * 3600),
    ],
)
def test_a_rate_limit_names_the_moment_when_it_is_over(
    any_source: Any, server: PostsServer, room: dict[str, ModuleType], headers: dict[str, str], seconds: int
) -> None:
    """However a server writes the moment, it is understood; without one a quarter of an hour is assumed, and a day is the most."""
    now = time.time()
    moment = time.gmtime(now + 600)
    forms = {
        "epoch": str(int(now + 600)),
        "iso": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", moment),
        "http": time.strftime("%a, %d %b %Y %H:%M:%S GMT", moment),
    }
    _answering(server, Reply(b"", 429, {name: value.format(**forms) for name, value in headers.items()}))
    with pytest.raises(room["source"].RateLimited, match="asked no more before") as raised:
        any_source.page("refund", "", DEADLINE)
    assert raised.value.until - now == pytest.approx(seconds, abs=5)


@pytest.mark.parametrize("code", [401, 403])
def test_a_refusal_is_a_sentence_with_a_remedy(any_source: Any, server: PostsServer, room: dict[str, ModuleType], code: int) -> None:
    """Whoever reads it learns which source it is, and no credential stands in it."""
    _answering(server, Reply.json({"title": "Unauthorized"}, code))
    with pytest.raises(room["source"].Forbidden) as raised:
        any_source.page("refund", "", DEADLINE)
    assert "secret-token" not in str(raised.value)
    assert str(raised.value).startswith(("X ", "Mastodon ", "Bluesky ", "The feed 'refund' "))
    assert any(remedy in str(raised.value) for remedy in ("into the secret", "collect_feeds", "developer portal"))


SUSPENDED = {"title": "Forbidden", "detail": "Your account is suspended.\nSee https://a.example of request 4f7.", "status": 403}


def test_what_an_account_may_not_do_is_told_from_its_token(x: Any, server: PostsServer, room: dict[str, ModuleType]) -> None:
    """What X says is quoted on one line, without links and numbers, so that it is the same in the next run; no new token is asked for."""
    sentences = []
    for code, body in ((403, SUSPENDED), (403, {"title": "z" * 900}), (403, "no object"), (401, {"title": "Unauthorized"})):
        server.reply(Reply.json(body, code))
        with pytest.raises(room["source"].Forbidden) as raised:
            x.page("refund", "", DEADLINE)
        sentences.append(str(raised.value))
    begin, end = "X does not allow this (HTTP 403)", "Another bearer token alone mends nothing."
    assert sentences[0].startswith(f'{begin}: "Forbidden. Your account is suspended. See … of request …".')
    assert len(sentences[1]) < 500
    assert sentences[2].startswith(f"{begin}. Look")
    assert all(sentence.endswith(end) for sentence in sentences[:3])
    assert sentences[3].endswith("Put a new bearer token into the secret as x_bearer_token.")


@pytest.mark.parametrize(
    ("error", "sessions"), [("InvalidToken", 2), ("ExpiredToken", 2), ("AccountTakedown", 1), ("AccountDeactivated", 1)]
)
def test_what_bluesky_says_of_the_account_is_none_of_the_hashtag(
    bluesky: Any, server: PostsServer, room: dict[str, ModuleType], error: str, sessions: int
) -> None:
    """A session that is no good is replaced once; what a new one does not mend is for the owner, and names the account."""
    answers = iter([Reply.json({"posts": []})])
    server.answer = signing_in(lambda asked: next(answers, Reply.json({"error": error, "message": "It is no good"}, 400)))
    bluesky.page("refund", "", DEADLINE)
    with pytest.raises(room["source"].Forbidden) as raised:
        bluesky.page("refund", "", DEADLINE)
    assert str(raised.value).startswith(f'Bluesky refuses the account: "{error}. It is no good".')
    assert "into the secret" in str(raised.value)
    assert sum(asked.path.endswith("createSession") for asked in server.asked) == sessions


@pytest.mark.parametrize("code", [404, 410])
def test_a_feed_that_is_gone_is_a_matter_for_a_person(room: dict[str, ModuleType], server: PostsServer, code: int) -> None:
    """It will not come back by itself; whoever hears of it learns which setting to mend."""
    server.reply(Reply(b"", code))
    with pytest.raises(room["source"].Forbidden, match=rf"feed 'a'.*HTTP {code}.*collect_feeds"):
        room["rss"].Rss({"a": server.address}).page("a", "", DEADLINE)


BROKEN = {
    "no JSON": Reply(b"<html>We are down</html>"),
    "half": Reply(b'{"data": [{"id": "1", "te'),
    "broken off": Reply(b'{"data": []}', announced=5000),
    "nothing": Reply(b""),
    "another shape": Reply.json({"things": []}),
    "a number": Reply.json(5),
    "null": Reply.json(None),
    "a list of lists": Reply.json({"data": {"a": 1}, "posts": {"a": 1}, "meta": {}}),
    "deeply nested": Reply(b"[" * 200_000),
    "in trouble": Reply(b"", 503),
    "no gzip": Reply(b"[]", headers={"Content-Encoding": "gzip"}),
    "half a gzip": Reply(gzip.compress(b"[" + b" " * 10_000)[:20], headers={"Content-Encoding": "gzip"}),
    "a bomb": Reply(gzip.compress(b" " * 20_000_000), headers={"Content-Encoding": "gzip"}),
    "elsewhere": Reply(b"", 302, {"Location": "file:///etc/passwd"}),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_answer_is_a_sentence_and_no_crash(any_source: Any, server: PostsServer, room: dict[str, ModuleType], name: str) -> None:
    """Whatever comes back, the source stops with a sentence that names it."""
    _answering(server, BROKEN[name])
    with pytest.raises(room["source"].Stopped) as raised:
        any_source.page("refund", "", DEADLINE)
    assert any(who in str(raised.value) for who in ("X", "Mastodon", "Bluesky", "The feed 'refund'"))


@pytest.mark.parametrize(
    ("source_name", "entry"),
    [
        ("x", {"id": None, "text": None, "created_at": 5, "lang": ["en"], "referenced_tweets": "x", "note_tweet": "y"}),
        ("x", {"text": "without an id"}),
        ("mastodon", {"id": ["1"], "content": 5, "account": None, "reblog": None}),
        ("mastodon", {"id": "1", "content": None, "created_at": None}),
        ("bluesky", {"uri": None, "record": None, "author": "me", "indexedAt": None}),
        ("bluesky", {"uri": "at://a/b/c", "record": {"text": 5, "langs": {"a": 1}, "createdAt": "yesterday"}}),
    ],
)
def test_a_post_that_lacks_what_it_needs_is_left_out_and_the_others_stay(
    request: pytest.FixtureRequest, server: PostsServer, source_name: str, entry: dict[str, Any]
) -> None:
    """Fields that are missing, null or of another type cost their own post only."""
    source = request.getfixturevalue(source_name)
    good = {"x": tweet(5), "mastodon": status(5), "bluesky": skeet(5)}[source_name]
    bodies = {"x": {"data": [entry, None, good], "meta": {}}, "mastodon": [entry, "text", good], "bluesky": {"posts": [entry, 5, good]}}
    _answering(server, Reply.json(bodies[source_name], Link=""))
    page = source.page("refund", "", DEADLINE)
    assert [post.source for post in page.posts] == ["My refund 5 is late"]
    assert page.found == 3


def test_a_redirect_to_another_server_takes_no_token_there(room: dict[str, ModuleType], server: PostsServer) -> None:
    """The token is for the server of the settings alone."""
    with serving() as other:
        other.reply(Reply.json([]))
        server.reply(Reply(b"", 302, {"Location": f"{other.address}/elsewhere"}))
        source = room["mastodon"].Mastodon(server.address, ("refund",), token="private")  # noqa: S106  # a pretended one
        source.page("refund", "", DEADLINE)
        assert server.asked[0].headers["Authorization"] == "Bearer private"
        assert other.asked[0].path == "/elsewhere"
        assert "Authorization" not in other.asked[0].headers


@pytest.mark.parametrize(
    "begin", [b"HTTP/1.1 200 OK\r\nX-A: ", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=", b"HTTP/1.1 200 OK\r\n\r\n"]
)
def test_a_server_that_trickles_is_left_at_the_deadline(room: dict[str, ModuleType], begin: bytes) -> None:
    """Bytes that come one by one, in a header, before a chunk or as a text without end, hold no run."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def trickle() -> None:
            with listening.accept()[0] as connection, suppress(OSError):
                connection.recv(4000)
                connection.sendall(begin)
                while True:
                    connection.sendall(b"a")
                    time.sleep(0.02)

        thread = threading.Thread(target=trickle)
        thread.start()
        began = time.time()
        with pytest.raises(room["source"].Stopped, match="The feed answers too slowly"):
            room["web"].ask("The feed", f"http://127.0.0.1:{listening.getsockname()[1]}/", deadline=began + 0.3)
        assert time.time() - began < 3
        thread.join()


def test_the_internet_leads_into_no_private_network(
    room: dict[str, ModuleType], server: PostsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A public server's redirect to what only this machine can reach is not followed; who is private himself may lead there."""
    with serving() as private:
        private.reply(Reply.json([]))
        server.reply(Reply(b"", 302, {"Location": f"{private.address}/secret"}))
        assert room["web"].ask("The feed", server.address, deadline=DEADLINE).body == b"[]"
        addresses = iter(["8.8.8.8", "127.0.0.1"])
        monkeypatch.setattr(room["connections"], "ip_address", lambda _: ip_address(next(addresses)))
        with pytest.raises(room["source"].Stopped, match="private network"):
            room["web"].ask("The feed", server.address, deadline=DEADLINE)
        assert len(private.asked) == 1


def test_nothing_is_asked_after_the_deadline(any_source: Any, server: PostsServer, room: dict[str, ModuleType]) -> None:
    """What is left of the time belongs to what was fetched already."""
    with pytest.raises(room["source"].Stopped, match="time of the run"):
        any_source.page("refund", "", time.time() - 1)
    assert server.asked == []


def test_a_server_that_is_not_there_is_a_sentence(room: dict[str, ModuleType]) -> None:
    """A wrong address in the settings is told from a server that has no posts."""
    with serving() as gone:
        address = gone.address
    with pytest.raises(room["source"].Stopped, match="Mastodon could not be reached"):
        room["mastodon"].Mastodon(address, ("refund",)).page("refund", "", DEADLINE)
