"""From channel files to a model artifact with its evaluation: the training half's front door."""

from __future__ import annotations

import platform
import time
from collections import Counter
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

import mxnet as mx  # type: ignore[import-untyped]  # MXNet ships no types
import numpy as np
import scipy  # type: ignore[import-untyped]  # SciPy ships no types
from spacy.about import __version__ as spacy_version

from contract.blazingtext import CHANNEL
from contract.columns import TEXT_NAMES, is_one_of
from contract.engines import Engine
from contract.errors import UserError
from contract.evaluations import Evaluation
from contract.hyperparameters import Hyperparameters
from contract.metrics import TUNED, metric_line
from contract.training_log import REPORTING
from model.artifact import Data, Provenance
from model.artifacts import save
from model.network import contexts
from model.text.encoding import Encoder
from model.text.newcomers import Newcomers
from model.text.tokenizer import Tokenizer
from model.text.vocabulary import Vocabulary
from model.training.blazingtext import candidate_of
from model.training.candidates import Candidate, choose
from model.training.combination import calibrate
from model.training.evaluation import Network, Trained, evaluate
from model.training.languages import language_code
from model.training.own_engine import Encoded, Surroundings, own_candidate
from model.training.progress import say
from model.training.promises import thresholds_in_order
from model.training.rows import Examples, Judged, positions_of
from model.training.sample_weights import sample_weights
from model.training.sets import Sets, TrainingFiles, read_sets
from model.training.spacy_rules import rules_of
from model.training.wide_training import WideTraining

__all__ = ["Provenance", "TrainingFiles", "train"]

MAX_WORDS = 500_000  # of the vocabulary; the network knows the most frequent of them alone
MAX_WORD_WEIGHTS = 2**25  # words times labels, each a weight of the wide part; rarer words are told by their subwords


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
    blazingtext: Path | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    is_watched: bool = False,
) -> Evaluation:
    """Train a classifier and write its artifact, `evaluation.json` and `report.html` into `out`.

    `checkpoints` is a folder that outlives an interruption; `champion` the unpacked artifact of the
    current model, scored on the same rows; `vectors` a spaCy package or vectors folder; `blazingtext` the model that BlazingText made
    of the same rows, for the engines that need one.

    Raises UserError for files or settings that no classifier can be trained on, PlatformError when
    there is no GPU where one was asked for and when `should_stop` turned true.
    """
    started = time.monotonic()
    engine = Engine(hyperparameters.engine)
    if engine != Engine.KIT and blazingtext is None:
        raise UserError(
            f"The engine '{engine}' needs a model of BlazingText in the channel '{CHANNEL}', which a file that is dropped gets by"
            " itself. Drop the file ('kit drop'), or set engine to 'kit'."
        )
    devices = contexts(accelerator)
    sets = read_sets(files, hyperparameters)
    rules = rules_of(language_code(sets.train.texts))
    tokenizer = Tokenizer(rules)
    counted_rows = f"{len(sets.train)} training, {len(sets.validation)} validation and {len(sets.test)} test rows"
    say(f"{counted_rows}, {len(sets.labels)} labels; words by the rules of '{rules.language}'")

    vocabulary, learned = _vocabulary(sets, tokenizer, hyperparameters.min_count)
    newcomers = Newcomers(vocabulary)
    encode = Encoder(tokenizer, newcomers, hyperparameters.max_tokens, is_forgetting=False)
    training, validation = (
        Examples(encode(rows.texts).sequences, positions_of(rows.labels, sets.labels), weights)
        for rows, weights in zip((sets.train, sets.validation), sample_weights(sets.train, sets.validation), strict=True)
    )
    test = encode(sets.test.texts).sequences
    say(f"{len(vocabulary.words)} words known, {len(training.sequences.ids)} words in the training rows")

    wide = WideTraining(training, validation, test, newcomers.all_words, len(vocabulary), len(sets.labels))
    say(metric_line("wide:accuracy", wide.validated.accuracy))
    judged = wide.judged()
    calibrated = calibrate(judged.logits, judged.labels)
    alone = Judged(calibrated(judged.logits), judged.labels)
    common: dict[str, Any] = {
        "labels": sets.labels,
        "promises": {},  # until the test rows have been seen
        "provenance": provenance,
        "data": Data(sets.sha256(), len(sets.train), len(sets.validation)),
        "hyperparameters": hyperparameters.to_strings() | _remembered(sets.text_column),
        "libraries": _libraries(),
        "rules": rules,
    }

    network: Network | None = None
    candidates: list[Candidate] = []
    if engine != Engine.BLAZINGTEXT:
        rows = Encoded(training, validation, vocabulary, learned)
        around = Surroundings(devices, checkpoints, should_stop, is_watched)
        own, network = own_candidate(rows, wide, alone, calibrated, hyperparameters, vectors, around, common)
        candidates.append(own)
    if blazingtext and engine != Engine.KIT:
        candidates.append(candidate_of(blazingtext, sets, common))
    chosen, contest = choose(candidates, sets, accelerator)
    say(metric_line(TUNED, chosen.validated.accuracy))
    save(chosen.artifact, out)
    say(REPORTING)
    thresholds = thresholds_in_order(chosen.judged.logits, chosen.judged.labels, len(sets.test))
    trained = Trained(wide, network, calibrated, training.sequences.lengths, test, alone, thresholds, contest)
    return evaluate(sets, chosen.artifact, trained, out, champion=champion, accelerator=accelerator, started=started)


def _remembered(text_column: str) -> dict[str, str]:
    """The name by which predictions find the column again, unless it is one that everybody knows, or there was no table."""
    return {} if not text_column or is_one_of(text_column, TEXT_NAMES) else {"text_column": text_column}


def _vocabulary(sets: Sets, tokenizer: Tokenizer, min_count: int) -> tuple[Vocabulary, int]:
    """The words of training and validation rows, and how many of them, which come first, the training rows have.

    The wide part learns from the validation rows, too, in the end; the network, which does not, knows nothing of their words.
    """
    most_words = min(MAX_WORDS, MAX_WORD_WEIGHTS // len(sets.labels))
    counts = Counter(chain.from_iterable(map(tokenizer, sets.train.texts)))
    learned = Vocabulary.most_frequent(counts, most_words, min_count)
    counts.update(chain.from_iterable(map(tokenizer, sets.validation.texts)))
    return learned.extended(Vocabulary.most_frequent(counts, most_words, min_count), most_words), len(learned)


def _libraries() -> dict[str, str]:
    return {
        "python": platform.python_version(),
        "mxnet": mx.__version__,
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "spacy": spacy_version,
    }
