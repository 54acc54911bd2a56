"""One function's work on many jobs, of which none may stop the others."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from contract.errors import PlatformError
from contract.wording import counted

MAX_NAMED = 10

log = logging.getLogger(__name__)


def each(jobs: Iterable[str], do: Callable[[str], None]) -> None:
    """Do something with every job, given by a name. Raises PlatformError at the end when it went wrong with some; the next try mends it."""
    failed = []
    for job in jobs:
        try:
            do(job)
        except Exception:
            log.exception("%s", job)
            failed.append(job)
    if failed:
        raise PlatformError(f"It went wrong with {counted(len(failed), 'job')}: {', '.join(failed[:MAX_NAMED])}. The log says why.")
