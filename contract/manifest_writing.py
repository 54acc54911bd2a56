"""The lines of an augmented manifest, written as a labelling job does: what contract/manifest.py reads back."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from contract.errors import AlgorithmError
from contract.manifest import CLASS_NAME, CONFIDENCE, HUMAN, METADATA_SUFFIX, SOURCE

ATTRIBUTE = re.compile(r"(?=.{1,127}\Z)[a-zA-Z0-9](-*[a-zA-Z0-9])*(?<!-metadata)(?<!-ref)")  # what Ground Truth takes as a name


def encoded(text: str) -> str:
    """A text as `source`: the inverse of decoding. Ampersands are entities where a reader would take the text for encoded."""
    return text if html.unescape(text) == text else text.replace("&", "&amp;")


@dataclass(frozen=True)
class ManifestWriter:
    """Makes the lines of a labelling job's augmented manifest.

    Raises AlgorithmError for a name that Ground Truth would refuse.
    """

    attribute: str
    labels: Sequence[str]  # the job's categories; a label's place is its integer
    job_name: str

    def __post_init__(self) -> None:
        if not ATTRIBUTE.fullmatch(self.attribute):
            raise AlgorithmError(f"'{self.attribute}' is no name for an annotation.")

    def line(self, text: str, label: str, confidence: float | None, created: str, *, is_human: bool = True) -> bytes:
        """One line with its end; `created` is ISO 8601.

        Raises AlgorithmError for a confidence that is none, ValueError for another label.
        """
        if confidence is not None and not 0 < confidence <= 1:
            raise AlgorithmError(f"A confidence is above 0 and at most 1, not {confidence}.")
        measured = {} if confidence is None else {CONFIDENCE: confidence}
        fields = {
            SOURCE: encoded(text),
            self.attribute: self.labels.index(label),
            self.attribute + METADATA_SUFFIX: {
                CLASS_NAME: label,
                **measured,
                "type": "groundtruth/text-classification",
                "job-name": self.job_name,
                HUMAN: "yes" if is_human else "no",
                "creation-date": created,
            },
        }
        return (json.dumps(fields, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")
