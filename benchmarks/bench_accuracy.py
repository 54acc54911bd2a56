"""Accuracy on rows never trained on, beside the tuned baselines on the very same rows.

    python -m benchmarks.bench_accuracy [--data FOLDER] [--sets NAME ...] [--seeds 3] [--engine NAME ...] [--reuse] [--quick]

Ours runs with its defaults, the others with the settings that they find.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks import ours
from benchmarks.baselines import BASELINES, Baseline, seconds_to_fit
from benchmarks.datasets import Dataset, Rows, generated, load
from benchmarks.measuring import README, kept_of, publish, table
from benchmarks.scores import Outcome, calibration_error, difference, macro_f1

QUICK_ROWS = 3000
QUICK_HYPERPARAMETERS = {"epochs": "1"}
OURS, ENGINE = "this kit", "engine="
BASELINE_SOURCES = (
    "benchmarks/baselines.py",
    "benchmarks/datasets.py",
    "benchmarks/scores.py",
    "benchmarks/peers/words.py",
    "benchmarks/requirements.txt",
)
OUR_SOURCES = (*ours.SOURCES, "benchmarks/scores.py")


def outcome(test: Rows, answers: Sequence[str], seconds: float, said: Sequence[ours.Answer] = ()) -> Outcome:
    """How right one system's answers are, and how honest what it `said` about its own confidence."""
    is_right = np.array([answer == label for answer, label in zip(answers, test.labels, strict=True)])
    found = Outcome(is_right, test.numbers, macro_f1(test.labels, answers), seconds)
    if not said:
        return found
    error = calibration_error(np.array([answer.confidence for answer in said]), is_right)
    return replace(found, calibration_error=error, doubtful_share=float(np.mean([answer.is_doubtful for answer in said])))


def systems(train: Rows, test: Rows, seed: int, place: str, given: argparse.Namespace) -> dict[str, Callable[[], Outcome]]:
    """Every system on one split, ours first; to be called for its outcome."""

    def our_outcome(engine: str = "") -> Outcome:
        hyperparameters = {"seed": str(seed)} | (QUICK_HYPERPARAMETERS if given.quick else {}) | ({"engine": engine} if engine else {})
        told = test if given.test_channel else None
        root, seconds = ours.trained(
            f"{place}{engine and '-'}{engine}", train, test=told, hyperparameters=hyperparameters, is_reusing=given.reuse
        )
        said = ours.predict(root, test.texts)
        return outcome(test, [answer.label for answer in said], seconds, said)

    def their_outcome(baseline: Baseline) -> Outcome:
        seconds = seconds_to_fit(baseline, train.texts, train.labels, seed)
        print(f"  {baseline.name} chose {baseline.settings}", flush=True)
        return outcome(test, baseline.predict(test.texts), seconds)

    engines = {f"{ENGINE}{engine}": partial(our_outcome, engine) for engine in given.engine}
    return {OURS: our_outcome} | engines | {make.name: partial(their_outcome, make()) for make in BASELINES}


def known(path: Path, find: Callable[[], Outcome], *, is_reusing: bool) -> Outcome:
    """An outcome, from an earlier run if there is one and it may be used; it is kept for a later run."""
    if is_reusing and path.exists():
        return Outcome.load(path)
    found = find()
    found.save(path)
    return found


def cells(systems: Mapping[str, Sequence[Outcome]], rng: np.random.Generator) -> list[str]:
    """Each system's accuracy and macro-F1 in per cent, then our lead over the most accurate of the others in points."""
    accuracy = {name: float(np.mean([one.is_right.mean() for one in each])) for name, each in systems.items()}
    f1 = {name: float(np.mean([one.macro_f1 for one in each])) for name, each in systems.items()}
    best = max((name for name in systems if not _is_ours(name)), key=lambda name: accuracy[name])
    gain, low, high = difference(systems[OURS], systems[best], rng)
    lead = f"{100 * gain:+.2f} ({100 * low:+.2f} to {100 * high:+.2f})"
    return [f"{100 * accuracy[name]:.2f} / {100 * f1[name]:.2f}" for name in systems] + [best, lead]


def _is_ours(name: str) -> bool:
    return name == OURS or name.startswith(ENGINE)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of sets (default: what data/fetch.py brought, else the samples)")
    parser.add_argument("--sets", nargs="+", default=[], metavar="NAME", help="these sets only")
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="of the split and of the training (default: %(default)s)")
    parser.add_argument("--test-channel", action="store_true", help="our training reports on the test rows, and keeps no others for it")
    parser.add_argument(
        "--engine",
        nargs="+",
        default=[],
        choices=("blazingtext", "auto"),
        help="the kit with these engines, too; fastText learns in BlazingText's place",
    )
    parser.add_argument("--reuse", action="store_true", help="use earlier models and outcomes of the same sources")
    parser.add_argument("--quick", action="store_true", help="generated rows, one seed and one epoch: does it run?")
    given = parser.parse_args()
    sets: Iterator[Dataset] = iter([generated(QUICK_ROWS)]) if given.quick else load(given.data, given.sets)
    seeds = 1 if given.quick else given.seeds
    rng = np.random.default_rng(0)
    scores, honesty = [], []
    header: list[str] = []
    for dataset in sets:
        outcomes: dict[str, list[Outcome]] = {}
        place = f"{dataset.name}-{dataset.digest}{'-quick' if given.quick else ''}"
        own, theirs = kept_of("accuracy", OUR_SOURCES) / place, kept_of("baselines", BASELINE_SOURCES) / place
        for seed in range(seeds):
            train, test = dataset.split(seed)
            which = f"{seed}-test-channel" if given.test_channel else str(seed)
            for name, find in systems(train, test, seed, f"{place}/{which}", given).items():
                engine = name.removeprefix(ENGINE) if name != OURS else ""
                file = own / f"{which}{engine and '-'}{engine}.npz" if _is_ours(name) else theirs / f"{name}-{seed}.npz"
                found = known(file, find, is_reusing=given.reuse)
                outcomes.setdefault(name, []).append(found)
                print(f"{dataset.name}, seed {seed}, {name}: {found.is_right.mean():.2%}, {found.seconds:.0f} s", flush=True)
        size = [dataset.name, str(len(set(train.labels))), f"{len(train):,}", f"{len(test):,}"]
        scores.append(size + cells(outcomes, rng))
        means = [np.mean([getattr(each, name) for each in outcomes[OURS]]) for name in ("calibration_error", "doubtful_share")]
        honesty.append([dataset.name, f"{means[0]:.3f}", f"{means[1]:.1%}"])
        header = list(outcomes)
    document = None if given.quick else README
    publish("accuracy", table(["set", "classes", "training rows", "test rows", *header, "best other", "lead (95 %)"], scores), document)
    publish("honesty", table(["set", "calibration error", "to review"], honesty), document)


if __name__ == "__main__":
    main()
