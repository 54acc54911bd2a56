"""The kit as a user runs it by hand: the container's verbs on a folder of SageMaker's shape."""

from __future__ import annotations

import csv
import json
import shutil
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.datasets import Rows, write_labelled, write_unlabelled
from benchmarks.measuring import KIT, Run, kept_of, run
from contract.engines import Engine

SOURCES = (
    "model",
    "container",
    "contract",
    "local/blazingtext.py",
    "requirements.txt",
    "benchmarks/ours.py",
    "benchmarks/datasets.py",
)  # what a model depends on


@dataclass(frozen=True)
class Answer:
    """What the kit says about one text."""

    label: str
    confidence: float
    is_doubtful: bool  # the row asks for a review


def train(root: Path, rows: Rows, *, test: Rows | None = None, hyperparameters: Mapping[str, str] | None = None) -> Run:
    """Train on rows from nothing; `test` goes into the channel of this name, from which the kit only reports."""
    shutil.rmtree(root, ignore_errors=True)
    channels = root / "input" / "data"
    write_labelled(rows, channels / "training" / "train.csv")
    if test is not None:
        write_labelled(test, channels / "test" / "test.csv")
    _write_hyperparameters(root, hyperparameters or {})
    command = [*KIT, "container", "train", "--root", str(root)]
    if (hyperparameters or {}).get("engine", Engine.KIT) != Engine.KIT:
        _bring_blazingtext(root, command)
    return run(command)


def _write_hyperparameters(root: Path, values: Mapping[str, str]) -> None:
    path = root / "input" / "config" / "hyperparameters.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(dict(values)), encoding="utf-8")


def _bring_blazingtext(root: Path, command: Sequence[str]) -> None:
    """The first two of the three jobs of a training with BlazingText, in whose place fastText learns."""
    theirs = root / "blazingtext"
    prepared = theirs / "input" / "data" / "prepared.json"
    run(command, environment={"PREPARED_URI": str(prepared)})
    _write_hyperparameters(theirs, json.loads(prepared.read_bytes())["hyperparameters"])
    run([*KIT, "local.blazingtext", "train", "--root", str(theirs)])
    channel = root / "input" / "data" / "blazingtext"
    channel.mkdir(parents=True)
    with tarfile.open(channel / "model.tar.gz", "w:gz") as archive:
        archive.add(theirs / "model" / "model.bin", "model.bin")


def trained(
    place: str, rows: Rows, *, test: Rows | None = None, hyperparameters: Mapping[str, str], is_reusing: bool
) -> tuple[Path, float]:
    """The folder of a model and the seconds that its training took, from an earlier run if there is one and it may be used."""
    root = kept_of("trained", SOURCES) / place
    seconds = root / "seconds.json"
    if not (is_reusing and seconds.exists()):
        done = train(root, rows, test=test, hyperparameters=hyperparameters)
        seconds.write_text(json.dumps(done.wall_seconds), encoding="utf-8")
    return root, float(json.loads(seconds.read_bytes()))


def predict_command(root: Path, file: Path, out: Path, *more: str) -> list[str]:
    """The command that classifies a file with the model below `root`."""
    return [*KIT, "container", "predict", "--root", str(root), "--input", str(file), "--output", str(out), *more]


def predict(root: Path, texts: Sequence[str], *more: str) -> list[Answer]:
    """Classify texts, with more options of the command: one answer each, in their order. Raises RuntimeError when a row was rejected."""
    file, out = root / "to_classify.csv", root / "answers"
    write_unlabelled(texts, file, len(texts))
    run(predict_command(root, file, out, *more))
    found = summary(out)
    if found["rows_out"] != len(texts):
        raise RuntimeError(f"{found['rows_rejected']} rows were rejected.")
    with (out / found["results"]).open(encoding="utf-8-sig", newline="") as results:
        return [Answer(row["predicted_label"], float(row["confidence"]), row["needs_review"] == "yes") for row in csv.DictReader(results)]


def summary(out: Path) -> dict[str, Any]:
    """What `predict` says about its run."""
    found: dict[str, Any] = json.loads((out / "summary.json").read_bytes())
    return found


def evaluation(root: Path) -> dict[str, Any]:
    """What `train` says about its run."""
    found: dict[str, Any] = json.loads((root / "model" / "evaluation.json").read_bytes())
    return found
