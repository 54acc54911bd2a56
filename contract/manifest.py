"""Augmented manifests: labelled texts as JSON lines, as SageMaker Ground Truth writes them and our own labelling does.

    {"source": "It leaks", "kind": 1, "kind-metadata": {"class-name": "defect", "confidence": 0.93, "type": ..., "job-name": ...,
     "human-annotated": "yes", "creation-date": "2026-11-22T10:00:00.000000"}}

The label is `class-name`; the integer is its place in the categories of one job, and means something else in the next. A job's file is
https://docs.aws.amazon.com/sagemaker/latest/dg/sms-data-output.html, which says too that the confidence is 0.00 where a single worker
annotated: as the likeliest of K labels has at least 1/K, 0 is never a measured one, and is read as none. Lines count from 1, blank
ones too. `source` comes out of a page, so its HTML entities are decoded, once: what was text before stays as it was.
"""

from __future__ import annotations

import html
import io
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from contract.columns import named_when_sent
from contract.encoding import open_bytes
from contract.errors import AlgorithmError, UserError
from contract.json_lines import MAX_LINE_BYTES, JsonLines
from contract.wording import counted, shortened

SOURCE, SOURCE_REF, METADATA_SUFFIX = "source", "source-ref", "-metadata"
CLASS_NAME, CLASS_MAP, CONFIDENCE, FAILURE, HUMAN = "class-name", "class-map", "confidence", "failure-reason", "human-annotated"
ATTRIBUTE = re.compile(r"(?=.{1,127}\Z)[a-zA-Z0-9](-*[a-zA-Z0-9])*(?<!-metadata)(?<!-ref)")  # what Ground Truth takes as a name
_OF_ANNOTATIONS = {CLASS_NAME, CLASS_MAP, FAILURE, "job-name", "type"}  # some of which any task of Ground Truth writes
_SURROGATES = re.compile("[\ud800-\udfff]")
_GZIP = b"\x1f\x8b"


class LineFault(StrEnum):
    """Why nothing is learned from a line."""

    UNREADABLE = "unreadable row"
    UNLABELLED = "no label"  # it waits for its annotation, or has those of other jobs alone
    FAILED = "failed annotation"


class Annotation(NamedTuple):
    """A text and its label."""

    number: int  # of the line
    text: str  # may be blank
    label: str  # without space around it
    confidence: float | None  # above 0 and at most 1; None when none was measured

    @property
    def weight(self) -> float:
        """How much it counts: one person's word, of which no confidence was measured, as much as a row of a table does."""
        return 1.0 if self.confidence is None else self.confidence


class DroppedLine(NamedTuple):
    """A line without a label."""

    number: int
    fault: LineFault
    reason: str  # of this line, as "is no JSON"


class Source(NamedTuple):
    """A text of an input manifest, labelled or not."""

    number: int
    text: str
    fields: dict[str, Any]  # the whole line


class ManifestReader:
    """The annotations of a stream of lines, one by one in bounded memory; an iterator. `name` is what its owner calls it.

    The annotations called `attribute` count where any line has one, and else the only ones that there are: the stream is read twice. Raises
    UserError when there are several and none is called so, when texts are only referred to or have several labels, and at the end
    when no line had any annotation.
    """

    def __init__(self, stream: BinaryIO, name: str, attribute: str = "") -> None:
        self.attribute = attribute if attribute and _holds(stream, name, attribute) else ""  # that counts; empty until a line has one
        self.count = 0  # of lines that are not blank
        self._wanted = attribute
        self._name = name
        self._lines = JsonLines(stream, name)
        self._first_reason = ""

    def __iter__(self) -> ManifestReader:
        return self

    def __next__(self) -> Annotation | DroppedLine:
        try:
            number, line = next(self._lines)
        except StopIteration:
            self._check_end()
            raise
        self.count += 1
        try:
            return self._annotation(number, _object(line))
        except _LineError as error:
            self._first_reason = self._first_reason or f"line {number:,} {error.reason}"
            return DroppedLine(number, error.fault, error.reason)

    def _annotation(self, number: int, fields: dict[str, Any]) -> Annotation:
        text = _text(fields, number, self._name)
        if not self._has_attribute(number, fields):
            raise _LineError("has no annotation", LineFault.UNLABELLED)
        metadata = fields[self.attribute + METADATA_SUFFIX]
        if CLASS_MAP in metadata and CLASS_NAME not in metadata:
            raise UserError(
                f"'{self._name}', line {number:,}: the annotation '{shortened(self.attribute)}' gives a text several labels"
                f" ('{CLASS_MAP}'), and a classifier gives it one. Drop the output of a labelling job with a single label."
            )
        label = metadata.get(CLASS_NAME)
        label = str(label).strip() if isinstance(label, str | int) and not isinstance(label, bool) else ""
        if not label:
            raise _LineError(f"has no '{CLASS_NAME}'", LineFault.FAILED)
        if metadata.get(FAILURE):
            raise _LineError("has an annotation that failed", LineFault.FAILED)
        return Annotation(number, html.unescape(_whole(text)), _whole(label), _confidence(metadata))

    def _has_attribute(self, number: int, fields: dict[str, Any]) -> bool:
        """Whether a line has the annotation that counts; where none has the wanted one, the first line with any decides."""
        own = _annotations(fields)
        if not self.attribute and own:
            self.attribute = own[0]
        if any(name != self.attribute for name in own) and self.attribute != self._wanted:
            names = list(dict.fromkeys([self.attribute, *own]))
            shown = ", ".join(f"'{shortened(name)}'" for name in names[:12])  # a dozen tell enough
            wanted = f" and none is '{shortened(self._wanted)}', which the settings name as the label column" if self._wanted else ""
            raise UserError(
                f"'{self._name}' has more than one annotation up to line {number:,}: {shown}{wanted}. Please"
                f" {named_when_sent('label', which='the right one')}."
            )
        return self.attribute in own

    def _check_end(self) -> None:
        if not self.count:
            raise UserError(f"'{self._name}' is empty. It needs one line per text.")
        if not self.attribute:
            raise UserError(
                f"'{self._name}' is no augmented manifest: it has {counted(self.count, 'line')}, and none with an annotation, which is a"
                f" name beside the same name with '{METADATA_SUFFIX}' behind it ({self._first_reason}). Drop the output of a labelling job."
            )


def read_sources(stream: BinaryIO, name: str) -> Iterator[Source | DroppedLine]:
    """The texts of an input manifest, HTML entities as they are: no page has been around them yet. Raises as ManifestReader does."""
    for number, line in JsonLines(stream, name):
        try:
            fields = _object(line)
            yield Source(number, _whole(_text(fields, number, name)), fields)
        except _LineError as error:
            yield DroppedLine(number, error.fault, error.reason)


def is_gzip(path: Path) -> bool:
    """Whether a file is compressed, whatever its name says."""
    with path.open("rb") as file:
        return file.read(len(_GZIP)) == _GZIP


def open_manifest(path: Path) -> BinaryIO:
    """The lines of a file, decompressed when it is a gzip."""
    stream = open_bytes(path, is_gzip(path))
    return io.BufferedReader(stream) if is_gzip(path) else stream  # type: ignore[type-var]  # lines of a gzip would pass by its bound


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


class _LineError(Exception):
    """Nothing is learned from a line."""

    def __init__(self, reason: str, fault: LineFault = LineFault.UNREADABLE) -> None:
        super().__init__(reason)
        self.reason, self.fault = reason, fault


def _object(line: bytes | None) -> dict[str, Any]:
    if line is None:
        raise _LineError(f"is longer than {MAX_LINE_BYTES:,} bytes")
    try:
        fields = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise _LineError("holds bytes that are not UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise _LineError("is no JSON") from error
    if not isinstance(fields, dict):
        raise _LineError("is no JSON object")
    return fields


def _annotations(fields: dict[str, Any]) -> list[str]:
    """The names of a line's annotations; an object of one's own with such a name, as 'customer-metadata', is none."""
    found = {key.removesuffix(METADATA_SUFFIX): value for key, value in fields.items() if key.endswith(METADATA_SUFFIX)}
    return [name for name, value in found.items() if name and isinstance(value, dict) and not _OF_ANNOTATIONS.isdisjoint(value)]


def _holds(stream: BinaryIO, name: str, attribute: str) -> bool:
    """Whether any line has an annotation of that name: of a job that went on with another one's output, the first lines may not."""
    is_held = any(attribute in _names(line) for _, line in JsonLines(stream, name))
    stream.seek(0)
    return is_held


def _names(line: bytes | None) -> list[str]:
    try:
        return _annotations(_object(line))
    except _LineError:
        return []


def _text(fields: dict[str, Any], number: int, name: str) -> str:
    if SOURCE not in fields and SOURCE_REF in fields:
        raise UserError(
            f"'{name}', line {number:,} refers to its text by '{SOURCE_REF}', and what it refers to is not read."
            f" Write the texts themselves into the lines, named '{SOURCE}', and drop the file again."
        )
    text = fields.get(SOURCE)
    if not isinstance(text, str):
        raise _LineError(f"has no text named '{SOURCE}'")
    return text


def _whole(text: str) -> str:
    if _SURROGATES.search(text):
        raise _LineError("holds half of a character")
    return text


def _confidence(metadata: dict[str, Any]) -> float | None:
    value = metadata.get(CONFIDENCE)
    if value is None:
        return None
    try:
        confidence = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else -1.0
    except (ValueError, OverflowError):
        confidence = -1.0
    if not 0 <= confidence <= 1:
        raise _LineError("has a confidence that is no number from 0 to 1")
    if not confidence and metadata.get(HUMAN) == "no":
        raise _LineError("has a label by a machine without any confidence", LineFault.FAILED)
    return confidence or None
