"""Which tests run in one process when several processes share the suite: those of a room, whose fixtures are dear."""

from __future__ import annotations

from pathlib import Path

import pytest

TESTS = Path(__file__).parent
LONGEST = "end_to_end"  # begins first, so that the other processes have the rest of the suite to do meanwhile


@pytest.hookimpl(tryfirst=True)  # before the groups are read
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep each room together."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_room(item)))
    items.sort(key=lambda item: _room(item) != LONGEST)


def _room(item: pytest.Item) -> str:
    return item.path.relative_to(TESTS).parts[0]
