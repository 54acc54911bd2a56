"""Lines of a training's log that tell how far it is: a training prints them, and whoever waits for it is shown them."""

from __future__ import annotations

import re

from contract.wording import counted

TERM = "epoch"  # a word of each of them, by which CloudWatch Logs finds them
_BESIDE = "beside the epochs: "
LEARNS_MORE = f"{_BESIDE}the wide part learns from the validation rows, too"
REPORTING = f"{_BESIDE}comparing, and writing the report"
_PROGRESS = re.compile(rf"epoch \d+(?:: \d+ of \d+ steps, | of at most \d+ done in )\d+ s|{_BESIDE}.*")


def wide_part_learns(rows: int, labels: int) -> str:
    """The wide part learns, for seconds, or for minutes where the labels are many."""
    return f"{_BESIDE}the wide part, a linear model, learns {labels:,} labels from {counted(rows, 'row')}"


def epoch_done(number: int, most: int, seconds: float) -> str:
    """An epoch of at most so many is over, after the seconds that it took."""
    return f"epoch {number} of at most {most} done in {seconds:.0f} s"


def steps_done(number: int, done: int, steps: int, seconds: float) -> str:
    """An epoch goes on: so many of its steps are done, after so many seconds."""
    return f"epoch {number}: {done} of {steps} steps, {seconds:.0f} s"


def is_progress(line: str) -> bool:
    """Whether it is one of these."""
    return bool(_PROGRESS.fullmatch(line))
