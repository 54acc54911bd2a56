"""S3's "Object Created" events as EventBridge carries them."""

from __future__ import annotations

import itertools
import threading
import time
import uuid
from typing import Any

from moto.s3.models import FakeBucket, FakeKey
from moto.s3.notifications import S3NotificationEvent

from contract.events import OBJECT_CREATED
from local.host import Host

_REASONS = {
    S3NotificationEvent.OBJECT_CREATED_PUT_EVENT: "PutObject",
    S3NotificationEvent.OBJECT_CREATED_POST_EVENT: "POST Object",
    S3NotificationEvent.OBJECT_CREATED_COPY_EVENT: "CopyObject",
}


class Sequencer:
    """Gives out sequencers: hexadecimal, and of two, the later one is the greater."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(time.time_ns())

    def next(self) -> str:
        """The next one."""
        with self._lock:
            return f"{next(self._numbers):016X}"


def object_created(
    host: Host, event_name: str, bucket: FakeBucket, key: FakeKey, sequencer: Sequencer
) -> tuple[str, dict[str, Any]] | None:
    """Detail type and detail for one of moto's notifications; None for those that make no event.

    moto notifies twice of a multipart upload: first as a put of a key that came in parts, then as the
    upload's completion. The first one names the very version that was made, so that one counts.
    """
    reason = _REASONS.get(event_name)  # type: ignore[call-overload]  # the enum's members are strings
    if reason is None:
        return None
    if reason == "PutObject" and key.multipart is not None:
        reason = "CompleteMultipartUpload"
    thing = {"key": key.name, "size": key.size, "etag": key.etag.strip('"'), "sequencer": sequencer.next()}
    if bucket.is_versioned:
        thing["version-id"] = key.version_id
    detail = {
        "version": "0",
        "bucket": {"name": bucket.name},
        "object": thing,
        "request-id": uuid.uuid4().hex[:16].upper(),
        "requester": host.account,
        "source-ip-address": "127.0.0.1",
        "reason": reason,
    }
    return OBJECT_CREATED, detail
