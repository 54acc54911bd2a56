"""The verb `predict`: a table in, the same rows in the same order out, with labels.

A file whose rows are all rejected still has a result: no rows, and FILE_rejected.csv that says why for
each. A file without any row below the header is refused.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from container import objects
from container.artifacts import load_classifier
from container.assignment import assign, summarize, write_review
from container.batch import Cores, RejectedFile, Tally, classify_blocks
from container.classifying import BlockClassifier
from container.inputs import fetch, input_name
from container.progress import Progress, is_watched
from container.results import Staged, destination
from container.staging import staging_folder
from contract.blocks import TableBlocks
from contract.container_environments import PredictionEnvironment
from contract.documents import Summary
from contract.table import TableReader
from contract.unpacking import open_bytes


@dataclass(frozen=True)
class Request:
    """What the command line asks for."""

    input: str  # a file, or s3://bucket/key
    output: str  # a folder, or s3://bucket/prefix
    model: str  # a folder, a tar.gz, or s3://bucket/key of one
    is_neutralising_all: bool = False  # neutralise formulas in the original columns too
    workers: int = 0  # processes; 0: one per core
    is_explained: bool = False  # add a column with the words that moved each decision
    max_error: str = ""  # per cent that may be wrong among the rows that need no review; empty: as the file or the environment says
    engine: str = ""  # what computes, by name; empty: the fastest here


def predict(request: Request, environment: PredictionEnvironment) -> Summary:
    """Classify every row of a table and publish the result.

    Raises UserError when the file cannot be used, UserError or PlatformError, as `load_classifier` does, when the model cannot,
    and PlatformError when S3 fails.
    """
    started_at, started = datetime.now(UTC), time.monotonic()
    name = input_name(request.input)
    target = destination(request.output, name if request.input.startswith(objects.SCHEME) else request.input)
    with ExitStack() as stack:
        work = Path(stack.enter_context(TemporaryDirectory(prefix="predict-")))
        staging = stack.enter_context(staging_folder(target.staging))
        found = fetch(request.input, environment.input_version, work / "input")
        table = TableReader(found.path, name)
        classifier = load_classifier(request.model, work, environment.accelerator, request.engine)
        found = found._replace(is_explained=found.is_explained or request.is_explained, max_error=request.max_error or found.max_error)
        task = assign(table, classifier, environment, found, source=request.input, model=request.model)
        block_classifier = BlockClassifier(classifier, task, is_neutralising_all=request.is_neutralising_all)
        results, rejected = staging / "results", staging / "rejected"  # not by their own names, which may be longer in S3 than here
        tally = _classify(table, block_classifier, results, rejected, Cores.of(environment.accelerator, request.workers))
        review = write_review(tally, staging / "review")
        summary = summarize(
            task,
            environment,
            tally,
            target,
            has_review=review is not None,
            engine=classifier.engine,
            started_at=started_at.isoformat(timespec="seconds"),
            seconds=time.monotonic() - started,
        )
        return target.publish(Staged(results, rejected if tally.rows_rejected else None, review, summary))


def _classify(table: TableReader, work: BlockClassifier, results: Path, rejected: Path, cores: Cores) -> Tally:
    """The whole table through the model into two files."""
    total = _lines(table) if is_watched() else 0
    with (
        results.open("wb") as file,
        RejectedFile(rejected, table.format.delimiter) as rejects,
        Progress("predict", "rows", total) as progress,
    ):
        file.write(work.header_line)
        return classify_blocks(
            TableBlocks(table, cores.block_bytes),
            work,
            numbers_above=table.header_number,
            results=file,
            rejected=rejects,
            progress=progress,
            workers=cores.workers,
        )


def _lines(table: TableReader) -> int:
    """About how many rows a table has: its lines, which are quick to count."""
    with open_bytes(table.path, table.format.is_gzip) as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))
