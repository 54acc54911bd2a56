"""What a training has found, as the report wants it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from contract.engines import Engine
from contract.evaluations import Evaluation
from contract.promise import DEFAULT_MAX_ERROR
from model.artifact import Artifact
from model.artifacts import AnyArtifact
from model.classifier import Classifier
from model.text.sequences import IntArray, Positions, Sequences
from model.training.candidates import Contest
from model.training.combination import Affine, Combination, calibrate
from model.training.comparisons import BASELINE, baseline_logits, data_shares, label_errors
from model.training.deep_fitting import FittedDeep
from model.training.languages import language_shares
from model.training.report import Answers, Findings, HeldOut, LearningCurve
from model.training.report.findings import NO_LABEL, Floats
from model.training.rows import Judged
from model.training.sample_weights import stated_weights
from model.training.sets import Sets
from model.training.wide_training import WideTraining


@dataclass(frozen=True)
class Network:
    """The deep part, and how it stands beside the wide one."""

    fitted: FittedDeep
    combination: Combination


@dataclass(frozen=True)
class Trained:
    """Both parts, as they came from their training, whichever engine's model was chosen in the end."""

    wide: WideTraining
    network: Network | None  # where BlazingText alone was asked for, none was trained
    calibrated: Affine  # what makes the wide part's logits probable by themselves
    train_words: IntArray  # (M,) words of each training row
    test: Sequences  # the test rows
    judged: Judged  # the rows that the wide part was calibrated on, with its calibrated logits
    thresholds: Floats  # (T,) that promises try, in order
    contest: Contest


def findings_of(
    sets: Sets,
    artifact: AnyArtifact,
    trained: Trained,
    classifier: Classifier,
    test: HeldOut,
    current: Sequence[str],
    evaluation: Evaluation,
) -> Findings:
    """Everything that the page tells; `test` and `current` are the new and the current model's answers about the test rows."""
    labels, actual = test_labels(sets), test.actual
    rng = np.random.default_rng(0)
    judged = label_errors(trained.wide, trained.calibrated, sets.labels, rng)
    outside = trained.test.unknown_share(len(artifact.vocabulary)) * trained.test.lengths
    history = trained.network.fitted.history if trained.network else []
    provenance = artifact.provenance
    return Findings(
        classifier=provenance.classifier,
        model_version=provenance.model_version,
        labels=labels,
        test=test,
        held_out=sets.held_out,
        review_threshold=artifact.promises.get(DEFAULT_MAX_ERROR),
        promises=evaluation.promise_checks,
        train_counts=np.bincount(positions_in(sets.train.labels, labels), minlength=len(labels)),
        validation_rows=len(sets.validation),
        dropped=sets.dropped,
        weights=_weights(sets, trained),
        train_words=trained.train_words.astype(np.int64),
        max_tokens=artifact.max_tokens,
        unknown_share=float(outside.sum() / max(trained.test.lengths.sum(), 1)),
        epochs=LearningCurve(
            [epoch.train_loss for epoch in history],
            [epoch.validation_loss for epoch in history],
            [epoch.validation_accuracy for epoch in history],
            trained.network.fitted.best_epoch if trained.network else 0,
        ),
        current=Answers("the current model", positions_in(current, labels)) if current else None,
        fresh=evaluation.fresh_reviews,
        corrected=evaluation.corrections,
        baselines=[
            Answers(_baseline_name(trained.wide), baseline_logits(trained.wide).argmax(axis=1)),
            *_parts(sets, artifact, trained, classifier),
            *(Answers(name, positions_in(answers, labels)) for name, answers in trained.contest.others.items()),
        ],
        data_shares=data_shares(trained.wide, actual, rng),
        languages=language_shares(sets.train.texts),
        label_errors=judged[1] if judged else None,
        suspect_texts=[sets.train.texts[trained.wide.rows[judged[0][suspect.row]]] for suspect in judged[1].suspects] if judged else [],
        contradictions=sorted(sets.contradictions, key=lambda entry: -sum(entry.labels.values())),
        warnings=evaluation.warnings,
        provenance=[
            ("Engine", trained.contest.chosen),
            ("Training file", provenance.training_object or "a file on this machine"),
            ("Its version", provenance.training_object_version),
            ("Rows' hash", artifact.data.sha256),
            ("Image", provenance.image_tag),
            ("Commit", provenance.commit),
            *sorted(artifact.libraries.items()),
        ],
    )


def _weights(sets: Sets, trained: Trained) -> Floats | None:
    """Those of the rows that the model learned from; None when all count the same, as BlazingText has them."""
    stated = None if trained.contest.engine == Engine.BLAZINGTEXT else stated_weights(sets.train, sets.validation)
    return None if stated is None else np.concatenate(stated)


def _parts(sets: Sets, artifact: AnyArtifact, trained: Trained, classifier: Classifier) -> list[Answers]:
    """What the parts of the kit's own engine answer by themselves; the wide one alone, where there is no other."""
    if trained.network is None or not isinstance(artifact, Artifact):
        wide = trained.wide
        return [Answers("the kit's wide part alone", wide.fitted.logits(wide.features.take(wide.test)).argmax(axis=1))]
    network, known = trained.network, positions_in(sets.validation.labels, test_labels(sets))
    wide_logits, deep = classifier.parts(sets.test.texts)
    deep_alone = calibrate(network.combination.deep(network.fitted.logits), known)(deep)
    return [Answers("the wide part alone", wide_logits.argmax(axis=1)), Answers("the deep part alone", deep_alone.argmax(axis=1))]


def _baseline_name(wide: WideTraining) -> str:
    """With the number of its rows where it learned from a part of them: it would be unfair not to say so."""
    is_part = len(wide.compared) < len(wide.training)
    return BASELINE.name + (f", from {len(wide.compared):,} of the training rows" if is_part else "")


def test_labels(sets: Sets) -> list[str]:
    """The model's labels, then those that only test rows have."""
    return [*sets.labels, *sorted(set(sets.test.labels) - set(sets.labels))]


def positions_in(names: Sequence[str], labels: Sequence[str]) -> Positions:
    """Where each name stands among the labels; `NO_LABEL` when it does not."""
    places = {label: place for place, label in enumerate(labels)}
    return np.array([places.get(name, NO_LABEL) for name in names], np.int64)
