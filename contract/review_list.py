"""The review list of a prediction: rows that a person should look at, as JSON lines beside the results, the most valuable first.

| kind       | which rows                                                            | value                                |
|------------|-----------------------------------------------------------------------|--------------------------------------|
| doubtful   | need a review; those that teach most                                  | 1 less the lead of the best label    |
| disagrees  | need none, but the file's own category is another label of the model  | the model's confidence               |
| spot check | need none; drawn as by chance                                         | 0: they stand in the order of drawing |

Doubtful rows by their lead is margin sampling (Scheffer, Decomain and Wrobel 2001). Spot checks alone tell the error among the rows
that nobody looks at; whoever reviews them from the first one on has a sample, wherever they stop.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple, Self

from contract.errors import AlgorithmError


class ReviewKind(StrEnum):
    """Why a row is in the list; in the list's order."""

    DOUBTFUL = "doubtful"
    DISAGREES = "disagrees"
    SPOT_CHECK = "spot check"


MOST_ROWS = {ReviewKind.DOUBTFUL: 500, ReviewKind.DISAGREES: 200, ReviewKind.SPOT_CHECK: 200}
MOST_BYTES = 600_000  # of a kind's lines: the whole list goes through an API whose answers have at most six million, escaped
MOST_OTHERS, MAX_OTHER_CHARS = 6, 100  # further columns of a row, by which a person knows the claim again
MAX_TEXT_CHARS = 10_000  # of a row in the list: a longer one is a document, which nobody reads on a page


class ReviewRow(NamedTuple):  # made thousands of times for a list of hundreds, and so of the kind that is made fastest
    """One line of the list."""

    row: int  # of the results, from 1 for the first one below the header
    text: str
    predicted_label: str
    confidence: float
    second_label: str
    second_confidence: float
    review_reason: str  # empty when none is needed
    kind: str  # a ReviewKind
    value: float  # 0 to 1: how much a person's answer is worth, within its kind
    own_label: str = ""  # the submitter's own category, where the file has such a column
    others: Sequence[Sequence[str]] = ()  # names and values of further columns that are not empty, in the file's order

    def to_line(self) -> bytes:
        """JSON, with the line end."""
        return (json.dumps(self._asdict(), ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")

    @classmethod
    def from_line(cls, line: bytes | str) -> Self:
        """The inverse of `to_line`. Raises AlgorithmError when it is no such line."""
        try:
            row = cls(**json.loads(line))
        except (TypeError, ValueError) as error:
            raise AlgorithmError("This is no line of a review list of this kit's version.") from error
        return row._replace(others=row.others or ())


def other_columns(header: Sequence[str], *known: int | None) -> list[tuple[str, int]]:
    """Names and positions of the first columns that are none of the known ones."""
    found = [(name[:MAX_OTHER_CHARS], position) for position, name in enumerate(header) if position not in known]
    return found[:MOST_OTHERS]


def read_review_list(content: bytes) -> list[ReviewRow]:
    """The rows of a list. Raises AlgorithmError when it is none."""
    return [ReviewRow.from_line(line) for line in content.splitlines() if line]


def bounded_lines(rows: Iterable[ReviewRow]) -> list[bytes]:
    """The first rows of one kind as lines, as many as an answer of the API has room for."""
    lines, left = [], MOST_BYTES
    for row in rows:
        line = row.to_line()
        left -= len(line)
        if left < 0:
            break
        lines.append(line)
    return lines
