"""The kit's own engine: the network beside the wide part, their combination, and the artifact of both."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from contract.engines import Engine
from contract.hyperparameters import Hyperparameters
from contract.promise import CONFIDENCE
from contract.training_log import LEARNS_MORE
from model.architecture import Architecture
from model.artifact import FORMAT_VERSION, Artifact
from model.confidence import Review
from model.text.vocabulary import SPECIAL, Vocabulary
from model.training.calibration import max_unknown_share
from model.training.candidates import Candidate
from model.training.checkpoints import Checkpoints
from model.training.combination import Affine, combine
from model.training.deep_fitting import DeepFitting
from model.training.findings import Network
from model.training.map_fitting import fit_map
from model.training.progress import say
from model.training.rows import Examples, Judged
from model.training.wide_training import WideTraining
from model.training.word_vectors import starting_vectors


@dataclass(frozen=True)
class Encoded:
    """The rows as ids. The network, which does not learn from validation rows, knows the first `learned` ids alone."""

    training: Examples
    validation: Examples
    vocabulary: Vocabulary
    learned: int


@dataclass(frozen=True)
class Surroundings:
    """Where and how a network is trained; it has no influence on what comes of it."""

    devices: list[Any]  # MXNet's contexts
    checkpoints: Path | None
    should_stop: Callable[[], bool]
    is_watched: bool


def own_candidate(
    rows: Encoded,
    wide: WideTraining,
    alone: Judged,
    calibrated: Affine,
    hyperparameters: Hyperparameters,
    vectors: str,
    around: Surroundings,
    common: Mapping[str, Any],
) -> tuple[Candidate, Network]:
    """Train the network and set it beside the wide part.

    `alone` are the rows that the wide part was `calibrated` on; `common` is what every artifact says of itself.
    """
    words, fits = min(rows.learned, hyperparameters.vocabulary_size), hyperparameters.max_tokens
    for_network = [
        Examples(examples.sequences.head_and_tail(fits).clamped(words), examples.labels, examples.weights)
        for examples in (rows.training, rows.validation)
    ]
    embedding = starting_vectors(
        vectors if hyperparameters.use_pretrained_vectors else "",
        for_network[0].sequences,
        Vocabulary(rows.vocabulary.words[: words - SPECIAL]),
        hyperparameters.embedding_size,
        np.random.default_rng(hyperparameters.seed),
    )
    sizes = Architecture(
        words=words,
        embedding_size=embedding.shape[1],
        hidden_units=hyperparameters.hidden_units,
        layers=hyperparameters.layers,
        is_bidirectional=hyperparameters.bidirectional,
        labels=len(common["labels"]),
    )
    told = [hyperparameters.to_strings(), asdict(sizes), vectors, common["libraries"]]
    fingerprint = json.dumps([FORMAT_VERSION, common["data"].sha256, *told])
    fitting = DeepFitting(
        sizes,
        embedding,
        hyperparameters,
        around.devices,
        checkpoints=Checkpoints(around.checkpoints, fingerprint) if around.checkpoints else None,
        should_stop=around.should_stop,
        is_watched=around.is_watched,
    )
    fitted = fitting.fit(*for_network)

    unscaled, labels = wide.validated.logits, rows.validation.labels
    combination = combine(unscaled, fitted.logits, labels, calibrated)
    say(f"the network has a say in {combination.openness(unscaled).astype(bool).mean():.0%} of the validation rows")
    mixed = combination(unscaled, fitted.logits)
    calibration_map = fit_map(mixed, labels)
    say(LEARNS_MORE)
    weights = wide.weights().scaled(combination.wide.scale, combination.wide.bias)
    artifact = Artifact(
        **common,
        max_tokens=hyperparameters.max_tokens,
        architecture=sizes,
        wide_sizes=weights.sizes,
        gate=combination.gate,
        calibration_map=calibration_map,
        review=Review(max_unknown_share(rows.validation.sequences.unknown_share(rows.learned)), CONFIDENCE),
        vocabulary=rows.vocabulary,
        weights=combination.deep.applied_to(fitted.weights),
        wide=weights,
    )
    both, without = (Judged(calibration_map(logits), these) for logits, these in ((mixed, labels), (alone.logits, alone.labels)))
    most = max(both, without, key=len)  # more rows tell more, though without the network
    return Candidate(Engine.KIT, artifact, both, most), Network(fitted, combination)
