"""Texts of posts: without markup, dates in UTC, and near copies found."""

from __future__ import annotations

import random
import re
import time
from datetime import UTC, datetime
from types import ModuleType

import pytest
from deployed_functions import Deployed

from contract.posts import Collected, Post, post_id

WORDS = re.findall(
    r"\w+",
    "refund parcel courier damaged screen broken waiting weeks answer support nobody phone letter invoice wrong size colour return box late"
    " delivered neighbour torn missing screws manual battery dead charger loud fridge noise water leak pump door hinge paint scratch"
    " expired yesterday monday manager rude polite quick slow again never always maybe price voucher discount double charged account",
)


def _posts(count: int, draw: random.Random) -> list[str]:
    """Different posts, of 8 to 30 words."""
    return [" ".join(draw.choices(WORDS, k=draw.randint(8, 30))) for _ in range(count)]


def _near_copy(post: str, draw: random.Random) -> str:
    """The same post as others send it on: other case, names, links, hashtags, punctuation; of many words one more, less or changed."""
    words = post.split()
    place = draw.randrange(1, len(words))
    return draw.choice(
        [
            post.upper() + "!!! 😡",
            f"@somebody@example.org {post} https://t.example/{draw.random()}",
            post.replace(" ", ", ").title(),
            f"RT @somebody: {post}…",
            f"{post} #complaint #返金",
            f"{post}. #complaint https://t.example/{draw.random()}",
            " ".join([*words[:place], "really", *words[place:]]) if len(words) > 21 else f"#{post}",
            " ".join([*words[:place], "kaputt", *words[place + 1 :]]) if len(words) > 21 else f"rt {post}",
            " ".join(words[:-2]) + "…" if len(words) > 22 else f'"{post}"',
        ]
    )


def test_near_copies_are_found_and_different_posts_stay(room: dict[str, ModuleType]) -> None:
    """Of generated near copies 98 in 100 are found, and of different posts in the same words at most 1 in 100 is taken for one."""
    draw = random.Random(6)  # noqa: S311  # texts, not secrets
    posts = _posts(1500, draw)
    known = room["near_copies"].NearCopies()
    taken = sum(known.is_one(post) for post in posts)
    found = sum(known.is_one(_near_copy(post, draw)) for post in posts)
    assert taken <= 15
    assert found >= 0.98 * len(posts)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("I love my new phone", "I hate my new phone"),
        ("Wo bleibt mein Geld?", "Wo bleibt meine Jacke?"),
        ("😡", "😊"),
        ("退款太慢了我很生气", "快递很快我很满意"),
        ("The refund came today and I am really very happy about it all", "The refund came today and I am really very angry about it all"),
        ("I do recommend this machine to anyone who has a big family", "I do not recommend this machine to anyone who has a big family"),
        ("Happy with my new phone and how fast it came", "Not happy with my new phone and how fast it came"),
        ("Rated 5 of 5 stars, would buy again", "Rated 1 of 5 stars, would buy again"),
        ("Version 1.2 of the tool released", "Version 1.3 of the tool released"),
        ("I love my new #phone", "I love my new #kettle"),
    ],
)
def test_short_texts_that_say_something_else_are_no_copies(room: dict[str, ModuleType], one: str, other: str) -> None:
    """A word is much of a short text, in any script."""
    known = room["near_copies"].NearCopies()
    assert not known.is_one(one)
    assert not known.is_one(other)
    assert known.is_one(one)


@pytest.mark.parametrize(
    ("text", "is_kept"),
    [
        ("https://t.example/a", False),
        ("@somebody @other 24/7 !!!", False),
        ("10.5 %", False),
        ("", False),
        ("Late, see https://t.example/a", True),
        ("😡", True),
        ("#refund", True),
        ("退款", True),
    ],
)
def test_what_has_no_word_is_told_from_what_has_one(room: dict[str, ModuleType], text: str, is_kept: bool) -> None:
    """Links, names and figures alone are nothing that anybody could label."""
    assert room["near_copies"].has_words(text) is is_kept


def test_known_posts_are_bounded_by_what_is_compared(room: dict[str, ModuleType], deployed: Deployed) -> None:
    """Long entries of feeds are compared by their beginnings, and no more of them are read than ten seconds are enough for."""
    key = Collected(classifier="main", day=datetime.now(UTC).date(), source="rss", tag="long", number=1).key
    posts = [Post(source=f"{number} " + "a word " * 1000, id=post_id("rss", str(number)), posted_at="", tag="long") for number in range(50)]
    deployed.s3.put_object(Bucket="train", Key=key, Body=b"".join(post.to_line() for post in posts))
    deployed.monkeypatch.setattr(room["recent"], "MAX_CHARS", 20_500)
    assert len(list(room["recent"].known_posts(deployed.s3, "train", "main", set()))) == 20
    known = room["near_copies"].NearCopies()
    same = " ".join(f"word{letter}" for letter in "abcdefghij" * 20)
    assert [known.is_one(text) for text in (same + " and so it begins", same + " but it ends quite otherwise " * 100)] == [False, True]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-11-22T10:00:00.000Z", "2026-11-22T10:00:00Z"),
        ("2026-11-22T12:00:00+02:00", "2026-11-22T10:00:00Z"),
        ("2026-11-22 10:00", "2026-11-22T10:00:00Z"),
        ("20261122", "2026-11-22T00:00:00Z"),
        ("Sun, 22 Nov 2026 10:00:00 GMT", "2026-11-22T10:00:00Z"),
        ("22 Nov 26 05:00 EST", "2026-11-22T10:00:00Z"),
        ("November 22, 2026", "2026-11-22T00:00:00Z"),
        ("22.11.2026 10:00", "2026-11-22T10:00:00Z"),
        ("Nov 22, 2026 5:00 PM", "2026-11-22T17:00:00Z"),
        ("2026-11-22 5:00 PM", ""),
        ("2026-11-22 10:00:00 UTC", "2026-11-22T10:00:00Z"),
        ("Sun, 22 Nov 2026 10:00:00 CET", "2026-11-22T09:00:00Z"),
        ("Sun, 22 Nov 2026 10:00:00 CEST", "2026-11-22T08:00:00Z"),
        ("Sun, 22 Nov 2026 10:00:00 +0100 (CET)", "2026-11-22T09:00:00Z"),
        ("Sun, 22 Nov 2026 10:00:00 +01:00", "2026-11-22T09:00:00Z"),
        ("Sun, 22 Nov 2026 10:00:00 Europe/Berlin", ""),
        ("Sunday, 22-Nov-26 10:00:00 GMT", "2026-11-22T10:00:00Z"),
        ("Sun Nov 22 10:00:00 +0000 2026", "2026-11-22T10:00:00Z"),
        ("Mon, 30 Nov -0001 00:00:00 +0000", ""),
        ("0000-00-00 00:00:00", ""),
        ("1795341600", "2026-11-22T10:00:00Z"),
        (1795341600, "2026-11-22T10:00:00Z"),
        (1795341600000, "2026-11-22T10:00:00Z"),
        ("0001-01-01T00:00:00+14:00", ""),
        ("yesterday", ""),
        ("9" * 400, ""),
        (float("nan"), ""),
        (True, ""),
        (None, ""),
        (["2026"], ""),
        ("", ""),
    ],
)
def test_dates_of_any_form_are_read(room: dict[str, ModuleType], written: object, meant: str) -> None:
    """What is a date comes out in one form, what is none as nothing."""
    assert room["moments"].in_utc(written) == meant


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>two<br>three</p>", "One two three"),
        ("a&amp;b &lt;c&gt; &nbsp; d", "a&b <c> d"),
        ("1 < 2 and <3", "1 < 2 and <3"),
        ("<script>alert(1)</script><b>bold</b>er", "bolder"),
        ("tab\tand\x00zero\u2028line", "tab and zero line"),
        ("half a pair \ud83d", "half a pair ?"),
        ("x" * 20_000, "x" * 10_000),
        ("if a<b then refund now", "if a<b then refund now"),
        ("Mail <a@b.c> or <https://a.b/c> about it", "Mail <a@b.c> or <https://a.b/c> about it"),
        ("a &lt;b&gt; is bold", "a <b> is bold"),
        ("<p title=\"a > b\">one</P>two<o:p>three</o:p><p class='it's'>four", "one two three four"),
        ("see <![x]> this <!-- not this --> and <?php that ?> too", "see this and too"),
        ("<style>p {}</style>one<br/>two<script>never closed", "one two"),
        (None, ""),
    ],
)
def test_markup_is_taken_out(room: dict[str, ModuleType], html: object, text: str) -> None:
    """What people read is left, on one line."""
    assert room["markup"].from_html(html) == text


@pytest.mark.parametrize("piece", ["<a ", "<a \"' )", "<!--", "<![", "<?", "</a x='", "<script ", "<a \"\"''", "&#", "<"])
def test_markup_that_never_ends_takes_no_time(room: dict[str, ModuleType], piece: str) -> None:
    """Nobody's post holds the others up: what is twice as long takes about twice as long."""
    began = time.process_time()
    room["markup"].from_html(piece * 100_000)
    assert time.process_time() - began < 2
