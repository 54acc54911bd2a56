"""Events as EventBridge delivers them, parsed in one place."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.errors import AlgorithmError
from contract.events import MODEL_PUBLISHED, SOURCE, BatchJobState, ModelPublished, ObjectCreated, TrainingJobState
from contract.sequencers import is_newer

Event = Callable[[str], dict[str, Any]]


def test_keys_of_objects_arrive_as_they_are(event: Event) -> None:
    """Spaces, plus signs and accents in EventBridge events are not form-encoded, so nothing decodes them."""
    dropped = ObjectCreated.from_event(event("object_created"))
    assert dropped.key == "März 2026/claims (2) + late.CSV"
    assert dropped.bucket == "tck-dev-storage-predictbucket"
    assert dropped.version == "3HL4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY"
    assert (dropped.size, dropped.sequencer) == (5_242_880, "00655B5C1E8A2F3D10")


def test_a_multipart_upload_is_an_object_too(event: Event) -> None:
    """Large files come in parts, and their event has the same fields."""
    assert ObjectCreated.from_event(event("object_created_multipart")).key == "classifiers/tone/claims.csv.gz"


def test_a_bucket_without_versions_is_our_mistake(event: Event) -> None:
    """Without a version id two drops of one file cannot be told apart; the message says what to switch on."""
    unversioned = copy.deepcopy(event("object_created"))
    del unversioned["detail"]["object"]["version-id"]
    with pytest.raises(AlgorithmError, match=r"'version-id'\. Versioning must be on"):
        ObjectCreated.from_event(unversioned)


@pytest.mark.parametrize(
    ("sequencer", "other", "expected"),
    [
        ("0055AED6DCD90281E5", "0055AED6DCD90281E4", True),
        ("0055AED6DCD90281E4", "0055AED6DCD90281E5", False),
        ("0055AED6DCD90281E4", "0055AED6DCD90281E4", False),
        ("0055aed6dcd90281e5", "0055AED6DCD90281E4", True),
        ("0055AED6DCD902", "0055AED6DCD90281E4", False),
        ("0055AED6DCD90281E4", "0055AED6DCD902", True),
        ("0155AED6", "0055AED6DCD90281E4", True),
        ("0055AED6DC", "0055AED6DC00", False),
    ],
)
def test_sequencers_are_compared_as_s3_prescribes(sequencer: str, other: str, expected: bool) -> None:
    """The shorter one is filled with zeros on the right; filled on the left, a newer short one would count as older."""
    assert is_newer(sequencer, other) is expected


@given(st.text("0123456789ABCDEF", max_size=18), st.text("0123456789ABCDEF", max_size=18))
def test_of_two_sequencers_at_most_one_is_newer(one: str, other: str) -> None:
    """Two results can never each count as the newer one."""
    assert not (is_newer(one, other) and is_newer(other, one))


def test_a_drop_can_be_told_again() -> None:
    """The event made of a record is read as the one that S3 sent, whatever the file is called."""
    dropped = ObjectCreated("train", "März/a +b.csv", "v1", 7, "0A")
    assert ObjectCreated.from_event(dropped.to_event()) == dropped


def test_a_batch_job_that_succeeded(event: Event) -> None:
    """Times come in milliseconds and leave in seconds."""
    state = BatchJobState.from_event(event("batch_succeeded"))
    assert (state.name, state.status, state.exit_code) == ("tck-dev-predict-claims-0123456789ab", "SUCCEEDED", 0)
    assert state.batch_id == "4c7599ae-0a82-49aa-ba5a-4727fcce14a8"
    assert (state.created_seconds, state.started_seconds, state.stopped_seconds) == (1763647407.0, 1763647500.0, 1763647560.5)


def test_the_wait_for_a_host_is_that_of_a_job_which_waits_for_nothing_else(event: Event) -> None:
    """From creation to start; unknown for a job that waits for other jobs, and for one that never started."""
    succeeded = event("batch_succeeded")
    assert BatchJobState.from_event(succeeded).queued_seconds == 93
    succeeded["detail"]["dependsOn"] = [{"jobId": "another"}]
    assert BatchJobState.from_event(succeeded).queued_seconds == 0
    assert BatchJobState.from_event(event("batch_failed_never_started")).queued_seconds == 0


def test_a_batch_job_that_failed_gives_every_reason(event: Event) -> None:
    """The container's reason and Batch's own both matter: one says out of memory, the other that a host vanished."""
    state = BatchJobState.from_event(event("batch_failed_out_of_memory"))
    assert state.exit_code == 137
    assert state.reason == "OutOfMemoryError: Container killed due to memory usage; Essential container in task exited"
    assert "Host EC2" in BatchJobState.from_event(event("batch_failed_host_reclaimed")).reason


def test_a_batch_job_that_never_started_has_no_start(event: Event) -> None:
    """A job cancelled in the queue has neither a start nor an exit code."""
    state = BatchJobState.from_event(event("batch_failed_never_started"))
    assert (state.started_seconds, state.exit_code) == (None, None)


@pytest.mark.parametrize(("name", "status"), [("training_completed", "Completed"), ("training_failed", "Failed")])
def test_a_training_job_reached_a_state(event: Event, name: str, status: str) -> None:
    """Name and status are all that is taken from the event; the rest is asked of the service."""
    assert TrainingJobState.from_event(event(name)) == TrainingJobState("tck-dev-train-claims-0123456789ab", status)


def test_a_published_model_is_read_from_its_own_entry() -> None:
    """What the gate puts on the bus is what the listeners parse, accents included."""
    published = ModelPublished("dev", "tone", 10, "s3://models/models/größe/output/model.tar.gz")
    entry = published.to_entry()
    assert (entry["Source"], entry["DetailType"]) == (SOURCE, MODEL_PUBLISHED)
    assert ModelPublished.from_event({"detail-type": entry["DetailType"], "detail": json.loads(entry["Detail"])}) == published


@pytest.mark.parametrize("parser", [ObjectCreated, BatchJobState, TrainingJobState, ModelPublished])
def test_an_event_of_another_kind_is_our_mistake(parser: Any) -> None:
    """A rule that wakes the wrong function is named at once."""
    with pytest.raises(AlgorithmError, match=r"Expected the event '.+', got 'Scheduled Event'"):
        parser.from_event({"detail-type": "Scheduled Event", "detail": {}})
