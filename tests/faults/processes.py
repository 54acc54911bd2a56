"""Processes of the container's verbs, with their logs, and what a reader sees while they run."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
WATCH_SECONDS = 0.02


@dataclass
class Run:
    """A process of the container's verbs, with its log."""

    process: subprocess.Popen[bytes]
    log_path: Path

    @property
    def log(self) -> str:
        """What it has said so far."""
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def finish(self) -> int:
        """Wait for its end; the exit status."""
        return self.process.wait(600)


def start(folder: Path, *arguments: str, **environment: str) -> Run:
    """Start a verb with clean surroundings; `folder` is for its log and its temporary files."""
    folder.mkdir(parents=True, exist_ok=True)
    log_path = folder / "log"
    own = {"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1", "TMPDIR": str(folder)}
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "container", *arguments], env=own | environment, stdout=log, stderr=subprocess.STDOUT
        )
    return Run(process, log_path)


def watch(seconds: float, run: Run, look: Callable[[], str]) -> str:
    """Look for so many seconds, or until the run ends; the first thing that looked wrong, or nothing."""
    end = time.monotonic() + seconds
    wrong = ""
    while time.monotonic() < end and run.process.poll() is None:
        wrong = wrong or look()
        time.sleep(min(WATCH_SECONDS, max(0.0, end - time.monotonic())))
    return wrong or look()
