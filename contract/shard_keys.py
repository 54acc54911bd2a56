"""Where what a prediction in shards leaves for its next step lies, in the results bucket: it expires, and is never a result."""

from __future__ import annotations

from dataclasses import dataclass

from contract.errors import UserError
from contract.layout import WORK_PREFIX


@dataclass(frozen=True)
class ShardKeys:
    """The keys of a prediction that is done in shards, which are numbered from 0 (results bucket)."""

    job_id: str

    def __post_init__(self) -> None:
        if not self.job_id:
            raise UserError("The shards of a table need a place of their own: set the variable JOB_ID to any name.")

    @property
    def plan(self) -> str:
        """What the shards are."""
        return f"{WORK_PREFIX}{self.job_id}/plan.json"

    def input(self, shard: int) -> str:
        """A shard's rows, where they are not a range of the dropped object."""
        return self._key("input", shard)

    def results(self, shard: int) -> str:
        """A shard's classified rows."""
        return self._key("results", shard)

    def rejected(self, shard: int) -> str:
        """A shard's refused rows, when there are any."""
        return self._key("rejected", shard)

    def review(self, shard: int) -> str:
        """The rows of a shard that may come into the review list."""
        return self._key("review", shard)

    def outcome(self, shard: int) -> str:
        """A shard's counts: written last, without them it is not done."""
        return self._key("outcome", shard)

    def _key(self, kind: str, shard: int) -> str:
        return f"{WORK_PREFIX}{self.job_id}/{kind}/{shard:05d}"
