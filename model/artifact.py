"""The model artifact: `model.json`, `vocabulary.json` and `weights.npz` in one folder.

Nothing in it can execute code. Whatever is read is checked against `model.json` before memory is
taken for it, for the folder may be damaged or come from a stranger.
"""

from __future__ import annotations

import json
import math
import os
import re
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import IO, Any

import numpy as np

from contract.errors import UserError
from model.architecture import Architecture
from model.sequences import FloatArray
from model.vocabulary import Vocabulary

FORMAT_VERSION = 1
MODEL_FILE, VOCABULARY_FILE, WEIGHTS_FILE = "model.json", "vocabulary.json", "weights.npz"
MAX_JSON_BYTES = 256 * 1024**2
MAX_LAYERS = 100  # each has weights with names of their own

_LANGUAGE = re.compile(r"[a-z]{2,3}")
_FLOAT32 = np.dtype("<f4")


@dataclass(frozen=True)
class Provenance:
    """Where a model came from."""

    classifier: str
    model_version: int
    champion_version: int
    training_object: str
    training_object_version: str
    image_tag: str
    commit: str


@dataclass(frozen=True)
class Review:
    """How the review threshold was chosen, on the validation rows."""

    threshold: float  # a smaller confidence asks for a review
    target_accuracy: float  # of the rows at or above the threshold
    coverage: float  # share of the validation rows at or above it


@dataclass(frozen=True)
class Data:
    """What the model was trained on."""

    sha256: str  # of the training and validation rows
    train_rows: int
    validation_rows: int


@dataclass(frozen=True, kw_only=True)
class Artifact:
    """Everything that prediction needs, and where it came from."""

    labels: list[str]
    language: str  # whose tokenizer rules apply
    max_tokens: int
    architecture: Architecture
    temperature: float
    review: Review
    provenance: Provenance
    data: Data
    hyperparameters: dict[str, str]
    libraries: dict[str, str]
    vocabulary: Vocabulary
    weights: Mapping[str, FloatArray]


_PARTS: dict[str, type] = {"architecture": Architecture, "review": Review, "provenance": Provenance, "data": Data}
_FILES = ("vocabulary", "weights")  # fields with a file of their own


def write_whole(path: Path, write: Callable[[IO[bytes]], None]) -> None:
    """Write a file so that it is there whole or not at all."""
    temporary = path.with_name(f".{path.name}.partial")
    with temporary.open("wb") as file:
        write(file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def save(artifact: Artifact, folder: Path) -> None:
    """Write the three files, `model.json` last."""
    folder.mkdir(parents=True, exist_ok=True)
    entries = {"format_version": FORMAT_VERSION} | {
        entry.name: asdict(value) if entry.name in _PARTS else value
        for entry in fields(artifact)
        if entry.name not in _FILES and (value := getattr(artifact, entry.name)) is not None
    }
    words = json.dumps(artifact.vocabulary.words, ensure_ascii=False, indent=0)
    weights = {name: np.ascontiguousarray(value, _FLOAT32) for name, value in artifact.weights.items()}
    write_whole(folder / WEIGHTS_FILE, lambda file: np.savez(file, **weights))
    write_whole(folder / VOCABULARY_FILE, lambda file: _write_text(file, words))
    write_whole(folder / MODEL_FILE, lambda file: _write_text(file, json.dumps(entries, ensure_ascii=False, indent=2) + "\n"))


def load(folder: Path) -> Artifact:
    """Read and check an artifact. Raises UserError that says what is wrong and how to go on."""
    entries = _read_json(folder, MODEL_FILE)
    if not isinstance(entries, dict):
        raise _damaged(folder, f"{MODEL_FILE} is no JSON object")
    version = entries.pop("format_version", None)
    if version != FORMAT_VERSION:
        raise UserError(
            f"The model in '{folder.name}' has format version {version}; this version of the kit reads {FORMAT_VERSION}."
            " Train it again with this version, or use the version of the kit that made it."
        )
    words = _read_json(folder, VOCABULARY_FILE)
    try:
        for name, kind in _PARTS.items():
            entries[name] = _dataclass_of(kind, entries[name])
        artifact = Artifact(**entries, vocabulary=Vocabulary(_strings(words)), weights={})
        problem = _problem(artifact)
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(folder, f"{MODEL_FILE} or {VOCABULARY_FILE} does not hold what it should ({error})") from error
    if problem:
        raise _damaged(folder, problem)
    return replace(artifact, weights=_read_weights(folder, artifact))


def _write_text(file: IO[bytes], text: str) -> None:
    # A lone surrogate in a label or word has no UTF-8 form.
    file.write(text.encode("utf-8", "surrogatepass"))


def _read_json(folder: Path, name: str) -> Any:
    path = folder / name
    if not path.is_file():
        raise _damaged(folder, f"{name} is missing")
    if path.stat().st_size > MAX_JSON_BYTES:
        raise _damaged(folder, f"{name} is larger than any model's")
    try:
        return json.loads(path.read_bytes().decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError) as error:
        raise _damaged(folder, f"{name} is no JSON ({error})") from error


def _dataclass_of(kind: type, entries: Any) -> Any:
    """A flat dataclass from its JSON form, each value of the field's own type."""
    made = kind(**entries)
    for entry in fields(kind):
        value, wanted = getattr(made, entry.name), entry.type
        is_right = isinstance(value, float | int) and not isinstance(value, bool) if wanted == "float" else type(value).__name__ == wanted
        if not is_right:
            raise ValueError(f"{entry.name} is {value!r}")
    return made


def _strings(value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise ValueError("a list of texts was expected")
    return value


def _problem(artifact: Artifact) -> str:
    """What contradicts itself; empty when nothing does."""
    sizes = artifact.architecture
    if len(_strings(artifact.labels)) != sizes.labels or len(set(artifact.labels)) != sizes.labels or sizes.labels < 2:  # noqa: PLR2004  # a choice needs two
        return f"{MODEL_FILE} names {len(artifact.labels)} labels for an output of {sizes.labels}"
    if len(artifact.vocabulary) != sizes.words or len(set(artifact.vocabulary.words)) != len(artifact.vocabulary.words):
        return f"{VOCABULARY_FILE} holds {len(artifact.vocabulary)} words for an embedding of {sizes.words}"
    if min(sizes.embedding_size, sizes.hidden_units, sizes.layers) < 1 or sizes.layers > MAX_LAYERS:
        return f"{MODEL_FILE} names a size out of bounds"
    if type(artifact.max_tokens) is not int or artifact.max_tokens < 1 or not _LANGUAGE.fullmatch(artifact.language):
        return f"{MODEL_FILE} has no valid max_tokens or language"
    if not (math.isfinite(artifact.temperature) and artifact.temperature > 0 and math.isfinite(artifact.review.threshold)):
        return f"{MODEL_FILE} has no valid temperature or threshold"
    return ""


def _read_weights(folder: Path, artifact: Artifact) -> dict[str, FloatArray]:
    """The arrays, each header compared with the architecture before its array is read."""
    path = folder / WEIGHTS_FILE
    if not path.is_file():
        raise _damaged(folder, f"{WEIGHTS_FILE} is missing")
    shapes = artifact.architecture.weight_shapes()
    weights = {}
    try:
        with zipfile.ZipFile(path) as archive:
            members = {info.filename: info for info in archive.infolist()}
            if sorted(members) != sorted(f"{name}.npy" for name in shapes):
                raise ValueError("its arrays are not those of the architecture")
            for name, shape in shapes.items():
                with archive.open(members[f"{name}.npy"]) as member:
                    weights[name] = _read_array(member, name, shape)
    except (zipfile.BadZipFile, ValueError, EOFError, OSError, NotImplementedError, RuntimeError, zlib.error) as error:
        raise _damaged(folder, f"{WEIGHTS_FILE}: {error}") from error
    return weights


def _read_array(member: IO[bytes], name: str, shape: tuple[int, ...]) -> FloatArray:
    if np.lib.format.read_magic(member) != (1, 0):  # type: ignore[no-untyped-call]  # NumPy leaves it untyped
        raise ValueError(f"{name} has an unknown header")
    found, is_fortran, dtype = np.lib.format.read_array_header_1_0(member)  # type: ignore[no-untyped-call]  # likewise
    if found != shape or is_fortran or dtype != _FLOAT32:
        raise ValueError(f"{name} is {dtype} {found} where float32 {shape} belongs")
    size = math.prod(shape) * _FLOAT32.itemsize
    content = member.read(size)
    if len(content) != size or member.read(1):
        raise ValueError(f"{name} is cut short or too long")
    values = np.frombuffer(content, _FLOAT32).reshape(shape)
    if not np.isfinite(values).all():
        raise ValueError(f"{name} holds values that are no numbers")
    return values


def _damaged(folder: Path, problem: str) -> UserError:
    return UserError(
        f"The model in '{folder.name}' is damaged: {problem}."
        " Go back to an earlier model with 'kit rollback', or train again by dropping the training file once more."
    )
