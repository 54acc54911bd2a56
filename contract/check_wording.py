"""What the sentences of a check are made of."""

from __future__ import annotations

from contract.check_facts import Facts, Finding, RowCount, Severity

SHOWN = 8  # labels, reasons or columns in a sentence
NO_ROWS = RowCount()


def refusal(about: str, sentence: str) -> Finding:
    """The file would be refused."""
    return Finding(Severity.REFUSAL, about, sentence)


def warning(about: str, sentence: str, count: RowCount) -> Finding:
    """It would be used, but not as its owner may think, for so many rows."""
    return Finding(Severity.WARNING, about, sentence, count.rows)


def remark(about: str, sentence: str, count: RowCount = NO_ROWS) -> Finding:
    """Good to know."""
    return Finding(Severity.REMARK, about, sentence, count.rows)


def reasons_of_lines(facts: Facts) -> str:
    """Why lines of a manifest are left out, each reason with its first line."""
    reasons = list(facts.rejected_why.items())[:SHOWN]
    return "; ".join(f"{count:,} x {reason}, the first is line {facts.rejected_first[reason]:,}" for reason, count in reasons)
