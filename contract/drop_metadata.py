"""What travels with a file that is dropped: written by whoever drops it, read by whoever finds it there."""

from __future__ import annotations

import json
from collections.abc import Mapping

from contract.errors import UserError
from contract.layout import (
    ANSWERS_METADATA,
    EXPLAIN_METADATA,
    HYPERPARAMETERS_METADATA,
    MAX_ERROR_METADATA,
    TEXT_COLUMN_METADATA,
)
from contract.table import YES


def training_metadata(hyperparameters: Mapping[str, str]) -> dict[str, str]:
    """What is written beside a file that is dropped to be trained on."""
    return {HYPERPARAMETERS_METADATA: json.dumps(dict(hyperparameters))} if hyperparameters else {}


def anew_metadata(answers: int) -> dict[str, str]:
    """What is written beside a training file that is written over itself, for people have given so many answers since it was dropped."""
    return {ANSWERS_METADATA: str(answers)}


def is_anew(metadata: Mapping[str, str]) -> bool:
    """Whether a training file was not dropped, but is trained on once more."""
    return ANSWERS_METADATA in metadata


def answers_of(metadata: Mapping[str, str]) -> int:
    """How many answers people had given when a training was asked for once more; 0 where nothing tells."""
    given = metadata.get(ANSWERS_METADATA, "")
    return int(given) if given.isascii() and given.isdecimal() else 0


def prediction_metadata(*, text_column: str, is_explained: bool, max_error: str = "") -> dict[str, str]:
    """What is written beside a file that is dropped to be classified; a header takes ASCII alone, so the column's name is JSON."""
    column = {TEXT_COLUMN_METADATA: json.dumps(text_column)} if text_column else {}
    wishes = {EXPLAIN_METADATA: YES if is_explained else "", MAX_ERROR_METADATA: max_error}
    return column | {name: wish for name, wish in wishes.items() if wish}


def text_column_of(metadata: Mapping[str, str]) -> str:
    """The column that whoever dropped a file to be classified named; empty when none was. Raises UserError when it cannot be read."""
    written = metadata.get(TEXT_COLUMN_METADATA, '""')
    try:
        column = json.loads(written)
    except ValueError:
        column = None
    if not isinstance(column, str):
        raise UserError(f"What was written beside the file as its text column cannot be read: {written!r}. Drop the file again.")
    return column
