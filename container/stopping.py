"""SIGTERM: how SageMaker, Batch and a spot reclaim announce that the process will be killed."""

from __future__ import annotations

import signal
from collections.abc import Callable
from threading import Event
from types import FrameType

from contract.errors import PlatformError

STOPPED = "The job was stopped from outside before it was done: by a person, a time-out, or because a spot instance was taken back."


class StoppedError(PlatformError):
    """The process was told to end. Whoever told it knows why, and may start the work again."""


_stopped = Event()


def stop_flag() -> Callable[[], bool]:
    """A function that tells whether SIGTERM has arrived: for work that can stop at a good moment."""
    flag = Event()
    signal.signal(signal.SIGTERM, lambda *_: flag.set())
    return flag.is_set


def raise_on_stop() -> None:
    """Let SIGTERM raise StoppedError, once: for work that only has to clear away what it began."""
    _stopped.clear()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        _stopped.set()
        raise StoppedError(STOPPED)

    signal.signal(signal.SIGTERM, stop)


def raise_if_stopped() -> None:
    """Raise StoppedError when SIGTERM has arrived: at moments between two steps, for it may have met code that swallows every error."""
    if _stopped.is_set():
        raise StoppedError(STOPPED)
