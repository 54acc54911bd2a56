"""Batch prediction: blocks of a table through the workers into a file of results and one of rejected rows."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Generator, Iterable
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NamedTuple, Self

from container.classifying import ClassifiedBlock
from container.progress import Progress
from container.stopping import raise_if_stopped
from container.workers import in_order
from contract.blocks import BLOCK_BYTES
from contract.errors import AlgorithmError
from contract.table import REJECTED_COLUMNS, RejectedRow, TableWriter, neutralise
from model.review_picks import BlockPicks, Picks

GPU_BLOCK_BYTES = 8 * 1024**2  # thousands of texts at once


class Cores(NamedTuple):
    """How many processes classify, and how much each takes at a time."""

    workers: int
    block_bytes: int

    @classmethod
    def of(cls, accelerator: str, workers: int) -> Self:
        """One process for a GPU, which is not shared; else as many as are asked for, or with 0 one per core."""
        if accelerator == "gpu":
            return cls(1, GPU_BLOCK_BYTES)
        return cls(workers or len(os.sched_getaffinity(0)), BLOCK_BYTES)


@dataclass
class Tally:
    """Counts of one run."""

    rows_in: int = 0
    rows_out: int = 0
    rows_rejected: int = 0
    rows_to_review: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    numbers: int = 0  # row numbers taken, blank lines included
    picks: Picks = field(default_factory=Picks)  # of which the review list is made

    def add(self, more: Tally, review: BlockPicks) -> None:
        """Count what was done below, and see what of it comes into the review list."""
        for pick in review.picks:
            self.picks.add(pick, self.rows_out)
        self.picks.own_labels += review.own_labels
        self.picks.own_labels_known += review.own_labels_known
        self.picks.own_labels_differing += review.own_labels_differing
        self.rows_in += more.rows_in
        self.rows_out += more.rows_out
        self.rows_rejected += more.rows_rejected
        self.rows_to_review += more.rows_to_review
        self.labels += more.labels
        self.numbers += more.numbers


class RejectedFile:
    """The rejected rows, made when the first row is rejected. A context manager, and used as one."""

    def __init__(self, path: Path, delimiter: str) -> None:
        self._path, self._delimiter = path, delimiter
        self._stack = ExitStack()
        self._writer: TableWriter | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def write(self, row: RejectedRow) -> None:
        """Write one row under its number."""
        if self._writer is None:
            self._writer = TableWriter(self._stack.enter_context(TableWriter.open(self._path)), self._delimiter)
            self._writer.write(REJECTED_COLUMNS)
        self._writer.write([str(row.number), row.reason, neutralise(row.record)])


def classify_blocks(
    blocks: Iterable[bytes],
    work: Callable[[bytes], ClassifiedBlock],
    *,
    numbers_above: int,
    results: BinaryIO,
    rejected: RejectedFile,
    progress: Progress,
    workers: int,
) -> Tally:
    """Let `workers` processes do the work on each block and write what comes of it, in order.

    `numbers_above` row numbers are taken above the first block, and count in the tally. Raises AlgorithmError when a block
    got lost on the way.
    """
    tally = Tally(numbers=numbers_above)
    bytes_in = bytes_done = 0

    def counted() -> Generator[bytes, None, None]:
        nonlocal bytes_in
        for block in blocks:
            raise_if_stopped()
            bytes_in += len(block)
            yield block

    with closing(counted()) as given, closing(in_order(work, given, workers)) as answers:
        for done in answers:
            results.write(done.lines)
            for row in done.rejected:
                rejected.write(row._replace(number=tally.numbers + row.number))
            rows_rejected = len(done.rejected)
            tally.add(Tally(done.rows_in, done.rows_out, rows_rejected, done.rows_to_review, done.labels, done.numbers), done.review)
            bytes_done += done.size_bytes
            progress.advance(done.rows_out)
    if bytes_done != bytes_in:
        raise AlgorithmError(
            f"{bytes_in} bytes of rows came in, but only {bytes_done} were classified. The result was not published. Please report this."
        )
    return tally
