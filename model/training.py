"""From channel files to a model artifact with its evaluation: the training half's front door."""

from __future__ import annotations

import hashlib
import json
import platform
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import mxnet as mx  # type: ignore[import-untyped]  # MXNet ships no types
import numpy as np
import scipy  # type: ignore[import-untyped]  # SciPy ships no types
from spacy.about import __version__ as spacy_version

from contract.documents import Evaluation, Score
from contract.errors import UserError
from contract.hyperparameters import Hyperparameters
from contract.metrics import metric_line
from model.architecture import Architecture
from model.artifact import Artifact, Data, Provenance, save, write_whole
from model.calibration import choose_review, choose_temperature
from model.checkpoints import Checkpoints
from model.classifier import Classifier
from model.encoding import Encoder, words_of
from model.fitting import Examples, Fitted, Fitting
from model.forward import NumpyForward
from model.network import contexts
from model.progress import say
from model.report import write_report
from model.rows import UNKNOWN_LABEL, Rows, check_classes, distinct, positions_of, read_rows, without
from model.scores import score
from model.sequences import FloatArray
from model.split import held_out
from model.tokenizer import Tokenizer
from model.vocabulary import Vocabulary
from model.word_vectors import factorised_vectors, pretrained_vectors, random_vectors

__all__ = ["Provenance", "TrainingFiles", "train"]

EVALUATION_FILE, REPORT_FILE = "evaluation.json", "report.html"


@dataclass(frozen=True)
class TrainingFiles:
    """The files of each channel."""

    training: tuple[Path, ...]
    validation: tuple[Path, ...] = ()
    test: tuple[Path, ...] = ()


@dataclass(frozen=True)
class _Sets:
    """The three sets that share no text, and what was left out on the way."""

    train: Rows
    validation: Rows
    test: Rows
    labels: list[str]
    held_out: str  # where the test rows came from
    dropped: dict[str, int]
    warnings: list[str]


def train(  # noqa: PLR0913  # what a training job is given, by name
    files: TrainingFiles,
    hyperparameters: Hyperparameters,
    out: Path,
    *,
    provenance: Provenance,
    accelerator: str = "cpu",
    checkpoints: Path | None = None,
    champion: Path | None = None,
    vectors: str = "",
    should_stop: Callable[[], bool] = lambda: False,
    is_watched: bool = False,
) -> Evaluation:
    """Train a classifier and write its artifact, `evaluation.json` and `report.html` into `out`.

    `checkpoints` is a folder that outlives an interruption; `champion` the unpacked artifact of the
    current model, scored on the same rows; `vectors` a spaCy package or vectors folder.

    Raises UserError for files or settings that no classifier can be trained on, PlatformError when
    there is no GPU where one was asked for and when `should_stop` turned true.
    """
    started = time.monotonic()
    devices = contexts(accelerator)
    tokenizer = Tokenizer()
    sets = _read(files, hyperparameters, tokenizer)
    say(f"{len(sets.train)} training, {len(sets.validation)} validation and {len(sets.test)} test rows, {len(sets.labels)} labels")

    words = words_of(tokenizer, sets.train.texts, hyperparameters.max_tokens)
    vocabulary = Vocabulary.build(words, hyperparameters.vocabulary_size, hyperparameters.min_count)
    encode = Encoder(tokenizer, vocabulary, hyperparameters.max_tokens)
    training = Examples(encode(sets.train.texts).sequences, positions_of(sets.train.labels, sets.labels))
    validation = Examples(encode(sets.validation.texts).sequences, positions_of(sets.validation.labels, sets.labels))
    say(f"{len(vocabulary.words)} words known, {len(training.sequences.ids)} words in the training rows")

    embedding = _starting_vectors(training, vocabulary, hyperparameters, vectors)
    sizes = Architecture(
        words=len(vocabulary),
        embedding_size=embedding.shape[1],
        hidden_units=hyperparameters.hidden_units,
        layers=hyperparameters.layers,
        is_bidirectional=hyperparameters.bidirectional,
        labels=len(sets.labels),
    )
    data_hash = _hash(sets)
    fingerprint = hashlib.sha256(json.dumps([data_hash, hyperparameters.to_strings(), asdict(sizes), vectors]).encode()).hexdigest()
    fitting = Fitting(
        sizes,
        embedding,
        hyperparameters,
        devices,
        checkpoints=Checkpoints(checkpoints, fingerprint) if checkpoints else None,
        should_stop=should_stop,
        is_watched=is_watched,
    )
    fitted = fitting.fit(training, validation)

    logits = NumpyForward(sizes, fitted.weights)(validation.sequences)
    temperature = choose_temperature(logits, validation.labels)
    artifact = Artifact(
        labels=sets.labels,
        language=tokenizer.language,
        max_tokens=hyperparameters.max_tokens,
        architecture=sizes,
        temperature=temperature,
        review=choose_review(logits, validation.labels, temperature),
        provenance=provenance,
        data=Data(data_hash, len(sets.train), len(sets.validation)),
        hyperparameters=hyperparameters.to_strings(),
        libraries=_libraries(),
        vocabulary=vocabulary,
        weights=fitted.weights,
    )
    save(artifact, out)
    return _evaluate(sets, artifact, fitted, out, champion=champion, accelerator=accelerator, started=started)


def _read(files: TrainingFiles, hyperparameters: Hyperparameters, tokenizer: Tokenizer) -> _Sets:
    """Read the channels and cut what they do not bring from the training rows, no text in two sets."""
    dropped: Counter[str] = Counter()
    test, validation, everything = (
        distinct(read_rows(paths, hyperparameters, tokenizer, dropped), tokenizer, dropped)
        for paths in (files.test, files.validation, files.training)
    )
    validation = without(validation, (test,), tokenizer, dropped)
    everything = without(everything, (test, validation), tokenizer, dropped)
    for rows, paths, channel in ((test, files.test, "test"), (validation, files.validation, "validation")):
        if paths and not len(rows):
            raise UserError(f"The {channel} channel has no usable row. Add labelled rows to '{paths[0].name}', or leave the channel out.")
    is_cut = not (files.test and files.validation)
    labels = check_classes(everything, files.training, 2 if is_cut else 1, dropped)

    rng = np.random.default_rng(hyperparameters.seed)
    source = "the test channel"
    if not files.test:
        source = f"{hyperparameters.test_share:.0%} of the training rows"
        everything, test = _cut(everything, labels, hyperparameters.test_share, rng)
    if not files.validation:
        everything, validation = _cut(everything, labels, hyperparameters.validation_share, rng)
    known = [at for at, label in enumerate(validation.labels) if label in set(labels)]
    dropped[UNKNOWN_LABEL] += len(validation) - len(known)
    warnings = []
    if strangers := sorted(set(test.labels) - set(labels)):
        warnings.append(f"No training row has the labels {', '.join(strangers)} of the test channel: such rows count as wrong.")
    if not known:
        raise UserError("No row of the validation channel has a label of the training rows. Check the validation file, or leave it out.")
    return _Sets(everything, validation.take(known), test, labels, source, {name: n for name, n in sorted(dropped.items()) if n}, warnings)


def _cut(rows: Rows, labels: list[str], share: float, rng: np.random.Generator) -> tuple[Rows, Rows]:
    """The rows that stay and the rows that are held out."""
    is_out = held_out(positions_of(rows.labels, labels), share, 1, rng)
    return rows.take(np.flatnonzero(~is_out)), rows.take(np.flatnonzero(is_out))


def _starting_vectors(training: Examples, vocabulary: Vocabulary, hyperparameters: Hyperparameters, vectors: str) -> FloatArray:
    rng = np.random.default_rng(hyperparameters.seed)
    if vectors and hyperparameters.use_pretrained_vectors:
        embedding, found = pretrained_vectors(vectors, vocabulary, rng)
        say(f"word vectors from {Path(vectors).name}: {found} of {len(vocabulary.words)} words have one")
        return embedding
    size = hyperparameters.embedding_size
    factorised = factorised_vectors(training.sequences, len(vocabulary), size, rng)
    if factorised is not None:
        say("word vectors start from the company that words keep in the training rows")
        return factorised
    return random_vectors(len(vocabulary), size, rng)


def _hash(sets: _Sets) -> str:
    """Of the training and validation rows, in order."""
    digest = hashlib.sha256()
    for rows in (sets.train, sets.validation):
        for pair in zip(rows.texts, rows.labels, strict=True):
            digest.update(json.dumps(pair).encode())
    return digest.hexdigest()


def _libraries() -> dict[str, str]:
    return {
        "python": platform.python_version(),
        "mxnet": mx.__version__,
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "spacy": spacy_version,
    }


def _evaluate(
    sets: _Sets, artifact: Artifact, fitted: Fitted, out: Path, *, champion: Path | None, accelerator: str, started: float
) -> Evaluation:
    """Score the artifact as it lies in `out`, and the champion, on the test rows."""
    texts, actual = sets.test.texts, sets.test.labels
    challenger = Classifier.load(out, accelerator).predict(texts)
    challenger_score = score(actual, [entry.label for entry in challenger])
    warnings = list(sets.warnings)
    champion_score, champion_labels = _score_champion(champion, accelerator, sets.test, warnings)
    most_frequent = Counter(sets.train.labels).most_common(1)[0][0]
    evaluation = Evaluation(
        challenger=asdict(challenger_score),
        champion=asdict(champion_score) if champion_score else None,
        champion_version=artifact.provenance.champion_version,
        majority_accuracy=actual.count(most_frequent) / len(actual),
        labels=sets.labels,
        champion_labels=champion_labels,
        held_out=sets.held_out,
        train_rows=len(sets.train),
        validation_rows=len(sets.validation),
        dropped=sets.dropped,
        epochs=len(fitted.history),
        best_epoch=fitted.best_epoch,
        train_seconds=time.monotonic() - started,
        warnings=warnings,
    )
    page = write_report(evaluation, fitted.history, sets.test, challenger, artifact)
    write_whole(out / REPORT_FILE, lambda file: _write(file, page))
    write_whole(out / EVALUATION_FILE, lambda file: _write(file, evaluation.to_json()))
    say(metric_line("test:accuracy", challenger_score.accuracy))
    say(metric_line("test:macro_f1", challenger_score.macro_f1))
    say(metric_line("majority:accuracy", evaluation.majority_accuracy))
    if champion_score:
        say(metric_line("champion:accuracy", champion_score.accuracy))
    return evaluation


def _score_champion(champion: Path | None, accelerator: str, test: Rows, warnings: list[str]) -> tuple[Score | None, list[str]]:
    """The current model's score and labels; an unreadable one is a warning, for the gate must hear of it."""
    if champion is None:
        return None, []
    try:
        current = Classifier.load(champion, accelerator)
    except UserError as error:
        warnings.append(f"The current model could not be read, so there is nothing to compare with: {error}")
        return None, []
    return score(test.labels, [entry.label for entry in current.predict(test.texts)]), current.labels


def _write(file: Any, text: str) -> None:
    file.write(text.encode("utf-8", "backslashreplace"))
