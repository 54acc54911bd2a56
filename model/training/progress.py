"""What a person or a log sees of a long training."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

from tqdm import tqdm  # type: ignore[import-untyped]  # tqdm ships no types

from contract.training_log import steps_done

SECONDS_BETWEEN_LINES = 30.0


class Progress:
    """Counts the steps of an epoch: a bar where a person watches, a line at a fixed pace where a log is read."""

    def __init__(self, epoch: int, steps: int, done: int = 0, is_watched: bool = False) -> None:
        self._epoch, self._steps, self._done = epoch, steps, done
        self._started = self._last = time.monotonic()
        self._bar = tqdm(total=steps, initial=done, desc=f"epoch {epoch}", leave=False) if is_watched else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.close()

    def step(self) -> None:
        """One more is done."""
        self._done += 1
        if self._bar is not None:
            self._bar.update()
        elif time.monotonic() - self._last >= SECONDS_BETWEEN_LINES:
            self._last = time.monotonic()
            say(steps_done(self._epoch, self._done, self._steps, self._last - self._started))


def say(line: str) -> None:
    """Print a line at once, for a log is read while it grows; an open bar makes room for it."""
    tqdm.write(line, file=sys.stdout)
    sys.stdout.flush()
