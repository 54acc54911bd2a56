"""What the settings of the collection mean together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stacks.settings import Settings


def hashtags(settings: Settings) -> tuple[str, ...]:
    """The hashtags without #, each once: their case does not matter to any source."""
    return tuple(dict.fromkeys(tag.removeprefix("#").lower() for tag in settings.collect_hashtags))


def feeds(settings: Settings) -> dict[str, str]:
    """The addresses of the feeds by name."""
    return dict(feed.split("=", 1) for feed in settings.collect_feeds if "=" in feed)


def violations_of_collection(settings: Settings) -> Iterator[str]:
    """What does not fit together, a part of a sentence each."""
    if set(settings.collect_sources) - {"rss"} and not settings.collect_hashtags:
        yield "collect_sources needs collect_hashtags, such as refund,warranty"
    if ("rss" in settings.collect_sources) != bool(settings.collect_feeds):
        yield "the source rss and collect_feeds belong together: give both or none"
    if len(feeds(settings)) != len(settings.collect_feeds):
        yield "collect_feeds has two feeds of one name"
    if {"x", "bluesky"} & set(settings.collect_sources) and not settings.collect_secret_arn:
        yield "x and bluesky let nobody in without credentials: give a collect_secret_arn"
