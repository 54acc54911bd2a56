"""Which tests run in one process when several processes share the suite: those of a room, whose fixtures are dear.

And how seldom the garbage of tests is looked for: among what moto and botocore keep, that took two fifths of their time.
"""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
LONGEST = "end_to_end"  # begins first, so that the other processes have the rest of the suite to do meanwhile
OBJECTS_BETWEEN_COLLECTIONS = 100_000  # of the youngest generation


def pytest_configure() -> None:
    """What modules make when they are imported is not garbage."""
    gc.disable()


def pytest_collection_finish() -> None:
    """All modules are imported: what they hold is looked at no more."""
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    gc.enable()


@pytest.hookimpl(tryfirst=True)  # before the groups are read
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep each room together."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_room(item)))
    items.sort(key=lambda item: _room(item) != LONGEST)


def _room(item: pytest.Item) -> str:
    return item.path.relative_to(TESTS).parts[0]
