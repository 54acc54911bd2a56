"""The ledger's records of endpoints: one for each classifier, beside its jobs and models."""

from __future__ import annotations

from typing import Any

from contract.hosting import Live


class LiveLedger:
    """Reads and writes them. The table is the ledger's, a boto3 Table resource."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def get(self, classifier: str) -> Live | None:
        """What a classifier's endpoint was last asked to serve; None when there never was one."""
        item = self._table.get_item(Key={"pk": "live", "sk": classifier}, ConsistentRead=True).get("Item")
        return Live.from_item(item) if item else None

    def put(self, live: Live) -> None:
        """Remember it in place of what was there."""
        self._table.put_item(Item={"pk": "live", "sk": live.classifier, **live.to_item()})
