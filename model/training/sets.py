"""From the files of the channels to three sets of rows that share no text."""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from contract.columns import MIN_ROWS, shown_label, shown_labels
from contract.errors import UserError
from contract.evaluations import Corrected
from contract.hyperparameters import Hyperparameters
from contract.wording import counted
from model.training.corrections import TEST, TRAIN, VALIDATION, Shares, join, read_corrections
from model.training.rows import (
    MAX_SHOWN,
    UNKNOWN_LABEL,
    Contradiction,
    Rows,
    check_classes,
    distinct,
    positions_of,
    read_rows,
    without,
    without_rare,
)
from model.training.split import Ranks, held_out, ranks

FEW_ROWS = 50  # held out: figures from fewer need a caution
ENOUGH_ROWS = 10_000  # of more a smaller share is held out: with the square root of the rows, the figures grow surer all the same


@dataclass(frozen=True)
class TrainingFiles:
    """The files of each channel."""

    training: tuple[Path, ...]
    validation: tuple[Path, ...] = ()
    test: tuple[Path, ...] = ()
    corrections: tuple[Path, ...] = ()  # one for each


@dataclass(frozen=True)
class Sets:
    """The three sets that share no text, and what was left out on the way."""

    train: Rows
    validation: Rows
    test: Rows
    labels: list[str]
    held_out: str  # where the test rows came from
    dropped: dict[str, int]
    contradictions: list[Contradiction]
    warnings: list[str]
    fresh: Rows  # that people reviewed, and no model learns from
    corrected: Corrected | None  # what came of what people said; None when nobody said anything

    @property
    def text_column(self) -> str:
        """The name of the column with the texts in the first training file."""
        return self.train.text_column

    def sha256(self) -> str:
        """Of the training and validation rows, in order."""
        digest = hashlib.sha256()
        for rows in (self.train, self.validation):
            weights = () if rows.weights is None else (rows.weights,)
            for row in zip(rows.texts, rows.labels, *weights, strict=True):
                digest.update(json.dumps(row).encode())
        return digest.hexdigest()


def read_sets(files: TrainingFiles, hyperparameters: Hyperparameters) -> Sets:
    """Read the channels and cut what they do not bring from the training rows, no text in two sets.

    Corrections join afterwards: the file alone decides what of it is held out.
    """
    dropped: Counter[str] = Counter()
    contradictions: list[Contradiction] = []
    test, validation, everything = (
        distinct(read_rows(paths, hyperparameters, dropped), dropped, contradictions)
        for paths in (files.test, files.validation, files.training)
    )
    validation = without(validation, (test,), dropped)
    everything = without(everything, (test, validation), dropped)
    for rows, paths, channel in ((test, files.test, "test"), (validation, files.validation, "validation")):
        if paths and not len(rows):
            raise UserError(f"The {channel} channel has no usable row. Add labelled rows to '{paths[0].name}', or leave the channel out.")
    is_cut = not (files.test and files.validation)
    labels = check_classes(everything, files.training, MIN_ROWS if is_cut else 1, dropped)
    everything, warnings = without_rare(everything, labels, dropped)

    source = "the test channel"
    test_share, validation_share = _share(hyperparameters.test_share, everything), 0.0
    if not files.test:
        count = len(everything)
        everything, test = _cut(everything, labels, test_share, ranks(everything, TEST))
        source = f"{100 * len(test) / count:.2g}% of the training rows"
    if not files.validation:
        validation_share = _share(hyperparameters.validation_share, everything)
        everything, validation = _cut(everything, labels, validation_share, ranks(everything, VALIDATION))
    joined = join(
        {TRAIN: everything, VALIDATION: validation, TEST: test},
        read_corrections(files.corrections, dropped),
        Shares(test_share, validation_share),
        dropped,
    )
    everything, validation, test = joined.train, joined.validation, joined.test
    labels = sorted(set(everything.labels))
    if len(labels) == 1:
        raise UserError(f"With the corrections all training rows have one label, {shown_label(labels[0])}; at least two are needed.")
    known = [at for at, label in enumerate(validation.labels) if label in set(labels)]
    dropped[UNKNOWN_LABEL] += len(validation) - len(known)
    if len(test) < FEW_ROWS or len(known) < FEW_ROWS:
        warnings.append(
            f"Few rows: the training was steered by {counted(len(known), 'row')}, and all its figures rest on"
            f" {counted(len(test), 'row')}. They are rough; with more labelled rows they will be better."
        )
    if strangers := sorted(set(test.labels) - set(labels)):
        named = shown_labels(strangers, MAX_SHOWN)
        warnings.append(f"No training row has the labels {named} of the test channel: such rows count as wrong.")
    if not known:
        raise UserError("No row of the validation channel has a label of the training rows. Check the validation file, or leave it out.")
    left_out = {name: count for name, count in sorted(dropped.items()) if count}
    validation = validation.take(known)
    return Sets(everything, validation, test, labels, source, left_out, contradictions, warnings, joined.fresh, joined.corrected)


def _share(wanted: float, rows: Rows) -> float:
    """Which part of all texts is held out."""
    return wanted * min(1.0, math.sqrt(ENOUGH_ROWS / len(rows)))


def _cut(rows: Rows, labels: list[str], share: float, order: Ranks) -> tuple[Rows, Rows]:
    """The rows that stay and the rows that are held out."""
    is_out = held_out(positions_of(rows.labels, labels), share, order)
    return rows.take(np.flatnonzero(~is_out)), rows.take(np.flatnonzero(is_out))
