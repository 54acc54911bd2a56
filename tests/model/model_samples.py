"""Small labelled files and a network that trains on them in a second."""

from __future__ import annotations

import csv
import random
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from contract.evaluations import Evaluation
from contract.hyperparameters import Hyperparameters
from model.architecture import Architecture
from model.text.sequences import FloatArray, Sequences

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # MXNet uses names that NumPy is about to remove
    from model.training.train import Provenance, TrainingFiles, train

PROVENANCE = Provenance("main", 3, 2, "s3://train/claims.csv", "v1", "cpu-0123", "abc")
FILLER = ["the", "a", "this", "that", "it", "was", "is", "and", "then", "we", "our", "car", "day", "time", "again", "today"]
SIGNS = {
    "brakes": ["brake", "pedal", "squeal", "disc"],
    "paint": ["rust", "colour", "scratch", "paint"],
    "radio": ["sound", "radio", "aerial"],
}


def tiny(**changes: Any) -> Hyperparameters:
    """Hyperparameters under which a training takes a moment."""
    small: dict[str, Any] = {"embedding_size": 8, "hidden_units": 8, "epochs": 4, "learning_rate": 0.02, "max_tokens": 30, "dropout": 0.1}
    return Hyperparameters(**small | changes)


def labelled(rows: int, seed: int = 0, signs: dict[str, list[str]] = SIGNS) -> list[tuple[str, str]]:
    """(label, text) rows, sorted by label as real files often are; a sign in the text gives the label away."""
    rng = random.Random(seed)  # noqa: S311  # made-up texts are no secret
    made = []
    for number in range(rows):
        label = sorted(signs)[number % len(signs)]
        words = [*rng.choices(FILLER, k=rng.randint(3, 25)), rng.choice(signs[label]), str(number)]
        rng.shuffle(words)
        made.append((label, " ".join(words)))
    return sorted(made)


def write_csv(path: Path, rows: Sequence[Sequence[str]], header: Sequence[str] = ("label", "text")) -> Path:
    """A CSV file with these rows."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def train_on(path: Path, out: Path, hyperparameters: Hyperparameters | None = None, **options: Any) -> Evaluation:
    """Train on one file."""
    options = {"provenance": PROVENANCE} | options
    return train(TrainingFiles((path,)), hyperparameters or tiny(), out, **options)


def architecture(**changes: Any) -> Architecture:
    """A small network of awkward sizes."""
    sizes: dict[str, Any] = {"words": 37, "embedding_size": 7, "hidden_units": 5, "layers": 1, "is_bidirectional": True, "labels": 3}
    return Architecture(**sizes | changes)


def random_weights(sizes: Architecture, seed: int = 0, spread: float = 0.7) -> dict[str, FloatArray]:
    """Weights large enough that every gate opens and closes."""
    rng = np.random.default_rng(seed)
    return {name: rng.normal(0, spread, shape).astype(np.float32) for name, shape in sizes.weight_shapes().items()}


def random_sequences(lengths: Sequence[int], words: int, seed: int = 0) -> Sequences:
    """Texts of these lengths."""
    rng = np.random.default_rng(seed)
    return Sequences(rng.integers(1, words, sum(lengths)).astype(np.int32), np.array(lengths, np.int32))
