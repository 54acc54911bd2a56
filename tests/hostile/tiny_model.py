"""A model of random weights, made in a moment and without MXNet. Its tokenizer has the rules of real models, which the corpus tries."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from model.architecture import Architecture
from model.artifact import Artifact, Data, Provenance, save
from model.calibration_map import CalibrationMap
from model.confidence import Review
from model.gate import Gate
from model.text.vocabulary import SPECIAL, Vocabulary
from model.training.spacy_rules import rules_of
from model.wide import WideWeights
from tests.hostile.cases import WORDS

LABELS = ["=broken", "late"]


def tiny_artifact() -> Artifact:
    """The artifact; it knows the words of the corpus."""
    rng = np.random.default_rng(5)
    words = sorted({word.lower() for some in WORDS.values() for word in some})
    sizes = Architecture(words=len(words) + SPECIAL, embedding_size=6, hidden_units=4, layers=1, is_bidirectional=True, labels=len(LABELS))
    terms = np.arange(SPECIAL, sizes.words)
    wide = WideWeights(
        terms,
        rng.random(len(terms)).astype(np.float32),
        rng.normal(size=(len(terms), len(LABELS))).astype(np.float32),
        np.zeros(len(LABELS), np.float32),
        rng.random(4).astype(np.float32),
        rng.normal(size=(4, len(LABELS))).astype(np.float32),
    )
    return Artifact(
        labels=LABELS,
        max_tokens=50,
        architecture=sizes,
        wide_sizes=wide.sizes,
        gate=Gate(0.25, 4.0),
        calibration_map=CalibrationMap(1.1, 0.2, -1.0, 0.01),
        review=Review(0.5, 0.9),
        promises={"5": 0.5},
        provenance=Provenance("main", 3, 2, "s3://train/claims.csv", "v1", "cpu-0123", "abc"),
        data=Data("00", 10, 2),
        hyperparameters={},
        libraries={},
        vocabulary=Vocabulary(words),
        rules=rules_of("en"),
        weights={name: rng.normal(0, 0.5, shape).astype(np.float32) for name, shape in sizes.weight_shapes().items()},
        wide=wide,
    )


def save_tiny_model(folder: Path) -> Path:
    """Write it; returns the folder."""
    save(tiny_artifact(), folder)
    return folder
