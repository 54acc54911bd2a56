"""What a file must be to be dropped, and what travels with it: for whoever drops it, and for whoever finds it there."""

from __future__ import annotations

import json
from collections.abc import Mapping

from contract.errors import UserError
from contract.hyperparameters import METADATA_KEY
from contract.layout import (
    EXPLAIN_METADATA,
    MANIFEST_SUFFIXES,
    MAX_ERROR_METADATA,
    TEXT_COLUMN_METADATA,
    Drop,
    ResultKeys,
    check_classifier,
    check_file_name,
    is_manifest,
    is_reserved_train_key,
    parse_drop,
)
from contract.records import JobKind
from contract.table import YES

ANSWERS_METADATA = "answers"
MAX_TRAINING_BYTES = 2 * 1000**3  # S3 copies up to 5 GB in one call, but it has to be done before the function's time is over


def drop_of(kind: JobKind, classifier: str, path: str) -> Drop:
    """Where a file goes. Raises UserError for a name that could never start a job."""
    drop = parse_drop(Drop(check_classifier(classifier), path).key)
    if not drop.name:
        raise UserError(f"'{path}' names a folder. Give the whole name of the file, its folders before it.")
    if kind == JobKind.TRAIN:
        check_file_name(drop.name, drop.key)
        if is_reserved_train_key(drop.key):
            raise UserError(f"Nothing is trained on files in '{drop.key.partition('/')[0]}/'. Use another folder name.")
    return drop


def check_training_name(drop: Drop) -> None:
    """Raises UserError when no training reads a file with such a name."""
    if drop.name.startswith("."):
        raise UserError(f"'{drop.key}' has the name of a hidden file. Rename it so that it does not start with a dot and drop it again.")
    drop.check_is_table(*MANIFEST_SUFFIXES)
    check_file_name(drop.name, drop.key)  # under which SageMaker puts it into the training's folder


def check_prediction_name(drop: Drop, object_version: str) -> None:
    """Raises UserError when no prediction reads a file with such a name, or its results could not have theirs."""
    if is_manifest(drop.name):
        raise UserError(f"'{drop.key}' is a manifest, which trainings read. To have its texts classified, drop them as a CSV file.")
    drop.check_is_table()
    ResultKeys(drop, older_version=object_version).check_length()


def check_training_size(key: str, size: int) -> None:
    """Raises UserError when a file of so many bytes is not trained on."""
    if size > MAX_TRAINING_BYTES:
        raise UserError(
            f"'{key}' has {size / 1000**3:.1f} GB; at most {MAX_TRAINING_BYTES // 1000**3} GB are accepted."
            " Compress it to .csv.gz or drop a part of it."
        )


def check_prediction_size(key: str, size: int, limit: int) -> None:
    """Raises UserError when a file of so many bytes is not classified."""
    if size > limit:
        raise UserError(f"'{key}' has {size / 1024**3:.1f} GiB; at most {limit / 1024**3:.0f} GiB are accepted. Drop it in parts.")


def training_metadata(hyperparameters: Mapping[str, str]) -> dict[str, str]:
    """What is written beside a file that is dropped to be trained on."""
    return {METADATA_KEY: json.dumps(dict(hyperparameters))} if hyperparameters else {}


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
