"""The cursor of a source whose pages begin with the newest post: down from the top to what the descent before began with.

A descent that is cut short goes on later where it stopped; only one that has reached the ground moves the floor up to its top,
so that nothing in between is left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Self


@dataclass(frozen=True)
class Descent:
    """Where a descent is. Positions are ids or moments of posts, all of one length or longer the later they are."""

    floor: str = ""  # everything up to here was collected; empty at first
    top: str = ""  # the newest post of this descent; empty before its first page
    token: str = ""  # of the source, for the next page
    below: str = ""  # the oldest position seen: from here it goes on when the source does not know its token any more

    @classmethod
    def of(cls, cursor: str) -> Self:
        """From its text; empty is the very beginning."""
        return cls(**json.loads(cursor)) if cursor else cls()

    @property
    def cursor(self) -> str:
        """As text; the inverse of `of`."""
        return json.dumps({name: value for name, value in asdict(self).items() if value})

    def is_known(self, position: str) -> bool:
        """Whether a position is below what this descent goes down to."""
        return _rank(position) <= _rank(self.floor)

    def after(self, positions: Iterable[str], token: str) -> Self:
        """After a page with these positions, which says by a token that there is another one below, or by none that there is not."""
        seen = sorted((position for position in positions if position), key=_rank)
        top = max(self.top, *seen, key=_rank) if seen else self.top
        if not token or token == self.token:  # a source that answers the same again would do so for ever
            return type(self)(floor=max(self.floor, top, key=_rank))
        return replace(self, top=top, token=token, below=seen[0] if seen else self.below)

    @property
    def is_done(self) -> bool:
        """Whether it has reached the ground."""
        return not self.token and not self.below


def _rank(position: str) -> tuple[int, str]:
    return len(position), position
