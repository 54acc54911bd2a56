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
from collections import Counter
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from contract.columns import named_when_sent
from contract.errors import UserError
from contract.json_lines import MAX_LINE_BYTES, JsonLines
from contract.unpacking import open_bytes
from contract.wording import counted, did_you_mean, shortened

SOURCE, SOURCE_REF, METADATA_SUFFIX = "source", "source-ref", "-metadata"
CLASS_NAME, CLASS_MAP, CONFIDENCE, FAILURE, HUMAN = "class-name", "class-map", "confidence", "failure-reason", "human-annotated"
_OF_ANNOTATIONS = {CLASS_NAME, CLASS_MAP, FAILURE}  # one of which any text classification writes
_OF_TASKS = "job-name"  # and other tasks of Ground Truth at least this, beside their answer
_SURROGATES = re.compile("[\ud800-\udfff]")
_GZIP = b"\x1f\x8b"


class LineFault(StrEnum):
    """Why nothing is learned from a line."""

    UNREADABLE = "unreadable row"
    UNLABELLED = "no label"  # it waits for its annotation, or has those of other jobs alone
    FAILED = "failed annotation"
    ELSEWHERE = "text elsewhere"
    SEVERAL = "several labels"


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

    @property
    def sentence(self) -> str:
        """The fault as it is counted everywhere, and what is wrong with this line."""
        return f"{self.fault} ({self.reason})"


class Source(NamedTuple):
    """A text of an input manifest, labelled or not."""

    number: int
    text: str
    fields: dict[str, Any]  # the whole line


class ManifestReader:
    """The annotations of a stream of lines, one by one in bounded memory; an iterator. `name` is what its owner calls it.

    The annotations called `attribute` count where any line has one, and else the only ones that there are: the stream is read twice. Raises
    UserError when there are several and none is called so, and at the end when no line had any annotation, or when all only refer to
    their texts or have several labels.
    """

    def __init__(self, stream: BinaryIO, name: str, attribute: str = "") -> None:
        self.attribute = attribute if attribute and _holds(stream, name, attribute) else ""  # that counts; empty until a line has one
        self.count = 0  # of lines that are not blank
        self._wanted = attribute
        self._name = name
        self._lines = JsonLines(stream, name)
        self._first_reason = ""
        self._faults: Counter[LineFault] = Counter()
        self._is_array = False

    def __iter__(self) -> ManifestReader:
        return self

    def __next__(self) -> Annotation | DroppedLine:
        try:
            number, line = next(self._lines)
        except StopIteration:
            self._check_end()
            raise
        self._is_array = self._is_array or (not self.count and line is not None and line.lstrip().startswith(b"["))
        self.count += 1
        try:
            return self._annotation(number, _object(line))
        except _LineError as error:
            self._faults[error.fault] += 1
            self._first_reason = self._first_reason or f"line {number:,} {error.reason}"
            return DroppedLine(number, error.fault, error.reason)

    def _annotation(self, number: int, fields: dict[str, Any]) -> Annotation:
        text = _text(fields)
        if not self._has_attribute(number, fields):
            raise _LineError("has no annotation", LineFault.UNLABELLED)
        metadata = fields[self.attribute + METADATA_SUFFIX]
        if CLASS_MAP in metadata and CLASS_NAME not in metadata:
            raise _LineError(f"gives its text several labels, '{CLASS_MAP}'", LineFault.SEVERAL)
        if metadata.get(FAILURE):
            raise _LineError(f"has a '{FAILURE}'", LineFault.FAILED)
        label = metadata.get(CLASS_NAME)
        label = str(label).strip() if isinstance(label, str | int) and not isinstance(label, bool) else ""
        if not label:
            raise _LineError(f"has no '{CLASS_NAME}'", LineFault.FAILED)
        return Annotation(number, html.unescape(_whole(text)), _whole(label), _confidence(metadata))

    def _has_attribute(self, number: int, fields: dict[str, Any]) -> bool:
        """Whether a line has the annotation that counts; where none has the wanted one, the first line with any decides."""
        own = _annotations(fields)
        if not self.attribute and own:
            self.attribute = own[0]
        if any(name != self.attribute for name in own) and self.attribute != self._wanted:
            names = list(dict.fromkeys([self.attribute, *own]))
            shown = ", ".join(f"'{shortened(name)}'" for name in names[:12])  # a dozen tell enough
            asked = "which was named as the label column with the file or in the settings"
            wanted = f" and none is '{shortened(self._wanted)}', {asked}" if self._wanted else ""
            raise UserError(
                f"'{self._name}' has more than one annotation up to line {number:,}: {shown}{wanted}.{did_you_mean(self._wanted, names)}"
                f" Please {named_when_sent('label', which='the right one')}."
            )
        return self.attribute in own

    def _check_end(self) -> None:
        if not self.count:
            raise UserError(f"'{self._name}' is empty. It needs one line per text.")
        _check_not_all_elsewhere(self._name, self.count, self._faults)
        if self._faults[LineFault.SEVERAL] == self.count:
            raise UserError(
                f"'{self._name}': each line gives its text several labels ('{CLASS_MAP}', in the annotation '{shortened(self.attribute)}'),"
                " and a classifier gives it one. Drop the output of a labelling job with a single label."
            )
        if self._is_array and not self.attribute:
            raise UserError(
                f"'{self._name}' holds a JSON array, and a manifest has one JSON object a line, without brackets around them and commas"
                " between. Write it so and drop it again."
            )
        if not self.attribute:
            raise UserError(
                f"'{self._name}' is no augmented manifest: it has {counted(self.count, 'line')}, and none with an annotation, which is a"
                f" name beside the same name with '{METADATA_SUFFIX}' behind it ({self._first_reason}). Drop the output of a labelling job."
            )


def read_sources(stream: BinaryIO, name: str) -> Iterator[Source | DroppedLine]:
    """The texts of an input manifest, HTML entities as they are: no page has been around them yet. Raises as ManifestReader does."""
    faults, count = Counter[LineFault](), 0
    for number, line in JsonLines(stream, name):
        count += 1
        try:
            fields = _object(line)
            yield Source(number, _whole(_text(fields)), fields)
        except _LineError as error:
            faults[error.fault] += 1
            yield DroppedLine(number, error.fault, error.reason)
    _check_not_all_elsewhere(name, count, faults)


def is_gzip(path: Path) -> bool:
    """Whether a file is compressed, whatever its name says."""
    with path.open("rb") as file:
        return file.read(len(_GZIP)) == _GZIP


def open_manifest(path: Path) -> BinaryIO:
    """The lines of a file, decompressed when it is a gzip."""
    stream = open_bytes(path, is_gzip(path))
    return io.BufferedReader(stream) if is_gzip(path) else stream  # type: ignore[type-var]  # lines of a gzip would pass by its bound


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
    return [
        name
        for name, value in found.items()
        if name and isinstance(value, dict) and (not _OF_ANNOTATIONS.isdisjoint(value) or (name in fields and _OF_TASKS in value))
    ]


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


def _check_not_all_elsewhere(name: str, count: int, faults: Mapping[LineFault, int]) -> None:
    if count and faults[LineFault.ELSEWHERE] == count:
        raise UserError(
            f"'{name}': each line refers to its text by '{SOURCE_REF}', and what it refers to is not read."
            f" Write the texts themselves into the lines, named '{SOURCE}', and drop the file again."
        )


def _text(fields: dict[str, Any]) -> str:
    if SOURCE not in fields and SOURCE_REF in fields:
        raise _LineError(f"refers to its text by '{SOURCE_REF}'", LineFault.ELSEWHERE)
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
