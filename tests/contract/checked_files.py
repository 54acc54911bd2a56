"""Small files to check, and what is said of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from contract.check import Check, Request
from contract.check_facts import Finding, Severity
from contract.check_labels import FEW_ROWS

Checked = Callable[..., Check]
AS_IT_COMES = Request()


def as_csv(lines: Sequence[str]) -> bytes:
    """Lines as the bytes of a file."""
    return "".join(f"{line}\n" for line in lines).encode()


def sentence_about(check: Check, about: str) -> str:
    """The sentence of the one finding about something."""
    (finding,) = [finding for finding in check.findings if finding.about == about]
    return f"{finding.severity}: {finding.sentence}"


def topics(check: Check) -> set[str]:
    """What the findings are about."""
    return {finding.about for finding in check.findings}


GOOD = [f"text {label} number {number},{label}" for label in ("leak", "noise") for number in range(FEW_ROWS)]
HEADER = "claim,category"
SMALL = [  # what is said of them
    Finding(
        Severity.WARNING,
        "few_rows_in_all",
        "There are 20 usable rows. About 2 rows would be held out to measure the model with, and as many to steer the training:"
        " figures from so few are rough, and most answers would ask for a person. Add labelled rows.",
        20,
    )
]
