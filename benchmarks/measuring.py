"""Processes timed and weighed, systems run by turns, tables written between a document's markers."""

from __future__ import annotations

import os
import re
import resource
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).parent.parent
README = ROOT / "benchmarks" / "README.md"
_STARTS_A_FIGURE = re.compile(r"[-+]?[0-9]|nan|untrained")
RUNS = ROOT / ".cache" / "bench-runs"  # what a run makes: files and models
WEIGHING_SECONDS = 0.05  # between two looks at the memory

KIT = (str(ROOT / ".venv" / "bin" / "python"), "-m")  # the environment of the kit's users; MXNet and spaCy are in it
PEER = (sys.executable, "-m")  # the benchmarks' own environment; the other libraries are in it

Key = TypeVar("Key")


@dataclass(frozen=True)
class Run:
    """One process and all that it started, from start to exit."""

    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int  # the largest sum of proportional set sizes that was seen; 0 when it was not weighed
    output: str  # what it printed, both streams


def run(command: Sequence[str], *, environment: Mapping[str, str] | None = None, is_weighed: bool = False) -> Run:
    """Run a command in the repository's root; raises RuntimeError with its last words when it fails.

    Do not time a run that is weighed: reading page tables slows it. Do not run two at once: CPU time is that of all children.
    """
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    process = subprocess.Popen(  # noqa: S603  # the benchmarks' own commands
        command,
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # so that all of it can be ended
    )
    try:
        with _weighed(process.pid) if is_weighed else _not_weighed() as peak:
            output, _ = process.communicate()
    except BaseException:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
    wall_seconds, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with status {process.returncode}:\n{output[-2000:]}")
    cpu_seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(wall_seconds, cpu_seconds, max(peak, default=0), output)


@contextmanager
def _not_weighed() -> Iterator[list[int]]:
    yield []


@contextmanager
def _weighed(pid: int) -> Iterator[list[int]]:
    """A list that grows by the bytes of a process and its descendants while the block runs."""
    seen: list[int] = []
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.wait(WEIGHING_SECONDS):
            seen.append(sum(map(pss_bytes, family(pid))))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield seen
    finally:
        is_over.set()
        watcher.join()


def family(pid: int) -> list[int]:
    """A process and its living descendants."""
    found = [pid]
    for parent in found:  # grows meanwhile
        with suppress(OSError):
            for children in Path(f"/proc/{parent}/task").glob("*/children"):
                found += map(int, children.read_text().split())
    return found


def pss_bytes(pid: int) -> int:
    """Proportional set size: pages that processes share are counted once in their sum. 0 for a process that has ended."""
    with suppress(OSError):
        match = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
        return int(match[1]) * 1024 if match else 0
    return 0


def by_turns(systems: Mapping[Key, Callable[[], float]], repeats: int) -> dict[Key, list[float]]:
    """What each system's runs return, one run of each in every round, so that all meet the same disturbances.

    The order turns round from one round to the next.
    """
    seconds: dict[Key, list[float]] = {name: [] for name in systems}
    for number in range(repeats):
        for name in list(systems)[:: -1 if number % 2 else 1]:
            seconds[name].append(systems[name]())
    return seconds


@dataclass(frozen=True)
class Ratio:
    """How many times faster one system is than another: the median of the rounds' ratios, with the extremes."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.3g}" + (f" ({self.low:.3g} to {self.high:.3g})" if self.low < self.high else "")


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> Ratio:
    """From the seconds of two systems in the same rounds; above 1 when `ours` are fewer."""
    each = [their / our for our, their in zip(ours, theirs, strict=True)]
    return Ratio(statistics.median(each), min(each), max(each))


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table; columns of figures are flush right."""
    are_figures = [all(_STARTS_A_FIGURE.match(str(row[at])) for row in rows) for at in range(len(header))]
    lines = [header, ["---:" if is_figure else "---" for is_figure in are_figures], *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def commit() -> str:
    """What the repository holds: its commit, and whether something was changed since."""
    git = ["git", "-C", str(ROOT)]
    found = subprocess.check_output([*git, "rev-parse", "--short", "HEAD"], text=True).strip()  # noqa: S603  # as above
    others = ["--", ".", ":!benchmarks/README.md"]  # the tables are what these very commands write
    changed = subprocess.check_output([*git, "status", "--porcelain", *others], text=True)  # noqa: S603  # as above
    return f"{found} with changes" if changed else found


def kept(name: str) -> Path:
    """The folder for what a later run may use again: one for each commit, or a table would name another than it was made with."""
    return RUNS / commit().replace(" ", "-") / name


def kept_of(name: str, sources: Sequence[str]) -> Path:
    """The same for what depends on nothing but some files and folders of the repository: one for each state of these."""
    git = ["git", "-C", str(ROOT), "ls-files", "--", *sources]
    found = blake2b(digest_size=4)
    for file in subprocess.check_output(git, text=True).splitlines():  # noqa: S603  # as above
        found.update((ROOT / file).read_bytes())
    return RUNS / f"{name}-{found.hexdigest()}"


def origin() -> str:
    """What a table needs to be believed: the machine, the day, the commit, the command (of folders, the last name)."""
    model = re.search(r"^model name\s*: (.*)", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    command = " ".join(["python -m", f"benchmarks.{Path(sys.argv[0]).stem}", *(argument.rsplit("/", 1)[-1] for argument in sys.argv[1:])])
    machine = f"{model[1] if model else 'unknown CPU'}, {len(os.sched_getaffinity(0))} cores"
    return f"{machine}, {datetime.now(UTC):%Y-%m-%d}, commit {commit()}, `{command}`"


def publish(name: str, text: str, document: Path | None) -> None:
    """Print a table and its origin, and put them between the markers of that name in a document if one is given.

    Raises ValueError when the document has no such markers.
    """
    text = f"{text}\n\n{origin()}"
    print(f"\n{name}:\n\n{text}\n", flush=True)
    if document is None:
        return
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, marker, rest = document.read_text(encoding="utf-8").partition(begin)
    _, other, after = rest.partition(end)
    if not (marker and other):
        raise ValueError(f"{document.name} has no place for the table '{name}'.")
    document.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")
