"""Whether promises hold on rows never seen: of the rows that need no review, how many are wrong after all?

    python -m benchmarks.bench_promise [--data FOLDER] [--sets NAME ...] [--seeds 3] [--reuse] [--quick]

The kit trains with its defaults on the training rows, of which it holds out what it needs; then it classifies the test rows once for
each error rate that it can be asked for.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import ours
from benchmarks.datasets import Dataset, Rows, generated, load
from benchmarks.measuring import README, kept_of, publish, table
from contract.promise import MAX_ERRORS

QUICK_ROWS = 3000
QUICK_HYPERPARAMETERS = {"epochs": "1"}


@dataclass(frozen=True)
class Kept:
    """What came of one promise on one seed's test rows."""

    max_error: str  # per cent
    rows: int
    accepted: int
    wrong: int  # of the accepted ones


def promises(train: Rows, test: Rows, seed: int, place: str, given: argparse.Namespace) -> list[Kept]:
    """Train, and classify the test rows under each promise."""
    hyperparameters = {"seed": str(seed)} | (QUICK_HYPERPARAMETERS if given.quick else {})
    root, _ = ours.trained(f"{place}/{seed}", train, hyperparameters=hyperparameters, is_reusing=given.reuse)
    found = []
    for max_error in MAX_ERRORS:
        said = ours.predict(root, test.texts, "--max-error", max_error)
        accepted = [answer.label == label for answer, label in zip(said, test.labels, strict=True) if not answer.is_doubtful]
        found.append(Kept(max_error, len(test), len(accepted), accepted.count(False)))
    return found


def known(path: Path, dataset: Dataset, seed: int, given: argparse.Namespace) -> list[Kept]:
    """What came of the promises, from an earlier run if there is one and it may be used."""
    if given.reuse and path.exists():
        return [Kept(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))]
    found = promises(*dataset.split(seed), seed, path.parent.name, given)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(one) for one in found]), encoding="utf-8")
    return found


def cells(seeds: Sequence[Kept]) -> list[str]:
    """One promise over the seeds: how often it was made, the shares without a review and wrong among these, and the worst seed."""
    made = [one for one in seeds if one.accepted]
    shares = [one.wrong / one.accepted for one in made]
    accepted, wrong = sum(one.accepted for one in seeds), sum(one.wrong for one in seeds)
    exceeded = sum(share > float(one.max_error) / 100 for one, share in zip(made, shares, strict=True))
    figures = [f"{wrong / accepted:.2%}", f"{max(shares):.2%}"] if made else ["", ""]
    share = f"{accepted / sum(one.rows for one in seeds):.1%}"
    return [f"{seeds[0].max_error}%", f"{len(made)} of {len(seeds)}", share, *figures, str(exceeded)]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of sets (default: what data/fetch.py brought, else the samples)")
    parser.add_argument("--sets", nargs="+", default=[], metavar="NAME", help="these sets only")
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="of the split and of the training (default: %(default)s)")
    parser.add_argument(
        "--reuse", action="store_true", help="use earlier models (also those of bench_accuracy) and outcomes of the same sources"
    )
    parser.add_argument("--quick", action="store_true", help="generated rows, one seed and one epoch: does it run?")
    given = parser.parse_args()
    sets: Iterator[Dataset] = iter([generated(QUICK_ROWS)]) if given.quick else load(given.data, given.sets)
    rows: list[list[str]] = []
    for dataset in sets:
        root = kept_of("promise", ours.SOURCES) / f"{dataset.name}-{dataset.digest}{'-quick' if given.quick else ''}"
        seeds = []
        for seed in range(1 if given.quick else given.seeds):
            seeds.append(known(root / f"{seed}.json", dataset, seed, given))
            print(f"{dataset.name}, seed {seed}: {[(one.max_error, one.accepted, one.wrong) for one in seeds[-1]]}", flush=True)
        rows += [[dataset.name, *cells(each)] for each in zip(*seeds, strict=True)]
    header = ["set", "at most wrong", "promised", "need no review", "wrong among those", "worst seed", "seeds beyond"]
    publish("promise", table(header, rows), None if given.quick else README)


if __name__ == "__main__":
    main()
