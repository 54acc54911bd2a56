"""What was collected: posts without a label, and where they lie in the train bucket.

    unlabelled/CLASSIFIER/YYYY/MM/DD/SOURCE-TAG-NNNNNNNN.jsonl

The date is that of the collection, in UTC; the number counts the objects of a source's tag, from 1. Each line is a Post, whose
text is called `source` because an input manifest of Ground Truth calls it so: every such object is one as it is.
Written by collect_posts, read by whoever labels. What a person puts below the same prefix is a source of texts too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from datetime import date
from hashlib import blake2b
from typing import Self

from contract.errors import AlgorithmError
from contract.layout import CLASSIFIER_PATTERN, UNLABELLED_PREFIX

SOURCES = ("x", "mastodon", "bluesky", "rss")
# A hashtag without its #, or the name of a feed: of ASCII letters, digits and _; beyond ASCII more, for vowel signs are no letters.
TAG_PATTERN = re.compile("[0-9A-Za-z_\u00c0-\u1fff\u2c00-\u2fff\u3003-\ud7ff\uf900-\ufeff\uff10-\uffef\U00010000-\U000fffff]{1,100}")

_KEY = re.compile(
    rf"{UNLABELLED_PREFIX}(?P<classifier>{CLASSIFIER_PATTERN.pattern})/(?P<day>[0-9]{{4}}/[0-9]{{2}}/[0-9]{{2}})"
    rf"/(?P<source>{'|'.join(SOURCES)})-(?P<tag>{TAG_PATTERN.pattern})-(?P<number>[0-9]{{8}})\.jsonl"
)


@dataclass(frozen=True, kw_only=True)
class Post:
    """One line of a collected object."""

    source: str  # the text, without markup
    id: str  # made by `post_id`
    posted_at: str  # ISO 8601 in UTC; empty when the source does not tell
    tag: str
    language: str = ""  # as the source calls it; empty when it does not tell
    author: str = ""  # empty unless the settings ask for it

    def __post_init__(self) -> None:
        if not all(isinstance(value, str) for value in asdict(self).values()):
            raise TypeError("a field is of another type")

    @property
    def digest(self) -> str:
        """The id without the source's name."""
        return self.id.rpartition(":")[2]

    def to_line(self) -> bytes:
        """JSON, with the line end; without an author unless there is one."""
        known = {name: value for name, value in asdict(self).items() if name != "author" or value}
        return (json.dumps(known, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")

    @classmethod
    def from_line(cls, line: bytes | str) -> Self:
        """The inverse of `to_line`; what a later version adds is ignored. Raises AlgorithmError when it is no post."""
        try:
            found = json.loads(line)
            return cls(**{entry.name: found[entry.name] for entry in fields(cls) if entry.name in found})
        except (TypeError, ValueError, AttributeError) as error:
            raise AlgorithmError("This is no post that this kit's version collected.") from error


def post_id(source: str, *names: str) -> str:
    """The source's name, a colon, and a digest of what the post is called there, and where: that often names who wrote."""
    return f"{source}:{blake2b(chr(0).join(names).encode('utf-8', 'replace'), digest_size=8).hexdigest()}"


def read_posts(content: bytes) -> Iterator[Post]:
    """The posts of a collected object. Raises AlgorithmError at a line that is none."""
    return (Post.from_line(line) for line in content.split(b"\n") if line.strip())


def unlabelled_prefix(classifier: str) -> str:
    """What the keys of all texts without a label start with that are kept for a classifier (train bucket)."""
    return f"{UNLABELLED_PREFIX}{classifier}/"


def collected_on_prefix(classifier: str, day: date) -> str:
    """What the keys of all posts start with that were collected for a classifier on a day (train bucket)."""
    return f"{unlabelled_prefix(classifier)}{day:%Y/%m/%d}/"


@dataclass(frozen=True, kw_only=True)
class Collected:
    """A collected object: its key's parts."""

    classifier: str
    day: date
    source: str  # one of SOURCES
    tag: str
    number: int

    @property
    def key(self) -> str:
        """The object's key; the inverse of `parse_collected`."""
        return f"{collected_on_prefix(self.classifier, self.day)}{self.source}-{self.tag}-{self.number:08d}.jsonl"


def parse_collected(key: str) -> Collected | None:
    """The collected object that a key names; None for a key of anything else."""
    found = _KEY.fullmatch(key)
    if not found:
        return None
    try:
        day = date.fromisoformat(found["day"].replace("/", "-"))
    except ValueError:  # such as the 31st of February
        return None
    return Collected(classifier=found["classifier"], day=day, source=found["source"], tag=found["tag"], number=int(found["number"]))
