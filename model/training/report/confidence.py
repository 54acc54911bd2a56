"""What the confidence is worth: reliability, coverage, and what can be promised."""

from __future__ import annotations

from collections import defaultdict

from contract.promise import CONFIDENCE, DEFAULT_MAX_ERROR, per_cent, share_of
from contract.wording import counted
from model.training.report.findings import Findings
from model.training.report.markup import Html, joined, paragraph, percent, section, side_by_side, span, strong, table
from model.training.report.measures import calibration_error_by_chance, coverage_curve
from model.training.report.overview import Measured
from model.training.report.plots import coverage_plot, reliability_plot
from model.training.scores import wilson_interval

REASONS_SHOWN = 12


def confidence(findings: Findings, measured: Measured) -> Html:
    """The section on confidence."""
    curve = coverage_curve(findings.test.confidence, measured.is_right)
    return section(
        "confidence",
        "How far its confidence can be trusted",
        paragraph(
            f"Confidence and accuracy differ by {measured.calibration_error:.3f} on average (expected calibration error over"
            f" {counted(len(measured.bins), 'bin')} with equally many rows, cut by confidence). Perfect calibration would show about"
            f" {calibration_error_by_chance(measured.bins):.3f} on as many rows, by chance alone."
        ),
        side_by_side(
            reliability_plot(measured.bins),
            coverage_plot(*curve, _chosen(measured), 1 - share_of(DEFAULT_MAX_ERROR)),
        ),
        _promises(findings, measured),
        _reasons(findings, measured),
    )


def _chosen(measured: Measured) -> tuple[float, float] | None:
    """Share of the rows that need no review, and of the right ones among them; None when all need one."""
    return None if measured.covered_accuracy is None else (measured.coverage, measured.covered_accuracy)


def _promises(findings: Findings, measured: Measured) -> Html:
    """What each promise costs."""
    rows = []
    for check in findings.promises:
        usual = per_cent(check.max_error) == per_cent(share_of(DEFAULT_MAX_ERROR))
        name = strong(f"{per_cent(check.max_error)} (usual)") if usual else per_cent(check.max_error)
        wrong, of = check.checked_wrong, check.checked_rows
        found = (percent(wrong / of), span(*wilson_interval(wrong, of))) if of else ("–", "")
        threshold = "cannot be promised" if check.threshold is None else f"{check.threshold:.3f}"
        accepted = "–" if check.threshold is None else percent(of / measured.rows)
        rows.append((name, threshold, accepted, *found))
    head = ("at most wrong", "confidence at least", "need no review", "wrong among those", "95 % interval")
    caption = f"What can be promised, with {percent(CONFIDENCE, 0)} confidence, about texts that need no review, and what it costs:"
    note = (
        "The thresholds are those of the model. All that this page says of rows that need no review is counted by thresholds found"
        " without the row in question, each fifth of the rows by the other four."
    )
    return joined(table(head, rows, numbers=head[1:], caption=caption), paragraph(note, "soft"))


def _reasons(findings: Findings, measured: Measured) -> Html:
    """Why rows ask for a review, and whether these are indeed the harder ones."""
    rows_of = defaultdict(list)
    for row, reason in enumerate(findings.test.review_reasons):
        rows_of[reason].append(row)
    ranked = sorted(((reason, rows) for reason, rows in rows_of.items() if reason), key=lambda entry: -len(entry[1]))[:REASONS_SHOWN]
    if not ranked:
        return Html()
    if "" in rows_of:
        ranked.append(("(no review)", rows_of[""]))
    head = ("reason for a review", "share of the rows", "right among them")
    shown = [(reason, percent(len(rows) / measured.rows), percent(float(measured.is_right[rows].mean()))) for reason, rows in ranked]
    return table(head, shown, numbers=head[1:])
