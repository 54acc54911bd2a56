"""The posts of the last days, read from the objects themselves: what is collected anew is compared with them."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from near_copies import COMPARED_CHARS

from contract.errors import AlgorithmError
from contract.posts import Post, collected_on_prefix, parse_collected, read_posts

DAYS = 7  # a wave of copies is over by then
MAX_OBJECTS, MAX_POSTS = 2_000, 10_000  # of them, the newest days first
MAX_CHARS = 3_000_000  # of those that are compared: some ten seconds
READERS = 8

log = logging.getLogger("collect_posts")


def known_posts(s3: Any, bucket: str, classifier: str, pending: Collection[str]) -> Iterator[Post]:
    """Of the last DAYS days, at most MAX_POSTS with MAX_CHARS to compare.

    `pending` are keys where objects of a run that died may lie, which do not count.
    """
    keys = islice((key for key in _keys(s3, bucket, classifier) if key not in pending), MAX_OBJECTS)

    def read(key: str) -> bytes:
        try:
            content: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except s3.exceptions.NoSuchKey:  # erased at this moment
            return b""
        return content

    left, chars = MAX_POSTS, MAX_CHARS
    with ThreadPoolExecutor(READERS) as readers:
        batch = list(islice(keys, READERS * 4))
        while batch and left > 0 and chars > 0:
            for key, content in zip(batch, readers.map(read, batch), strict=True):
                try:
                    posts = list(read_posts(content))[:left]
                except AlgorithmError:
                    log.warning("an object cannot be read and is not compared with: %s", key)
                    continue
                left -= len(posts)
                for post in posts:
                    chars -= min(len(post.source), COMPARED_CHARS)
                    if chars > 0:
                        yield post
            batch = list(islice(keys, READERS * 4))


def _keys(s3: Any, bucket: str, classifier: str) -> Iterator[str]:
    """The collected objects of the last days, the newest days first."""
    today = datetime.now(UTC).date()
    for days in range(DAYS + 1):
        prefix = collected_on_prefix(classifier, today - timedelta(days=days))
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            yield from (entry["Key"] for entry in page.get("Contents", []) if parse_collected(entry["Key"]))
