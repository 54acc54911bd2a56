"""What the settings of the collection mean together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def hashtags(given: Sequence[str]) -> tuple[str, ...]:
    """The hashtags without #, each once: their case does not matter to any source."""
    return tuple(dict.fromkeys(tag.removeprefix("#").lower() for tag in given))


def feeds(given: Sequence[str]) -> dict[str, str]:
    """The addresses of the feeds by name."""
    return dict(feed.split("=", 1) for feed in given if "=" in feed)


def violations_of_collection(sources: Sequence[str], tags: Sequence[str], given_feeds: Sequence[str], secret_arn: str) -> Iterator[str]:
    """What does not fit together, a part of a sentence each."""
    if set(sources) - {"rss"} and not tags:
        yield "collect_sources needs collect_hashtags, such as refund,warranty"
    if ("rss" in sources) != bool(given_feeds):
        yield "the source rss and collect_feeds belong together: give both or none"
    if tags and not sources:
        yield "collect_hashtags needs collect_sources, such as mastodon"
    if len(feeds(given_feeds)) != sum("=" in feed for feed in given_feeds):
        yield "collect_feeds has two feeds of one name"
    if {"x", "bluesky"} & set(sources) and not secret_arn:
        yield "x and bluesky let nobody in without credentials: give a collect_secret_arn"
