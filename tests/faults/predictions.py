"""Predictions that are killed or told to stop, and what a reader sees meanwhile and after the next try."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.faults.places import BucketPlace, FolderPlace, Place, Result, buckets
from tests.faults.processes import Run, start, watch
from tests.hostile.cases import phrase
from tests.hostile.tiny_model import save_tiny_model

ROWS = 120_000  # keep two workers busy for a second or two
SHARDS = 2
NOTICE_SECONDS = 30  # between SIGTERM and SIGKILL, as Batch gives them


def kill_predictions(count: int, seed: int, say: Callable[[str], None], rows: int = ROWS) -> list[str]:
    """Kill `count` predictions, by turns into a folder and a bucket, half of them where an older result is; what went wrong."""
    rng = random.Random(seed)  # noqa: S311  # the moments of kills are no secret
    with TemporaryDirectory(prefix="kills-") as folder, buckets() as endpoint:
        root = Path(folder)
        model = save_tiny_model(root / "model")
        table, earlier, older = root / "claims.csv", root / "earlier" / "claims.csv", root / "older"
        table.write_text(_table(rng, rows), encoding="utf-8")
        earlier.parent.mkdir()
        earlier.write_text(_table(rng, 100), encoding="utf-8")
        _undisturbed(FolderPlace(earlier, older), _whole, model, root)

        def bucket(name: str) -> Place:
            return BucketPlace(table, endpoint, f"{name}/claims.csv")

        kinds: list[tuple[Callable[[str], Place], Callable[[Place, Path], Steps]]] = [
            (lambda name: FolderPlace(table, root / "out" / name), _whole),
            (bucket, _whole),
            (bucket, _in_shards),
        ]
        undisturbed = [_undisturbed(make(f"undisturbed{kind}"), plan, model, root) for kind, (make, plan) in enumerate(kinds)]
        if undisturbed[1][0] != undisturbed[2][0]:
            return ["the result of shards is another one than that of a single job"]
        problems = []
        for number in range(count):
            make, steps_of = kinds[number % len(kinds)]
            expected, lengths = undisturbed[number % len(kinds)]
            place = make(f"kill{number}")
            victim = number // len(kinds) % len(lengths)
            case = Disturbance(steps_of(place, model), victim, rng.uniform(0, lengths[victim]), is_told=number % 5 in (1, 3))
            before = place.precede(older) if number % 4 in (1, 2) else [{}]
            problems += _disturb(place, case, root / f"run{number}", before, expected, say)
    return problems


Steps = Sequence[tuple[Sequence[str], dict[str, str]]]  # the processes of a prediction, one after the other: arguments, environment


@dataclass(frozen=True)
class Disturbance:
    """What happens to a prediction: one of its processes ends too soon."""

    steps: Steps
    victim: int  # which of them
    moment: float  # seconds after its start
    is_told: bool  # by SIGTERM, not SIGKILL

    def __str__(self) -> str:
        return f"{self.steps[self.victim][0][0]} {'told to stop' if self.is_told else 'killed'} after {self.moment:.2f} s"


def _whole(place: Place, model: Path) -> Steps:
    return [(["predict", "--input", place.source, "--output", place.output, "--model", str(model), "--workers", "2"], {})]


def _in_shards(place: Place, model: Path) -> Steps:
    """Plan, shards, join, as Batch starts them."""
    where = ["--input", place.source, "--output", place.output, "--model", str(model)]
    shards = [(["predict", *where, "--workers", "2"], {"AWS_BATCH_JOB_ARRAY_INDEX": str(index)}) for index in range(SHARDS)]
    return [(["plan", *where, "--shards", str(SHARDS)], {}), *shards, (["join", "--output", place.output], {})]


def _table(rng: random.Random, count: int) -> str:
    rows = [f'{number},"{phrase(rng)}, so"' for number in range(count)]
    rows[rng.randrange(count)] = "ragged"
    return "\n".join(["id,text", *rows]) + "\n"


def _start(place: Place, step: tuple[Sequence[str], dict[str, str]], folder: Path) -> Run:
    arguments, environment = step
    return start(folder, *arguments, **place.environment, **environment)


def _undisturbed(place: Place, steps_of: Callable[[Place, Path], Steps], model: Path, root: Path) -> tuple[Result, list[float]]:
    """The right result, and how long each process takes."""
    lengths = []
    for step in steps_of(place, model):
        started = time.monotonic()
        run = _start(place, step, root / "undisturbed")
        if run.finish() != 0:
            raise AssertionError(run.log)
        lengths.append(time.monotonic() - started)
    return place.result(), lengths


def _disturb(
    place: Place, case: Disturbance, folder: Path, before: Sequence[Result], expected: Result, say: Callable[[str], None]
) -> list[str]:
    problems = []

    def look() -> str:
        seen = place.result()
        return "" if seen in (*before, expected) else f"a part of a result was visible: {sorted(seen)}"

    def finish(step: int, name: str) -> None:
        run = _start(place, case.steps[step], folder / name)
        problems.append(watch(600, run, look))
        if run.finish() != 0:
            problems.append(f"{name} failed: {run.log}")

    for step in range(case.victim):
        finish(step, f"step {step}")
    run = _start(place, case.steps[case.victim], folder / "first")
    problems.append(watch(case.moment, run, look))
    was_running = run.process.poll() is None
    run.process.send_signal(signal.SIGTERM if case.is_told else signal.SIGKILL)
    try:
        run.process.wait(NOTICE_SECONDS)
    except subprocess.TimeoutExpired:
        problems.append("it went on although it was told to stop")
        run.process.kill()
        run.finish()
    problems.append(look())
    for step in range(case.victim, len(case.steps)):
        finish(step, "the second try" if step == case.victim else f"step {step}")
    if place.result() != expected:
        problems.append("the result is another one than that of an undisturbed run")
    problems.append(place.leftovers())
    found = [f"{place.name}, {case}: {problem}" for problem in problems if problem]
    state = "running" if was_running else "had ended"
    state += "" if before == [{}] else ", over an older result"
    say(f"into {place.name}: {case} ({state}): {found or 'the same result'}")
    return found
