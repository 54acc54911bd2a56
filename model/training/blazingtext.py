"""BlazingText's part of a training: the lines that it learns from before, and a judged candidate of its model afterwards.

In between it trains in a job of its own (ADR 26). Both ends cut words by the same tokenizer as all predictions.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from contract.blazingtext import TRAIN, VALIDATION, Prepared, line
from contract.columns import shown_labels
from contract.engines import Engine
from contract.errors import UserError
from contract.hyperparameters import MAX_BUCKETS, Hyperparameters
from contract.promise import CONFIDENCE
from model.blazingtext_artifact import BlazingTextArtifact
from model.confidence import Review
from model.fasttext_engine import Calibration, FastTextEngine
from model.fasttext_file import read
from model.text.tokenizer import Tokenizer
from model.text.vocabulary import Vocabulary
from model.training.calibration import max_unknown_share
from model.training.candidates import Candidate
from model.training.combination import calibrate
from model.training.languages import language_code
from model.training.map_fitting import fit_map
from model.training.progress import say
from model.training.rows import MAX_SHOWN, Judged, positions_of
from model.training.sets import Sets, TrainingFiles, read_sets
from model.training.spacy_rules import rules_of

PREPARED_FILE = "prepared.json"

# Found on held-out parts of the training rows of DBpedia, AG News, IMDb, tweets about airlines and SMS, 2,700 to 22,000 rows: softmax over
# more labels wants more and larger steps, and of rows that disagree many steps learn the noise; long reviews, whose words share each step,
# want some passes even so; runs of two words pay where each label has many rows. fastText's own five passes are too few for such sets.
LEARNING_RATE_PER_LABEL, LEAST_LEARNING_RATE, MOST_LEARNING_RATE = 0.075, 0.2, 1.0
STEPS_PER_LABEL = 20_000
ROWS_FOR_PAIRS = 2_000  # of a label
LEAST_EPOCHS, MOST_EPOCHS = 8, 1000
BUCKETS_PER_ROW, LEAST_BUCKETS = 10, 50_000  # a table that is empty for the most part only costs memory


def prepare(files: TrainingFiles, hyperparameters: Hyperparameters, out: Path) -> list[Path]:
    """Write what BlazingText needs into a folder: the lines of both channels, and behind them what it is told. Returns the files.

    Raises UserError for files or settings that no classifier can be trained on.
    """
    sets = read_sets(files, hyperparameters)
    tokenizer = Tokenizer(rules_of(language_code(sets.train.texts)))
    rng = np.random.default_rng(hyperparameters.seed)
    paths = [out / name / f"{name}.txt" for name in (TRAIN, VALIDATION)]
    for path, rows in zip(paths, (sets.train, sets.validation), strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        order = rng.permutation(len(rows))  # it reads the lines as they come, and files lie sorted by label
        with path.open("w", encoding="utf-8") as file:
            file.writelines(f"{line(tokenizer(rows.texts[at]), rows.labels[at])}\n" for at in order)
    prepared = Prepared(told(hyperparameters, len(sets.train), len(sets.labels)))
    (out / PREPARED_FILE).write_text(prepared.to_json(), encoding="utf-8")
    say(f"{len(sets.train)} training and {len(sets.validation)} validation rows for BlazingText")
    return [*paths, out / PREPARED_FILE]


def told(given: Hyperparameters, rows: int, labels: int) -> dict[str, str]:
    """The hyperparameters of BlazingText itself, under its own names; what was left open is chosen by the rows and labels."""
    by_rows = min(max(round(STEPS_PER_LABEL * labels / rows), LEAST_EPOCHS), MOST_EPOCHS)
    rate = min(max(LEARNING_RATE_PER_LABEL * labels, LEAST_LEARNING_RATE), MOST_LEARNING_RATE)
    longest = given.blazingtext_word_ngrams or (2 if rows >= ROWS_FOR_PAIRS * labels else 1)
    buckets = min(max(BUCKETS_PER_ROW * rows, LEAST_BUCKETS), MAX_BUCKETS) if longest > 1 else LEAST_BUCKETS
    values = {
        "mode": "supervised",
        "epochs": given.blazingtext_epochs or by_rows,
        "learning_rate": given.blazingtext_learning_rate or round(rate, 3),
        "word_ngrams": longest,
        "vector_dim": given.blazingtext_vector_dim,
        "buckets": given.blazingtext_buckets or buckets,
        "min_count": given.blazingtext_min_count,
        "early_stopping": given.blazingtext_early_stopping,
    }
    if given.blazingtext_early_stopping:
        values |= {"patience": given.blazingtext_patience, "min_epochs": given.blazingtext_min_epochs}
    return {name: str(value) for name, value in values.items()}


def candidate_of(path: Path, sets: Sets, common: dict[str, Any]) -> Candidate:
    """A model that BlazingText left, calibrated on the validation rows; `common` is what every artifact says of itself.

    Raises UserError when it cannot be read, or knows none of the labels.
    """
    remedy = "Drop the file again, or choose engine=kit."
    try:
        model = read(path)
    except (OSError, ValueError) as error:
        raise UserError(f"The model that BlazingText left cannot be read: {error}. {remedy}") from error
    labels, rules = sets.labels, common["rules"]
    missing = sorted(set(labels) - set(model.labels))
    if len(missing) == len(labels):
        raise UserError(f"The model that BlazingText left knows none of the file's labels. {remedy}")
    if missing:
        say(f"BlazingText has learned nothing of the labels {shown_labels(missing, MAX_SHOWN)}")
    positions = positions_of(sets.validation.labels, labels)
    plain = FastTextEngine(model, rules, labels, Calibration(1.0, [0.0] * len(labels)))
    sequences = plain.encode(sets.validation.texts).sequences
    logits = plain.wide(sequences)
    affine = calibrate(logits, positions)
    calibration_map = fit_map(affine(logits), positions)
    artifact = BlazingTextArtifact(
        **common,
        calibration=Calibration(affine.scale, affine.bias.tolist()),
        calibration_map=calibration_map,
        review=Review(max_unknown_share(sequences.unknown_share(len(Vocabulary(model.words)))), CONFIDENCE),
        model=model,
        source=path,
    )
    judged = Judged(calibration_map(affine(logits)), positions)
    return Candidate(Engine.BLAZINGTEXT, artifact, judged, judged)
