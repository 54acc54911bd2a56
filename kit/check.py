"""Tell what a file holds, before anyone pays for a training or a prediction.

Encoding, columns, classes, copies, contradictions, texts that two files share, lengths, rows that cannot be read: read on
this machine, sent nowhere. A file with a column whose name is one of a label's is checked as a training file. Exit status 2
when training or prediction would refuse it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from contract.check import PREDICT, TRAIN, Check, Request, check_table
from contract.check_facts import Facts, Quantiles, Severity
from contract.errors import UserError
from contract.hyperparameters import Hyperparameters
from contract.wording import counted
from kit import printing

LABELS_SHOWN = 20
WORDS = {Severity.REFUSAL: "refused", Severity.WARNING: "warning", Severity.REMARK: "note"}
ENCODINGS = {"cp1252": "Windows-1252", "utf-8-sig": "UTF-8"}
JOBS = {TRAIN: "training", PREDICT: "prediction"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("file", type=Path, metavar="FILE", help="a CSV file, with labels or without, or an augmented manifest")
    parser.add_argument("--to", choices=(TRAIN, PREDICT), default="", help="what it is meant for (by its columns)")
    parser.add_argument("--against", type=Path, metavar="FILE", help="look for the same texts in this file, for instance the test rows")
    parser.add_argument("--text-column", default="", metavar="NAME", help="the column with the text (recognised by its name)")
    parser.add_argument("--label-column", default="", metavar="NAME", help="the column with the label (recognised by its name)")


def run(given: argparse.Namespace) -> int:
    """Check it and say what was found."""
    check = _checked(given.file, given.to, given.text_column, given.label_column, given.against)
    if given.json:
        printing.show_json(check.to_dict())
    else:
        _show(check)
    return UserError.exit_status if check.is_refused else 0


def check_before_training(path: Path, hyperparameters: Hyperparameters, *, is_cut: bool = True) -> None:
    """Raises UserError for a file that a training would refuse once its machine is paid for.

    `is_cut` tells whether rows are held out of it; where none are, one row of a label is enough, and labels are left to the training.
    """
    check = _checked(path, TRAIN, hyperparameters.text_column, hyperparameters.label_column)
    for finding in check.findings:
        if finding.severity == Severity.REFUSAL and (is_cut or finding.about != "labels"):
            raise UserError(f"Nothing was started, for a training would refuse the file '{path}': {finding.sentence}")


def _checked(path: Path, purpose: str, text_column: str, label_column: str, against: Path | None = None) -> Check:
    with printing.waiting(f"Reading {path.name}") as spin:

        def on_rows(rows: int) -> None:
            spin(f"Reading {path.name}: {rows:,} rows")

        return check_table(path, Request(purpose, text_column, label_column, on_rows), against)


def _show(check: Check) -> None:
    facts = check.facts
    printing.show_pairs(_pairs(facts))
    if facts.labels:
        shown = facts.labels[:LABELS_SHOWN]
        left = len(facts.labels) - len(shown)
        rows = [(entry.label, f"{entry.rows:,}", f"{entry.usable:,}", f"{entry.share:.1%}") for entry in shown]
        printing.show("")
        printing.show_table(("label", "rows", "to use", "share"), rows, wrapped=("label",))
        if left:
            printing.show(f"and {left:,} labels more; --json lists them all.")
    if check.findings:
        printing.show("")
        sentences = [(WORDS[finding.severity], finding.sentence) for finding in check.findings]
        printing.show_table(("", "what there is to know"), sentences, wrapped=("what there is to know",))
    printing.show("")
    printing.show(_verdict(check))


def _pairs(facts: Facts) -> list[tuple[str, str]]:
    """The facts as names and values, empty where nothing is known."""
    encoding = ENCODINGS.get(facts.encoding, facts.encoding.upper())
    how = ", ".join(part for part in ("gzip" if facts.is_compressed else "", encoding, facts.delimiter) if part)
    rows = f"{facts.rows:,}, of which a {JOBS[facts.purpose]} would use {facts.usable:,}" if facts.rows else ""
    return [
        ("file", f"{facts.file} ({_size(facts.size_bytes)}{', ' if how else ''}{how})"),
        ("checked as", f"a file for {JOBS[facts.purpose]}: {facts.purpose_why}" if facts.purpose_why else ""),
        ("text", f"column '{facts.text_column}', {facts.text_column_why}" if facts.text_column else ""),
        ("label", f"column '{facts.label_column}', {facts.label_column_why}" if facts.label_column else ""),
        ("rows", rows),
        ("words", _lengths(facts.words)),
        ("characters", _lengths(facts.characters)),
        ("languages", ", ".join(f"{name} {share:.0%}" for name, share in facts.languages.items() if share >= 0.005)),  # noqa: PLR2004  # less would read as 0 %
    ]


def _lengths(quantiles: Quantiles | None) -> str:
    if quantiles is None:
        return ""
    return (
        f"{quantiles.smallest:,} to {quantiles.largest:,} in a text; half of the texts have up to {quantiles.median:,},"
        f" 95 % up to {quantiles.percentile_95:,}"
    )


def _size(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:,.1f} MB" if size_bytes >= 1e6 else f"{size_bytes / 1e3:,.0f} kB"  # noqa: PLR2004  # a megabyte


def _verdict(check: Check) -> str:
    job = JOBS.get(check.facts.purpose, "job")
    if check.is_refused:
        return f"A {job} would refuse this file."
    doubts = sum(finding.severity == Severity.WARNING for finding in check.findings)
    return f"A {job} would accept this file" + (f"; {counted(doubts, 'warning')}." if doubts else ".")
