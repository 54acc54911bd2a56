"""The ledger's records of what is collected.

| pk                 | sk          | item                                                                  |
|--------------------|-------------|-----------------------------------------------------------------------|
| collect            | lease       | which run is at work, and until when no other may be                  |
| collect            | run         | the last run: counts by source and tag                                |
| collect            | rest#SERVER | how long not to ask it, why it refuses us, since when it is silent    |
| collect#CLASSIFIER | SOURCE#TAG  | a Place: how far a source's tag was collected, and the next key       |

Written by collect_posts, read by `kit collect`. The table is the ledger's, a boto3 Table resource.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from contract.errors import PlatformError
from contract.records import Record, now

RUN_SECONDS = 300  # that a run may take: the time-out of the function
LEASE_SECONDS = RUN_SECONDS + 60  # in which even the last request of one that was ended has arrived


@dataclass(frozen=True, kw_only=True)
class Place(Record):
    """How far a source's tag was collected."""

    classifier: str
    source: str
    tag: str
    cursor: str = ""  # of the source, which alone understands it
    next_key: str = ""  # of the next object: what lies there already was left by a run that died, and does not count
    asked_at: str = ""  # when it moved last, or a run was about to ask


@dataclass(kw_only=True)
class Outcome:
    """What a run got of one source and tag."""

    source: str
    tag: str
    found: int = 0  # posts in the answers: the sum of those below
    new: int = 0  # that were kept
    known: int = 0  # that an earlier answer brought: the last hour is asked for again
    copies: int = 0  # of texts that were there before, or nearly
    reposts: int = 0
    wordless: int = 0  # without a text, or with links, names and figures alone
    unread: int = 0  # posts of a shape that nobody foresaw
    usd: float = 0.0
    stopped: str = ""  # a sentence: why there was no more; empty when there is no more for now


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run of collect_posts; without an id when another one was at work and this one did nothing."""

    run_id: str
    started_at: str
    seconds: float = 0.0
    outcomes: list[Outcome] = field(default_factory=list)

    def to_json_object(self) -> dict[str, Any]:
        """As the function answers it."""
        return asdict(self)

    @classmethod
    def from_json_object(cls, value: Mapping[str, Any]) -> Self:
        """The inverse of `to_json_object`."""
        return cls(**{**value, "outcomes": [Outcome(**entry) for entry in value["outcomes"]]})


class CollectionLedger:
    """Reads and writes them."""

    def __init__(self, table: Any) -> None:
        self._table = table
        self._is_refused = table.meta.client.exceptions.ConditionalCheckFailedException

    def take_lease(self, run_id: str, seconds: int) -> bool:
        """Take the sole right to collect; False while another run has it."""
        second = int(time.time())
        with suppress(self._is_refused):
            self._table.put_item(
                Item={"pk": "collect", "sk": "lease", "run_id": run_id, "lease_until": second + seconds},
                ConditionExpression="attribute_not_exists(sk) OR lease_until < :now",
                ExpressionAttributeValues={":now": second},
            )
            return True
        return False

    def give_lease_back(self, run_id: str) -> None:
        """End the right, unless another run has taken it since."""
        with suppress(self._is_refused):
            self._table.update_item(
                Key={"pk": "collect", "sk": "lease"},
                UpdateExpression="SET lease_until = :zero",
                ConditionExpression="run_id = :run",
                ExpressionAttributeValues={":zero": 0, ":run": run_id},
            )

    def place(self, classifier: str, source: str, tag: str) -> Place:
        """How far a tag was collected; a new one has no cursor and no key."""
        item = self._get(f"collect#{classifier}", f"{source}#{tag}")
        return Place.from_item(item) if item else Place(classifier=classifier, source=source, tag=tag)

    def move(self, place: Place, cursor: str, next_key: str) -> Place:
        """Go on. Raises PlatformError when the place is no longer what `place` says: another run was here, and this one must end."""
        moved = replace(place, cursor=cursor, next_key=next_key, asked_at=now())
        known = {":cursor": place.cursor, ":key": place.next_key}
        same = " AND ".join(
            f"{name} = {value}" if known[value] else f"attribute_not_exists({name})"
            for name, value in (("#cursor", ":cursor"), ("next_key", ":key"))
        )
        values = {name: value for name, value in known.items() if value}
        try:
            self._table.put_item(
                Item={"pk": f"collect#{place.classifier}", "sk": f"{place.source}#{place.tag}", **moved.to_item()},
                ConditionExpression=same,
                ExpressionAttributeNames={"#cursor": "cursor"},
                **({"ExpressionAttributeValues": values} if values else {}),
            )
        except self._is_refused as error:
            raise PlatformError(f"Another run collects '{place.tag}' from {place.source} at this moment; this one ends.") from error
        return moved

    def rest(self, server: str) -> tuple[float, str]:
        """Until when a server must not be asked (seconds since the epoch), and why."""
        item = self._get("collect", f"rest#{server}") or {}
        return float(item.get("rests_until", 0)), str(item.get("why", ""))

    def let_rest(self, server: str, until: float, why: str) -> None:
        """Ask a server no more before a moment."""
        self._update(server, "SET rests_until = :until, why = :why", {":until": int(until) + 1, ":why": why})

    def is_told(self, server: str, why: str) -> bool:
        """Whether the owner knows already that, and why, a server lets us in no more."""
        return bool(why == (self._get("collect", f"rest#{server}") or {}).get("refusal"))

    def remember_refusal(self, server: str, why: str) -> None:
        """The owner knows."""
        self._update(server, "SET refusal = :why", {":why": why})

    def silent_since(self, server: str) -> float:
        """Since when a server has given nothing (seconds since the epoch): from now on, unless it was silent before."""
        self._update(server, "SET silent_since = if_not_exists(silent_since, :now)", {":now": int(time.time())})
        return float((self._get("collect", f"rest#{server}") or {})["silent_since"])

    def forget_trouble(self, server: str) -> None:
        """The server answers again, so that its next refusal or silence is told."""
        if {"refusal", "silent_since"} & (self._get("collect", f"rest#{server}") or {}).keys():
            self._update(server, "REMOVE refusal, silent_since", {})

    def record(self, run: Run) -> None:
        """Remember a run in place of the one before."""
        outcomes = [{**asdict(outcome), "usd": str(outcome.usd)} for outcome in run.outcomes]
        self._table.put_item(
            Item={
                "pk": "collect",
                "sk": "run",
                "run_id": run.run_id,
                "started_at": run.started_at,
                "seconds": str(run.seconds),
                "outcomes": outcomes,
            }
        )

    def _update(self, server: str, expression: str, values: dict[str, Any]) -> None:
        given = {"ExpressionAttributeValues": values} if values else {}
        self._table.update_item(Key={"pk": "collect", "sk": f"rest#{server}"}, UpdateExpression=expression, **given)

    def _get(self, pk: str, sk: str) -> dict[str, Any] | None:
        item: dict[str, Any] | None = self._table.get_item(Key={"pk": pk, "sk": sk}, ConsistentRead=True).get("Item")
        return item
