"""How well a model does: the documents that a training leaves and the gate reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from contract.documents import Document
from contract.engines import ENGINE_NAMES, Engine
from contract.paired import Paired
from contract.promise import PromiseCheck
from contract.wording import counted


@dataclass(frozen=True)
class Score(Document):
    """How a model did on the held-out rows."""

    accuracy: float
    macro_f1: float
    rows: int

    @classmethod
    def of(cls, value: dict[str, Any] | None) -> Score | None:
        """A score from its JSON form."""
        return None if value is None else cls(**value)


@dataclass(frozen=True)
class Corrected(Document):
    """What came of what people had said when a model was trained."""

    rows: int  # that the model learned from
    people: int  # who had said so
    wrong: dict[str, int]  # of these rows, those about which a model had said something else, by its version: {"v3": 512}
    overruled: int  # labels of the file that a person's took the place of, among the rows that the model learned from
    disputed: int  # labels of held-out rows, of which a person said otherwise: the file's stand
    fresh: int  # rows that no model learns from: the fresh reviews

    def sentence(self) -> str:
        """For people; empty when the model learned from none."""
        if not self.rows:
            return ""
        text = f"It learned from {counted(self.rows, 'correction')} by {'1 person' if self.people == 1 else f'{self.people} people'}"
        was = ", ".join(f"{version} was wrong in {rows:,}" for version, rows in self.wrong.items())
        return f"{text}; {was} of them." if was else f"{text}, all of which confirm what the model had said."


class Comparison:
    """The new model and the current one on the same rows, read from what a document says of them."""

    challenger: dict[str, Any]  # a Score
    champion: dict[str, Any] | None  # likewise; None when there was no model to compare with
    paired: dict[str, int] | None  # a Paired of both, likewise

    @property
    def challenger_score(self) -> Score:
        """The new model's score."""
        return Score(**self.challenger)

    @property
    def champion_score(self) -> Score | None:
        """The current model's score on the same rows."""
        return Score.of(self.champion)

    @property
    def paired_score(self) -> Paired | None:
        """On how many of them just one of both is right."""
        return None if self.paired is None else Paired(**self.paired)


@dataclass(frozen=True)
class FreshReviews(Document, Comparison):
    """Challenger and champion on rows that people reviewed and no model learned from."""

    challenger: dict[str, Any]  # a Score
    champion: dict[str, Any] | None  # a Score; None when there was no model to compare with
    paired: dict[str, int] | None  # a Paired of both, likewise

    def __post_init__(self) -> None:
        _ = self.challenger_score, self.champion_score, self.paired_score  # raises TypeError for what is none


@dataclass(frozen=True)
class Evaluation(Document, Comparison):
    """`evaluation.json`: challenger and champion on the same held-out rows."""

    challenger: dict[str, Any]  # a Score
    champion: dict[str, Any] | None  # a Score; None when there was no model to compare with
    champion_version: int
    majority_accuracy: float  # of always answering the most frequent training label
    labels: list[str]
    champion_labels: list[str]
    held_out: str  # where the rows came from: the `test` channel, or a share of the training rows
    train_rows: int
    validation_rows: int
    dropped: dict[str, int]  # rows left out of the training, by reason
    epochs: int
    best_epoch: int
    train_seconds: float
    warnings: list[str]
    paired: dict[str, int] | None = None  # a Paired on the held-out rows; None when there was no model to compare with
    fresh: dict[str, Any] | None = None  # FreshReviews; None when there are none
    corrected: dict[str, Any] | None = None  # a Corrected; None when nobody had said anything
    figures: dict[str, Any] = field(default_factory=dict)  # what a page draws, as model.training.figures makes it; older ones have none
    promises: list[dict[str, Any]] = field(default_factory=list)  # PromiseChecks; none of a kit that promised nothing
    engine: str = Engine.KIT.value  # that made the model
    engines: dict[str, float] = field(default_factory=dict)  # of several that were tried, how right each was on the validation rows

    def __post_init__(self) -> None:
        _ = (
            self.challenger_score,
            self.champion_score,
            self.paired_score,
            self.fresh_reviews,
            self.corrections,
            self.promise_checks,
            self.engine_sentence,
        )  # raises TypeError for what is none

    @property
    def engine_sentence(self) -> str:
        """Which engine made the model, for people; empty where it was the kit's own and no other was tried."""
        if len(self.engines) > 1:
            shares = ", ".join(f"{ENGINE_NAMES[Engine(name)]} {share:.1%}" for name, share in self.engines.items())
            return f"Both engines were tried, and {ENGINE_NAMES[Engine(self.engine)]} was kept: right on the validation rows {shares}."
        return "" if self.engine == Engine.KIT else f"Its engine is {ENGINE_NAMES[Engine(self.engine)]}."

    @property
    def promise_checks(self) -> list[PromiseCheck]:
        """What each promise costs, and whether it held."""
        return [PromiseCheck(**entry) for entry in self.promises]

    @property
    def fresh_reviews(self) -> FreshReviews | None:
        """How both did on fresh reviews."""
        return None if self.fresh is None else FreshReviews(**self.fresh)

    @property
    def corrections(self) -> Corrected | None:
        """What came of what people had said."""
        return None if self.corrected is None else Corrected(**self.corrected)
