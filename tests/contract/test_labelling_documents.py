"""A labelling job's files and records: out and in again."""

from __future__ import annotations

import time

import pytest

from contract.errors import AlgorithmError
from contract.labelling import Margins, Task, labelling_prefix, manifest_drop, margins_key, tasks_key, tasks_of, to_content
from contract.labelling_ledger import EXPIRY, GIVEN_SECONDS, Said, TextState
from contract.layout import is_reserved_train_key, parse_drop


def test_texts_come_back_as_they_were() -> None:
    """Also with line ends of every kind, quotation marks and halves of characters, each in a line of its own."""
    texts = ['a "b"\r\nc\u2028d', "", "é 🙂", "\ud800 half"]
    tasks = [Task(digest="0" * 32, text=text, objects=["unlabelled/main/ü.csv"]) for text in texts]
    content = to_content(tasks)
    assert content.count(b"\n") == len(tasks)
    assert [task.text for task in tasks_of(content)][:3] == texts[:3]


@pytest.mark.parametrize("content", [b"[]\n", b'{"text": "a"}\n', b"no json\n"])
def test_what_is_no_file_of_texts_is_refused(content: bytes) -> None:
    """As a defect of ours: nobody else writes there."""
    with pytest.raises(AlgorithmError):
        tasks_of(content)
    with pytest.raises(AlgorithmError):
        Margins.from_json(content)


def test_margins_come_back_as_they_were() -> None:
    """With the model that was asked."""
    margins = Margins(model_version=3, margins={"0" * 32: 0.25})
    assert Margins.from_json(margins.to_json()) == margins


def test_a_jobs_files_start_nothing_and_its_manifest_does() -> None:
    """All lie below one prefix, which is no other job's; the manifest is a training file of the classifier."""
    for key in (tasks_key("a", "b"), margins_key("a", "b"), margins_key("a", "b", is_partial=True)):
        assert key.startswith(labelling_prefix("a", "b"))
        assert not key.startswith(labelling_prefix("a", "b-2"))
        assert is_reserved_train_key(key)
    for classifier in ("main", "urgency"):
        drop = manifest_drop(classifier, "first")
        assert not is_reserved_train_key(drop.key)
        assert parse_drop(drop.key) == drop


def test_a_texts_state_comes_back_as_it_was() -> None:
    """It counts as taken what is answered or before somebody now, but for who asks; who had it before him once was given it."""
    second = int(time.time())
    state = TextState(
        digest="d",
        revision=2,
        answers={"ann": Said("leak", "2026-11-22"), "bob": Said("", "2026-11-22")},
        leases={"eve": second + 100, "dan": second - 100},
    )
    found = TextState.from_item({"sk": "d", **state.to_item()})
    assert (found.answers, found.leases) == (state.answers, state.leases)
    assert [found.was_given(who) for who in ("ann", "eve", "dan", "zoe")] == [True, True, True, False]
    assert state.labels == {"ann": "leak"}
    assert [state.taken(second, who) for who in ("", "ann", "eve", "dan")] == [3, 2, 2, 3]


def test_a_text_that_nobody_answered_is_not_kept_for_ever() -> None:
    """DynamoDB deletes its state a month after it was given in vain; an answer stays as long as its job."""
    given = TextState(digest="d", leases={"ann": 1000, "eve": 2000})
    assert given.to_item()[EXPIRY] == 2000 + GIVEN_SECONDS
    assert EXPIRY not in TextState(digest="d", leases=given.leases, answers={"ann": Said("", "2026-11-22")}).to_item()
