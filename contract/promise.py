"""What is promised about the rows that need no review: at most so many per cent of them have a wrong label.

A training finds for each of these error rates the confidence from which its model can promise it, if it can; a prediction
asks for one of them. How sure the promise is, is the share of trainings whose promise holds.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum

from contract.binomial import at_most
from contract.errors import UserError
from contract.wording import counted

MAX_ERRORS = ("0.5", "1", "2", "3", "5", "10")  # per cent, from the strictest
DEFAULT_MAX_ERROR = "5"
CONFIDENCE = 0.9
LIKELY_CHANCE = 0.05  # of as many wrong rows, were the promise kept: below it the promise is taken for broken


class Verdict(StrEnum):
    """What rows that were checked say of a promise."""

    NONE = "none"  # none was checked, or nothing was promised
    TOO_FEW = "too few"  # so few say nothing, not even if none of them is wrong
    IN_LINE = "in line"
    BROKEN = "broken"


def verdict(checked: int, wrong: int, max_error: float) -> Verdict:
    """What so many wrong ones of the checked rows say of the promised share, by the exact binomial test."""
    if not checked:
        return Verdict.NONE
    if wrong and 1 - at_most(wrong - 1, checked, max_error) < LIKELY_CHANCE:
        return Verdict.BROKEN
    return Verdict.TOO_FEW if at_most(0, checked, max_error) > 1 - CONFIDENCE else Verdict.IN_LINE


def check_max_error(given: str) -> str:
    """One of `MAX_ERRORS` as it is written there. Raises UserError that names them."""
    try:
        found = f"{float(given.strip().removesuffix('%')):g}"
    except ValueError:
        found = ""
    if found not in MAX_ERRORS:
        raise UserError(f"'{given}' is no error rate that can be promised. Choose one of {', '.join(MAX_ERRORS)} (per cent).")
    return found


def share_of(max_error: str) -> float:
    """One of `MAX_ERRORS` as a share of 1."""
    return float(max_error) / 100


@dataclass(frozen=True)
class Promise:
    """An error rate that was asked for, and from which confidence on a model promises it."""

    max_error: float  # share of the rows without a review that may be wrong
    confidence: float  # how sure that is
    threshold: float | None  # a smaller confidence asks for a review; None: the model cannot promise it, and all rows do
    possible: list[float]  # the error rates that the model can promise

    @property
    def is_kept(self) -> bool:
        """Whether the model can promise it."""
        return self.threshold is not None

    def outcome(self, accepted: int, rows: int) -> PromiseOutcome:
        """What became of it where so many of the rows need no review."""
        share = round(accepted / rows, 6) if rows else 0.0
        return PromiseOutcome(**asdict(self), accepted=accepted, accepted_share=share, is_kept=self.is_kept)


@dataclass(frozen=True, kw_only=True)
class PromiseOutcome:
    """The entry `promise` of a summary."""

    max_error: float
    confidence: float
    threshold: float | None
    possible: list[float]
    accepted: int  # rows that need no review
    accepted_share: float  # of the rows with a label
    is_kept: bool

    def sentence(self) -> str:
        """What is promised about how many rows; or what to do where nothing is."""
        wanted = per_cent(self.max_error)
        if self.is_kept:
            accepted = f"{counted(self.accepted, 'row')} ({100 * self.accepted_share:.0f} %) need no review"
            return f"{accepted}; at most {wanted} of such rows are wrong ({100 * self.confidence:.0f} % certain)."
        said = f"The model cannot promise that at most {wanted} are wrong, so a person should look at all rows."
        if self.possible:
            return f"{said} It can promise {per_cent(min(self.possible))}: ask for that (--max-error), or train with more labelled rows."
        return f"{said} Train with more labelled rows."


@dataclass(frozen=True, kw_only=True)
class PromiseCheck:
    """What a promise costs, and whether it held, on the held-out rows; a part of the evaluation."""

    max_error: float
    threshold: float | None  # as in the model: found on all these rows
    accepted_share: float  # of them, that need no review by it
    checked_rows: int  # that need none by a threshold found without them
    checked_wrong: int  # of those


def per_cent(share: float) -> str:
    """0.05 as "5 %"."""
    return f"{round(100 * share, 3):g} %"
