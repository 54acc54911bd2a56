"""Runs of collect_posts against a Mastodon server with seven posts, and what they kept."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import boto3
from deployed_functions import Deployed
from post_shapes import status
from posts_server import Asked, PostsServer, Reply

from contract import collection_ledger
from contract.posts import Post, parse_collected, read_posts

SECRET = "tokens"  # noqa: S105  # its name
NUMBERS = range(1, 8)


def text_of(number: int) -> str:
    """Texts that are no near copies of each other."""
    return " ".join(f"word{letter}{chr(96 + number)}" for letter in "abcdefgh")


def timeline(asked: Asked) -> Reply:
    """A Mastodon server with seven posts, two on a page."""
    below, since = int(asked.query.get("max_id", 99)), int(asked.query.get("since_id", 0))
    page = [number for number in reversed(NUMBERS) if since < number < below][:2]
    link = f'<https://a.example/?max_id={page[-1]}>; rel="next"' if len(page) == 2 else '<https://a.example/?min_id=7>; rel="prev"'
    return Reply.json([status(number, f"<p>{text_of(number)}</p>") for number in page], Link=link)


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


EVERY_TEXT = [text_of(number) for number in NUMBERS]


def kill(deployed: Deployed, server: PostsServer, **environment: str) -> None:
    """A run that is killed; afterwards its lease has expired."""
    deployed.killed("collect_posts", {}, MASTODON_SERVER=server.address, **environment)
    later = collection_ledger.time.time() + 500
    deployed.monkeypatch.setattr(collection_ledger, "time", SimpleNamespace(time=lambda: later))


def put_secret(content: dict[str, str]) -> None:
    """What the sources sign in with."""
    boto3.client("secretsmanager").create_secret(Name=SECRET, SecretString=json.dumps(content))
