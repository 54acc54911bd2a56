"""Batch prediction from process start to exit, beside other ways to classify the same file, and its memory.

    python -m benchmarks.bench_predict [--data FOLDER] [--sets NAME ...] [--repeats N] [--reuse] [--ten-million] [--quick]

All systems classify the same held-out texts on the same cores by turns, so their ratios hold where their rates do not.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import nan
from pathlib import Path
from statistics import mean, median

from benchmarks import ours
from benchmarks.baselines import FastText, TfidfLogistic, seconds_to_fit
from benchmarks.datasets import Dataset, generated, joined, load, write_unlabelled
from benchmarks.measuring import KIT, PEER, README, by_turns, kept, publish, ratio, run, table

FILE_BYTES = 40_000_000
FEW_ROWS = 10  # start-up and little else
SLOW_ROWS = {"config": 320, "defaults": 640, "least": 6_000}  # for the original's recipe, by its sizes; its rate is the same for more
HELD_OUT_SHARE = 0.5  # of a set without test rows
MEMORY_ROWS = (1_000, 100_000, 1_000_000)
TEN_MILLION = 10_000_000
QUICK_ROWS, QUICK_BYTES, QUICK_MEMORY_ROWS = 2_000, 3_000_000, (1_000, 10_000)
TEXTS_PER_REVIEW = 8  # of the generated ones
QUICK_HYPERPARAMETERS = {"epochs": "1"}

OURS, JUDGED, BEHIND_OURS = FAST = "this kit", "fastText", "fastText behind our reader"  # FAST: also on a file without repetitions
LAST_MODEL = "tfidf.joblib"  # the one that is trained last


@dataclass(frozen=True)
class System:
    """One way to classify a file; both callables are given the file and a folder for what comes out."""

    command: Callable[[Path, Path], Sequence[str]]
    results: Callable[[Path, Path], Path]
    label_column: str = "label"
    first_rows: int = 0  # it classifies so many only, and its model is not trained; 0: all, by a trained model


@dataclass(frozen=True)
class Files:
    """The same texts in three files."""

    rows: int  # of `many`
    distinct: int  # texts among them
    many: Path
    few: Path
    first: Mapping[int, Path]  # by the number of rows


def rows_in(texts: Sequence[str], size_bytes: int) -> int:
    """How many rows make a file of about that size."""
    return max(int(size_bytes / mean(len(text.encode()) for text in texts)), 1000)


def write_files(texts: Sequence[str], rows: int, folder: Path) -> Files:
    """Texts over and over until there are that many rows."""
    folder.mkdir(parents=True, exist_ok=True)
    first = {count: folder / f"first-{count}.csv" for count in SLOW_ROWS.values()}
    files = Files(rows, min(len(set(texts)), rows), folder / "many.csv", folder / "few.csv", first)
    for count, file in ((rows, files.many), (FEW_ROWS, files.few), *first.items()):
        write_unlabelled(texts, file, count)
    return files


def train(dataset: Dataset, root: Path, hyperparameters: Mapping[str, str]) -> None:
    """All models, on the rows of a set that are not classified afterwards."""
    rows, _ = dataset.split(0, HELD_OUT_SHARE)
    ours.train(root / "kit", rows, hyperparameters=hyperparameters)
    for baseline, file in ((FastText(has_fixed_shape=True), "fasttext.bin"), (TfidfLogistic(), LAST_MODEL)):
        seconds_to_fit(baseline, rows.texts, rows.labels, seed=0)
        baseline.save(root / file)
        print(f"{dataset.name}, {baseline.name}: {baseline.settings}", flush=True)


def place(is_quick: bool) -> Path:
    """The folder of the sets' models and files."""
    return kept("predict-quick" if is_quick else "predict")


def systems(root: Path, engines: Sequence[str] = ()) -> dict[str, System]:
    """All systems, their models below `root`; ours with its own choice of engine, and with those named."""
    found = {OURS: _our(root / "kit", [])} | {f"{OURS}, engine {name}": _our(root / "kit", ["--engine", name]) for name in engines}
    return found | {
        JUDGED: _peer("fasttext_batch", root / "fasttext.bin"),
        BEHIND_OURS: _peer("fasttext_blocks", root / "fasttext.bin"),
        "TF-IDF + LR in scikit-learn": _peer("sklearn_batch", root / LAST_MODEL),
        "our LSTM in ONNX Runtime": _peer("onnx_batch", root / "kit" / "model"),
        **{f"the original's recipe, {sizes}": _original(sizes, rows) for sizes, rows in SLOW_ROWS.items()},
    }


def _our(root: Path, options: Sequence[str]) -> System:
    def place(file: Path, out: Path) -> Path:
        return out / "-".join(["kit", *options[1:], file.stem])

    return System(
        lambda file, out: [*ours.predict_command(root, file, place(file, out)), *options],
        lambda file, out: place(file, out) / f"{file.stem}_results.csv",
        "predicted_label",
    )


def _peer(module: str, model: Path) -> System:
    return _into_file([*PEER, f"benchmarks.peers.{module}", "--model", str(model)], module)


def _original(sizes: str, rows: int) -> System:
    name = "original_recipe"
    return _into_file([*KIT, f"benchmarks.peers.{name}", "--sizes", sizes], f"{name}-{sizes}", first_rows=rows)


def _into_file(begin: Sequence[str], name: str, first_rows: int = 0) -> System:
    def place(file: Path, out: Path) -> Path:
        return out / f"{name}-{file.stem}.csv"

    return System(lambda file, out: [*begin, "--input", str(file), "--output", str(place(file, out))], place, first_rows=first_rows)


def seconds(system: System, file: Path, out: Path) -> float:
    """From the start of the process to its exit."""
    out.mkdir(parents=True, exist_ok=True)
    return run(system.command(file, out)).wall_seconds


def accuracy(system: System, file: Path, out: Path, labels: Sequence[str]) -> float:
    """The share of right answers among the first rows, whose labels these are."""
    with system.results(file, out).open(encoding="utf-8-sig", newline="") as results:
        answers = (row[system.label_column] for row in csv.DictReader(results))
        pairs = list(zip(answers, labels, strict=False))
    return mean(float(answer == label) for answer, label in pairs)


@dataclass(frozen=True)
class Speed:
    """Seconds per row, one figure per round."""

    steady: list[float]  # without the start-up, which is what a few rows take
    whole: list[float]  # with it


def speeds(every: Mapping[str, System], files: Files, out: Path, repeats: int) -> dict[str, Speed]:
    """The speed of each system; nan where a file is too short to tell it from the start-up."""
    all_rows = files.many, files.rows
    lengths = {name: (files.first[rows], rows) if (rows := system.first_rows) else all_rows for name, system in every.items()}
    runs = {(name, file): partial(seconds, system, file, out) for name, system in every.items() for file in (files.few, lengths[name][0])}
    taken = by_turns(runs, repeats)
    found = {}
    for name, (file, rows) in lengths.items():
        start_up = median(taken[name, files.few])
        steady = [(whole - start_up) / (rows - FEW_ROWS) if whole > start_up else nan for whole in taken[name, file]]
        found[name] = Speed(steady, [whole / rows for whole in taken[name, file]])
    return found


def lines(every: Mapping[str, System], found: Mapping[str, Speed], files: Files, labels: Sequence[str], out: Path) -> Iterator[list[str]]:
    """The rows of one set in the table of speeds."""
    judged = found[JUDGED]
    for name, speed in found.items():
        steady, whole = ratio(speed.steady, judged.steady), ratio(speed.whole, judged.whole)
        rates = [f"{1 / median(each):,.0f}" for each in (speed.steady, speed.whole)]
        right = "untrained" if every[name].first_rows else f"{accuracy(every[name], files.many, out, labels):.1%}"
        yield [name, rates[0], str(steady), rates[1], str(whole), right]


def memory(every: Mapping[str, System], texts: Sequence[str], sizes: Sequence[int], out: Path) -> list[list[str]]:
    """The rows of the table of memory: the peak of each system over files of more and more rows."""
    peaks: dict[str, list[str]] = {name: [name] for name in every}
    for rows in sizes:
        file = out / "memory.csv"
        write_unlabelled(texts, file, rows)
        for name, system in every.items():
            peaks[name].append(f"{run(system.command(file, out), is_weighed=True).peak_bytes / 2**20:,.0f}")
            system.results(file, out).unlink()
        file.unlink()
    return list(peaks.values())


def sets(given: argparse.Namespace) -> Iterator[Dataset]:
    """What is to be classified."""
    if not given.quick:
        return load(given.data, given.sets)
    claims = generated(QUICK_ROWS)
    return iter([claims, Dataset("joined claims", joined(claims.train, TEXTS_PER_REVIEW), None)])


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of sets (default: what data/fetch.py brought, else the samples)")
    parser.add_argument("--sets", nargs="+", default=[], metavar="NAME", help="these sets only")
    parser.add_argument("--repeats", type=int, default=5, metavar="N", help="rounds (default: %(default)s)")
    parser.add_argument("--reuse", action="store_true", help="use the models of an earlier run of the same commit")
    parser.add_argument("--ten-million", action="store_true", help="weigh a file of ten million rows too")
    parser.add_argument("--engines", nargs="+", default=[], metavar="NAME", help="run ours with these engines too")
    parser.add_argument("--quick", action="store_true", help="generated texts, one round: does it run?")
    given = parser.parse_args()
    document = None if given.quick else README
    sizes = QUICK_MEMORY_ROWS if given.quick else MEMORY_ROWS + (TEN_MILLION,) * given.ten_million
    table_of_speeds: list[list[str]] = []
    table_of_memory: list[list[str]] = []
    beside_original: list[list[object]] = []
    for dataset in sets(given):
        root = place(given.quick) / f"{dataset.name}-{dataset.digest}"
        out = root / "out"
        if not (given.reuse and (root / LAST_MODEL).exists()):
            train(dataset, root, QUICK_HYPERPARAMETERS if given.quick else {})
        _, held_out = dataset.split(0, HELD_OUT_SHARE)
        every, repeats = systems(root, given.engines), 1 if given.quick else given.repeats
        fast = {name: system for name, system in every.items() if name in FAST}
        some = write_files(held_out.texts, rows_in(held_out.texts, QUICK_BYTES if given.quick else FILE_BYTES), root)
        once = write_files(held_out.texts, len(held_out), root / "once")
        for files, those, place_for, rounds in ((some, every, out, repeats), (once, fast, out / "once", 2 * repeats)):
            found = speeds(those, files, place_for, rounds)
            size = [dataset.name, f"{files.rows:,}", f"{files.distinct:,}"]
            table_of_speeds += [size + line for line in lines(those, found, files, held_out.labels, place_for)]
            slow = (name for name, system in those.items() if system.first_rows)
            beside_original += [[dataset.name, name, ratio(found[OURS].steady, found[name].steady)] for name in slow]
        if not table_of_memory:
            table_of_memory = memory({name: every[name] for name in (OURS, JUDGED)}, held_out.texts, sizes, out)
    steady, whole = "rows/s, steady", "with start-up"
    header = ["texts", "rows", "distinct", "system", steady, f"times {JUDGED}", whole, f"times {JUDGED}", "accuracy"]
    publish("prediction", table(header, table_of_speeds), document)
    publish("original", table(["texts", "peer", "times its rate"], beside_original), document)
    publish("memory", table(["peak MiB, all processes", *(f"{rows:,} rows" for rows in sizes)], table_of_memory), document)


if __name__ == "__main__":
    main()
