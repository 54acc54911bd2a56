"""Numbers in sentences."""

from __future__ import annotations

from contract.wording import counted


def test_one_thing_is_no_things() -> None:
    """A single row is not "1 rows", and large numbers can be read."""
    assert [counted(number, "row") for number in (0, 1, 2, 12_500)] == ["0 rows", "1 row", "2 rows", "12,500 rows"]
