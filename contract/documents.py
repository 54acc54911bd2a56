"""The small JSON files that pass between processes: what they have in common, and those that a prediction leaves.

Each is one frozen dataclass with `to_json` and `from_json`; an unknown or missing field is refused.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from contract.errors import AlgorithmError
from contract.promise import PromiseOutcome


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
