"""The first walk, all on this machine: train on the sample, classify a file, show what came of it.

A local cloud of its own, gone at the end; the results stay.
"""

from __future__ import annotations

import argparse
import csv
import json
import signal
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from contract.deployment import Deployment
from contract.errors import PlatformError
from contract.layout import DEFAULT_CLASSIFIER, Drop
from contract.records import Job, JobKind, JobStatus, Model
from contract.wording import duration, usd
from kit import printing
from kit.assembly import synthesize
from kit.deployment import DEFAULT_STAGE, ROOT, Target, state_folder
from kit.drop import drop_file, fetch
from kit.follow import follow

SAMPLES = ROOT / "data" / "samples"
SHOWN_ROWS = 8
SHOWN_CHARACTERS = 72


class Walk(NamedTuple):
    """What the demo did."""

    training: Job
    model: Model
    prediction: Job
    results: Path  # the classified claims


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It takes nothing of its own; --local is accepted, for it is always local."""


def run(given: argparse.Namespace) -> int:
    """Walk and tell."""
    assembly = synthesize()
    with _cloud(assembly) as target:
        walk = _walk(target)
    if given.json:
        printing.show_json(
            {"accuracy": walk.model.accuracy, "results": str(walk.results), "idle_usd_per_month": idle_usd_per_month(assembly)}
        )
    else:
        _show(walk, assembly)
    return 0


@contextmanager
def _cloud(assembly: Path) -> Iterator[Target]:
    """A local cloud that ends with the demo, however that ends."""
    from local.cloud import start  # noqa: PLC0415  # other commands do without it

    signal.signal(signal.SIGTERM, _interrupt)
    with tempfile.TemporaryDirectory(prefix="kit-demo-") as state:
        printing.say("Deploying the templates to a local cloud.")
        with printing.following("Starting the local cloud") as (_, say):
            cloud = start(assembly, Path(state), say=say)
        try:
            yield Target(DEFAULT_STAGE, cloud.session(), Deployment.from_outputs(cloud.outputs), is_local=True)
        finally:
            cloud.stop()


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Let a termination unwind the stack as Ctrl-C does."""
    raise KeyboardInterrupt


def _walk(target: Target) -> Walk:
    """Train on the labelled sample, then classify the other one."""
    printing.say("Dropping data/samples/warranty_train.csv into the train bucket.")
    training = _drop(target, SAMPLES / "warranty_train.csv", JobKind.TRAIN)
    printing.say(training.message)
    printing.say("Dropping data/samples/claims.csv into the predict bucket.")
    prediction = _drop(target, SAMPLES / "claims.csv", JobKind.PREDICT)
    printing.say(prediction.message)
    model = target.ledger.model(DEFAULT_CLASSIFIER, training.model_version)
    results, *_ = fetch(target, prediction, state_folder() / "demo")
    return Walk(training, model, prediction, results)


def _drop(target: Target, file: Path, kind: JobKind) -> Job:
    job = follow(target, drop_file(target, file, kind, Drop(DEFAULT_CLASSIFIER, file.name), {}))
    if job.status != JobStatus.DONE:
        raise PlatformError(f"The demo ended early, for job {job.job_id} is {job.status}: {job.message}")
    return job


def _show(walk: Walk, assembly: Path) -> None:
    with walk.results.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    shown = [(_short(row["claim"]), row["predicted_label"], row["confidence"], row["needs_review"]) for row in rows[:SHOWN_ROWS]]
    printing.show_table(("claim", "predicted", "confidence", "to review"), shown, title=f"The first {len(shown)} of {len(rows)} claims")
    right = _right(rows)
    model, training, prediction = walk.model, walk.training, walk.prediction
    printing.show("")
    printing.show_pairs(
        [
            ("accuracy", f"{model.accuracy:.1%} of {model.held_out_rows} held-out rows; {right} of these {len(rows)} claims"),
            ("results", str(walk.results)),
            ("on AWS, idle", f"without GPUs {usd(idle_usd_per_month(assembly))} a month"),
            ("on AWS, jobs", f"{_job_cost(training, 'training')}; {_job_cost(prediction, 'classifying')}"),
            ("next", "source .venv/bin/activate"),
            ("", "kit up"),
            ("", "kit drop data/samples/warranty_train.csv --to train --wait --local"),
            ("", "kit drop data/samples/claims.csv --to predict --out results --local"),
            ("", "kit models --local"),
            ("", "kit down"),
        ]
    )


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN_CHARACTERS else line[: SHOWN_CHARACTERS - 1] + "…"


def _right(rows: Sequence[dict[str, str]]) -> int:
    """How many predictions the sample's truth confirms."""
    with (SAMPLES / "claims_labels.csv").open(encoding="utf-8", newline="") as file:
        truth = {row["claim_id"]: row["category"] for row in csv.DictReader(file)}
    return sum(row["predicted_label"] == truth[row["claim_id"]] for row in rows)


def _job_cost(job: Job, what: str) -> str:
    return f"{usd(job.cost_usd)} for the {duration(job.seconds)} of {what}"


def idle_usd_per_month(assembly: Path) -> float:
    """What the deployment costs while nothing runs, by the sum that synth left in the assembly."""
    return float(json.loads((assembly / "cost.json").read_text(encoding="utf-8"))["idle_usd_per_month"])
