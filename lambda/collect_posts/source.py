"""What a source of posts is, and the reasons for which one stops.

Stopped              this tag gives no more in this run
├── Ended            for the run's share is used up
└── SourceStopped    nor does any other of the same server
    ├── RateLimited  not before a moment that it names
    ├── Forbidden    not before a person has mended something
    │   ├── Refused  which is the credentials
    │   └── Denied   which is what they may do, or whose they are
    └── Spent        what a run may cost is spent
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from contract.posts import Post


class Page(NamedTuple):
    """One answer of a source."""

    posts: list[Post]  # cleaned; without reposts and without what has no text
    cursor: str  # from which the next page follows
    is_last: bool  # there is none for now
    found: int  # posts in the answer: those above and all below
    known: int = 0  # that came before, or were not asked for
    reposts: int = 0
    wordless: int = 0  # without a text
    unread: int = 0  # posts that nobody foresaw so
    usd: float = 0.0  # what the answer cost


class Source(Protocol):
    """A place where people write.

    A cursor holds all that a source must know to go on: there is no state beside it, so that a run which dies between two pages
    and one that goes on are the same.
    """

    name: str  # one of contract.posts.SOURCES
    tags: tuple[str, ...]
    is_one_server: bool  # what it says of one tag, it says of all

    def begun(self, cursor: str) -> str:
        """The cursor with which a run begins that has found this one, which is empty at first and may be of an earlier version."""

    def page(self, tag: str, cursor: str, deadline: float) -> Page:
        """What follows a cursor of a run; asks for nothing after the deadline (seconds since the epoch).

        Raises Stopped.
        """


class Stopped(Exception):
    """Why there is no more; a sentence for people, without any text of a post."""


class Ended(Stopped):
    """The run's time or share is used up, which is no fault of the server's."""


class SourceStopped(Stopped):
    """The same for all tags of the server."""


class RateLimited(SourceStopped):
    """Too much was asked; `until` is in seconds since the epoch, `body` what the server says of it."""

    def __init__(self, message: str, until: float, body: Any = None) -> None:
        super().__init__(message)
        self.until, self.body = until, body


class Forbidden(SourceStopped):
    """The source does not let us in; the message says what a person should mend."""


class Refused(Forbidden):
    """The credentials are no good, or some are missing."""


class Denied(Forbidden):
    """The credentials are known, and may not do this: others of the same account may not, either."""


class Spent(SourceStopped):
    """A run may cost no more."""
