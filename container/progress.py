"""Progress: a bar where a person watches, a line now and then where a log is read."""

from __future__ import annotations

import sys
import time
from typing import Any, Self, TextIO

LINE_SECONDS = 30.0


class Progress:
    """Counts what is done; `total` is 0 when nobody knows it. A context manager, and used as one."""

    def __init__(self, what: str, unit: str, total: int = 0, stream: TextIO | None = None) -> None:
        self._what, self._unit, self._total = what, unit, total
        self._stream = sys.stderr if stream is None else stream
        self._done = 0
        self._bar: Any = None

    def __enter__(self) -> Self:
        self._started = self._last_line = time.monotonic()
        if is_watched(self._stream):
            from tqdm import tqdm  # type: ignore[import-untyped]  # noqa: PLC0415  # it has no types; only a person at a terminal needs it

            tqdm.monitor_interval = 0  # its thread must not exist when worker processes are forked
            self._bar = tqdm(desc=self._what, unit=f" {self._unit}", total=self._total or None, file=self._stream, unit_scale=True)
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()
        else:
            self._line()

    def advance(self, count: int) -> None:
        """More is done."""
        self._done += count
        if self._bar is not None:
            self._bar.update(count)
        elif time.monotonic() - self._last_line >= LINE_SECONDS:
            self._line()

    def _line(self) -> None:
        self._last_line = time.monotonic()
        rate = self._done / max(self._last_line - self._started, 1e-3)
        print(f"{self._what}: {self._done:,} {self._unit}, {rate:,.0f} {self._unit}/s", file=self._stream, flush=True)


def is_watched(stream: TextIO | None = None) -> bool:
    """Whether a person sees what is written there, standard error if nothing is said."""
    return (sys.stderr if stream is None else stream).isatty()
