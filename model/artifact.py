"""The model artifact: `model.json`, `vocabulary.json`, `tokenizer.json` and `weights.npz` in one folder.

Nothing in it can execute code. Whatever is read is checked against `model.json` before memory is
taken for it, for the folder may be damaged or come from a stranger.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from contract.columns import MAX_CHARS, MAX_LABELS
from contract.errors import UserError
from contract.promise import CONFIDENCE, MAX_ERRORS
from model.architecture import Architecture
from model.arrays import MAX_NUMBER, read_arrays
from model.artifact_files import (
    MODEL_FILE,
    TOKENIZER_FILE,
    VOCABULARY_FILE,
    WEIGHTS_FILE,
    damaged,
    dataclass_of,
    read_json,
    strings,
    write_entries,
    write_rules,
    write_text,
    write_whole,
)
from model.calibration_map import CalibrationMap
from model.confidence import Review
from model.gate import Gate
from model.text.rules import TokenizerRules
from model.text.sequences import FloatArray
from model.text.vocabulary import MAX_IDS, SPECIAL, Vocabulary
from model.wide import WideSizes, WideWeights

FORMAT_VERSION = 5  # 4 is BlazingText's
WITHOUT_PROMISES, WITHOUT_MAP = 2, 3  # earlier ones, which are read all the same: models of the first promise nothing
MAX_LAYERS = 100  # each has weights with names of their own
LEAST_LEAD = 1e-20  # at which a gate may close: divided by less, a lead could be infinite in float32
MAX_SIZE = 2**31 - 1  # of what the kernel counts in 32 bits

_FLOAT32, _INT64 = np.dtype("<f4"), np.dtype("<i8")


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
class Data:
    """What the model was trained on."""

    sha256: str  # of the training and validation rows
    train_rows: int
    validation_rows: int


@dataclass(frozen=True, kw_only=True)
class Artifact:
    """Everything that prediction needs, and where it came from."""

    labels: list[str]
    max_tokens: int  # that the network reads of a text
    architecture: Architecture
    wide_sizes: WideSizes
    gate: Gate
    calibration_map: CalibrationMap
    review: Review
    promises: dict[str, float]  # the threshold of each promise that it can make, by its `MAX_ERRORS`
    provenance: Provenance
    data: Data
    hyperparameters: dict[str, str]
    libraries: dict[str, str]
    vocabulary: Vocabulary  # its first `architecture.words` ids are the network's
    rules: TokenizerRules
    weights: Mapping[str, FloatArray]  # of the network, by the names of the architecture
    wide: WideWeights


class HasEntries(Protocol):
    """What every engine's artifact says of itself."""

    @property
    def calibration_map(self) -> CalibrationMap:
        """From logits to log-probabilities."""

    @property
    def review(self) -> Review:
        """When a person should look."""

    @property
    def promises(self) -> dict[str, float]:
        """The threshold of each promise that it can make."""

    @property
    def hyperparameters(self) -> dict[str, str]:
        """Of its training."""

    @property
    def libraries(self) -> dict[str, str]:
        """That it was trained with."""


_PARTS: dict[str, type] = {
    "architecture": Architecture,
    "wide_sizes": WideSizes,
    "gate": Gate,
    "calibration_map": CalibrationMap,
    "review": Review,
    "provenance": Provenance,
    "data": Data,
}
_FILES = ("vocabulary", "rules", "weights", "wide")  # fields with a file of their own


def save(artifact: Artifact, folder: Path) -> None:
    """Write the four files, `model.json` last. While they change there is none, and so no model."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MODEL_FILE).unlink(missing_ok=True)
    words = json.dumps(artifact.vocabulary.words, ensure_ascii=False, indent=0)
    weights = {name: np.ascontiguousarray(value, _FLOAT32) for name, value in artifact.weights.items()}
    weights |= {f"wide.{name}": np.ascontiguousarray(value) for name, value in artifact.wide.to_arrays().items()}
    write_whole(folder / WEIGHTS_FILE, lambda file: np.savez(file, **weights))
    write_whole(folder / VOCABULARY_FILE, lambda file: write_text(file, words))
    write_rules(artifact.rules, folder)
    save_entries(artifact, folder)


def save_entries(artifact: Artifact, folder: Path) -> None:
    """Write `model.json` alone, beside the other files of the same model."""
    write_entries(artifact, folder, FORMAT_VERSION, without=_FILES)


def load(folder: Path) -> Artifact:
    """Read and check an artifact. Raises UserError that says what is wrong and how to go on."""
    entries = read_json(folder, MODEL_FILE)
    if not isinstance(entries, dict):
        raise damaged(folder, f"{MODEL_FILE} is no JSON object")
    version = entries.pop("format_version", None)
    if version not in (WITHOUT_PROMISES, WITHOUT_MAP, FORMAT_VERSION):
        raise UserError(
            f"The model in '{folder.name}' has format version {version}; this version of the kit reads {FORMAT_VERSION}."
            " Train it again with this version, or use the version of the kit that made it."
        )
    try:
        if version == WITHOUT_PROMISES:
            entries |= {"review": _review_without_promises(entries["review"]), "promises": {}}
        if version != FORMAT_VERSION:
            entries["calibration_map"] = asdict(CalibrationMap())
        for name, kind in _PARTS.items():
            entries[name] = dataclass_of(kind, entries[name])
        without_files = Artifact(**entries, vocabulary=Vocabulary([]), rules=TokenizerRules.none(), weights={}, wide=WideWeights.nothing())
        problem = _problem(without_files)
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise damaged(folder, f"{MODEL_FILE} does not hold what it should ({error})") from error
    if problem:
        raise damaged(folder, problem)
    with ThreadPoolExecutor(1) as beside:  # arrays are read without holding Python up
        arrays = beside.submit(_read_weights, folder, without_files)
        vocabulary, rules = _read_words(folder, without_files.architecture.words)
        weights, wide = arrays.result()
    return replace(without_files, vocabulary=vocabulary, rules=rules, weights=weights, wide=wide)


def _review_without_promises(entries: Any) -> dict[str, Any]:
    return {"max_unknown_share": entries["max_unknown_share"], "promise_confidence": CONFIDENCE}


def _problem(artifact: Artifact) -> str:
    """What contradicts itself; empty when nothing does."""
    sizes = artifact.architecture
    if len(strings(artifact.labels)) != sizes.labels or len(set(artifact.labels)) != sizes.labels or not 2 <= sizes.labels <= MAX_LABELS:  # noqa: PLR2004  # a choice needs two
        return f"{MODEL_FILE} names {len(artifact.labels)} labels for an output of {sizes.labels}"
    if problem := problem_of_labels(artifact.labels):
        return problem
    if sizes.layers > MAX_LAYERS or not all(0 < size <= MAX_SIZE for size in (sizes.embedding_size, sizes.hidden_units, sizes.layers)):
        return f"{MODEL_FILE} names a size out of bounds"
    if type(artifact.max_tokens) is not int or not 0 < artifact.max_tokens <= MAX_SIZE or not artifact.wide_sizes.is_valid():
        return f"{MODEL_FILE} names a size out of bounds"
    gate = artifact.gate
    is_finite = all(abs(number) <= MAX_NUMBER for number in (gate.share, gate.closes_at))
    if not is_finite or (gate.closes_at != 0 and gate.closes_at < LEAST_LEAD):
        return f"{MODEL_FILE} has no valid gate"
    return problem_of_entries(artifact)


def problem_of_labels(labels: list[str]) -> str:
    """What is wrong with labels that no training would have read; empty when nothing is."""
    is_sound = all(label and label == label.strip() and len(label) <= MAX_CHARS for label in labels)
    return "" if is_sound else f"{MODEL_FILE} has a label that is empty, too long, or has a space at its end"


def problem_of_entries(artifact: HasEntries) -> str:
    """What is wrong with the entries of `model.json` that every engine's artifact has; empty when nothing is."""
    review, promises = artifact.review, artifact.promises
    is_promising = set(promises) <= set(MAX_ERRORS) and all(type(value) is float and 0 <= value <= 1 for value in promises.values())
    if not is_promising or not all(abs(number) <= MAX_NUMBER for number in (review.max_unknown_share, review.promise_confidence)):
        return f"{MODEL_FILE} has no valid threshold or promises"
    if not artifact.calibration_map.is_valid():
        return f"{MODEL_FILE} has no valid calibration"
    for name, entries in (("hyperparameters", artifact.hyperparameters), ("libraries", artifact.libraries)):
        if not isinstance(entries, dict) or not all(isinstance(value, str) for value in entries.values()):
            return f"{MODEL_FILE} has no valid {name}"
    return ""


def _read_words(folder: Path, with_vectors: int) -> tuple[Vocabulary, TokenizerRules]:
    """The words, so many of which the network must know at most, and the rules by which texts fall into such."""
    words, rules = read_json(folder, VOCABULARY_FILE), read_json(folder, TOKENIZER_FILE)
    try:
        vocabulary, tokenizer = Vocabulary(strings(words)), TokenizerRules.from_json(rules)
        problem = _problem_of_words(vocabulary, with_vectors)
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise damaged(folder, f"{VOCABULARY_FILE} or {TOKENIZER_FILE} does not hold what it should ({error})") from error
    if problem:
        raise damaged(folder, problem)
    return vocabulary, tokenizer


def _problem_of_words(vocabulary: Vocabulary, with_vectors: int) -> str:
    if len(set(vocabulary.words)) != len(vocabulary.words) or len(vocabulary) > MAX_IDS:
        return f"{VOCABULARY_FILE} holds a word twice, or too many words"
    if not SPECIAL <= with_vectors <= len(vocabulary):
        return f"{VOCABULARY_FILE} holds {len(vocabulary)} words for an embedding of {with_vectors}"
    return ""


def _read_weights(folder: Path, artifact: Artifact) -> tuple[dict[str, FloatArray], WideWeights]:
    """The arrays, each header compared with the sizes before its array is read."""
    path = folder / WEIGHTS_FILE
    if not path.is_file():
        raise damaged(folder, f"{WEIGHTS_FILE} is missing")
    shapes = artifact.architecture.weight_shapes()
    wide_shapes = {f"wide.{name}": shape for name, shape in artifact.wide_sizes.shapes(len(artifact.labels)).items()}
    wanted = {name: (_INT64 if name == "wide.terms" else _FLOAT32, shape) for name, shape in (shapes | wide_shapes).items()}
    try:
        arrays = read_arrays(path, wanted)
        wide = WideWeights.of_arrays({name.removeprefix("wide."): arrays[name] for name in wide_shapes})
    except ValueError as error:
        raise damaged(folder, f"{WEIGHTS_FILE}: {error}") from error
    return {name: arrays[name] for name in shapes}, wide
