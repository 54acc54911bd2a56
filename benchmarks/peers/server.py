"""The server of the peers of `serve`: the kit's own HTTP server and formats, with another way to answer behind them."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import NamedTuple

from container.live_app import LiveApp
from container.live_server import THREADS, open_server
from container.micro_batches import Answer, MicroBatches
from contract.live import Question, Ranking, Reply

Rank = Callable[[Sequence[str], int], Sequence[Ranking]]


class Given(NamedTuple):
    """The command line of a peer."""

    model: Path
    port: int


class OneByOne:
    """In place of `MicroBatches`: each request by itself, in the thread that took it."""

    def __init__(self, replies: Answer) -> None:
        self._replies = replies

    def submit(self, questions: Sequence[Question]) -> Future[list[Reply]]:
        """The replies to some questions, which are there already."""
        answer: Future[list[Reply]] = Future()
        answer.set_result(list(self._replies(questions)))
        return answer


def labels_alone(rank: Rank) -> Answer:
    """Replies of rankings, without anything else."""

    def replies(questions: Sequence[Question]) -> list[Reply]:
        rankings = rank([question.text for question in questions], max(question.most for question in questions))
        return [Reply(ranking[: question.most]) for ranking, question in zip(rankings, questions, strict=True)]

    return replies


def arguments() -> Given:
    """Read the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    return Given(**vars(parser.parse_args()))


def serve(answer: Answer, port: int, *, is_batching: bool) -> None:
    """Answer until the process is ended: with micro-batches, or one request after the other."""
    if not is_batching:
        open_server(LiveApp(OneByOne(answer)), port, threads=1).run()
        return
    with MicroBatches(answer) as batches:
        open_server(LiveApp(batches), port, threads=THREADS).run()
