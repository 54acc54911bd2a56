"""The labels one by one, and which are taken for which."""

from __future__ import annotations

from html import escape

import numpy as np

from model.training.report.findings import Findings
from model.training.report.markup import LABEL_CHARS, Html, folded, joined, paragraph, percent, section, shortened, table
from model.training.report.measures import confusions
from model.training.scores import ClassScore, class_scores

MATRIX_LABELS = 20  # more would not fit on a page: then pairs are listed
WORST_LABELS = 20
PAIRS_SHOWN = 25


def classes(findings: Findings) -> Html:
    """Precision, recall and F1 of each label."""
    names = [*findings.labels, ""]  # NO_LABEL finds the last one
    actual, predicted = ([names[at] for at in positions.tolist()] for positions in (findings.test.actual, findings.test.predicted))
    scores = class_scores(actual, predicted)
    counts = dict(zip(findings.labels, findings.train_counts.tolist(), strict=True))
    everything = _scores(scores, counts)
    if len(scores) > WORST_LABELS:
        worst = sorted(scores, key=lambda entry: (entry.f1, -entry.rows))[:WORST_LABELS]
        caption = f"The {WORST_LABELS} labels with the lowest F1:"
        shown = joined(_scores(worst, counts, caption), folded(f"All {len(scores):,} labels", everything))
    else:
        shown = everything
    silent = [label for label in findings.labels if counts[label] and label not in {entry.label for entry in scores}]
    return section(
        "labels",
        "Label by label",
        paragraph(
            "Precision: of the rows that were given the label, those that have it. Recall: of the rows that have the label, those that"
            " were given it. F1: their harmonic mean."
        ),
        shown,
        paragraph(f"No test row has or was given: {_listed(silent)}.", "soft") if silent else "",
    )


def _scores(scores: list[ClassScore], counts: dict[str, int], caption: str = "") -> Html:
    head = ("label", "precision", "recall", "F1", "test rows", "training rows")
    rows = [
        (
            shortened(entry.label or "(no label)", LABEL_CHARS),
            percent(entry.precision),
            percent(entry.recall),
            f"{entry.f1:.3f}",
            f"{entry.rows:,}",
            f"{counts.get(entry.label, 0):,}",
        )
        for entry in scores
    ]
    return table(head, rows, numbers=head[1:], caption=caption)


def _listed(labels: list[str]) -> str:
    shown = ", ".join(f"'{shortened(label, LABEL_CHARS)}'" for label in labels[:WORST_LABELS])
    return shown + (f" and {len(labels) - WORST_LABELS:,} more" if len(labels) > WORST_LABELS else "")


def mix_ups(findings: Findings) -> Html:
    """The confusion matrix, or for many labels its largest entries."""
    if len(findings.labels) <= MATRIX_LABELS and (findings.test.predicted >= 0).all():
        how = "A row for each right label, a column for each answer; the stronger its colour, the greater a cell's share of its row."
        return section("confusions", "What is taken for what", paragraph(how), _matrix(findings))
    names = [*findings.labels, "(no label)"]
    totals = np.bincount(findings.test.actual, minlength=len(findings.labels))
    found = confusions(findings.test.actual, findings.test.predicted, len(findings.labels))
    head = ("right label", "answer", "rows", "of the label's rows")
    rows = [
        (shortened(names[actual], LABEL_CHARS), shortened(names[answer], LABEL_CHARS), f"{count:,}", percent(count / totals[actual]))
        for actual, answer, count in found[:PAIRS_SHOWN]
    ]
    how = f"The most frequent of {len(found):,} confusions." if len(found) > PAIRS_SHOWN else ""
    shown = table(head, rows, numbers=head[2:], caption=how) if rows else paragraph("Nothing: every test row was given its label.")
    return section("confusions", "What is taken for what", shown)


def _matrix(findings: Findings) -> Html:
    size = len(findings.labels)
    cells = np.bincount(findings.test.actual * size + findings.test.predicted, minlength=size * size).reshape(size, size)
    totals = np.maximum(cells.sum(axis=1), 1)
    names = [escape(shortened(label, LABEL_CHARS)) for label in findings.labels]
    lines = ["<thead><tr><th></th>" + "".join(f'<th scope="col"><span>{name}</span></th>' for name in names) + "</tr></thead>"]
    for row, name in enumerate(names):
        counts = "".join(
            f'<td{" class=right" if row == column else ""} style="--share:{cells[row, column] / totals[row]:.3f}">'
            f"{cells[row, column] or ''}</td>"
            for column in range(size)
        )
        lines.append(f'<tr><th scope="row">{name}</th>{counts}</tr>')
    return Html('<div class="scroll"><table class="matrix">' + "\n".join(lines) + "</table></div>")
