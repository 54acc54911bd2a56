"""Classifying on all cores: one process per core, one thread each, answers in the order of the questions.

Processes are forked after the model is loaded, so that all of them share its memory. At any moment
only a few chunks are on their way, which bounds the memory whatever the length of the file.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
from collections import Counter, deque
from collections.abc import Generator, Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import NamedTuple

from contract.errors import PlatformError
from contract.table import NO, YES, Row, neutralise
from model.classifier import Classifier, Prediction

CHUNKS_PER_WORKER = 2  # one in work, one waiting
PR_SET_PDEATHSIG = 1  # from Linux's <sys/prctl.h>


class Answer(NamedTuple):
    """What is known about a chunk of rows: the added columns, ready to be written, and what to count."""

    columns: list[list[str]]
    labels: Counter[str]
    rows_to_review: int


@dataclass(frozen=True)
class Question:
    """How the rows are to be classified."""

    classifier: Classifier
    text_position: int  # of the column with the text
    model_version: str  # as it stands in the column of this name

    def answer(self, texts: list[str]) -> Answer:
        """Classify one chunk."""
        predictions = self.classifier.predict(texts)
        labels = Counter(prediction.label for prediction in predictions)
        to_review = sum(1 for prediction in predictions if prediction.review_reason)
        return Answer([self._columns(prediction) for prediction in predictions], labels, to_review)

    def _columns(self, prediction: Prediction) -> list[str]:
        """The values of contract.table.PREDICTION_COLUMNS; labels come from a person's file, so they may be formulas."""
        return [
            neutralise(prediction.label),
            f"{prediction.confidence:.4f}",
            neutralise(prediction.second_label),
            f"{prediction.second_confidence:.4f}",
            YES if prediction.review_reason else NO,
            prediction.review_reason,
            self.model_version,
        ]


def answer_in_order(question: Question, chunks: Iterable[list[Row]], workers: int) -> Generator[tuple[list[Row], Answer], None, None]:
    """Each chunk with its answer, in order; with one worker the work is done in this process."""
    if workers == 1:
        for rows in chunks:
            yield rows, question.answer(_texts(question, rows))
        return
    waiting: deque[tuple[list[Row], Future[Answer]]] = deque()
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(workers, context, _start_worker, (question, os.getpid())) as pool:
        try:
            for rows in chunks:
                waiting.append((rows, pool.submit(_answer, _texts(question, rows))))
                if len(waiting) > CHUNKS_PER_WORKER * workers:
                    yield _first(waiting)
            while waiting:
                yield _first(waiting)
        except BrokenProcessPool as error:
            raise PlatformError("A worker process was killed, most likely for want of memory. Use an instance type with more.") from error
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _first(waiting: deque[tuple[list[Row], Future[Answer]]]) -> tuple[list[Row], Answer]:
    rows, future = waiting.popleft()
    return rows, future.result()


def _texts(question: Question, rows: list[Row]) -> list[str]:
    return [row.fields[question.text_position] for row in rows]


_question: Question  # of this worker process, set when it starts


def _start_worker(question: Question, parent: int) -> None:
    """Take over the question, and die with the parent: a killed job must not leave its workers behind."""
    global _question  # noqa: PLW0603  # a pool hands state to its workers in no other way
    _question = question
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process of a terminal; the parent answers it
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the request was made
        os._exit(1)


def _answer(texts: list[str]) -> Answer:
    return _question.answer(texts)
