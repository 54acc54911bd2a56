"""How long the step may go on: it must answer before Lambda ends it."""

from __future__ import annotations

import time
from collections.abc import Callable

from contract.errors import PlatformError

POLL_SECONDS = 3.0  # between two looks at what is ending
ANSWER_SECONDS = 45.0  # kept for the answer, whose sending may itself take 30


class Deadline:
    """The end of this invocation; `remaining_ms` is the context's own method."""

    def __init__(self, remaining_ms: Callable[[], int]) -> None:
        self._remaining_ms = remaining_ms

    @property
    def remaining_seconds(self) -> float:
        """Until Lambda ends this invocation; the one clock of the step."""
        return self._remaining_ms() / 1000

    def check(self, what: str) -> None:
        """Raises PlatformError, whose sentence begins with `what`, when there is no time left."""
        if self.remaining_seconds < ANSWER_SECONDS + POLL_SECONDS:
            raise PlatformError(f"{what}, and the time is up. Delete the stack again: it goes on where it stopped.")

    def wait(self, what: str) -> None:
        """Let a few seconds pass. Raises PlatformError as `check` does."""
        self.check(what)
        time.sleep(POLL_SECONDS)
