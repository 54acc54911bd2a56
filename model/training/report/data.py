"""What the model was made from: rows, what was left out, lengths, languages, words."""

from __future__ import annotations

import numpy as np

from contract.wording import counted
from model.training.report.findings import Findings, Floats
from model.training.report.markup import (
    LABEL_CHARS,
    Html,
    cards,
    joined,
    paragraph,
    percent,
    section,
    shortened,
    side_by_side,
    strong,
    table,
)
from model.training.report.plots import data_share_plot, learning_plot, length_plot

QUANTILES = (("shortest", 0.0), ("5 % up to", 0.05), ("half up to", 0.5), ("95 % up to", 0.95), ("longest", 1.0))
CONTRADICTIONS_SHOWN = 10
SMALLEST_SHARE = 0.005  # of a language worth a line


def learning(findings: Findings) -> Html:
    """How the training went, and whether more rows would help."""
    shares = data_share_plot(findings.data_shares) if len(findings.data_shares) > 1 else ""
    curve = learning_plot(findings.epochs) if findings.epochs.train_loss else ""
    return section("learning", "How it learned", side_by_side(curve, shares)) if curve or shares else Html()


def data(findings: Findings) -> Html:
    """The section on the data."""
    return section(
        "data",
        "The data",
        _rows(findings),
        _weights(findings),
        _corrected(findings),
        _left_out(findings),
        _contradictions(findings),
        _texts(findings),
        side_by_side(length_plot(findings.train_words, findings.max_tokens)),
    )


def _rows(findings: Findings) -> Html:
    counts = findings.train_counts[findings.train_counts > 0]
    text = (
        f"It learned from {counts.sum():,} rows with {len(counts):,} labels, of {counts.min():,} to {counts.max():,} rows each"
        f" (half of them have up to {int(np.median(counts)):,}); {findings.validation_rows:,} rows chose epoch, calibration and threshold,"
        f" and {len(findings.test.actual):,} are what this report is about ({findings.held_out}). No text is in two of these sets."
    )
    return paragraph(text)


def _weights(findings: Findings) -> Html:
    """Whether rows counted differently; nothing when all counted the same."""
    weights = findings.weights
    if weights is None:
        return Html()
    return paragraph(
        "Sample weights were used: the confidence of its label, as the manifest states it, says how much a row counts."
        f" {int((weights < 1).sum()):,} of the {len(weights):,} training and validation rows count less than 1, the least of them"
        f" {weights.min():.2g}; all figures count each test row once."
    )


def _corrected(findings: Findings) -> Html:
    corrected = findings.corrected
    if corrected is None:
        return Html()
    texts = [corrected.sentence()]
    if corrected.overruled:
        texts.append(f"A person's label took the place of the file's in {counted(corrected.overruled, 'row')}.")
    if corrected.disputed:
        texts.append(
            f"Of {counted(corrected.disputed, 'held-out row')} a person said otherwise than the file, whose labels stand in all figures"
            " here: mend them in the file where they are wrong."
        )
    if corrected.fresh:
        texts.append(
            f"{counted(corrected.fresh, 'correction')} more, of texts that are held out of every training, stand apart as fresh reviews."
        )
    return paragraph(" ".join(filter(None, texts)))


def _left_out(findings: Findings) -> Html:
    if not findings.dropped:
        return paragraph("No row was left out.")
    head = ("left out", "rows")
    return table(head, [(reason, f"{count:,}") for reason, count in findings.dropped.items()], numbers=head[1:])


def _contradictions(findings: Findings) -> Html:
    if not findings.contradictions:
        return Html()
    entries = [
        (
            Html(", ".join(joined(_label(label), " once" if rows == 1 else f" {rows:,} times") for label, rows in entry.labels.items())),
            entry.text,
        )
        for entry in findings.contradictions[:CONTRADICTIONS_SHOWN]
    ]
    how = "The same text with different labels: decide on one for each."
    return joined(paragraph(how), cards(entries))


def _label(name: str) -> Html:
    return strong(shortened(name, LABEL_CHARS))


def _texts(findings: Findings) -> Html:
    words: Floats = findings.train_words.astype(np.float64)
    lengths = [f"{int(np.quantile(words, share, method='inverted_cdf')):,}" for _, share in QUANTILES]
    long_share = float((words > findings.max_tokens).mean())
    languages = [f"{name} {percent(share)}" for name, share in findings.languages.items() if share >= SMALLEST_SHARE]
    head = tuple(name for name, _ in QUANTILES)
    return joined(
        table(head, [lengths], numbers=head, caption="Words and marks of a training text, as the model counts them:"),
        paragraph(
            (
                f"{percent(long_share)} of them have more than {findings.max_tokens:,}, of which a part of the model reads the beginning"
                " and the end only. "
                if long_share
                else ""
            )
            + f"{percent(findings.unknown_share)} of the words in the test rows are unknown to the model."
            + (f" Languages, roughly: {', '.join(languages)}." if languages else "")
        ),
    )
