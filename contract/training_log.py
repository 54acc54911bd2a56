"""Lines of a training's log that tell how far it is: a training prints them, and whoever waits for it is shown them."""

from __future__ import annotations

import re

from contract.wording import counted

TERM = "epoch"  # a word of each of them, by which CloudWatch Logs finds them
REPORTING = "the last epoch is over: comparing and writing the report"
_PROGRESS = re.compile(
    rf"epoch \d+(?:: \d+ of \d+ steps, | of at most \d+ done in )\d+ s|no epoch yet: [\d,]+ rows? and [\d,]+ labels .*|{REPORTING}"
)


def linear_part(rows: int, labels: int) -> str:
    """The linear part learns before the network's epochs begin: for seconds, or minutes where the labels are many."""
    return f"no epoch yet: {counted(rows, 'row')} and {labels:,} labels are learned by the linear part first"


def epoch_done(number: int, most: int, seconds: float) -> str:
    """An epoch of at most so many is over, after the seconds that it took."""
    return f"epoch {number} of at most {most} done in {seconds:.0f} s"


def steps_done(number: int, done: int, steps: int, seconds: float) -> str:
    """An epoch goes on: so many of its steps are done, after so many seconds."""
    return f"epoch {number}: {done} of {steps} steps, {seconds:.0f} s"


def is_progress(line: str) -> bool:
    """Whether it is one of these."""
    return bool(_PROGRESS.fullmatch(line))
