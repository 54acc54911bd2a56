"""Collected posts: their lines and their keys."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.errors import AlgorithmError
from contract.layout import is_reserved_train_key
from contract.posts import (
    SOURCES,
    TAG_PATTERN,
    Collected,
    Post,
    collected_on_prefix,
    parse_collected,
    post_id,
    read_posts,
    unlabelled_prefix,
)

WORDS = st.text(max_size=20)
POSTS = st.builds(Post, source=st.text(), id=WORDS, posted_at=WORDS, tag=WORDS, language=WORDS, author=WORDS)
OBJECTS = st.builds(
    Collected,
    classifier=st.from_regex(r"[a-z][a-z0-9-]{0,30}[a-z0-9]|[a-z]", fullmatch=True),
    day=st.dates(min_value=date(1000, 1, 1)),
    source=st.sampled_from(SOURCES),
    tag=st.from_regex(TAG_PATTERN, fullmatch=True),
    number=st.integers(0, 99_999_999),
)


@given(st.lists(POSTS, max_size=3))
def test_posts_come_back_from_their_lines(posts: list[Post]) -> None:
    """No text, not even one with line breaks of any kind, is lost or divided on the way through an object."""
    assert list(read_posts(b"".join(post.to_line() for post in posts))) == posts


def test_a_line_is_an_input_manifests() -> None:
    """The text is called `source`, as Ground Truth reads it, and an author is not even named unless there is one."""
    post = Post(source="My refund is late 😡", id="mastodon:1", posted_at="2026-11-22T10:00:00Z", tag="refund", language="en")
    assert json.loads(post.to_line()) == {
        "source": "My refund is late 😡",
        "id": "mastodon:1",
        "posted_at": "2026-11-22T10:00:00Z",
        "tag": "refund",
        "language": "en",
    }


def test_an_id_is_of_its_place_and_tells_nothing_of_it() -> None:
    """Parts do not run into each other, half a character pair is no obstacle, and the source alone can be read."""
    ids = {post_id("rss", *names) for names in (("ab", "c"), ("a", "bc"), ("abc",), ("abc\ud83d",))}
    assert len(ids) == 4
    assert all(found.startswith("rss:") and len(found) == 20 for found in ids)
    post = Post(source="", id=post_id("rss", "a"), posted_at="", tag="t")
    assert post.id == f"rss:{post.digest}"


@pytest.mark.parametrize("line", ["", "[]", "1", "null", '{"id": "x:1"}', '{"source": 1, "id": "x:1", "posted_at": "", "tag": "a"}'])
def test_a_line_that_is_no_post_is_refused(line: str) -> None:
    """What somebody else wrote is told from a post."""
    with pytest.raises(AlgorithmError, match="no post"):
        Post.from_line(line)


@given(OBJECTS)
def test_a_collected_object_is_parsed_from_its_own_key(collected: Collected) -> None:
    """No part of a key is lost, it lies under its day, and it starts no training."""
    assert parse_collected(collected.key) == collected
    assert collected.key.startswith(collected_on_prefix(collected.classifier, collected.day))
    assert collected.key.startswith(unlabelled_prefix(collected.classifier))
    assert is_reserved_train_key(collected.key)


@pytest.mark.parametrize(
    "key",
    [
        "unlabelled/main/texts.csv",
        "unlabelled/main/2026/02/31/x-refund-00000001.jsonl",
        "unlabelled/main/2026/11/22/fax-refund-00000001.jsonl",
        "unlabelled/main/2026/11/22/x-refund-1.jsonl",
        "unlabelled/main/2026/11/22/x-refund-00000001.jsonl.gz",
    ],
)
def test_what_a_person_put_there_is_not_taken_for_a_collected_object(key: str) -> None:
    """A key that collect_posts does not make names nothing that was collected."""
    assert parse_collected(key) is None
