"""The environment of each process as a type: the stack writes it, the process reads it.

A field `ledger_table` travels as the variable LEDGER_TABLE. A field with a default may be absent;
every other missing or malformed variable is named at once.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, Self, get_type_hints

from contract.errors import AlgorithmError


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Base of all environments; fields are str, int, float or bool."""

    def to_env(self) -> dict[str, str]:
        """The variables that carry this environment."""
        return {name.upper(): _write(getattr(self, name)) for name in self.names()}

    @classmethod
    def names(cls) -> list[str]:
        """The fields' names, in order."""
        return [field.name for field in fields(cls)]

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read the environment; raises AlgorithmError that names every missing or bad variable."""
        source = os.environ if environ is None else environ
        types = get_type_hints(cls)
        values: dict[str, Any] = {}
        problems = []
        for field in fields(cls):
            variable = field.name.upper()
            if variable not in source:
                if field.default is MISSING:
                    problems.append(f"{variable} is missing")
                continue
            try:
                values[field.name] = _READERS[types[field.name]](source[variable])
            except ValueError:
                problems.append(f"{variable}={source[variable]!r} is no {types[field.name].__name__}")
        if problems:
            raise AlgorithmError(f"The environment of {cls.__name__} is incomplete: {'; '.join(problems)}.")
        return cls(**values)


def _write(value: str | int | float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _read_bool(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(text)
    return text == "true"


_READERS: dict[type, Callable[[str], Any]] = {str: str, int: int, float: float, bool: _read_bool}
