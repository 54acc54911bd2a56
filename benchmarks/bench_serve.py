"""An endpoint under load: requests of one text each, from several clients at once.

    python -m benchmarks.bench_serve [--seconds S] [--repeats N] [--quick]

Uses the models that bench_predict left. All servers are up all the time and are asked by turns; the clients are one process
that shares the machine with them. The kit is asked what the HTTP API asks: two labels, and whether a person should look.
fastText, which knows of no reviews, is asked for the labels.
"""

from __future__ import annotations

import argparse
import csv
import json
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.bench_predict import LAST_MODEL, OURS, place
from benchmarks.clients import Load, load, request
from benchmarks.measuring import KIT, PEER, README, ROOT, by_turns, publish, ratio, table
from contract.live import JSON

CLIENTS = (1, 8, 64)
TEXTS = 2_000
SINGLE, FASTTEXT = "the same, one request at a time", "fastText, the same server"
START_SECONDS = 60
LABELS = {"k": 2}
ASKED = {OURS: LABELS | {"review": True}, SINGLE: LABELS | {"review": True}, FASTTEXT: LABELS}


def commands(root: Path) -> dict[str, list[str]]:
    """How each server is started, but for its port; the models are below `root`."""
    return {
        OURS: [*KIT, "container", "serve", "--root", str(root / "kit")],
        SINGLE: [*KIT, "benchmarks.peers.single_server", "--model", str(root / "kit" / "model")],
        FASTTEXT: [*PEER, "benchmarks.peers.fasttext_server", "--model", str(root / "fasttext.bin")],
    }


@contextmanager
def served(command: Sequence[str]) -> Iterator[int]:
    """The port of a server that is up for the time of the block; raises RuntimeError when it does not come up."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    process = subprocess.Popen(  # noqa: S603  # the benchmarks' own commands
        [*command, "--port", str(port)], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        end = time.monotonic() + START_SECONDS
        while not _is_healthy(port):
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"'{' '.join(command)}' did not come up.")
            time.sleep(0.1)
        yield port
    finally:
        process.kill()
        process.wait()


def _is_healthy(port: int) -> bool:
    with closing(HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        try:
            connection.request("GET", "/ping")
            return connection.getresponse().status == 200  # noqa: PLR2004  # HTTP's success
        except OSError:
            return False


def requests(file: Path, configuration: Mapping[str, Any]) -> list[bytes]:
    """One request for each of a file's first texts."""
    with file.open(encoding="utf-8-sig", newline="") as rows:
        texts = [row["text"] for _, row in zip(range(TEXTS), csv.DictReader(rows), strict=False)]
    return [request("/invocations", json.dumps({"instances": [text], "configuration": configuration}).encode(), JSON) for text in texts]


def lines(root: Path, seconds: float, repeats: int) -> Iterator[list[str]]:
    """The rows of one set."""
    asked = {name: requests(root / "many.csv", configuration) for name, configuration in ASKED.items()}
    with ExitStack() as stack:
        ports = {name: stack.enter_context(served(command)) for name, command in commands(root).items()}
        for clients in CLIENTS:
            asks = {name: partial(load, port, asked[name], clients, seconds) for name, port in ports.items()}
            for row in _at(asks, repeats):
                yield [root.name.rpartition("-")[0], str(clients), *row]


def _at(asks: Mapping[str, Callable[[], Load]], repeats: int) -> Iterator[list[str]]:
    """The rows of one number of clients, but for their first two cells."""
    loads: dict[str, list[Load]] = {name: [] for name in asks}

    def once(name: str) -> float:
        loads[name].append(asks[name]())
        return loads[name][-1].seconds_per_request

    turns = {name: partial(once, name) for name in asks}
    by_turns(turns, 1)  # what comes first is not counted
    for found in loads.values():
        found.clear()
    taken = by_turns(turns, repeats)
    for name, each in taken.items():
        times = [str(ratio(each, taken[other])) if other != name else "1" for other in (SINGLE, FASTTEXT)]
        waits = [f"{1000 * median(found.percentile(share) for found in loads[name]):.1f}" for share in (50, 99)]
        yield [name, f"{1 / median(each):,.0f}", *times, *waits]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5, metavar="S", help="of each turn (default: %(default)s)")
    parser.add_argument("--repeats", type=int, default=7, metavar="N", help="rounds (default: %(default)s)")
    parser.add_argument("--quick", action="store_true", help="two short rounds: does it run?")
    given = parser.parse_args()
    rows: list[list[str]] = []
    for last in sorted(place(given.quick).glob(f"*/{LAST_MODEL}")):
        rows += lines(last.parent, 0.5 if given.quick else given.seconds, 2 if given.quick else given.repeats)
    if not rows:
        raise SystemExit("There are no models of this commit yet. Run benchmarks.bench_predict first.")
    header = ["texts", "clients", "system", "requests/s", "times one at a time", "times fastText", "p50 ms", "p99 ms"]
    publish("serving", table(header, rows), None if given.quick else README)


if __name__ == "__main__":
    main()
