"""Requests that wait together are classified together."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Event

import pytest

from container.answering import weight
from container.micro_batches import MOST_CHARS, MicroBatches
from contract.live import Question, Reply, Wish


class Slow:
    """Ranks each text by its own letters, once it is let go; keeps what it was given at once."""

    def __init__(self) -> None:
        self.go, self.begun = Event(), Event()
        self.batches: list[list[str]] = []

    def __call__(self, questions: Sequence[Question]) -> list[Reply]:
        """The first letters as labels."""
        texts = [question.text for question in questions]
        self.batches.append(texts)
        self.begun.set()
        assert self.go.wait(30)
        if "poison" in texts:
            raise ValueError("poison")
        return [reply(question.text[: question.most]) for question in questions]


def reply(letters: str) -> Reply:
    """These letters as labels."""
    return Reply([(letter, 1.0) for letter in letters])


def ask(*texts: str, most: int = 1) -> list[Question]:
    """A request."""
    return [Question(text, most) for text in texts]


def test_what_waits_goes_together_and_comes_back_apart() -> None:
    """Each request gets its own texts' labels, as many as it asked for."""
    slow = Slow()
    with MicroBatches(slow) as batches:
        first = batches.submit(ask("one"))
        assert slow.begun.wait(30)
        others = [batches.submit(ask("two", "three", most=2)), batches.submit(ask("four"))]
        slow.go.set()
        assert first.result(30) == [reply("o")]
        assert others[0].result(30) == [reply("tw"), reply("th")]
        assert others[1].result(30) == [reply("f")]
    assert slow.batches == [["one"], ["two", "three", "four"]]


def test_short_requests_do_not_wait_for_long_ones() -> None:
    """With the oldest go the shortest, as many as fit; a long one is next when it is the oldest."""
    slow = Slow()
    long = ["x" * MOST_CHARS, "y" * MOST_CHARS]
    with MicroBatches(slow) as batches:
        batches.submit(ask("first"))
        assert slow.begun.wait(30)
        answers = [batches.submit(ask(text)) for text in ("a", *long, "b")]
        slow.go.set()
        assert [answer.result(30)[0].ranking[0][0] for answer in answers] == ["a", "x", "y", "b"]
    assert slow.batches == [["first"], ["a", "b"], [long[0]], [long[1]]]


def test_labels_do_not_wait_for_explanations() -> None:
    """A text to explain is read once more for each of its words, so it weighs more than one as long, and labels go first."""
    slow = Slow()
    words = "pump " * (MOST_CHARS // 100)
    explained = [Question(words, 1, frozenset({Wish.EXPLAIN}))]
    with MicroBatches(slow, weight) as batches:
        batches.submit(ask("first"))
        assert slow.begun.wait(30)
        answers = [batches.submit(questions) for questions in (ask("oldest"), explained, ask("label"), ask(words))]
        slow.go.set()
        assert all(answer.result(30) for answer in answers)
    assert slow.batches == [["first"], ["oldest", "label", words], [words]]


def test_a_short_text_to_explain_goes_with_others() -> None:
    """It weighs as much as is read for it, not as much as a long one."""
    assert weight(Question("pump leaks oil", 1)) == len("pump leaks oil")
    assert len("pump leaks oil") < weight(Question("pump leaks oil", 1, frozenset(Wish))) <= 5 * len("pump leaks oil")


def test_one_that_fails_fails_alone() -> None:
    """A request that cannot be answered does not take those beside it with it."""
    slow = Slow()
    with MicroBatches(slow) as batches:
        batches.submit(ask("first"))
        assert slow.begun.wait(30)
        good, bad = batches.submit(ask("good")), batches.submit(ask("poison"))
        slow.go.set()
        assert good.result(30) == [reply("g")]
        with pytest.raises(ValueError, match="poison"):
            bad.result(30)
        assert batches.submit(ask("later")).result(30) == [reply("l")]


def test_what_was_asked_before_the_end_is_answered() -> None:
    """Closing waits for the requests that wait."""
    slow = Slow()
    slow.go.set()
    with MicroBatches(slow) as batches:
        answers = [batches.submit(ask(str(number))) for number in range(50)]
    assert [answer.result(0)[0].ranking[0][0] for answer in answers] == [str(number)[0] for number in range(50)]
