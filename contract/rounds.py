"""One function's work on many things, of which none may stop the others."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from contract.errors import PlatformError
from contract.wording import counted

MAX_NAMED = 10

log = logging.getLogger(__name__)


def each(names: Iterable[str], do: Callable[[str], None], noun: str = "job") -> None:
    """Do something with every job, or what else has a name. Raises PlatformError at the end when it went wrong with some: try again."""
    failed = []
    for name in names:
        try:
            do(name)
        except Exception:
            log.exception("%s", name)
            failed.append(name)
    if failed:
        raise PlatformError(f"It went wrong with {counted(len(failed), noun)}: {', '.join(failed[:MAX_NAMED])}. The log says why.")
