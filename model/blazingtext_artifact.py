"""The artifact around a model of BlazingText: `model.bin` as BlazingText left it, `tokenizer.json` and `model.json`.

What is read is checked before memory is taken for it, as with the kit's own artifact.
"""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from contract.blazingtext import MODEL_FILE as MODEL_BIN
from contract.columns import MAX_LABELS
from contract.errors import UserError
from model.arrays import MAX_NUMBER
from model.artifact import Data, Provenance, problem_of_entries, problem_of_labels
from model.artifact_files import (
    MODEL_FILE,
    TOKENIZER_FILE,
    damaged,
    dataclass_of,
    read_json,
    strings,
    write_entries,
    write_rules,
    write_whole,
)
from model.calibration_map import CalibrationMap
from model.confidence import Review
from model.fasttext_engine import Calibration
from model.fasttext_file import FastText, read
from model.gate import Gate
from model.text.rules import TokenizerRules
from model.text.vocabulary import Vocabulary

FORMAT_VERSION = 6  # which a kit that knows no BlazingText refuses
WITHOUT_MAP = 4  # the version before
_FILES = ("rules", "model", "source")  # fields with a file of their own
_PARTS: dict[str, type] = {"calibration_map": CalibrationMap, "review": Review, "provenance": Provenance, "data": Data}


@dataclass(frozen=True, kw_only=True)
class BlazingTextArtifact:
    """Everything that prediction needs, and where it came from."""

    labels: list[str]
    calibration: Calibration
    calibration_map: CalibrationMap
    review: Review
    promises: dict[str, float]  # the threshold of each promise that it can make, by its `MAX_ERRORS`
    provenance: Provenance
    data: Data
    hyperparameters: dict[str, str]
    libraries: dict[str, str]
    rules: TokenizerRules
    model: FastText
    source: Path = field(compare=False)  # the file that holds the model

    gate = Gate(0.0, 0.0)  # for ever closed: there is no deep part
    max_tokens = 2**31 - 1  # that it reads of a text

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The words that it knows."""
        return Vocabulary(self.model.words)


def save(artifact: BlazingTextArtifact, folder: Path) -> None:
    """Write the three files, `model.json` last. While they change there is none, and so no model."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MODEL_FILE).unlink(missing_ok=True)
    with artifact.source.open("rb") as source:
        write_whole(folder / MODEL_BIN, lambda file: shutil.copyfileobj(source, file))
    write_rules(artifact.rules, folder)
    save_entries(artifact, folder)


def save_entries(artifact: BlazingTextArtifact, folder: Path) -> None:
    """Write `model.json` alone, beside the other files of the same model."""
    write_entries(artifact, folder, FORMAT_VERSION, without=_FILES)


def load(folder: Path) -> BlazingTextArtifact:
    """Read and check an artifact. Raises UserError that says what is wrong and how to go on."""
    entries = read_json(folder, MODEL_FILE)
    if not isinstance(entries, dict):
        raise damaged(folder, f"{MODEL_FILE} is no JSON object")
    if (version := entries.pop("format_version", None)) not in (WITHOUT_MAP, FORMAT_VERSION):
        raise UserError(
            f"The model in '{folder.name}' has format version {version}; this version of the kit reads {FORMAT_VERSION} of BlazingText's"
            " models. Train it again with this version, or use the version of the kit that made it."
        )
    if version == WITHOUT_MAP:
        entries["calibration_map"] = asdict(CalibrationMap())
    source = folder / MODEL_BIN
    if not source.is_file():
        raise damaged(folder, f"{MODEL_BIN} is no file")
    rules = read_json(folder, TOKENIZER_FILE)
    try:
        parts = {name: dataclass_of(kind, entries.pop(name)) for name, kind in _PARTS.items()}
        tokenizer = TokenizerRules.from_json(rules)
        parts["calibration"] = _calibration(entries.pop("calibration"))
        made = BlazingTextArtifact(**entries, **parts, rules=tokenizer, model=read(source), source=source)
        problem = _problem(made)
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise damaged(folder, f"{MODEL_FILE}, {TOKENIZER_FILE} or {MODEL_BIN} does not hold what it should ({error})") from error
    if problem:
        raise damaged(folder, problem)
    return made


def _calibration(value: Any) -> Calibration:
    """From its JSON form. Raises ValueError or TypeError when it is none."""
    made = Calibration(**value)
    if not all(type(number) is float and abs(number) <= MAX_NUMBER for number in (made.scale, *made.bias)) or made.scale <= 0:
        raise ValueError("the calibration has no valid numbers")
    return made


def _problem(artifact: BlazingTextArtifact) -> str:
    """What contradicts itself; empty when nothing does."""
    labels = strings(artifact.labels)
    is_choice = 2 <= len(labels) <= MAX_LABELS  # noqa: PLR2004  # a choice needs two
    if len(set(labels)) != len(labels) or not is_choice or len(artifact.calibration.bias) != len(labels):
        return f"{MODEL_FILE} names {len(labels)} labels, some of them twice, or a calibration of others"
    if not set(labels) & set(artifact.model.labels):
        return f"{MODEL_BIN} knows none of the labels of {MODEL_FILE}"
    return problem_of_labels(labels) or problem_of_entries(artifact)
