"""Kills `predict` and `train` at random moments, starts them again, and compares what came of it with an undisturbed run.

    python -m tests.faults.kills --verb predict --count 50 --seed 7

The moments are spread evenly over the length of an undisturbed run. Meanwhile a watcher reads what a reader would: until a
result is whole there is none, or that of the version before. Two predictions of five and every third training are told to stop
instead, as spot instances are. A prediction in shards meets it in its plan, in a shard, or in its join. Each training
has to go on where its checkpoint says, and repeats no step before that.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from tests.faults.predictions import kill_predictions
from tests.faults.processes import Run, start, watch
from tests.hostile.cases import phrase

EPOCHS = 4
HYPERPARAMETERS = {
    "patience": "4", "learning_rate": "0.02", "batch_size": "8", "embedding_size": "12", "hidden_units": "8",
    "min_count": "1",
}  # fmt: skip
SIGNS = {"late": ["late", "slow", "delayed"], "broken": ["broken", "torn", "dead"]}
GOING_ON = re.compile(r"going on from the checkpoint: epoch (\d+), step (\d+)")
DONE = re.compile(r"^epoch (\d+) of at most", re.MULTILINE)


def kill_trainings(count: int, seed: int, say: Callable[[str], None], epochs: int = EPOCHS) -> list[str]:
    """Kill or stop `count` trainings; what went wrong."""
    rng = random.Random(seed)  # noqa: S311  # the moments of kills are no secret
    rows = [(f"{phrase(rng)} {rng.choice(SIGNS[label])} {number}", label) for number, label in enumerate([*SIGNS] * 40)]
    with TemporaryDirectory(prefix="kills-") as folder:
        root = Path(folder)
        started = time.monotonic()
        run = _train(_prepared(root / "undisturbed", rows, epochs), root / "undisturbed-run")
        if run.finish() != 0:
            raise AssertionError(run.log)
        length, expected = time.monotonic() - started, _model(root / "undisturbed")
        problems = []
        for number in range(count):
            place = _prepared(root / f"kill{number}", rows, epochs)
            problems += _kill_training(place, root / f"run{number}", rng.uniform(0, length), expected, say, is_told=number % 3 == 2)
    return problems


def _prepared(root: Path, rows: list[tuple[str, str]], epochs: int) -> Path:
    """A folder of SageMaker's shape with rows to train on."""
    channel, settings = root / "input" / "data" / "training", root / "input" / "config"
    channel.mkdir(parents=True)
    settings.mkdir(parents=True)
    (channel / "claims.csv").write_text("text,label\n" + "".join(f"{text},{label}\n" for text, label in rows), encoding="utf-8")
    (settings / "hyperparameters.json").write_text(json.dumps({**HYPERPARAMETERS, "epochs": str(epochs)}), encoding="utf-8")
    return root


def _train(root: Path, folder: Path) -> Run:
    return start(folder, "train", "--root", str(root))


def _model(root: Path) -> dict[str, bytes]:
    """What a reader of the model finds: nothing unless it is whole. Times are left out."""
    folder = root / "model"
    try:
        found = {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.startswith(".")}
    except FileNotFoundError:  # a file was replaced at this moment, or there is no folder yet
        return {}
    if "model.json" not in found:
        return {}
    for name in ("evaluation.json", "report.html"):
        found[name] = _without_times(found.get(name, b""))
    return found


def _without_times(text: bytes) -> bytes:
    return re.sub(rb'"train_seconds": [0-9.e-]+|\b[0-9.,]+ (ms|s|seconds?|minutes?)\b', b"TIME", text)


def _kill_training(
    root: Path, folder: Path, moment: float, expected: dict[str, bytes], say: Callable[[str], None], *, is_told: bool
) -> list[str]:
    weights = {name: content for name, content in expected.items() if name not in ("evaluation.json", "report.html")}

    def look() -> str:
        seen = {name: content for name, content in _model(root).items() if name in weights}
        return "" if seen in ({}, weights) else f"a part of a model was visible: {sorted(seen)}"

    run = _train(root, folder / "first")
    problems = [watch(moment, run, look)]
    was_running = run.process.poll() is None
    if is_told:
        run.process.terminate()
    else:
        run.process.kill()
    run.finish()
    problems.append(look())
    state = _saved_state(root / "checkpoints" / "checkpoint.npz")
    again = _train(root, folder / "second")
    problems.append(watch(600, again, look))
    if again.finish() != 0:
        problems.append(f"the second try failed: {again.log}")
    if _model(root) != expected:
        differing = sorted(name for name in expected if _model(root).get(name) != expected[name])
        problems.append(f"the model is another one than that of an undisturbed run, in {differing}")
    problems.append(_repeated(run.log, again.log, state))
    how = "told to stop" if is_told else "killed"
    at = f"epoch {state['epoch']}, step {state['step']}" if state else "the beginning"
    found = [f"train, {how} after {moment:.2f} s: {problem}" for problem in problems if problem]
    say(f"train: {how} after {moment:.2f} s ({'running' if was_running else 'had ended'}), on from {at}: {found or 'the same model'}")
    return found


def _saved_state(path: Path) -> dict[str, int] | None:
    """Where the checkpoint says that the training was; None when there is none."""
    if not path.exists():
        return None
    with np.load(path) as content:
        state: dict[str, int] = json.loads(content["state.json"].tobytes())["state"]
    return state


def _repeated(first: str, second: str, state: dict[str, int] | None) -> str:
    """What the second try did although the first had done it; nothing when it went on from the checkpoint."""
    going_on, epochs = GOING_ON.search(second), [int(number) for number in DONE.findall(second)]
    if state is None:
        return "it began anew, but says that it goes on" if going_on else ""
    if going_on is None or (int(going_on[1]), int(going_on[2])) != (state["epoch"], state["step"]):
        return f"it did not go on from epoch {state['epoch']}, step {state['step']}"
    if epochs and epochs[0] != state["epoch"]:
        return f"it did epoch {epochs[0]} first, not epoch {state['epoch']}"
    lost = [number for number in map(int, DONE.findall(first)) if number > state["epoch"]]
    return f"epochs {lost} were done before and are not in the checkpoint" if lost else ""


def main() -> int:
    """Kill as often as asked; the exit status is 1 when something went wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.kills", description="Kills predictions or trainings at random moments.")
    parser.add_argument("--verb", required=True, choices=("predict", "train"))
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    kill = kill_predictions if given.verb == "predict" else kill_trainings
    problems = kill(given.count, given.seed, lambda line: print(line, flush=True))
    print(f"{given.count} kills of {given.verb}: {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
