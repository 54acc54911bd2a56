"""The ledger's jobs page by page, for who cannot read all of them at once."""

from __future__ import annotations

import base64
import json
from typing import Any

from contract.errors import UserError
from contract.ledger import BY_CREATED
from contract.records import Job

MOST_PAGES = 20  # of DynamoDB's that are read in search of one object's jobs


class JobPages:
    """Reads them. The table is the ledger's, a boto3 Table resource."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def page(self, limit: int, before: str = "", *, key: str = "") -> tuple[list[Job], str]:
        """At most `limit` jobs, newest first, and the word for the page after it, empty at the end; with `key` those of one object.

        Of one object there may be fewer, and yet more to come. Raises UserError for a word that is none.
        """
        query: dict[str, Any] = {
            "IndexName": BY_CREATED,
            "ScanIndexForward": False,
            "Limit": limit,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": "job"},
        }
        if key:
            query |= {"FilterExpression": "#key = :key", "ExpressionAttributeNames": {"#key": "key"}}
            query["ExpressionAttributeValues"][":key"] = key
        if before:
            query["ExclusiveStartKey"] = _start(before)
        jobs: list[Job] = []
        for _ in range(MOST_PAGES):
            answer = self._table.query(**query)
            jobs += [Job.from_item(item) for item in answer["Items"]]
            if "LastEvaluatedKey" not in answer:
                return jobs, ""
            query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
            if jobs:
                break
        return jobs, _word(query["ExclusiveStartKey"])


def _word(last: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps([last["sk"], last["created_at"]]).encode()).decode().rstrip("=")


def _start(word: str) -> dict[str, str]:
    """The inverse of `_word`; whatever a stranger writes, it stays among the jobs."""
    try:
        job_id, created_at = json.loads(base64.urlsafe_b64decode(word + "=" * (-len(word) % 4)))
    except (TypeError, ValueError) as error:
        raise UserError("There is no such page. Begin with the first one.") from error
    if not (isinstance(job_id, str) and isinstance(created_at, str) and job_id and created_at):
        raise UserError("There is no such page. Begin with the first one.")
    return {"pk": "job", "sk": job_id, "created_at": created_at}
