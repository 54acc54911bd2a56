"""What a file must be to be dropped: for whoever drops it, and for whoever finds it there."""

from __future__ import annotations

from contract.errors import UserError
from contract.layout import (
    MANIFEST_SUFFIXES,
    Drop,
    ResultKeys,
    check_classifier,
    check_file_name,
    is_manifest,
    is_reserved_train_key,
    parse_drop,
)
from contract.records import JobKind

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
