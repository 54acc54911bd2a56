"""Signals that end a command as Ctrl-C does, where something that costs money must be stopped first."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise KeyboardInterrupt at a signal to end, or when the terminal is closed, unless somebody has it ignored, as nohup does."""
    if threading.current_thread() is not threading.main_thread():  # where Python sets no handlers
        yield
        return
    before = {each: found for each in SIGNALS if (found := signal.getsignal(each)) != signal.SIG_IGN}
    for each in before:
        signal.signal(each, _interrupt)
    try:
        yield
    finally:
        for each, found in before.items():
            signal.signal(each, found)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
