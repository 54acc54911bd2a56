"""Scores of the new model and the current one on the same rows, and the papers that tell of them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from operator import eq
from pathlib import Path
from typing import IO

import numpy as np

from contract.engines import Engine
from contract.errors import UserError
from contract.evaluations import Evaluation, FreshReviews
from contract.metrics import metric_line
from contract.paired import Paired
from contract.promise import DEFAULT_MAX_ERROR, Promise
from contract.wording import counted
from model.artifact_files import write_whole
from model.artifacts import AnyArtifact, save_entries
from model.classifier import Classifier
from model.confidence import LOW_CONFIDENCE, NOT_PROMISED
from model.training.figures import figures_of
from model.training.findings import Network, Trained, findings_of, positions_in, test_labels
from model.training.progress import say
from model.training.promises import HeldOutAnswers, check_promises, choose_promises
from model.training.report import HeldOut, write_report
from model.training.rows import Rows
from model.training.scores import score
from model.training.sets import Sets

__all__ = ["Network", "Trained", "evaluate"]

FEW_ROWS = 100  # whose figures a second opinion should stand beside
EVALUATION_FILE, REPORT_FILE = "evaluation.json", "report.html"


def evaluate(
    sets: Sets, artifact: AnyArtifact, trained: Trained, out: Path, *, champion: Path | None, accelerator: str, started: float
) -> Evaluation:
    """Score the artifact as it lies in `out`, and the champion, on the test rows; there `out` learns what can be promised."""
    texts, actual = sets.test.texts, sets.test.labels
    classifier = Classifier.load(out, accelerator)
    challenger = classifier.classify(texts, Promise(1.0, 1.0, 0.0, []))  # whose confidence asks for no review yet
    challenger_score = score(actual, classifier.names(challenger.best))
    positions = positions_in(actual, test_labels(sets))
    answers = HeldOutAnswers(challenger.confidence, np.array(challenger.reasons) == "", challenger.best != positions)
    artifact = replace(artifact, promises=choose_promises(trained.thresholds, answers))
    save_entries(artifact, out)
    checks, is_accepted = check_promises(trained.thresholds, answers, artifact.promises, np.random.default_rng(0))
    doubt = LOW_CONFIDENCE if DEFAULT_MAX_ERROR in artifact.promises else NOT_PROMISED
    reasons = [reason or ("" if accepted else doubt) for reason, accepted in zip(challenger.reasons, is_accepted.tolist(), strict=True)]
    test = HeldOut(texts, positions, challenger.best, challenger.confidence, reasons)
    warnings = list(sets.warnings)
    if sets.train.weights and Engine(trained.contest.engine) == Engine.BLAZINGTEXT:
        warnings.append("BlazingText takes no weights: it learned from every row alike, however sure its label is.")
    if len(actual) < FEW_ROWS and len(trained.judged) > len(sets.validation):
        warnings.append(
            f"The figures rest on {counted(len(actual), 'row')}. By five-fold cross-validation over {len(trained.judged):,} labelled rows"
            f" the linear part alone is right on {trained.judged.accuracy:.0%}."
        )
    current = _current(champion, accelerator, warnings)
    current_answers = current.names(current.classify(texts).best) if current else []
    champion_score = score(actual, current_answers) if current else None
    fresh = _fresh_reviews(sets.fresh, classifier, current) if len(sets.fresh) else None
    counts = Counter(sets.train.labels)
    most_frequent = max(sets.labels, key=counts.__getitem__)
    evaluation = Evaluation(
        challenger=asdict(challenger_score),
        champion=asdict(champion_score) if champion_score else None,
        champion_version=artifact.provenance.champion_version,
        majority_accuracy=actual.count(most_frequent) / len(actual),
        labels=sets.labels,
        champion_labels=current.labels if current else [],
        held_out=sets.held_out,
        train_rows=len(sets.train),
        validation_rows=len(sets.validation),
        dropped=sets.dropped,
        epochs=len(trained.network.fitted.history) if trained.network else 0,
        best_epoch=trained.network.fitted.best_epoch if trained.network else 0,
        train_seconds=time.monotonic() - started,
        warnings=warnings,
        paired=asdict(_paired(actual, classifier.names(challenger.best), current_answers)) if current else None,
        fresh=asdict(fresh) if fresh else None,
        corrected=asdict(sets.corrected) if sets.corrected else None,
        figures=figures_of(actual, classifier.names(challenger.best), challenger.confidence),
        promises=[asdict(check) for check in checks],
        engine=trained.contest.engine,
        engines=dict(trained.contest.validated),
    )
    findings = findings_of(sets, artifact, trained, classifier, test, current_answers, evaluation)
    page = write_report(findings)
    write_whole(out / REPORT_FILE, lambda file: _write(file, page))
    write_whole(out / EVALUATION_FILE, lambda file: _write(file, evaluation.to_json()))
    say(metric_line("test:accuracy", challenger_score.accuracy))
    say(metric_line("test:macro_f1", challenger_score.macro_f1))
    say(metric_line("majority:accuracy", evaluation.majority_accuracy))
    if champion_score:
        say(metric_line("champion:accuracy", champion_score.accuracy))
    return evaluation


def _fresh_reviews(rows: Rows, classifier: Classifier, current: Classifier | None) -> FreshReviews:
    """Both models on the rows that people reviewed and neither learned from."""
    ours = classifier.names(classifier.classify(rows.texts).best)
    theirs = current.names(current.classify(rows.texts).best) if current else []
    return FreshReviews(
        challenger=asdict(score(rows.labels, ours)),
        champion=asdict(score(rows.labels, theirs)) if current else None,
        paired=asdict(_paired(rows.labels, ours, theirs)) if current else None,
    )


def _paired(actual: Sequence[str], ours: Sequence[str], theirs: Sequence[str]) -> Paired:
    return Paired.of(map(eq, actual, ours), map(eq, actual, theirs))


def _current(champion: Path | None, accelerator: str, warnings: list[str]) -> Classifier | None:
    """The current model; an unreadable one is a warning, which decides whether the new one is published."""
    if champion is None:
        return None
    try:
        return Classifier.load(champion, accelerator)
    except UserError as error:
        warnings.append(f"The current model could not be read, so there is nothing to compare with: {error}")
        return None


def _write(file: IO[bytes], text: str) -> None:
    file.write(text.encode("utf-8", "backslashreplace"))
