"""Scores of the new model and the current one on the same rows, and the papers that tell of them."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import IO

from contract.documents import Evaluation, Score
from contract.errors import UserError
from contract.metrics import metric_line
from model.artifact import Artifact, write_whole
from model.classifier import Classifier
from model.fitting import Fitted
from model.progress import say
from model.report import write_report
from model.rows import Rows
from model.scores import score
from model.sets import Sets

EVALUATION_FILE, REPORT_FILE = "evaluation.json", "report.html"


def evaluate(
    sets: Sets, artifact: Artifact, fitted: Fitted, out: Path, *, champion: Path | None, accelerator: str, started: float
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


def _write(file: IO[bytes], text: str) -> None:
    file.write(text.encode("utf-8", "backslashreplace"))
