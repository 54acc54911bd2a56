"""The settings as the table in docs/settings.md shows them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import NamedTuple, get_type_hints

from stacks.setting_values import KINDS, shown
from stacks.settings import STAGES, Settings


class Knob(NamedTuple):
    """One row of the table in docs/settings.md."""

    name: str
    type: str
    dev: str
    prod: str
    meaning: str


def knobs() -> Iterator[Knob]:
    """Every setting with its type, its value in both stages and its meaning, as text."""
    types = get_type_hints(Settings)
    for entry in fields(Settings):
        dev, prod = (shown(entry.metadata[stage]) for stage in STAGES)
        yield Knob(entry.name, KINDS[types[entry.name]], dev, prod, entry.metadata["meaning"])
