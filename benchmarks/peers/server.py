"""The server of the peers of `serve`: the kit's own HTTP server and formats, with another way to answer behind them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import NamedTuple

from container.live_app import LiveApp
from container.live_server import THREADS, open_server
from container.micro_batches import MicroBatches, Rank
from contract.live import Question, Ranking


class Given(NamedTuple):
    """The command line of a peer."""

    model: Path
    port: int


class OneByOne:
    """In place of `MicroBatches`: each request by itself, in the thread that took it."""

    def __init__(self, rank: Rank) -> None:
        self._rank = rank

    def submit(self, questions: Sequence[Question]) -> Future[list[Ranking]]:
        """The rankings of some texts, which are there already."""
        answer: Future[list[Ranking]] = Future()
        answer.set_result(list(self._rank([question.text for question in questions], max(question.most for question in questions))))
        return answer


def arguments() -> Given:
    """Read the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    return Given(**vars(parser.parse_args()))


def serve(rank: Rank, port: int, *, is_batching: bool) -> None:
    """Answer until the process is ended: with micro-batches, or one request after the other."""
    if not is_batching:
        open_server(LiveApp(OneByOne(rank)), port, threads=1).run()
        return
    with MicroBatches(rank) as batches:
        open_server(LiveApp(batches), port, threads=THREADS).run()
