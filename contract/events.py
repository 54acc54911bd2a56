"""The events that wake the Lambdas, parsed in one place.

EventBridge carries them all: S3 object events (keys arrive as they are, not form-encoded as in S3's
own notifications), Batch and SageMaker state changes, and the kit's own ModelPublished.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from contract.errors import AlgorithmError

SOURCE = "text-classification-kit"
MODEL_PUBLISHED = "ModelPublished"
OBJECT_CREATED = "Object Created"
CONSEQUENCES = ("Dependent Job failed", "Array Child Job failed")  # Batch's reasons for what waited, and for the array as a whole
BATCH_STATE_CHANGE = "Batch Job State Change"
TRAINING_STATE_CHANGE = "SageMaker Training Job State Change"
ENDPOINT_STATE_CHANGE = "SageMaker Endpoint State Change"
SCHEDULED = "Scheduled Event"  # what EventBridge calls the event of a rule with a schedule
NEVER_STARTED = "No machine took the job"  # how the reason begins with which the kit itself cancels one


@dataclass(frozen=True)
class ObjectCreated:
    """An object version appeared in a bucket."""

    bucket: str
    key: str
    version: str  # the object's version id
    size: int  # bytes
    sequencer: str  # orders the versions of one key; compare with `contract.sequencers.is_newer`

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> Self:
        """Parse S3's "Object Created" event."""
        detail = _detail(event, OBJECT_CREATED)
        try:
            thing = detail["object"]
            return cls(detail["bucket"]["name"], thing["key"], thing["version-id"], int(thing.get("size", 0)), thing.get("sequencer", ""))
        except KeyError as error:
            raise AlgorithmError(f"The event of S3 has no field {error}. Versioning must be on in the bucket.") from error

    def to_event(self) -> dict[str, Any]:
        """Such an event, as far as `from_event` reads it."""
        thing = {"key": self.key, "version-id": self.version, "size": self.size, "sequencer": self.sequencer}
        return {"source": "aws.s3", "detail-type": OBJECT_CREATED, "detail": {"bucket": {"name": self.bucket}, "object": thing}}


@dataclass(frozen=True)
class BatchJobState:
    """A Batch job reached a state."""

    batch_id: str
    name: str
    status: str  # SUCCEEDED, FAILED and the states before them
    reason: str  # why, in Batch's or the container's words; often empty
    exit_code: int | None
    created_seconds: float  # since the epoch
    started_seconds: float | None
    stopped_seconds: float | None
    is_dependent: bool  # it waited for other jobs, not for a host alone
    attempt_seconds: float  # how long all of its attempts ran, those that lost their machine among them; 0 when that is not known
    sent_seconds: float | None  # since the epoch: when Batch said so; None in an event that was made by hand

    @property
    def is_consequence(self) -> bool:
        """Whether it failed only because another job of the same prediction did, which says why."""
        return any(sign in self.reason for sign in CONSEQUENCES)

    @property
    def queued_seconds(self) -> float:
        """How long it waited for a host; 0 when that is not known."""
        if self.started_seconds is None or self.is_dependent or not self.created_seconds:
            return 0.0
        return max(self.started_seconds - self.created_seconds, 0.0)

    @property
    def array_id(self) -> str:
        """The array job whose child this is; empty when it is none."""
        parent, _, index = self.batch_id.partition(":")
        return parent if index else ""

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> Self:
        """Parse "Batch Job State Change"; the detail has the shape of DescribeJobs."""
        detail = _detail(event, BATCH_STATE_CHANGE)
        container = detail.get("container") or {}
        reasons = (container.get("reason"), detail.get("statusReason"))
        return cls(
            batch_id=detail["jobId"],
            name=detail["jobName"],
            status=detail["status"],
            reason="; ".join(reason for reason in reasons if reason),
            exit_code=container.get("exitCode"),
            created_seconds=detail.get("createdAt", 0) / 1000,
            started_seconds=_seconds(detail.get("startedAt")),
            stopped_seconds=_seconds(detail.get("stoppedAt")),
            is_dependent=bool(detail.get("dependsOn")),
            attempt_seconds=sum(
                (attempt["stoppedAt"] - attempt["startedAt"]) / 1000
                for attempt in detail.get("attempts", [])
                if attempt.get("startedAt") and attempt.get("stoppedAt")
            ),
            sent_seconds=datetime.fromisoformat(event["time"]).timestamp() if "time" in event else None,
        )


@dataclass(frozen=True)
class TrainingJobState:
    """A SageMaker training job reached a state."""

    name: str
    status: str  # Completed, Failed, Stopped and the states before them

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> Self:
        """Parse "SageMaker Training Job State Change"."""
        detail = _detail(event, TRAINING_STATE_CHANGE)
        return cls(detail["TrainingJobName"], detail["TrainingJobStatus"])


@dataclass(frozen=True)
class EndpointState:
    """A SageMaker endpoint reached a state."""

    name: str

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> Self:
        """Parse "SageMaker Endpoint State Change"."""
        return cls(_detail(event, ENDPOINT_STATE_CHANGE)["EndpointName"])


@dataclass(frozen=True)
class ModelPublished:
    """A classifier's current model changed: through the gate, or by a person."""

    stage: str
    classifier: str
    version: int
    artifact_uri: str

    def to_entry(self) -> dict[str, str]:
        """The entry for EventBridge's PutEvents."""
        return {"Source": SOURCE, "DetailType": MODEL_PUBLISHED, "Detail": json.dumps(vars(self))}

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> Self:
        """Parse the kit's own event."""
        return cls(**_detail(event, MODEL_PUBLISHED))


def _detail(event: Mapping[str, Any], detail_type: str) -> dict[str, Any]:
    if event.get("detail-type") != detail_type:
        raise AlgorithmError(f"Expected the event '{detail_type}', got '{event.get('detail-type')}'.")
    return dict(event["detail"])


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000
