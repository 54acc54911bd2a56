"""A labelling job's texts: where they lie, and the file that holds them.

train bucket    labelling/CLASSIFIER/NAME/texts.jsonl   the texts that people are asked about, one Task a line
                labelling/CLASSIFIER/NAME/margins.json  how sure a model was of each, by the texts' digests; more_margins.json:
                                                        the same of a newer model, which was not asked about all of them yet
                [classifiers/CLASSIFIER/]labelled/NAME.manifest  what came of a job that is finished; starts a training

A text is known by its digest, the same by which trainings and corrections know it. What people say is in the ledger, which holds no
texts (labelling_ledger.py). Written by the API; read by it and by `kit erase`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Self

from contract.errors import AlgorithmError
from contract.layout import CLASSIFIER_PATTERN, LABELLING_PREFIX, Drop

NAME_PATTERN = CLASSIFIER_PATTERN  # of a labelling job: it is in keys, addresses and the manifest's job-name
MANIFEST_ATTRIBUTE = "label"


def labelling_prefix(classifier: str, name: str = "") -> str:
    """What the keys of a labelling job's files start with, or those of all jobs of a classifier (train bucket)."""
    return f"{LABELLING_PREFIX}{classifier}/{name}/" if name else f"{LABELLING_PREFIX}{classifier}/"


def tasks_key(classifier: str, name: str) -> str:
    """Where the texts of a labelling job lie (train bucket)."""
    return f"{labelling_prefix(classifier, name)}texts.jsonl"


def margins_key(classifier: str, name: str, *, is_partial: bool = False) -> str:
    """Where it is remembered how sure a model was of a labelling job's texts (train bucket)."""
    return f"{labelling_prefix(classifier, name)}{'more_' if is_partial else ''}margins.json"


def manifest_drop(classifier: str, name: str) -> Drop:
    """The augmented manifest that a finished labelling job drops."""
    return Drop(classifier, f"labelled/{name}.manifest")


@dataclass(frozen=True, kw_only=True)
class Task:
    """One text of a labelling job, and the keys of the objects that hold it."""

    digest: str  # in hexadecimal digits
    text: str
    objects: list[str]

    def to_line(self) -> bytes:
        """JSON, with the line end."""
        return (json.dumps(asdict(self), ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")

    @classmethod
    def from_line(cls, line: bytes) -> Self:
        """The inverse of `to_line`. Raises AlgorithmError when it is no such line."""
        try:
            return cls(**json.loads(line))
        except (TypeError, ValueError) as error:
            raise AlgorithmError("This is no text of a labelling job of this kit's version.") from error


def tasks_of(content: bytes) -> list[Task]:
    """The texts of a job's file. Raises AlgorithmError when it is none."""
    return [Task.from_line(line) for line in content.split(b"\n") if line]


def to_content(tasks: Iterable[Task]) -> bytes:
    """The file of texts; the inverse of `tasks_of`."""
    return b"".join(task.to_line() for task in tasks)


@dataclass(frozen=True, kw_only=True)
class Margins:
    """How far the best label led before the second, from 0 to 1, by the digests of the texts that one model was asked about."""

    model_version: int
    margins: dict[str, float]

    def to_json(self) -> bytes:
        """As an object of the bucket."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_json(cls, content: bytes) -> Self:
        """The inverse of `to_json`. Raises AlgorithmError when it is no such file."""
        try:
            found: dict[str, Any] = json.loads(content)
            return cls(**found)
        except (TypeError, ValueError) as error:
            raise AlgorithmError("This is no order of a labelling job of this kit's version.") from error
