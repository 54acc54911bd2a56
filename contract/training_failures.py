"""What SageMaker says of a training that failed: around the container's own sentence it puts words of its own."""

from __future__ import annotations

import re
from typing import NamedTuple

_WRAPPED = re.compile(r"AlgorithmError:\s*(?P<sentence>.*?),?\s*exit code:\s*(?P<status>\d+)", re.DOTALL)


class Said(NamedTuple):
    """The last word of a training's container."""

    sentence: str  # empty when it wrote none
    exit_status: int


def said_by_container(failure_reason: str) -> Said | None:
    """The container's sentence in `AlgorithmError: SENTENCE, exit code: 2`; None when the reason is not the container's."""
    match = _WRAPPED.fullmatch(failure_reason)
    return Said(match["sentence"].strip(), int(match["status"])) if match else None
