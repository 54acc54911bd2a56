"""Training, in rows a second: ours from process start to exit, beside a naive Gluon loop and scikit-learn's baseline.

    python -m benchmarks.bench_train [--data FOLDER] [--sets NAME ...] [--quick]

Ours counts everything, from the start of its process to the evaluated artifact; a row counts once for each epoch, though an
epoch of a small set has several passes. The naive loop is timed without its preparations, on some of the rows, for its rate
does not depend on how many there are.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks import ours
from benchmarks.baselines import TfidfLogistic, seconds_to_fit
from benchmarks.datasets import Dataset, generated, load
from benchmarks.measuring import KIT, README, RUNS, publish, run, table

NAIVE_ROWS, QUICK_NAIVE_ROWS = 3_000, 500
QUICK_ROWS = 2_000
QUICK_HYPERPARAMETERS = {"epochs": "1"}


def naive_seconds(file: Path, rows: int) -> float:
    """What the naive loop takes for one pass."""
    cores = {"OMP_NUM_THREADS": str(len(os.sched_getaffinity(0)))}  # as many as ours takes
    output = run([*KIT, "benchmarks.peers.naive_gluon", "--input", str(file), "--rows", str(rows)], environment=cores).output
    match = re.search(r"^seconds=(\S+)$", output, re.MULTILINE)
    if match is None:
        raise RuntimeError(f"The naive loop did not say how long it took:\n{output}")
    return float(match[1])


def lines(dataset: Dataset, naive_rows: int, hyperparameters: Mapping[str, str]) -> Iterator[list[str]]:
    """The rows of one set."""
    rows, _ = dataset.split(0)
    root = RUNS / "train" / dataset.name
    done = ours.train(root, rows, hyperparameters=hyperparameters)
    found = ours.evaluation(root)

    few = min(naive_rows, len(rows))
    naive = naive_seconds(root / "input" / "data" / "training" / "train.csv", few)

    baseline_seconds = seconds_to_fit(TfidfLogistic(), rows.texts, rows.labels, seed=0)

    for name, count, passes, seconds in (
        ("this kit", found["train_rows"], found["epochs"], done.wall_seconds),
        ("naive Gluon loop", few, 1, naive),
        ("TF-IDF + LR in scikit-learn, its search for C included", len(rows), 1, baseline_seconds),
    ):
        rate = count * passes / seconds
        yield [dataset.name, name, f"{count:,}", str(passes), f"{seconds:.0f}", f"{rate:,.0f}", f"{rate * naive / few:.3g}"]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of sets (default: what data/fetch.py brought, else the samples)")
    parser.add_argument("--sets", nargs="+", default=[], metavar="NAME", help="these sets only")
    parser.add_argument("--quick", action="store_true", help="generated rows, one epoch: does it run?")
    given = parser.parse_args()
    sets = [generated(QUICK_ROWS)] if given.quick else load(given.data, given.sets)
    naive_rows, hyperparameters = (QUICK_NAIVE_ROWS, QUICK_HYPERPARAMETERS) if given.quick else (NAIVE_ROWS, {})
    rows = [line for dataset in sets for line in lines(dataset, naive_rows, hyperparameters)]
    header = ["set", "system", "rows", "passes", "seconds", "rows/s", "times the naive loop"]
    publish("training", table(header, rows), None if given.quick else README)


if __name__ == "__main__":
    main()
