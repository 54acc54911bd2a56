"""Every engine that this machine can run, over made-up weights."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from model_samples import architecture, random_weights

from model.architecture import Architecture
from model.engine import Engine, Learned, NumpyEngine
from model.kernel.binding import Library, library_file, runnable
from model.kernel.build import build
from model.kernel.engine import KernelEngine
from model.text.sequences import Sequences
from model.text.vocabulary import SPECIAL, Vocabulary
from model.training.spacy_rules import rules_of
from model.wide import WideWeights, terms_of

_BUILT = TemporaryDirectory(prefix="kernel-")

WORDS = re.findall(
    r"\S+",
    "the brake pedal squeals , ca n't stop it 's do . ( ) :) good bad é über naïve u.s. e.g. 10 km / - well made"
    " one two three four five six seven eight nine ten",
)


@cache
def libraries() -> list[Library]:
    """Each variant of the kernel that this CPU can run, compiled for the tests."""
    build(Path(_BUILT.name))
    return [Library(library_file(Path(_BUILT.name), variant), variant) for variant in runnable()]


def learned(sizes: Architecture | None = None, max_tokens: int = 20, spread: float = 0.7, terms: int = 200) -> Learned:
    """Random weights, and a wide part that knows some terms of random texts."""
    sizes = sizes or architecture()
    rng = np.random.default_rng(5)
    keys, _ = terms_of(repetitive_sequences([40] * 30, len(WORDS) + SPECIAL), len(WORDS) + SPECIAL)
    known = np.unique(keys)[:: max(1, len(np.unique(keys)) // terms)]
    wide = WideWeights(
        known,
        rng.uniform(1, 9, len(known)).astype(np.float32),
        rng.normal(size=(len(known), sizes.labels)).astype(np.float32),
        rng.normal(size=sizes.labels).astype(np.float32),
        rng.uniform(0, 1, 64).astype(np.float32),
        rng.normal(size=(64, sizes.labels)).astype(np.float32),
    )
    return Learned(rules_of(), Vocabulary(WORDS), max_tokens, sizes, random_weights(sizes, spread=spread), wide)


def repetitive_sequences(lengths: Sequence[int], words: int, seed: int = 0) -> Sequences:
    """Texts of these lengths whose words repeat, so that terms do."""
    rng = np.random.default_rng(seed)
    ids = np.minimum(rng.geometric(0.2, sum(lengths)), words - 1)
    return Sequences(ids.astype(np.int32), np.array(lengths, np.int32))


def kernels(what: Learned) -> list[Engine]:
    """The kernel in each variant."""
    return [KernelEngine(what, library) for library in libraries()]


def engines(what: Learned) -> list[Engine]:
    """NumPy, and the kernel in each variant."""
    return [NumpyEngine(what), *kernels(what)]
