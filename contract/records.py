"""The ledger's records: jobs, models, and which model is current."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self

from contract.deployment import Run
from contract.errors import UserError
from contract.events import ObjectCreated
from contract.layout import DEFAULT_CLASSIFIER, parse_drop


class JobKind(StrEnum):
    """What a job does."""

    TRAIN = "train"
    PREDICT = "predict"


class JobStatus(StrEnum):
    """What has become of a job; the last three are final."""

    RECEIVED = "received"  # claimed by a Lambda that has not started it yet
    WAITING = "waiting"  # for a first model
    RUNNING = "running"  # handed to SageMaker or Batch
    DONE = "done"
    FAILED = "failed"  # the kit or the platform
    REFUSED = "refused"  # the file or the settings; the message says what to mend


START_ATTEMPTS = 3  # of a Lambda at one event, before it becomes a dead letter
START_SECONDS = 600  # within which they are over: three times 90 s at most, and the one and two minutes that Lambda waits in between

FINAL = frozenset({JobStatus.DONE, JobStatus.FAILED, JobStatus.REFUSED})


class ModelStatus(StrEnum):
    """Whether the gate let a model through."""

    PUBLISHED = "published"
    KEPT = "kept"


def now() -> str:
    """The present moment, ISO 8601 in UTC, sortable as text."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def make_job_id(kind: JobKind, bucket: str, key: str, version: str) -> str:
    """The id of the job for one object version: the same for every delivery of its event.

    At most 45 characters of `[a-z0-9-]`, the file's name in it for people.
    """
    digest = hashlib.sha256("\0".join((bucket, key, version)).encode()).hexdigest()[:12]
    stem = key.rsplit("/", 1)[-1].split(".", 1)[0].lower()
    slug = re.sub(r"[^a-z0-9]+", "-", stem)[:20].strip("-") or "file"
    return f"{kind}-{slug}-{digest}"


@dataclass(frozen=True, kw_only=True)
class Record:
    """Base of the ledger's records: to an item and back."""

    def to_item(self) -> dict[str, Any]:
        """The record's attributes as DynamoDB takes them; empty strings are left out."""
        return {name: decimals(value) for name, value in asdict(self).items() if value != ""}

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        """The inverse of `to_item`; attributes of a later version are ignored."""
        known = {entry.name for entry in fields(cls)}
        return cls(**{name: _numbers(value) for name, value in item.items() if name in known})


@dataclass(frozen=True, kw_only=True)
class Job(Record):
    """One dropped object version and what became of it."""

    job_id: str
    kind: str  # a JobKind
    classifier: str
    status: str  # a JobStatus
    bucket: str
    key: str
    object_version: str
    sequencer: str = ""
    size: int = 0  # bytes
    created_at: str = ""
    updated_at: str = ""
    waiting_since: str = ""  # for a first model, then for its end, then for its owner to hear of it
    lease_until: int = 0  # seconds since the epoch; until then one Lambda alone may start the job
    attempts: int = 0  # how often a Lambda began to start this run of it
    run: int = 1  # which one this is: `kit retry` begins another
    platform_id: str = ""  # the training job's name, or Batch's job id
    model_version: int = 0  # made by this training, or used by this prediction
    champion_version: int = 0  # the model that this training is compared with
    is_anew: bool = False  # a training on a file that was not dropped for it, but trained on before
    answers: int = 0  # that people had given when such a training was asked for
    message: str = ""  # a sentence for people
    details: str = ""  # more lines for people
    acknowledged_at: str = ""  # when the owner was told that it is under way
    told_at: str = ""  # when the owner was told how it ended
    results: str = ""  # s3://bucket/prefix/
    rows_in: int = 0
    rows_out: int = 0
    rows_rejected: int = 0
    rows_to_review: int = 0
    queued_seconds: float = 0.0  # between its hand-over to SageMaker or Batch and its start
    seconds: float = 0.0
    cost_usd: float = 0.0
    earlier_usd: float = 0.0  # what the runs before this one cost

    @classmethod
    def of_drop(cls, kind: JobKind, dropped: ObjectCreated) -> Self:
        """The job of an object version that was dropped, before anything has happened to it."""
        try:
            classifier = parse_drop(dropped.key).classifier
        except UserError:
            classifier = DEFAULT_CLASSIFIER  # such a key is refused later, and the refusal needs a place in the ledger
        return cls(
            job_id=make_job_id(kind, dropped.bucket, dropped.key, dropped.version),
            kind=kind,
            classifier=classifier,
            status=JobStatus.RECEIVED,
            bucket=dropped.bucket,
            key=dropped.key,
            object_version=dropped.version,
            sequencer=dropped.sequencer,
            size=dropped.size,
        )

    @property
    def run_id(self) -> str:
        """What names everything that this run of it makes."""
        return Run(self.job_id, self.run).id

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.status in FINAL

    def is_stranded(self, second: float) -> bool:
        """Whether it was never started and no Lambda will try again by itself, at a moment in seconds since the epoch.

        Attempts alone do not tell: one that finds the lease of a Lambda that died is not counted, and an event may be lost.
        """
        if self.status != JobStatus.RECEIVED or self.lease_until >= second:
            return False
        return self.attempts >= START_ATTEMPTS or max(self.lease_until, self._changed_at) + START_SECONDS < second

    def is_untold(self, second: float) -> bool:
        """Whether its owner has still to hear that it waits, or how it ended, and no Lambda will tell by itself, at such a moment too."""
        is_told = self.acknowledged_at if self.status == JobStatus.WAITING else self.told_at or not self.is_final
        return not is_told and self._changed_at + START_SECONDS < second

    @property
    def _changed_at(self) -> float:
        return datetime.fromisoformat(self.updated_at).timestamp() if self.updated_at else 0.0


@dataclass(frozen=True, kw_only=True)
class Model(Record):
    """One trained model of a classifier."""

    classifier: str
    version: int
    status: str  # a ModelStatus
    artifact_uri: str
    job_id: str
    training_object: str
    training_object_version: str
    image_tag: str = ""
    created_at: str = ""
    accuracy: float = 0.0
    macro_f1: float = 0.0
    champion_version: int = 0
    champion_accuracy: float = 0.0
    held_out_rows: int = 0
    corrections: int = 0  # that it learned from
    corrected_by: int = 0  # people who made them
    fresh_rows: int = 0  # that people reviewed and no model learned from
    fresh_accuracy: float = 0.0  # on those
    champion_fresh_accuracy: float = 0.0
    labels: list[str] = field(default_factory=list)
    engine: str = ""  # an Engine that made it; empty of a model that was recorded before models said so
    message: str = ""  # why it was published or kept


@dataclass(frozen=True, kw_only=True)
class Current(Record):
    """The model in use, and the versions in use before it, newest last."""

    classifier: str
    version: int
    artifact_uri: str
    since: str
    by: str
    history: list[int] = field(default_factory=list)


def decimals(value: Any) -> Any:
    """A value as DynamoDB takes it."""
    if isinstance(value, float):
        return Decimal(str(round(value, 6)))
    if isinstance(value, StrEnum):
        return str(value)
    return value


def _numbers(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, list):
        return [_numbers(entry) for entry in value]
    return value
