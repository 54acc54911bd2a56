"""The ledger's records of labelling: which jobs there are, and who said what of which text.

| pk                               | sk              | item                                                                |
|----------------------------------|-----------------|---------------------------------------------------------------------|
| labelling                        | CLASSIFIER/NAME | a LabellingJob                                                      |
| labelling#CLASSIFIER/NAME/MOMENT | a text's digest | a TextState: the answers that stand, and who was given the text     |

The moment is that of the job's making: a job of the same name later has nothing of it. A text has no item until somebody is given it, and
none any more a month after it was given in vain. Each change of one is made on what was read of it, and is refused when somebody else
changed it meanwhile: then it is read again. The records hold no texts. The table is a boto3 Table resource.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, NamedTuple, Self

from contract.errors import PlatformError, UserError
from contract.records import Record, decimals, now

ROUNDS = 10  # after which those who answer the same text at the same moment are too many
UNCLEAR = ""  # in place of a label: "I cannot tell"
GIVEN_SECONDS = 30 * 24 * 3600  # for which it is known who was given a text that nobody answered
EXPIRY = "expires_at"  # the attribute by which DynamoDB deletes an item, in seconds since the epoch

JOBS = "labelling"


class LabellingStatus(StrEnum):
    """What becomes of a labelling job."""

    OPEN = "open"  # answers are taken
    FINISHED = "finished"  # none are; its manifest is being written, or is
    DELETING = "deleting"  # all of it goes


@dataclass(frozen=True, kw_only=True)
class LabellingJob(Record):
    """Texts that people are asked about."""

    classifier: str
    name: str
    status: str  # a LabellingStatus
    labels: list[str]
    guidance: list[str]  # of each label a sentence, or none
    answers_wanted: int  # for each text
    texts: int
    tasks_version: str  # of the object that holds them
    objects: int = 0  # that were read for them
    unread: int = 0  # objects that were chosen and not read, for there were too many
    unreadable: int = 0  # lines and rows of those that no text could be taken from
    ranked_by: int = 0  # the version of the model by whose doubts the texts are ordered; 0: by chance
    created_at: str
    created_by: str
    finished_at: str = ""
    finished_by: str = ""
    labelled: int = 0  # texts with a label in the manifest
    left_out: int = 0  # texts without one
    manifest_version: str = ""  # of the object; empty until it is written

    @property
    def path(self) -> str:
        """What tells it from all others."""
        return f"{self.classifier}/{self.name}"


class Said(NamedTuple):
    """What a person said of a text, and when."""

    label: str  # or UNCLEAR
    at: str


def labels_of(answers: Mapping[str, Said]) -> dict[str, str]:
    """The labels among some answers, by who gave them."""
    return {who: said.label for who, said in answers.items() if said.label != UNCLEAR}


@dataclass(frozen=True, kw_only=True)
class TextState:
    """What became of one text so far."""

    digest: str
    revision: int = 0
    answers: Mapping[str, Said] = field(default_factory=dict)  # by who gave them
    leases: Mapping[str, int] = field(default_factory=dict)  # until when, in seconds since the epoch, by who was given it

    def is_leased(self, who: str, second: float) -> bool:
        """Whether somebody has it before him now."""
        return self.leases.get(who, 0) > second

    def taken(self, second: float, besides: str) -> int:
        """How many answers there are or may soon be, but for one person's."""
        return len({*self.answers, *(who for who in self.leases if self.is_leased(who, second))} - {besides})

    @property
    def labels(self) -> dict[str, str]:
        """The labels that it was given, by who gave them."""
        return labels_of(self.answers)

    def was_given(self, who: str) -> bool:
        """Whether somebody ever had it before him."""
        return who in self.leases or who in self.answers

    def to_item(self) -> dict[str, Any]:
        """As DynamoDB takes it; without an answer it is not kept for ever."""
        expiry = {} if self.answers else {EXPIRY: max(self.leases.values(), default=int(time.time())) + GIVEN_SECONDS}
        answers = {who: list(said) for who, said in self.answers.items()}
        return {"revision": self.revision, "answers": answers, "leases": dict(self.leases), **expiry}

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        """The inverse of `to_item`."""
        return cls(
            digest=str(item["sk"]),
            revision=int(item["revision"]),
            answers={who: Said(*said) for who, said in item["answers"].items()},
            leases={who: int(until) for who, until in item["leases"].items()},
        )


class LabellingLedger:
    """Reads and writes them. The table is the ledger's, a boto3 Table resource."""

    def __init__(self, table: Any) -> None:
        self._table = table
        self._is_refused = table.meta.client.exceptions.ConditionalCheckFailedException

    # jobs

    def jobs(self) -> Iterator[LabellingJob]:
        """All labelling jobs, by classifier and name."""
        return (LabellingJob.from_item(item) for item in self._query(JOBS))

    def find(self, classifier: str, name: str) -> LabellingJob | None:
        """One labelling job; None when there is none."""
        item = self._table.get_item(Key={"pk": JOBS, "sk": f"{classifier}/{name}"}, ConsistentRead=True).get("Item")
        return LabellingJob.from_item(item) if item else None

    def add(self, job: LabellingJob) -> bool:
        """Record a labelling job; False when one of its name was there."""
        with suppress(self._is_refused):
            self._table.put_item(Item={"pk": JOBS, "sk": job.path, **job.to_item()}, ConditionExpression="attribute_not_exists(sk)")
            return True
        return False

    def change(self, job: LabellingJob, **changes: Any) -> LabellingJob | None:
        """Change fields of a job; None when its status or its texts are no longer what `job` says."""
        values = {f":{name}": decimals(value) for name, value in changes.items()}
        with suppress(self._is_refused):
            self._table.update_item(
                Key={"pk": JOBS, "sk": job.path},
                UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in changes),
                ConditionExpression="#status = :was AND #tasks_version = :read",
                ExpressionAttributeNames={f"#{name}": name for name in {*changes, "status", "tasks_version"}},
                ExpressionAttributeValues={**values, ":was": job.status, ":read": job.tasks_version},
            )
            return replace(job, **changes)
        return None

    def now(self, job: LabellingJob) -> LabellingJob | None:
        """A job as it stands; None when it was deleted, and when another one has its name."""
        found = self.find(job.classifier, job.name)
        return found if found and found.created_at == job.created_at else None

    def forget(self, job: LabellingJob) -> None:
        """Delete a job's record."""
        self._table.delete_item(Key={"pk": JOBS, "sk": job.path})

    # texts

    def states(self, job: LabellingJob) -> Iterator[TextState]:
        """All texts that somebody was ever given."""
        return (TextState.from_item(item) for item in self._query(_partition(job)))

    def lease(self, job: LabellingJob, state: TextState, who: str, seconds: int) -> bool:
        """Give a text to somebody for a while; False when somebody else changed it since it was read."""
        return self._put(job, replace(state, leases={**state.leases, who: int(time.time()) + seconds}))

    def answer(self, job: LabellingJob, digest: str, who: str, label: str) -> Said:
        """Let an answer stand in place of the person's own before; the same once more changes nothing.

        Raises UserError when the person was never given the text, or it is gone, and PlatformError when others keep changing it.
        """

        def said(state: TextState) -> TextState:
            if not state.was_given(who):
                raise UserError(f"You were not given this text of the labelling job '{job.name}'. Load the page again.")
            if who in state.answers and state.answers[who].label == label:
                return state
            return replace(state, answers={**state.answers, who: Said(label, now())}, leases=_without(state.leases, who))

        return self._changed(job, digest, said).answers[who]

    def take_back(self, job: LabellingJob, digest: str, who: str, seconds: int) -> None:
        """Let nothing stand of what somebody said, who has the text before him again for a while. Raises as `answer` does."""

        def unsaid(state: TextState) -> TextState:
            if who not in state.answers:
                return state
            leases = {**state.leases, who: int(time.time()) + seconds}
            return replace(state, answers=_without(state.answers, who), leases=leases)

        self._changed(job, digest, unsaid)

    def forget_texts(self, job: LabellingJob, digests: Iterable[str]) -> None:
        """Delete what was said of texts."""
        with self._table.batch_writer() as batch:
            for digest in digests:
                batch.delete_item(Key={"pk": _partition(job), "sk": digest})

    def _changed(self, job: LabellingJob, digest: str, change: Callable[[TextState], TextState]) -> TextState:
        for _ in range(ROUNDS):
            item = self._table.get_item(Key={"pk": _partition(job), "sk": digest}, ConsistentRead=True).get("Item")
            if item is None:
                raise UserError(f"There is no such text in the labelling job '{job.name}'. Load the page again.")
            before = TextState.from_item(item)
            after = change(before)
            if after is before or self._put(job, after):
                return after
        raise PlatformError(f"Others keep answering the same text of the labelling job '{job.name}'. Try again.")

    def _put(self, job: LabellingJob, state: TextState) -> bool:
        item = {"pk": _partition(job), "sk": state.digest, **replace(state, revision=state.revision + 1).to_item()}
        with suppress(self._is_refused):
            if state.revision:
                read = {"ConditionExpression": "revision = :read", "ExpressionAttributeValues": {":read": state.revision}}
                self._table.put_item(Item=item, **read)
            else:
                self._table.put_item(Item=item, ConditionExpression="attribute_not_exists(sk)")
            return True
        return False

    def _query(self, pk: str) -> Iterator[dict[str, Any]]:
        query: dict[str, Any] = {
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": pk},
            "ConsistentRead": True,
        }
        while True:
            page = self._table.query(**query)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            query["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _partition(job: LabellingJob) -> str:
    return f"{JOBS}#{job.path}/{job.created_at}"


def _without(entries: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {other: value for other, value in entries.items() if other != name}
