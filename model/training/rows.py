"""Labelled rows from channel files: read, checked, without duplicates."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from contract.columns import MAX_LABELS, check_label, choose_columns, shown_label, shown_labels
from contract.errors import UserError
from contract.hyperparameters import Hyperparameters
from contract.table import RejectedRow, TableReader
from contract.texts import normal_form, text_digest
from model.text.sequences import FloatArray, Positions, Sequences

NO_TEXT = "no text"
NO_LABEL = "no label"
UNREADABLE = "unreadable row"
DUPLICATE = "duplicate of another row"
CONTRADICTORY = "same text with different labels"
LEAKED = "also a test or validation row"
UNKNOWN_LABEL = "label that no training row has"

MAX_SHOWN = 10  # labels in a message
MAX_TEXT_CHARS = 4 * 1000**3  # of all rows, which lie in memory while a model is trained


@dataclass(frozen=True)
class Rows:
    """Texts and their labels, in the order of the files."""

    texts: list[str]
    labels: list[str]
    text_column: str = field(default="", compare=False)  # its name in the first file

    def __len__(self) -> int:
        return len(self.texts)

    def take(self, positions: Positions | Sequence[int]) -> Rows:
        """Some of the rows."""
        return replace(self, texts=[self.texts[at] for at in positions], labels=[self.labels[at] for at in positions])


@dataclass(frozen=True)
class Examples:
    """Encoded texts and the positions of their labels."""

    sequences: Sequences
    labels: Positions  # (N,)


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


def read_rows(paths: Sequence[Path], hyperparameters: Hyperparameters, dropped: Counter[str]) -> Rows:
    """The usable rows of some files, one after the other; what is left out is counted in `dropped`.

    Raises UserError when a file cannot be read, has no columns with texts and labels, or a label that is none, and when the
    texts are more than fit into memory.
    """
    texts: list[str] = []
    labels: list[str] = []
    text_columns: list[str] = []
    chars = 0
    for path in paths:
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
                continue
            text, label = row.fields[columns.text], row.fields[columns.label or 0].strip()
            if not normal_form(text):
                dropped[NO_TEXT] += 1
            elif not label:
                dropped[NO_LABEL] += 1
            else:
                check_label(label, row.number, path.name)
                chars += len(text)
                if chars > MAX_TEXT_CHARS:
                    raise UserError(
                        f"'{path.name}' has more text than a training can keep in memory: with row {row.number} it is more than"
                        f" {MAX_TEXT_CHARS:,} characters, after {len(texts):,} usable rows. Drop a part of the rows; so many are enough."
                    )
                texts.append(text)
                labels.append(label)
    return Rows(texts, labels, text_columns[0] if text_columns else "")


def distinct(rows: Rows, dropped: Counter[str], contradictions: list[Contradiction]) -> Rows:
    """One row per text. Of contradictory labels the one that most rows have, and none when they tie.

    The majority, because one slip among many copies of a stock phrase should not cost the phrase. What goes is counted
    in `dropped`; texts with several labels are added to `contradictions`.
    """
    copies: dict[bytes, list[int]] = defaultdict(list)
    for position, key in enumerate(keys(rows.texts)):
        copies[key].append(position)
    kept = []
    for positions in copies.values():
        counts = Counter(rows.labels[at] for at in positions).most_common()
        is_tie = len(counts) > 1 and counts[0][1] == counts[1][1]
        agreeing = [] if is_tie else [at for at in positions if rows.labels[at] == counts[0][0]]
        kept += agreeing[:1]
        dropped[DUPLICATE] += max(len(agreeing) - 1, 0)
        dropped[CONTRADICTORY] += len(positions) - len(agreeing)
        if len(counts) > 1:
            contradictions.append(Contradiction(rows.texts[positions[0]], dict(counts)))
    return rows.take(sorted(kept))


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
    """The labels in alphabetical order. Raises UserError when no classifier can be trained on these rows."""
    name = ", ".join(f"'{path.name}'" for path in paths)
    left_out = ", ".join(f"{count} x {reason}" for reason, count in sorted(dropped.items()) if count)
    why = f" Rows left out: {left_out}." if left_out else ""
    counts = Counter(rows.labels)
    if not counts:
        raise UserError(f"{name} has no row with both a text and a label.{why} Add labelled rows and drop the file again.")
    if len(counts) == 1:
        only = next(iter(counts))
        raise UserError(
            f"{name} has one label only, {shown_label(only)}; a classifier needs at least two.{why} Add rows with other labels."
        )
    if len(counts) > MAX_LABELS:
        raise UserError(
            f"{name} has {len(counts)} different labels; at most {MAX_LABELS} are supported."
            " Is that the right column? Name it with the setting label_column."
        )
    rare = sorted(label for label, count in counts.items() if count < at_least)
    if rare:
        raise UserError(
            f"{name} has fewer than {at_least} usable rows for: {shown_labels(rare, MAX_SHOWN)}.{why}"
            " Add rows for each, merge it with another label, or remove it, and drop the file again."
        )
    return sorted(counts)


def positions_of(labels: Sequence[str], names: Sequence[str]) -> Positions:
    """(N,) each label's position among the names."""
    numbers = {name: number for number, name in enumerate(names)}
    return np.fromiter((numbers[label] for label in labels), np.int64, len(labels))
