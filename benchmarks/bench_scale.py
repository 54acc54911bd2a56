"""Cutting a table into blocks of whole records, in megabytes a second: what a plan over a large file costs.

    python -m benchmarks.bench_scale [--data FOLDER] [--sets NAME ...] [--quick]

Beside it: finding out how the file is written, which reads it once, and the csv module, which would find the
same boundaries by reading every record.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path

from benchmarks.datasets import Dataset, generated, load, write_unlabelled
from benchmarks.measuring import README, RUNS, by_turns, publish, ratio, table
from contract.blocks import TableBlocks
from contract.table import TableReader

FILE_BYTES, QUICK_BYTES = 400_000_000, 4_000_000
QUICK_ROWS = 2_000
REPEATS = 3


def seconds(work: Callable[[], object]) -> float:
    """How long a piece of work takes in this process."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def consume(values: Iterable[object]) -> None:
    """Take all, keep none."""
    deque(values, maxlen=0)


def read_records(path: Path) -> None:
    """Every record by the csv module."""
    with path.open(encoding="utf-8", newline="") as file:
        consume(csv.reader(file))


def lines(dataset: Dataset, size_bytes: int) -> list[list[str]]:
    """The rows of one set."""
    texts = dataset.train.texts
    path = RUNS / "scale" / f"{dataset.name}.csv"
    write_unlabelled(texts, path, round(len(texts) * size_bytes / sum(len(text.encode()) for text in texts)))
    reader = TableReader(path, path.name)
    taken = by_turns(
        {
            "record boundaries": lambda: seconds(lambda: consume(TableBlocks(reader))),
            "encoding and delimiter": lambda: seconds(lambda: TableReader(path, path.name)),
            "records by the csv module": lambda: seconds(lambda: read_records(path)),
        },
        REPEATS,
    )
    megabytes = path.stat().st_size / 1e6
    with path.open("rb") as file:
        quotes = sum(block.count(b'"') for block in iter(lambda: file.read(1 << 20), b"")) / megabytes / 1000
    path.unlink()
    slowest = taken["records by the csv module"]
    return [
        [dataset.name, f"{megabytes:,.0f}", f"{quotes:.1f}", name, f"{megabytes / min(each):,.0f}", str(ratio(each, slowest))]
        for name, each in taken.items()
    ]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of sets (default: what data/fetch.py brought, else the samples)")
    parser.add_argument("--sets", nargs="+", default=[], metavar="NAME", help="these sets only")
    parser.add_argument("--quick", action="store_true", help="small generated files: does it run?")
    given = parser.parse_args()
    sets = [generated(QUICK_ROWS)] if given.quick else load(given.data, given.sets)
    rows = [line for dataset in sets for line in lines(dataset, QUICK_BYTES if given.quick else FILE_BYTES)]
    header = ["texts", "MB", "quotation marks per kB", "work", "MB/s", "times the csv module"]
    publish("scale", table(header, rows), None if given.quick else README)


if __name__ == "__main__":
    main()
