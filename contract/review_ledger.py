"""The ledger's records of reviews: who said what of which row, and how many answers no training has seen yet.

| pk           | sk          | item                                                                       |
|--------------|-------------|----------------------------------------------------------------------------|
| review#JOB   | row, padded | the Answer that stands, and in `answers` all that were given, the last last |
| corrections  | NAME        | how many answers came in since the classifier's last training, and how many |
|              |             | there will be when the next one may start by itself; what the last one took|
|              |             | of both, which counts again if it brings no model; which version of the    |
|              |             | training file somebody is writing over itself                              |

The records hold no texts. Endpoints and jobs: live_ledger.py, ledger.py.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

from contract.records import Record
from contract.review_list import ReviewKind

COPY_SECONDS = 60  # after which whoever was to write a file over itself has not
MAX_REMEMBERED = 100  # answers to one row; an item has 400 KB


@dataclass(frozen=True, kw_only=True)
class Answer(Record):
    """What a person last said of a row; without a label: it was taken back."""

    row: int
    label: str = ""
    predicted_label: str = ""
    kind: str  # a ReviewKind
    by: str  # the user's name
    at: str
    digest: str  # of the text, in hexadecimal digits
    was_known: bool = False  # before the model was trained somebody had answered the same text, so it may have learned that


class Observed(NamedTuple):
    """What people's answers showed: spot checks, of the rows that nobody need look at; and how far the other rows are."""

    reviewed: int  # spot checks
    wrong: int  # of them
    answered: int  # rows of which the model is not sure


class ReviewLedger:
    """Reads and writes them. The table is the ledger's, a boto3 Table resource."""

    def __init__(self, table: Any) -> None:
        self._table = table
        self._is_refused = table.meta.client.exceptions.ConditionalCheckFailedException

    def record(self, job_id: str, answer: Answer) -> Answer | None:
        """Let an answer stand, and remember it beside those before it; returns the one that it replaces.

        Of answers that come at the same moment each is remembered, and the last one stands.
        """
        item = answer.to_item()
        this = {name: item.get(name, "") for name in ("label", "by", "at")}
        gone = "" if "label" in item else " REMOVE #label"
        names = {f"#{name}": name for name in item} | {"#label": "label", "#answers": "answers"}
        request: dict[str, Any] = {
            "Key": self._key(job_id, answer.row),
            "ExpressionAttributeNames": names,
            "ReturnValues": "ALL_OLD",
        }
        values = {f":{name}": value for name, value in item.items()}
        changes = "SET " + ", ".join(f"#{name} = :{name}" for name in item)
        with suppress(self._is_refused):
            return _of(
                self._table.update_item(
                    **request,
                    UpdateExpression=f"{changes}, #answers = list_append(if_not_exists(#answers, :none), :this){gone}",
                    ConditionExpression="attribute_not_exists(#answers) OR size(#answers) < :most",
                    ExpressionAttributeValues=values | {":this": [this], ":none": [], ":most": MAX_REMEMBERED},
                )
            )
        return _of(
            self._table.update_item(
                **request, UpdateExpression=f"{changes}, #answers = :this{gone}", ExpressionAttributeValues=values | {":this": [this]}
            )
        )

    def answer(self, job_id: str, row: int) -> Answer | None:
        """What was last said of a row; None when nothing ever was."""
        item = self._table.get_item(Key=self._key(job_id, row), ConsistentRead=True).get("Item")
        return Answer.from_item(item) if item else None

    def answers(self, job_id: str) -> Iterator[Answer]:
        """What was last said of each row of a job, in the rows' order; also what was taken back."""
        query: dict[str, Any] = {
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": f"review#{job_id}"},
            "ConsistentRead": True,
        }
        while True:
            page = self._table.query(**query)
            yield from map(Answer.from_item, page["Items"])
            if "LastEvaluatedKey" not in page:
                return
            query["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def observed(self, job_id: str) -> Observed:
        """How many doubtful rows are answered, and how the spot checks came out, but for texts whose answers the model may have learned."""
        answers = [answer for answer in self.answers(job_id) if answer.label]
        checks = [answer for answer in answers if answer.kind == ReviewKind.SPOT_CHECK and not answer.was_known]
        wrong = sum(answer.label != answer.predicted_label for answer in checks)
        return Observed(len(checks), wrong, sum(answer.kind == ReviewKind.DOUBTFUL for answer in answers))

    def forget(self, job_id: str) -> int:
        """Delete all that was said of a job's rows; how many records there were."""
        rows = [answer.row for answer in self.answers(job_id)]
        for row in rows:
            self._table.delete_item(Key=self._key(job_id, row))
        return len(rows)

    # how many there are since the last training

    def add_one(self, classifier: str) -> int:
        """Count an answer; returns how many there are since the last training."""
        return int(self._add(classifier, 1)["Attributes"]["since_training"])

    def take_one_back(self, classifier: str) -> None:
        """Count an answer no more; one that a training has seen since is not counted anyway."""
        with suppress(self._is_refused):
            self._add(classifier, -1, at_least=1)

    def since_training(self, classifier: str) -> int:
        """How many answers came in since the last training."""
        item = self._table.get_item(Key={"pk": "corrections", "sk": classifier}, ConsistentRead=True).get("Item") or {}
        return int(item.get("since_training", 0))

    def claim_training(self, classifier: str, after: int) -> bool:
        """Whether the caller may start the training that is due after so many answers: of all who ask at the same moment one may.

        The answers count on until it has begun. When it never does, the next one is due after as many more.
        """
        with suppress(self._is_refused):
            self._table.update_item(
                Key={"pk": "corrections", "sk": classifier},
                UpdateExpression="SET #next = #since + :after",
                ConditionExpression="#since >= :after AND (attribute_not_exists(#next) OR #since >= #next)",
                ExpressionAttributeNames={"#since": "since_training", "#next": "next_training"},
                ExpressionAttributeValues={":after": after},
            )
            return True
        return False

    def give_training_back(self, classifier: str) -> None:
        """Take a claim back: the training could not even be asked for, and may be at the next answer."""
        self._table.update_item(Key={"pk": "corrections", "sk": classifier}, UpdateExpression="REMOVE next_training")

    def claim_copy(self, classifier: str, object_version: str) -> bool:
        """Whether the caller may write this version of a training file over itself: of all who saw it at the same moment one may.

        Who may and does not leaves it to the next one after a minute.
        """
        moment = int(time.time())
        with suppress(self._is_refused):
            self._table.update_item(
                Key={"pk": "corrections", "sk": classifier},
                UpdateExpression="SET copied = :version, copied_at = :moment",
                ConditionExpression="attribute_not_exists(copied) OR copied <> :version OR copied_at < :lapsed",
                ExpressionAttributeValues={":version": object_version, ":moment": moment, ":lapsed": moment - COPY_SECONDS},
            )
            return True
        return False

    def begin_training(self, classifier: str, job_id: str) -> None:
        """Count anew: a training takes all answers that there are. Once for each run of a job."""
        with suppress(self._is_refused):
            self._table.update_item(
                Key={"pk": "corrections", "sk": classifier},
                UpdateExpression="SET taken = if_not_exists(since_training, :none), taken_next = if_not_exists(next_training, :none),"
                " taken_by = :job, since_training = :none REMOVE next_training",
                ConditionExpression="attribute_not_exists(taken_by) OR taken_by <> :job",
                ExpressionAttributeValues={":job": job_id, ":none": 0},
            )

    def give_answers_back(self, classifier: str, job_id: str) -> None:
        """The training has brought no model: what it took counts as unseen again; the next one is due when it would have been without it.

        Once for each run of a job, and only for the last one that has begun.
        """
        with suppress(self._is_refused):
            self._table.update_item(
                Key={"pk": "corrections", "sk": classifier},
                UpdateExpression="SET since_training = since_training + taken, next_training = taken_next REMOVE taken_by",
                ConditionExpression="taken_by = :job",
                ExpressionAttributeValues={":job": job_id},
            )

    def _add(self, classifier: str, change: int, at_least: int | None = None) -> dict[str, Any]:
        bound: dict[str, Any] = {"ConditionExpression": "#since >= :least"} if at_least is not None else {}
        values = {":change": change} | ({":least": at_least} if at_least is not None else {})
        answer: dict[str, Any] = self._table.update_item(
            Key={"pk": "corrections", "sk": classifier},
            UpdateExpression="ADD #since :change",
            ExpressionAttributeNames={"#since": "since_training"},
            ExpressionAttributeValues=values,
            ReturnValues="UPDATED_NEW",
            **bound,
        )
        return answer

    @staticmethod
    def _key(job_id: str, row: int) -> dict[str, str]:
        return {"pk": f"review#{job_id}", "sk": f"{row:010d}"}


def _of(updated: dict[str, Any]) -> Answer | None:
    before = updated.get("Attributes")
    return Answer.from_item(before) if before else None
