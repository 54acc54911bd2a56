"""Labelled rows from channel files, tables and augmented manifests: read, checked, without duplicates."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import fsum
from pathlib import Path
from typing import NamedTuple

import numpy as np

from contract.columns import LEAST_LABELS, MAX_LABELS, MIN_ROWS, check_label, choose_columns, named_when_sent, shown_label, shown_labels
from contract.errors import UserError
from contract.hyperparameters import Hyperparameters
from contract.layout import is_manifest
from contract.manifest import DroppedLine, LineFault, ManifestReader, open_manifest
from contract.table import RejectedRow, TableReader
from contract.texts import normal_form, text_digest
from contract.wording import counted
from model.text.sequences import FloatArray, Positions, Sequences

NO_TEXT = "no text"
NO_LABEL = LineFault.UNLABELLED.value
UNREADABLE = LineFault.UNREADABLE.value
FAILED = LineFault.FAILED.value
DUPLICATE = "duplicate of another row"
CONTRADICTORY = "same text with different labels"
LEAKED = "also a test or validation row"
UNKNOWN_LABEL = "label that no training row has"
RARE_LABEL = f"label with fewer than {MIN_ROWS} usable rows"

MAX_SHOWN = 10  # labels in a message
MAX_TEXT_CHARS = 4 * 1000**3  # of all rows, which lie in memory while a model is trained
_OTHER_COLUMN = f" Is that the right column? If not, {named_when_sent('label', which='the right one')}."


@dataclass(frozen=True)
class Rows:
    """Texts and their labels, in the order of the files."""

    texts: list[str]
    labels: list[str]
    text_column: str = field(default="", compare=False)  # its name in the first table; empty when there is none
    weights: list[float] | None = None  # how sure each label is, above 0 and at most 1; None: all 1

    def __len__(self) -> int:
        return len(self.texts)

    def take(self, positions: Positions | Sequence[int]) -> Rows:
        """Some of the rows."""
        weights = None if self.weights is None else [self.weights[at] for at in positions]
        return replace(self, texts=[self.texts[at] for at in positions], labels=[self.labels[at] for at in positions], weights=weights)


@dataclass(frozen=True)
class Examples:
    """Encoded texts and the positions of their labels."""

    sequences: Sequences
    labels: Positions  # (N,)
    weights: FloatArray | None = None  # (N,) about 1 on average; None: all 1

    def take(self, rows: Positions) -> Examples:
        """Some of them."""
        return Examples(self.sequences.take(rows), self.labels[rows], None if self.weights is None else self.weights[rows])


@dataclass(frozen=True)
class Judged:
    """Logits of rows that had no part in the fit which they come from, and the rows' labels."""

    logits: FloatArray  # (N, C)
    labels: Positions  # (N,)

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def accuracy(self) -> float:
        """Share of the rows whose greatest logit is their label's."""
        return float((self.logits.argmax(axis=1) == self.labels).mean())


@dataclass(frozen=True)
class Contradiction:
    """A text that occurs with several labels."""

    text: str
    labels: Mapping[str, int]  # rows by label, the most frequent first


class _Labelled(NamedTuple):
    """A row as its file has it."""

    number: int
    text: str
    label: str
    weight: float


def read_rows(paths: Sequence[Path], hyperparameters: Hyperparameters, dropped: Counter[str]) -> Rows:
    """The usable rows of some files, one after the other; what is left out is counted in `dropped`.

    Raises UserError when a file cannot be read, has no columns with texts and labels, or a label that is none, and when the
    texts are more than fit into memory.
    """
    texts: list[str] = []
    labels: list[str] = []
    weights: list[float] = []
    text_columns: list[str] = []
    chars = 0
    for path in paths:
        if is_manifest(path.name):
            read = _of_manifest(path, hyperparameters, dropped)
        else:
            read = _of_table(path, hyperparameters, dropped, text_columns)
        for row in read:
            if not normal_form(row.text):
                dropped[NO_TEXT] += 1
            elif not row.label:
                dropped[NO_LABEL] += 1
            else:
                check_label(row.label, row.number, path.name)
                chars += len(row.text)
                if chars > MAX_TEXT_CHARS:
                    raise UserError(
                        f"'{path.name}' has more text than a training can keep in memory: with row {row.number} it is more than"
                        f" {MAX_TEXT_CHARS:,} characters, after {len(texts):,} usable rows. Drop a part of the rows; so many are enough."
                    )
                texts.append(row.text)
                labels.append(row.label)
                weights.append(row.weight)
    return Rows(texts, labels, text_columns[0] if text_columns else "", None if all(weight == 1 for weight in weights) else weights)


def _of_table(path: Path, hyperparameters: Hyperparameters, dropped: Counter[str], text_columns: list[str]) -> Iterator[_Labelled]:
    """The rows of a table, all of them as sure as can be; the name of its text column is added to `text_columns`."""
    reader = TableReader(path, path.name)
    columns = choose_columns(
        reader.header,
        path.name,
        text_column=hyperparameters.text_column,
        label_column=hyperparameters.label_column,
        is_training=True,
    )
    text_columns.append(reader.header[columns.text])
    for row in reader:
        if isinstance(row, RejectedRow):
            dropped[UNREADABLE] += 1
        else:
            yield _Labelled(row.number, row.fields[columns.text], row.fields[columns.label or 0].strip(), 1.0)


def _of_manifest(path: Path, hyperparameters: Hyperparameters, dropped: Counter[str]) -> Iterator[_Labelled]:
    """The rows of an augmented manifest."""
    with open_manifest(path) as stream:
        for line in ManifestReader(stream, path.name, hyperparameters.label_column):
            if isinstance(line, DroppedLine):
                dropped[line.fault.value] += 1
            else:
                yield _Labelled(line.number, line.text, line.label, line.weight)


def distinct(rows: Rows, dropped: Counter[str], contradictions: list[Contradiction]) -> Rows:
    """One row per text. Of contradictory labels the one with the greatest sum of weights, and none when they tie.

    The majority, because one slip among many copies of a stock phrase should not cost the phrase. Of several rows with that
    label the one with the greatest weight stays, at its own weight: copies are no further evidence, for the same people or the same
    rule may have labelled them. What goes is counted in `dropped`; texts with several labels are added to `contradictions`.
    """
    copies: dict[bytes, list[int]] = defaultdict(list)
    for position, key in enumerate(keys(rows.texts)):
        copies[key].append(position)
    kept = []
    for positions in copies.values():
        votes = _votes(rows, positions)
        is_tie = len(votes) > 1 and votes[0][1] == votes[1][1]
        agreeing = [] if is_tie else [at for at in positions if rows.labels[at] == votes[0][0]]
        kept += agreeing[:1] if rows.weights is None else sorted(agreeing, key=rows.weights.__getitem__, reverse=True)[:1]
        dropped[DUPLICATE] += max(len(agreeing) - 1, 0)
        dropped[CONTRADICTORY] += len(positions) - len(agreeing)
        if len(votes) > 1:
            counts = Counter(rows.labels[at] for at in positions).most_common()
            contradictions.append(Contradiction(rows.texts[positions[0]], dict(counts)))
    return rows.take(sorted(kept))


def _votes(rows: Rows, positions: Sequence[int]) -> list[tuple[str, float]]:
    """The labels of some rows with the sums of their weights, the greatest first."""
    weights: dict[str, list[float]] = defaultdict(list)
    for at in positions:
        weights[rows.labels[at]].append(1.0 if rows.weights is None else rows.weights[at])
    return sorted(((label, fsum(given)) for label, given in weights.items()), key=lambda vote: -vote[1])


def without(rows: Rows, others: Iterable[Rows], dropped: Counter[str]) -> Rows:
    """The rows whose text is in none of the others."""
    taken = {key for other in others for key in keys(other.texts)}
    kept = [position for position, key in enumerate(keys(rows.texts)) if key not in taken] if taken else range(len(rows))
    dropped[LEAKED] += len(rows) - len(kept)
    return rows.take(kept)


def keys(texts: Iterable[str]) -> Iterable[bytes]:
    """Equal for texts that are equal but for case, markup and white space; short, for there may be millions."""
    return map(text_digest, texts)


def check_classes(rows: Rows, paths: Sequence[Path], at_least: int, dropped: Counter[str]) -> list[str]:
    """The labels that have at least so many rows, in alphabetical order.

    Raises UserError when no classifier can be trained on these rows.
    """
    name = ", ".join(f"'{path.name}'" for path in paths)
    left_out = ", ".join(f"{count} x {reason}" for reason, count in sorted(dropped.items()) if count)
    why = f" Rows left out: {left_out}." if left_out else ""
    counts = Counter(rows.labels)
    if not counts:
        remedy = "Have the texts labelled anew" if all(is_manifest(path.name) for path in paths) else "Add labelled rows"
        raise UserError(f"{name} has no row with both a text and a label.{why} {remedy} and drop the file again.")
    if len(counts) == 1:
        only = next(iter(counts))
        raise UserError(
            f"{name} has one label only, {shown_label(only)}; a classifier needs at least two.{why} Add rows with other labels."
        )
    if len(counts) > MAX_LABELS:
        raise UserError(f"{name} has {len(counts)} different labels; at most {MAX_LABELS} are supported.{_OTHER_COLUMN}")
    enough = sorted(label for label, count in counts.items() if count >= at_least)
    if len(enough) < LEAST_LABELS:
        rare = shown_labels(sorted(counts.keys() - {*enough}), MAX_SHOWN)
        raise UserError(
            f"{name}: a classifier needs at least two labels with {at_least} usable rows each, and"
            f" {f'only {shown_label(enough[0])}' if enough else 'none'} has so many. Fewer have {rare}.{why}"
            f" Add rows for each, or merge labels, and drop the file again.{'' if enough else _OTHER_COLUMN}"
        )
    return enough


def without_rare(rows: Rows, labels: Sequence[str], dropped: Counter[str]) -> tuple[Rows, list[str]]:
    """The rows with one of the labels that have enough of them, and what to tell of the others.

    One row of a label, which often is a slip of the pen, must not cost a training.
    """
    enough = {*labels}
    rare = sorted({*rows.labels} - enough)
    if not rare:
        return rows, []
    kept = [position for position, label in enumerate(rows.labels) if label in enough]
    left_out = len(rows) - len(kept)
    dropped[RARE_LABEL] += left_out
    warning = (
        f"Fewer than {MIN_ROWS} usable rows have the label {shown_labels(rare, MAX_SHOWN)}: {counted(left_out, 'row')} left out of the"
        " training. Add rows for each, merge it with another label, or mend it where it is a slip of the pen."
        f"{_OTHER_COLUMN if left_out > len(kept) else ''}"
    )
    return rows.take(kept), [warning]


def positions_of(labels: Sequence[str], names: Sequence[str]) -> Positions:
    """(N,) each label's position among the names."""
    numbers = {name: number for number, name in enumerate(names)}
    return np.fromiter((numbers[label] for label in labels), np.int64, len(labels))
