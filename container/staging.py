"""A folder for files that nobody should see yet; what killed runs left of theirs is cleared away by the next one."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

PREFIX = ".predict-"


@contextmanager
def staging_folder(within: Path | None) -> Iterator[Path]:
    """A folder inside another, or wherever there is room; it is deleted at the end.

    A lock tells that it is in use, and ends with the process however that ends.
    """
    with ExitStack() as stack:
        if within is None:
            yield Path(stack.enter_context(TemporaryDirectory(prefix=PREFIX)))
            return
        with _locked(within):  # nobody takes a folder for forgotten that is only being made
            for forgotten in within.glob(f"{PREFIX}*"):
                with suppress(OSError), _locked(forgotten, fcntl.LOCK_NB):
                    shutil.rmtree(forgotten, ignore_errors=True)
            folder = Path(stack.enter_context(TemporaryDirectory(prefix=PREFIX, dir=within)))
            stack.enter_context(_locked(folder))
        yield folder


@contextmanager
def _locked(folder: Path, how: int = 0) -> Iterator[None]:
    """Hold a folder's lock. Raises OSError with LOCK_NB when another process holds it."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | how)
        yield
    finally:
        os.close(descriptor)
