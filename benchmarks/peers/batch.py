"""The loop around every peer of batch prediction: what a capable Python user writes.

`csv.reader` and `csv.writer` in the parent, everything between them in a pool of processes with one thread
each, texts in chunks, answers in order. The model is loaded before the processes are forked, so they share it.
"""

from __future__ import annotations

import argparse
import csv
import os
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

CHUNK_ROWS = 2048
MAX_FIELD_CHARS = 1 << 30

Answer = tuple[str, str]  # label, confidence
Classify = Callable[[list[str]], list[Answer]]

_classify: Classify  # set before the processes are forked


@dataclass(frozen=True)
class Given:
    """The command line of a peer."""

    model: Path
    input: Path
    output: Path
    processes: int
    column: str


def arguments() -> Given:
    """Read the command line."""
    parser = argparse.ArgumentParser()
    for name in ("model", "input", "output"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--processes", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--column", default="text")
    return Given(**vars(parser.parse_args()))


def run(given: Given, classify: Classify) -> None:
    """Classify a file: all its columns, then label and confidence."""
    global _classify  # noqa: PLW0603  # what forked processes share is a global
    _classify = classify
    csv.field_size_limit(MAX_FIELD_CHARS)
    with (
        given.input.open(encoding="utf-8", newline="") as file,
        given.output.open("w", encoding="utf-8", newline="") as results,
        get_context("fork").Pool(given.processes) as pool,
    ):
        reader, writer = csv.reader(file), csv.writer(results)
        header = next(reader)
        position = header.index(given.column)
        writer.writerow([*header, "label", "confidence"])
        waiting: deque[list[list[str]]] = deque()  # the pool takes a chunk only when a process is ready, so these are few

        def texts() -> Iterator[list[str]]:
            while rows := list(islice(reader, CHUNK_ROWS)):
                waiting.append(rows)
                yield [row[position] for row in rows]

        for answers in pool.imap(_answer, texts()):
            writer.writerows([*row, *answer] for row, answer in zip(waiting.popleft(), answers, strict=True))


def _answer(texts: list[str]) -> list[Answer]:
    return _classify(texts)
