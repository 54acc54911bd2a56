"""The verb `predict`: a table in, the same rows in the same order out, with labels.

A file whose rows are all rejected still has a result: no rows, and rejected.csv that says why for
each. A file without any row below the header is refused.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Generator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from container import objects
from container.artifacts import load_classifier
from container.progress import Progress, is_watched
from container.results import Staged, destination
from container.workers import Question, answer_in_order
from contract.columns import choose_columns
from contract.documents import Summary
from contract.encoding import DELIMITERS, open_bytes
from contract.environment import PredictionEnvironment
from contract.errors import UserError
from contract.table import REJECTED_COLUMNS, RejectedRow, Row, TableReader, TableWriter, added_columns, neutralise

CHUNK_ROWS = 8192
CHUNK_CHARS = 8 * 1024**2  # of text: a chunk of long texts has fewer rows


@dataclass(frozen=True)
class Request:
    """What the command line asks for."""

    input: str  # a file, or s3://bucket/key
    output: str  # a folder, or s3://bucket/prefix
    model: str  # a folder, a tar.gz, or s3://bucket/key of one
    is_neutralising_all: bool = False  # neutralise formulas in the original columns too
    workers: int = 0  # processes; 0: one per core


@dataclass
class Tally:
    """Counts of one run, each made where the thing happens, so that a lost row shows."""

    rows_in: int = 0
    rows_out: int = 0
    rows_rejected: int = 0
    rows_to_review: int = 0
    labels: Counter[str] = field(default_factory=Counter)


def predict(request: Request, environment: PredictionEnvironment) -> Summary:
    """Classify every row of a table and publish the result. Raises UserError when file or model cannot be used."""
    started_at, started = datetime.now(UTC), time.monotonic()
    name = _input_name(request.input)
    target = destination(request.output, name if request.input.startswith(objects.SCHEME) else request.input)
    with ExitStack() as stack:
        work = Path(stack.enter_context(TemporaryDirectory(prefix="predict-")))
        staging = Path(stack.enter_context(TemporaryDirectory(prefix=".predict-", dir=target.staging)))
        path, version = _fetch(request.input, environment.input_version, work / "input")
        reader = TableReader(path, name)
        classifier = load_classifier(request.model, work, environment.accelerator)
        learned = classifier.text_column if classifier.text_column in reader.header else ""
        columns = choose_columns(reader.header, name, text_column=environment.text_column or learned, is_training=False)
        model_version = f"v{environment.model_version or classifier.model_version}"
        tally = _Run(
            reader=reader,
            question=Question(classifier, columns.text, model_version),
            results=staging / target.results_name,
            rejected=staging / target.rejected_name,
            is_neutralising_all=request.is_neutralising_all,
        ).classify(_workers(request.workers, environment.accelerator))
        seconds = time.monotonic() - started
        summary = Summary(
            job_id=environment.job_id,
            classifier=classifier.provenance.classifier,
            input=request.input,
            input_version=version,
            input_sequencer=environment.input_sequencer,
            results=target.results_name,
            results_version="",  # known when it is published
            rejected=target.rejected_name if tally.rows_rejected else "",
            rejected_version="",  # as above
            rows_in=tally.rows_in,
            rows_out=tally.rows_out,
            rows_rejected=tally.rows_rejected,
            rows_to_review=tally.rows_to_review,
            labels=dict(tally.labels.most_common()),
            encoding=reader.format.encoding,
            delimiter=DELIMITERS[reader.format.delimiter],
            text_column=reader.header[columns.text],
            model_version=model_version,
            model=request.model,
            training_object=classifier.provenance.training_object,
            training_object_version=classifier.provenance.training_object_version,
            image_tag=environment.image_tag,
            commit=environment.commit,
            engine=classifier.engine,
            started_at=started_at.isoformat(timespec="seconds"),
            seconds=round(seconds, 3),
            cost_usd=round(seconds / 3600 * environment.usd_per_hour, 6),
        )
        return target.publish(
            Staged(staging / target.results_name, staging / target.rejected_name if tally.rows_rejected else None, summary)
        )


def _input_name(address: str) -> str:
    """What the input's owner calls it: the object's key, or the file's name."""
    return objects.Address.parse(address).key if address.startswith(objects.SCHEME) else Path(address).name


def _fetch(address: str, wanted_version: str, to: Path) -> tuple[Path, str]:
    """The input as a file, and its object version; the wanted version, or else the latest."""
    if not address.startswith(objects.SCHEME):
        path = Path(address)
        if not path.is_file():
            raise UserError(f"There is no file '{address}'.")
        return path, ""
    place = objects.Address.parse(address)
    latest = objects.latest_version(place)
    version = wanted_version or latest or ""
    if latest is None or not objects.download(place, version, to):
        raise UserError(f"'{place.key}' was deleted before its job started. Drop it again if it is still to be classified.")
    return to, version


def _workers(wanted: int, accelerator: str) -> int:
    """Processes that classify: one for a GPU, which is not shared; else what was asked for, or one per core."""
    return 1 if accelerator == "gpu" else wanted or len(os.sched_getaffinity(0))


@dataclass(frozen=True, kw_only=True)
class _Run:
    """One table on its way through the model into two files."""

    reader: TableReader
    question: Question
    results: Path
    rejected: Path
    is_neutralising_all: bool

    def classify(self, workers: int) -> Tally:
        tally = Tally()
        total = _lines(self.reader) if is_watched() else 0
        with ExitStack() as stack:
            results = TableWriter(stack.enter_context(TableWriter.open(self.results)), self.reader.format.delimiter)
            results.write(self._original(self.reader.header) + added_columns(self.reader.header))
            rejected = stack.enter_context(closing(_RejectedFile(self.rejected, self.reader.format.delimiter)))
            progress = stack.enter_context(Progress("predict", "rows", total))
            chunks = stack.enter_context(closing(self._chunks(tally, rejected)))
            answers = stack.enter_context(closing(answer_in_order(self.question, chunks, workers)))
            for rows, answer in answers:
                results.write_all([self._original(row.fields) + added for row, added in zip(rows, answer.columns, strict=True)])
                tally.rows_out += len(rows)
                tally.labels += answer.labels
                tally.rows_to_review += answer.rows_to_review
                progress.advance(len(rows))
        if not tally.rows_in:
            raise UserError(f"'{self.reader.name}' has no rows below the header. Add the rows to classify and drop it again.")
        return tally

    def _chunks(self, tally: Tally, rejected: _RejectedFile) -> Generator[list[Row], None, None]:
        """The readable rows in bounded portions; the others go aside at once."""
        chunk: list[Row] = []
        chars = 0
        for row in self.reader:
            tally.rows_in += 1
            if isinstance(row, RejectedRow):
                rejected.write(row)
                tally.rows_rejected += 1
                continue
            chunk.append(row)
            chars += sum(map(len, row.fields))
            if len(chunk) >= CHUNK_ROWS or chars >= CHUNK_CHARS:
                yield chunk
                chunk, chars = [], 0
        if chunk:
            yield chunk

    def _original(self, fields: list[str]) -> list[str]:
        return [neutralise(value) for value in fields] if self.is_neutralising_all else fields


class _RejectedFile:
    """`rejected.csv`, made when the first row is rejected."""

    def __init__(self, path: Path, delimiter: str) -> None:
        self._path, self._delimiter = path, delimiter
        self._stack = ExitStack()
        self._writer: TableWriter | None = None

    def write(self, row: RejectedRow) -> None:
        if self._writer is None:
            self._writer = TableWriter(self._stack.enter_context(TableWriter.open(self._path)), self._delimiter)
            self._writer.write(REJECTED_COLUMNS)
        self._writer.write([str(row.number), row.reason, neutralise(row.record)])

    def close(self) -> None:
        self._stack.close()


def _lines(reader: TableReader) -> int:
    """About how many rows a table has: its lines, which are quick to count."""
    with open_bytes(reader.path, reader.format.is_gzip) as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))
