"""The small JSON files that pass between processes: evaluation, summary and failure.

Each is one frozen dataclass with `to_json` and `from_json`; an unknown or missing field is refused.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from contract.engines import ENGINE_NAMES, Engine
from contract.errors import AlgorithmError
from contract.paired import Paired
from contract.promise import PromiseCheck, PromiseOutcome
from contract.wording import counted


class Document:
    """Base of the documents: JSON out and in."""

    def to_json(self) -> str:
        """Indented JSON, for a person may open it."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"  # type: ignore[call-overload]  # a mixin of dataclasses

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """The inverse of `to_json`; raises AlgorithmError when it is not such a document."""
        try:
            return cls(**json.loads(text))
        except (TypeError, ValueError) as error:
            raise AlgorithmError(f"This is no {cls.__name__.lower()} of this kit's version: {error}.") from error


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


@dataclass(frozen=True)
class Summary(Document):
    """`summary.json`: written last beside the results; without it there is no result."""

    job_id: str
    classifier: str
    input: str  # s3://bucket/key, or a file
    input_version: str  # the object version that was classified
    input_sequencer: str
    results: str  # file name
    results_version: str  # object version of the results file, for a reader who wants exactly these
    rejected: str  # file name, empty when no row was rejected
    rejected_version: str  # its object version
    rows_in: int
    rows_out: int
    rows_rejected: int
    rows_to_review: int
    labels: dict[str, int]  # rows per predicted label
    encoding: str
    delimiter: str
    text_column: str
    model_version: str
    model: str  # s3://bucket/key, or a file
    training_object: str
    training_object_version: str
    image_tag: str
    commit: str
    engine: str
    started_at: str  # ISO 8601, UTC
    seconds: float
    cost_usd: float
    review: str = ""  # file name of the rows that a person should look at, empty when there is none
    review_version: str = ""  # its object version
    own_column: str = ""  # the file's own column with labels of the model; empty when there is none
    rows_differing: int = 0  # with another label there than the model gave them
    promise: dict[str, Any] = field(default_factory=dict)  # a PromiseOutcome; empty of a kit that promised nothing

    def __post_init__(self) -> None:
        if self.rows_in != self.rows_out + self.rows_rejected:
            raise AlgorithmError(
                f"{self.rows_in} rows came in, but {self.rows_out} went out and {self.rows_rejected} were rejected."
                " The result was not published. Please report this."
            )
        _ = self.promise_outcome  # raises TypeError for what is none

    @property
    def promise_outcome(self) -> PromiseOutcome | None:
        """What was promised about the rows that need no review."""
        return PromiseOutcome(**self.promise) if self.promise else None


@dataclass(frozen=True)
class Failure(Document):
    """`failure.json` and `output/failure`: why a container gave up, in a sentence."""

    error: str  # the branch: UserError, AlgorithmError or PlatformError
    message: str
