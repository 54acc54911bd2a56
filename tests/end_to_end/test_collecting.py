"""Posts come from servers into the bucket, through the deployed function and `kit collect`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from local_kit import SECRET, LocalKit
from post_shapes import status, tweet
from posts_server import Asked, PostsServer, Reply, serving

from contract.deployment import Function, function_name
from contract.posts import read_posts

FEED = b"<rss><channel><item><guid>1</guid><title>The till charged my card three times on Friday evening</title></item></channel></rss>"
TEXTS = ("<p>My <b>refund</b> has not come for five weeks now</p>", "<p>Nobody in the shop wanted to take the kettle back</p>")
TOKEN = "token-of-nobody"  # noqa: S105  # a pretended one


@pytest.fixture
def posts(local_kit: LocalKit) -> Iterator[PostsServer]:
    """The servers of posts, which the function asks while the test runs."""
    functions, name = local_kit.functions, function_name("dev", Function.COLLECT_POSTS)
    secrets = local_kit.session.client("secretsmanager")
    right = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    with serving() as server:
        servers = {
            "X_SERVER": server.address,
            "MASTODON_SERVER": server.address,
            "FEEDS": json.dumps({"news": f"{server.address}/news.xml"}),
        }
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": right | servers})
        try:
            yield server
        finally:
            functions.update_function_configuration(FunctionName=name, Environment={"Variables": right})
            secrets.delete_secret(SecretId=SECRET, ForceDeleteWithoutRecovery=True)


def _answer(asked: Asked) -> Reply:
    """X knows the token; Mastodon has two posts, one of which X has, too; the feed has one entry."""
    if asked.path.startswith("/2/"):
        is_known = asked.headers["Authorization"] == f"Bearer {TOKEN}" and "since_id" not in asked.query
        return Reply.json(
            {"data": [tweet(9, "MY REFUND has not come for five weeks now!!")], "meta": {}} if is_known else {"title": "Unauthorized"},
            200 if is_known else 401,
        )
    if asked.path.endswith(".xml"):
        return Reply(FEED, headers={"ETag": '"1"'}) if "If-None-Match" not in asked.headers else Reply(status=304)
    fresh = [status(number, text) for number, text in enumerate(TEXTS, 1) if number > int(asked.query.get("since_id", 0))]
    return Reply.json(fresh[::-1], Link="")


def test_posts_come_once_and_what_goes_wrong_is_told(local_kit: LocalKit, posts: PostsServer, tmp_path: Path) -> None:
    """`kit collect` says what came of each source; a second run finds nothing new and tells of a token that has expired meanwhile."""
    posts.answer = _answer
    (tmp_path / "credentials.json").write_text(json.dumps({"x_bearer_token": TOKEN}))
    first = local_kit("collect", "--secret", tmp_path / "credentials.json", "--json")
    assert first.status == 0, first.errors
    counts = {outcome["source"]: (outcome["found"], outcome["new"], outcome["copies"]) for outcome in first.json["outcomes"]}
    assert counts["rss"] == (1, 1, 0)
    assert sum(new for _, new, _ in counts.values()) == 3
    assert sum(copies for _, _, copies in counts.values()) == 1  # which of the two came first is a matter of the order
    second = local_kit("collect")
    assert second.status == 0, second.errors
    assert "X refuses the credentials" in second.output
    assert "0 new posts" in second.output
    bucket = local_kit.deployment.train_bucket
    listed = local_kit.s3.list_objects_v2(Bucket=bucket, Prefix="unlabelled/main/")["Contents"]
    texts = [
        post.source for entry in listed for post in read_posts(local_kit.s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read())
    ]
    assert len(texts) == 3
    assert "Nobody in the shop wanted to take the kettle back" in texts
    assert not any(job.key.startswith("unlabelled/") for job in local_kit.ledger.jobs())
    key = listed[0]["Key"]
    erased = local_kit("erase", key, "--from", "train")
    assert erased.status == 0, erased.errors
    assert "Contents" not in local_kit.s3.list_objects_v2(Bucket=bucket, Prefix=key)
