"""`report.html`: one page that a person can open anywhere and read."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from contract.documents import Evaluation, Score
from model.artifact import Artifact
from model.confidence import Prediction
from model.fitting import Epoch
from model.rows import Rows
from model.scores import class_scores, wilson_interval

MISTAKES_SHOWN = 10
MATRIX_LABELS = 25  # more would not fit on a page; then the most frequent confusions are listed
CONFUSIONS_SHOWN = 25
TEXT_CHARS = 300

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { padding: .2rem .6rem; border-bottom: 1px solid #ddd; text-align: left; vertical-align: top; overflow-wrap: break-word; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
svg { max-width: 100%; height: auto; }
.warning { background: #fff3cd; padding: .5rem 1rem; }
"""


def write_report(
    evaluation: Evaluation, history: Sequence[Epoch], test: Rows, predictions: Sequence[Prediction], artifact: Artifact
) -> str:
    """The page as HTML; it loads nothing from anywhere."""
    provenance = artifact.provenance
    title = f"Classifier '{provenance.classifier}', model v{provenance.model_version}"
    answers = [entry.label for entry in predictions]
    sections = [
        f"<h1>{escape(title)}</h1>",
        *(f'<p class="warning">{escape(warning)}</p>' for warning in evaluation.warnings),
        _summary(evaluation, predictions, artifact),
        "<h2>Labels</h2>",
        _labels(test.labels, answers),
        "<h2>Confusions</h2>",
        _confusions(test.labels, answers),
        "<h2>Learning curve</h2>",
        f"<p>The weights are those of epoch {evaluation.best_epoch}, where the validation loss was smallest.</p>",
        learning_curve(history, evaluation.best_epoch),
        "<h2>Most confident mistakes</h2>",
        _mistakes(test, predictions),
        "<h2>Rows</h2>",
        _rows(evaluation),
    ]
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n' + "\n".join(sections) + "\n</body></html>\n"


def learning_curve(history: Sequence[Epoch], best_epoch: int) -> str:
    """Losses by epoch as an inline SVG; the same numbers give the same text."""
    with mpl.rc_context({"svg.hashsalt": "learning curve", "svg.fonttype": "none", "font.family": "sans-serif"}):
        figure = Figure(figsize=(7, 3), layout="constrained")
        axes = figure.add_subplot()
        numbers = [epoch.number for epoch in history]
        axes.plot(numbers, [epoch.train_loss for epoch in history], marker="o", label="training loss")
        axes.plot(numbers, [epoch.validation_loss for epoch in history], marker="o", label="validation loss")
        axes.axvline(best_epoch, color="grey", linestyle=":", label="best epoch")
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend()
        drawing = io.StringIO()
        figure.savefig(drawing, format="svg", metadata={"Date": None})
    return drawing.getvalue().partition("<svg")[1] + drawing.getvalue().partition("<svg")[2]


def _summary(evaluation: Evaluation, predictions: Sequence[Prediction], artifact: Artifact) -> str:
    reviewed = sum(bool(entry.review_reason) for entry in predictions) / len(predictions)
    champion = evaluation.champion_score
    rows = [
        ("this model", _share(evaluation.challenger_score), f"{evaluation.challenger_score.macro_f1:.3f}"),
        *([(f"current model, v{evaluation.champion_version}", _share(champion), f"{champion.macro_f1:.3f}")] if champion else []),
        ("always the most frequent label", f"{evaluation.majority_accuracy:.1%}", ""),
    ]
    return (
        f"<p>Measured on {evaluation.challenger_score.rows} rows ({escape(evaluation.held_out)}), on which it was neither"
        f" trained nor calibrated. {reviewed:.1%} of them ask for a review: chiefly those with a confidence below"
        f" {artifact.review.threshold:.2f}, at and above which at least {artifact.review.target_accuracy:.0%} of the validation"
        " rows were right.</p>" + _table(("", "accuracy (95 % interval)", "macro F1"), rows)
    )


def _share(score: Score) -> str:
    low, high = wilson_interval(score.accuracy * score.rows, score.rows)
    return f"{score.accuracy:.1%} ({low:.1%} to {high:.1%})"


def _labels(actual: Sequence[str], answers: Sequence[str]) -> str:
    scores = class_scores(actual, answers)
    return _table(
        ("label", "precision", "recall", "F1", "rows"),
        [(one.label, f"{one.precision:.1%}", f"{one.recall:.1%}", f"{one.f1:.3f}", one.rows) for one in scores],
    )


def _confusions(actual: Sequence[str], answers: Sequence[str]) -> str:
    """The matrix, or for many labels its largest entries."""
    cells = Counter(zip(actual, answers, strict=True))
    names = sorted({*actual, *answers})
    if len(names) > MATRIX_LABELS:
        wrong = [(truth, answer, count) for (truth, answer), count in cells.most_common() if truth != answer]
        return _table(("label", "predicted", "rows"), wrong[:CONFUSIONS_SHOWN])
    rows: list[tuple[str | int, ...]] = [(name, *(cells[name, answer] for answer in names)) for name in names]
    return "<p>A row per label, a column per prediction.</p>" + _table(("", *names), rows)


def _mistakes(test: Rows, predictions: Sequence[Prediction]) -> str:
    entries = zip(test.texts, test.labels, predictions, strict=True)
    wrong = sorted((entry for entry in entries if entry[1] != entry[2].label), key=lambda entry: -entry[2].confidence)
    if not wrong:
        return "<p>None.</p>"
    shown = [(label, made.label, f"{made.confidence:.2f}", _shortened(text)) for text, label, made in wrong[:MISTAKES_SHOWN]]
    return "<p>Often it is the label in the file that is wrong.</p>" + _table(("label", "predicted", "confidence", "text"), shown)


def _rows(evaluation: Evaluation) -> str:
    return _table(
        ("rows", "count"),
        [
            ("training", evaluation.train_rows),
            ("validation", evaluation.validation_rows),
            ("test", evaluation.challenger_score.rows),
            *((f"left out: {reason}", count) for reason, count in evaluation.dropped.items()),
        ],
    )


def _shortened(text: str) -> str:
    return text if len(text) <= TEXT_CHARS else text[:TEXT_CHARS] + "…"


def _table(head: Iterable[str], rows: Iterable[Sequence[str | int]]) -> str:
    """Counts are set to the right."""
    lines = ["<tr>" + "".join(f"<th>{escape(name)}</th>" for name in head) + "</tr>"]
    for row in rows:
        cells = (f'<td class="number">{cell}</td>' if isinstance(cell, int) else f"<td>{escape(cell)}</td>" for cell in row)
        lines.append("<tr>" + "".join(cells) + "</tr>")
    return "<table>" + "\n".join(lines) + "</table>"
