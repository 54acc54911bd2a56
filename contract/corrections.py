"""What a person said of a text: an object of the train bucket, from which the classifier's next models learn.

There is one for each row of a file, `corrections/CLASSIFIER/DIGEST-JOB-ROW.json` by the text's digest. It is written by the
API from the row of a review list, and read by the training container, to which the last word about a text counts.
"""

from __future__ import annotations

from dataclasses import dataclass

from contract.columns import MAX_CHARS
from contract.documents import Document
from contract.errors import UserError
from contract.wording import printable

CHANNEL = "corrections"  # of a training job


@dataclass(frozen=True, kw_only=True)
class Correction(Document):
    """A text, the label that a person gave it, and where both come from. The label may be the model's: then it is confirmed."""

    text: str
    label: str
    by: str  # the user's name
    at: str  # ISO 8601, UTC
    job_id: str  # of the prediction
    row: int  # of its results, from 1
    object: str  # s3://bucket/key of the file that was classified
    object_version: str
    model_version: int
    predicted_label: str
    confidence: float

    def __post_init__(self) -> None:
        """Raises TypeError for values of other types: the object may be anybody's."""
        strings = (self.text, self.label, self.by, self.at, self.job_id, self.object, self.object_version, self.predicted_label)
        if not all(isinstance(value, str) for value in strings) or type(self.row) is not int or type(self.model_version) is not int:
            raise TypeError("a field is of another type")

    @property
    def is_right(self) -> bool:
        """Whether the model had said the same."""
        return self.label == self.predicted_label


def checked_label(label: str) -> str:
    """A label as a person typed it, without white space around it. Raises UserError when none can be so."""
    label = label.strip()
    if not label:
        raise UserError("The label is empty. Choose one of the labels, or type a new one.")
    if len(label) > MAX_CHARS:
        raise UserError(f"The label has {len(label):,} characters; at most {MAX_CHARS} are allowed. Shorten it.")
    if printable(label) != label:
        raise UserError("The label holds a line break or another character that cannot be seen. Type it anew.")
    return label
