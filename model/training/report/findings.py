"""What a report is written from: plain arrays and strings.

Shapes: N test rows, M training rows, C labels, E epochs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from contract.evaluations import Corrected, FreshReviews
from contract.promise import PromiseCheck
from model.text.sequences import Positions
from model.training.label_errors import LabelErrors
from model.training.rows import Contradiction

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

NO_LABEL = -1  # the position of an answer that is none of the labels


@dataclass(frozen=True)
class HeldOut:
    """The rows that the report is about, on which nothing was trained and nothing chosen, and the model's answers."""

    texts: Sequence[str]  # (N,)
    actual: Positions  # (N,) the right labels' positions
    predicted: Positions  # (N,) the answers' positions, or NO_LABEL
    confidence: Floats  # (N,) calibrated probabilities of the answers
    review_reasons: Sequence[str]  # (N,) why a person should look, by a threshold that other rows gave; empty where nobody need

    @property
    def needs_review(self) -> Flags:
        """(N,) whether a person should look."""
        return np.array([bool(reason) for reason in self.review_reasons], np.bool_)


@dataclass(frozen=True)
class Answers:
    """What another model answers for the test rows."""

    name: str  # as it stands in a sentence: "TF-IDF with logistic regression", "the wide part alone"
    predicted: Positions  # (N,) positions, NO_LABEL for an answer that is none of the labels


@dataclass(frozen=True)
class LearningCurve:
    """How the training went, epoch by epoch."""

    train_loss: Sequence[float]  # (E,)
    validation_loss: Sequence[float]  # (E,)
    validation_accuracy: Sequence[float]  # (E,)
    best_epoch: int  # from 1


@dataclass(frozen=True)
class DataShare:
    """How right a model is that was trained on a part of the training rows."""

    rows: int
    accuracy: float


@dataclass(frozen=True, kw_only=True)
class Findings:
    """Everything that the page tells."""

    classifier: str
    model_version: int
    labels: Sequence[str]  # (C,) the model's, then those that only test rows have
    test: HeldOut
    held_out: str  # where the test rows came from: "10% of the training rows"
    review_threshold: float | None  # a smaller confidence asks for a review, by the usual promise; None: every row does
    promises: Sequence[PromiseCheck]  # of each error rate, from the strictest
    train_counts: Positions  # (C,) training rows by label
    validation_rows: int
    dropped: Mapping[str, int]  # rows left out, by reason
    train_words: Positions  # (M,) words of each training row
    max_tokens: int  # a text of more words is read in part
    unknown_share: float  # of the test rows' words, those that the vocabulary lacks
    epochs: LearningCurve
    current: Answers | None = None  # the model in use
    fresh: FreshReviews | None = None  # both models on rows that people reviewed and no model learned from
    corrected: Corrected | None = None  # what came of what people had said
    baselines: Sequence[Answers] = ()  # always answering the most frequent label comes by itself
    data_shares: Sequence[DataShare] = ()
    languages: Mapping[str, float] = field(default_factory=dict)  # shares of the training rows, roughly
    label_errors: LabelErrors | None = None
    suspect_texts: Sequence[str] = ()  # of label_errors.suspects, in their order
    weights: Floats | None = None  # of the training and validation rows, as their files state them; None: all count the same
    contradictions: Sequence[Contradiction] = ()  # the most frequent texts first
    warnings: Sequence[str] = ()
    provenance: Sequence[tuple[str, str]] = ()  # names and values: training file, image, commit, versions
