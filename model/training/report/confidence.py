"""What the confidence is worth: reliability, coverage, and other thresholds that could be chosen."""

from __future__ import annotations

from collections import defaultdict

from contract.wording import counted
from model.training.report.findings import Findings
from model.training.report.markup import Html, paragraph, percent, section, side_by_side, span, strong, table
from model.training.report.measures import calibration_error_by_chance, coverage_curve
from model.training.report.overview import Measured
from model.training.report.plots import coverage_plot, reliability_plot
from model.training.scores import wilson_interval

THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
CLOSE = 0.005  # thresholds that would look the same
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
            coverage_plot(*curve, _chosen(measured), findings.target_accuracy),
        ),
        _thresholds(findings, measured),
        _reasons(findings, measured),
    )


def _chosen(measured: Measured) -> tuple[float, float] | None:
    """Share of the rows that need no review, and of the right ones among them; None when all need one."""
    return None if measured.covered_accuracy is None else (measured.coverage, measured.covered_accuracy)


def _thresholds(findings: Findings, measured: Measured) -> Html:
    rows = []
    others = {threshold for threshold in THRESHOLDS if abs(threshold - findings.review_threshold) >= CLOSE}
    for threshold in sorted({*others, findings.review_threshold}):
        taken = measured.is_right[findings.test.confidence >= threshold]
        is_chosen = threshold == findings.review_threshold
        name = strong(f"{threshold:.3f} (chosen)") if is_chosen else f"{threshold:.2f}"
        if len(taken):
            right = int(taken.sum())
            figures = (percent(right / len(taken)), span(*wilson_interval(right, len(taken))))
            rows.append((name, percent(len(taken) / measured.rows), *figures))
        elif is_chosen:
            rows.append((name, percent(0), "", ""))
    head = ("confidence at least", "share of the rows", "right among them", "95 % interval")
    return table(head, rows, numbers=head[1:], caption="If confidence alone decided on a review, by another threshold:")


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
