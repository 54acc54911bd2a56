"""One local cloud with the sample app for the whole session."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from api_templates import api_stack
from local_app import ENTRY_POINT, Inbox, write_assembly
from sample_templates import data_stack, work_stack

from local.cloud import Cloud, start


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state folder of the local cloud."""
    return tmp_path_factory.mktemp("cloud") / "state"


@pytest.fixture(scope="session")
def cloud(state: Path) -> Iterator[Cloud]:
    """The sample app on a running local cloud."""
    assembly = state.parent / "assembly"
    assembly.mkdir()
    # The stack with the dependency comes first by name: the order must come from the manifest.
    stacks = {"a-work": work_stack(), "b-data": data_stack(), "c-api": api_stack()}
    write_assembly(assembly, stacks, {"a-work": ["b-data"], "c-api": ["b-data"]})
    running = start(assembly, state, entry_point=ENTRY_POINT)
    yield running
    running.stop()


@pytest.fixture(scope="session")
def inbox(cloud: Cloud) -> Inbox:
    """The queues of the running sample."""
    return Inbox(cloud)
