"""What an audit finds: a locked package with a known vulnerability."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Finding(NamedTuple):
    """A known vulnerability of a locked package."""

    package: str
    version: str
    id: str
    aliases: tuple[str, ...]
    fixed_in: tuple[str, ...]
    lock: str

    def is_explained(self, explained: Mapping[str, str]) -> bool:
        """Whether the table has it, under any of its names."""
        return bool({self.id, *self.aliases} & set(explained))

    def __str__(self) -> str:
        names = ", ".join((self.id, *self.aliases))
        return f"{self.lock}: {self.package} {self.version}: {names}; fixed in {', '.join(self.fixed_in) or 'no version yet'}"
