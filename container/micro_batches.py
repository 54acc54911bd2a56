"""Requests that wait at the same time are classified together, which is how the kernel is fast."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from threading import Condition, Thread
from typing import NamedTuple, Self

from contract.live import Question, Reply

MOST_CHARS = 200_000  # that are read at once; one request may have more

Answer = Callable[[Sequence[Question]], Sequence[Reply]]
Weight = Callable[[Question], int]  # how many characters are read for the answer


class _Request(NamedTuple):
    questions: Sequence[Question]
    weight: int
    answer: Future[list[Reply]]


def chars(question: Question) -> int:
    """The weight of a question whose text is read once."""
    return len(question.text)


class MicroBatches:
    """One thread that takes what waits: the oldest request, and with it the lightest ones, so that none waits for much work.

    A context manager. At its end all that was asked has been answered.
    """

    def __init__(self, answer: Answer, weight: Weight = chars) -> None:
        self._replies, self._weight = answer, weight
        self._waiting: list[_Request] = []  # in the order of their arrival
        self._change = Condition()
        self._is_closed = False
        self._thread = Thread(target=self._work, name="micro-batches", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._change:
            self._is_closed = True
            self._change.notify()
        self._thread.join()

    def submit(self, questions: Sequence[Question]) -> Future[list[Reply]]:
        """The replies to some questions, to come; cancelled before their turn, they are not classified."""
        request = _Request(questions, sum(map(self._weight, questions)), Future())
        with self._change:
            self._waiting.append(request)
            self._change.notify()
        return request.answer

    def _work(self) -> None:
        while taken := self._next():
            batch = [request for request in taken if request.answer.set_running_or_notify_cancel()]
            if not batch:
                continue
            try:
                self._answer(batch)
            except Exception as error:
                if len(batch) == 1:
                    batch[0].answer.set_exception(error)
                else:
                    self._one_by_one(batch)

    def _next(self) -> list[_Request]:
        """The requests to answer now; none when there will be no more."""
        with self._change:
            self._change.wait_for(lambda: self._waiting or self._is_closed)
            batch: list[_Request] = []
            room = MOST_CHARS
            for request in self._waiting[:1] + sorted(self._waiting[1:], key=lambda request: request.weight):
                room -= request.weight
                if batch and room < 0:
                    break
                batch.append(request)
                self._waiting.remove(request)
            return batch

    def _answer(self, batch: Sequence[_Request]) -> None:
        questions = [question for request in batch for question in request.questions]
        replies = self._replies(questions)
        start = 0
        for request in batch:
            end = start + len(request.questions)
            request.answer.set_result(list(replies[start:end]))
            start = end

    def _one_by_one(self, batch: Sequence[_Request]) -> None:
        """One request that cannot be answered does not take the others with it."""
        for request in batch:
            try:
                self._answer([request])
            except Exception as error:
                request.answer.set_exception(error)
