"""The sentences of a check about the labels of a training file: which cannot be learned, or hardly, or not soon."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from contract.check_facts import Facts, Finding, LabelCount, RowCount
from contract.check_reading import MAX_LABELS_COUNTED
from contract.check_wording import SHOWN, reasons_of_lines, refusal, remark, warning
from contract.columns import LEAST_LABELS, MAX_LABELS, MIN_ROWS
from contract.hyperparameters import Hyperparameters
from contract.layout import is_manifest
from contract.wording import counted

FEW_IN_ALL = 300  # a tenth of fewer says little
FEW_ROWS = 10  # of a label: with fewer, hardly one is held out
MAX_IMBALANCE = 20  # the most frequent label's rows by the rarest one's
MANY_LABELS, MANY_FITS = 100, 2_000_000  # labels, and rows times labels, from which the wide part of a model learns for minutes
SHOWN_CHARS = 60  # of a label
OTHER_COLUMN = " Is it the right column? Another one is named with --label-column, here and by 'kit drop'."


def findings_about_labels(facts: Facts) -> Iterator[Finding]:
    """What there is to say about the labels of a training file."""
    labels = [entry for entry in facts.labels if entry.usable]
    rare = [entry for entry in facts.labels if entry.rare]
    seen = len(labels) + len(rare)
    if facts.rows and not seen:
        if facts.rejected.rows == facts.rows and is_manifest(facts.file):
            sentence = f"No line has a label that can be used: {reasons_of_lines(facts)}. Have the texts labelled anew."
        else:
            sentence = "No row has both a text and a label that could be used. Add labelled rows."
        yield refusal("labels", sentence)
    elif seen > MAX_LABELS:
        number = f"{len(facts.labels):,}{' or more' if len(facts.labels) >= MAX_LABELS_COUNTED else ''}"
        yield refusal(
            "labels",
            f"The column '{facts.label_column}' holds {number} different labels; at most {MAX_LABELS:,} are supported.{OTHER_COLUMN}",
        )
    elif seen == 1:
        yield refusal(
            "labels", f"There is one label only, {_names(labels or rare)}; a classifier needs at least two. Add rows with others."
        )
    elif seen and len(labels) < LEAST_LABELS:
        yield refusal(
            "labels",
            f"A classifier needs at least two labels with {MIN_ROWS} usable rows each, and {f'only {_names(labels)}' if labels else 'none'}"
            f" has so many. Fewer have {_names(rare)}. Add rows for each, or merge labels.{'' if labels else OTHER_COLUMN}",
        )
    if len(labels) >= LEAST_LABELS and seen <= MAX_LABELS:
        yield from _rare(rare, facts.usable)
        yield from _lost(facts.labels)
        yield from _balance(labels)
        yield from _effort(labels)
        yield from _alike(facts.labels)


def _rare(labels: Sequence[LabelCount], usable: int) -> Iterator[Finding]:
    if left_out := sum(entry.rare for entry in labels):
        yield warning(
            "rare_labels",
            f"Fewer than {MIN_ROWS} usable rows have the label {_names(labels)}. A training would leave out {counted(left_out, 'row')}"
            " for that reason, and the model would not know such a label. Add rows for each, merge it with another label, or mend it"
            f" where it is a slip of the pen.{OTHER_COLUMN if left_out > usable else ''}",
            RowCount(left_out),
        )


def _lost(labels: Sequence[LabelCount]) -> Iterator[Finding]:
    if lost := [entry for entry in labels if not entry.usable and not entry.rare]:
        yield warning(
            "lost_labels",
            f"No row with the label {_names(lost)} can be used, for its texts have other labels elsewhere or are left out as copies."
            " The model would not know it. Decide on one label for each text.",
            RowCount(sum(entry.rows for entry in lost)),
        )


def _balance(labels: Sequence[LabelCount]) -> Iterator[Finding]:
    usable = sum(entry.usable for entry in labels)
    if usable < FEW_IN_ALL:
        yield warning(
            "few_rows_in_all",
            f"There are {counted(usable, 'usable row')}. About {counted(round(Hyperparameters.test_share * usable), 'row')} would be held"
            " out to measure the model with, and as many to steer the training: figures from so few are rough, and most answers"
            " would ask for a person. Add labelled rows.",
            RowCount(usable),
        )
    if few := [entry for entry in labels if entry.usable < FEW_ROWS]:
        yield warning(
            "few_rows",
            f"Fewer than {FEW_ROWS} usable rows have the label {_names(few)}. Such a label is learned badly, and hardly a"
            " row is left to measure how well. Add rows, or merge it with another label.",
            RowCount(sum(entry.usable for entry in few)),
        )
    most, least = labels[0], labels[-1]
    if most.usable > MAX_IMBALANCE * least.usable:
        yield remark(
            "imbalance",
            f"'{_short(most.label)}' has {most.usable:,} usable rows, '{_short(least.label)}' only {least.usable:,}. Look at the figures of"
            " each label in the report, not at the accuracy alone; rows of the rare labels help most.",
        )


def _effort(labels: Sequence[LabelCount]) -> Iterator[Finding]:
    if len(labels) >= MANY_LABELS and len(labels) * sum(entry.usable for entry in labels) >= MANY_FITS:
        yield remark(
            "many_labels",
            f"A model learns each of the {len(labels):,} labels by itself, so a training takes minutes longer than with few labels. Merge"
            " labels that nobody needs apart.",
        )


def _alike(labels: Sequence[LabelCount]) -> Iterator[Finding]:
    """Labels that a person would take for the same."""
    spellings = defaultdict(list)
    for entry in labels:
        spellings["".join(entry.label.casefold().split())].append(entry)
    alike = [entries for entries in spellings.values() if len(entries) > 1]
    if alike:
        shown = "; ".join(_names(entries) for entries in alike[:SHOWN])
        yield warning(
            "alike_labels",
            f"Some labels differ only in case or spaces and count as different: {shown}. Write them alike.",
            RowCount(sum(entry.rows for entries in alike for entry in entries)),
        )


def _names(labels: Sequence[LabelCount]) -> str:
    shown = ", ".join(f"'{_short(entry.label)}'" for entry in labels[:SHOWN])
    return shown if len(labels) <= SHOWN else f"{shown} and {len(labels) - SHOWN:,} more"


def _short(label: str) -> str:
    line = " ".join(label.split())
    return line if len(line) <= SHOWN_CHARS else f"{line[: SHOWN_CHARS - 1]}…"
