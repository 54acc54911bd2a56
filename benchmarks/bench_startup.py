"""A file of ten rows, from the start of the process to its exit: what a person waits for.

    python -m benchmarks.bench_startup [--repeats N] [--quick]

Uses the models that bench_predict left. The first runs bring the files into memory and are not counted.
"""

from __future__ import annotations

import argparse
from functools import partial
from statistics import median

from benchmarks.bench_predict import place, seconds, systems
from benchmarks.measuring import README, by_turns, publish, table


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=10, metavar="N", help="rounds (default: %(default)s)")
    parser.add_argument("--quick", action="store_true", help="two rounds: does it run?")
    given = parser.parse_args()
    rows = []
    for file in sorted(place(given.quick).glob("*/few.csv")):
        every = {name: partial(seconds, system, file, file.parent / "out") for name, system in systems(file.parent).items()}
        by_turns(every, 1)
        taken = by_turns(every, 2 if given.quick else given.repeats)
        rows += [
            [file.parent.name.rpartition("-")[0], name, *(f"{of(each):.2f}" for of in (median, min, max))] for name, each in taken.items()
        ]
    if not rows:
        raise SystemExit("There are no models of this commit yet. Run benchmarks.bench_predict first.")
    publish("start-up", table(["model of", "system", "seconds", "least", "most"], rows), None if given.quick else README)


if __name__ == "__main__":
    main()
