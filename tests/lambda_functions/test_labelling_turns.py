"""Labelling by the API: who is given which texts, in which order, and what is said of them."""

from __future__ import annotations

import io
import json
import time
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from api_events import CLERK, ask, put_live
from deployed_functions import Deployed
from labelling_jobs_at_hand import (
    PLACE,
    finish,
    given_texts,
    job_of,
    label_all,
    look,
    manifest,
    person,
    say,
    texts_of,
)

from contract import labelling_ledger
from contract.hosting import LiveStatus
from contract.labelling_ledger import LabellingLedger, TextState
from contract.texts import text_digest


def _wait(monkeypatch: pytest.MonkeyPatch, deployed: Deployed, seconds: int) -> None:
    """As if so many seconds had gone by."""
    later = time.time() + seconds
    moment = SimpleNamespace(time=lambda: later, monotonic=time.monotonic)
    monkeypatch.setattr(labelling_ledger, "time", moment)
    monkeypatch.setattr(deployed.modules["answer_api"].labelling_turns, "time", moment)


@pytest.mark.parametrize("wanted", [1, 3])
def test_no_text_gets_more_answers_than_are_wanted(deployed: Deployed, wanted: int) -> None:
    """Of people who take turns each is given what still wants an answer that he has not given; in the end there is nothing to do."""
    job_of(deployed, 25, answers_wanted=wanted)
    names = ["ann", "bob", "eve", "dan"]
    held = {name: given_texts(deployed, name) for name in names}  # all at once
    for name in names:
        for text in held[name]:
            say(deployed, name, text, "leak")
    for name in names:
        label_all(deployed, name, "rust")
    states = list(LabellingLedger(boto3.resource("dynamodb").Table("ledger")).states(_job()))
    assert [len(state.answers) for state in states] == [wanted] * 25
    assert look(deployed).content["progress"]["complete"] == 25


def _job() -> Any:
    found = LabellingLedger(boto3.resource("dynamodb").Table("ledger")).find("main", "first")
    assert found
    return found


def test_a_closed_browser_loses_nothing(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes back has the same texts before him; when he stays away others get them, and a late answer counts all the same."""
    job_of(deployed, 3)
    held = given_texts(deployed, "ann")
    assert given_texts(deployed, "bob") == []
    assert given_texts(deployed, "ann") == held
    _wait(monkeypatch, deployed, 21 * 60)
    assert sorted(given_texts(deployed, "bob")) == sorted(held)
    assert say(deployed, "ann", held[0], "leak").status == 200
    assert say(deployed, "bob", held[0], "leak").status == 200


def test_a_text_that_two_take_at_once_goes_to_one(deployed: Deployed) -> None:
    """Somebody else is given the same texts between reading and writing: nobody has them twice."""
    job_of(deployed, 3)
    taken: list[str] = []
    deployed.before("PutItem", lambda: taken.extend(given_texts(deployed, "bob")))
    assert given_texts(deployed, "ann") == []
    assert len(taken) == 3


def test_an_answer_may_change_until_the_job_is_finished(deployed: Deployed) -> None:
    """One's last word stands, can be taken back, and is shown when one comes back; afterwards none is taken."""
    job_of(deployed, 5)
    first, second, *others = given_texts(deployed, "ann")
    for text, label in zip(others, ("noise", "leak", "leak"), strict=True):
        say(deployed, "ann", text, label)
    say(deployed, "ann", first, "leak")
    said = say(deployed, "ann", first, "noise").content
    assert say(deployed, "ann", first, "noise").content == said
    say(deployed, "ann", second, "rust")
    gone = ask(deployed, "DELETE /labelling/{classifier}/{labelling}/answers/{text}", claims=person("ann"), **PLACE, text=second)
    assert gone.status == 204
    again = ask(deployed, "POST /labelling/{classifier}/{labelling}/texts", claims=person("ann"), **PLACE).content
    assert [text["id"] for text in again["texts"]] == [second]
    assert [(entry["id"], entry["label"]) for entry in again["mine"]][-1] == (first, "noise")
    assert (again["answered"], again["open"]) == (4, 1)
    assert finish(deployed).status == 200
    assert say(deployed, "ann", second, "rust").status == 409


def test_only_what_was_given_can_be_answered(deployed: Deployed) -> None:
    """Neither another text nor a label that the job does not have."""
    job_of(deployed)
    (held, *_) = given_texts(deployed, "ann")
    assert say(deployed, "ann", "0" * 32, "leak").status == 404
    answer = say(deployed, "ann", held, "something")
    assert (answer.status, "is no label of the labelling job" in answer.sentence) == (400, True)


def test_who_was_given_nothing_answers_nothing(deployed: Deployed) -> None:
    """A digest is no secret: whoever knows a text knows it, and could outvote those who label."""
    job_of(deployed, 3)
    held = given_texts(deployed, "ann")
    say(deployed, "ann", held[0], "leak")
    refused = [say(deployed, "mallory", text, "rust") for text in held]
    assert [answer.status for answer in refused] == [404] * 3
    assert "You were not given this text" in refused[0].sentence
    assert look(deployed).content["progress"]["answers"] == 1


def test_an_answer_that_comes_too_late_is_not_taken_silently(deployed: Deployed) -> None:
    """An owner finishes the job while an answer is under way: either it is in the manifest, or the person is told that it is not."""
    job_of(deployed, 5)
    held = given_texts(deployed, "ann")
    for text, label in zip(held[1:], ("leak", "leak", "rust", "rust"), strict=True):
        say(deployed, "ann", text, label)
    deployed.before("PutItem", lambda: finish(deployed))
    late = say(deployed, "ann", held[0], "rust")
    assert (late.status, "takes no more answers" in late.sentence) == (409, True)
    assert len(manifest(deployed)) == 4


def test_texts_taken_while_their_job_is_deleted_leave_nothing(deployed: Deployed) -> None:
    """No record of who took them stays, and a new job of the name has its texts."""
    job_of(deployed, 3)
    path = "/labelling/{classifier}/{labelling}"
    deployed.before("PutItem", lambda: ask(deployed, f"DELETE {path}", **PLACE))
    assert ask(deployed, f"POST {path}/texts", claims=person("ann"), **PLACE).status == 404
    items = boto3.resource("dynamodb").Table("ledger").scan()["Items"]
    assert [item for item in items if item["pk"].startswith("labelling")] == []
    job_of(deployed, 3)
    assert len(given_texts(deployed, "bob")) == 3


def test_a_job_has_nothing_of_an_earlier_one_of_its_name(deployed: Deployed) -> None:
    """Whoever took texts of the earlier one, and was stopped before that could be put right, has none of the later one."""
    job_of(deployed, 3)
    earlier = _job()
    ask(deployed, "DELETE /labelling/{classifier}/{labelling}", **PLACE)
    job_of(deployed, 3)
    digest = text_digest(texts_of(3)[0]).hex()
    assert LabellingLedger(boto3.resource("dynamodb").Table("ledger")).lease(earlier, TextState(digest=digest), "ann@example.com", 60)
    assert len(given_texts(deployed, "bob")) == 3


def test_two_who_answer_one_text_at_once_are_both_heard(deployed: Deployed) -> None:
    """An answer that was written while another one was being written is not written over."""
    job_of(deployed, 1, answers_wanted=2)
    (text,) = given_texts(deployed, "ann")
    given_texts(deployed, "bob")
    deployed.before("PutItem", lambda: say(deployed, "bob", text, "rust"))
    say(deployed, "ann", text, "leak")
    assert look(deployed).content["progress"]["answers"] == 2


@pytest.fixture
def asked_endpoint(deployed: Deployed) -> list[dict[str, Any]]:
    """A model in use behind an endpoint that is sure of even numbers; what it was asked."""
    deployed.add_model(3)
    put_live(LiveStatus.SERVING, version=3)
    asked: list[dict[str, Any]] = []

    def answer(given: dict[str, Any]) -> dict[str, Any]:
        question = json.loads(given["Body"])
        asked.append(question)
        numbers = [int(text.split()[2]) for text in question["instances"]]
        shares = [[0.9, 0.05] if number % 2 == 0 else [0.5, 0.5 - number / 1000] for number in numbers]
        entries = [{"label": ["leak", "noise"], "prob": share, "model_version": 3} for share in shares]
        return {"Body": io.BytesIO(json.dumps(entries).encode()), "ContentType": "application/json"}

    deployed.services["InvokeEndpoint"] = answer
    return asked


def test_the_model_in_use_orders_the_texts(deployed: Deployed, asked_endpoint: list[dict[str, Any]]) -> None:
    """What it doubts most comes first, with every fifth text by chance; it is asked once about each text."""
    job_of(deployed, 40)
    before = ask(deployed, "POST /labelling/{classifier}/{labelling}/texts", claims=person("eve"), **PLACE).content
    assert before["is_order_due"] is True
    order = "POST /labelling/{classifier}/{labelling}/order"
    assert ask(deployed, order, claims=CLERK, **PLACE).content == {"ranked_by": 3, "left": 0}
    assert ask(deployed, order, **PLACE).content == {"ranked_by": 3, "left": 0}
    assert sum(len(question["instances"]) for question in asked_endpoint) == 40
    after = ask(deployed, "POST /labelling/{classifier}/{labelling}/texts", claims=person("ann"), **PLACE).content
    assert after["is_order_due"] is False
    held = {text["id"] for text in before["texts"]}
    doubted = [number for number in range(1, 40, 2) if text_digest(texts_of(40)[number]).hex() not in held]
    given = [int(text["text"].split()[2]) for text in after["texts"]]
    assert len(set(given) & set(doubted)) >= 8
    expected = [number for number in doubted if number in given]
    assert [number for number in given if number in expected[:4]][:4] == expected[:4]


def test_an_endpoint_that_does_not_answer_leaves_the_order(deployed: Deployed, asked_endpoint: list[dict[str, Any]]) -> None:
    """Labelling goes on, nothing is refused, and another call may try again."""
    job_of(deployed, 12)
    before = given_texts(deployed, "ann")
    deployed.fail("InvokeEndpoint", "ModelNotReadyException")
    answer = ask(deployed, "POST /labelling/{classifier}/{labelling}/order", **PLACE)
    assert (answer.status, answer.content) == (200, {"ranked_by": 0, "left": 12})
    assert given_texts(deployed, "ann") == before


def test_a_newer_model_orders_anew(deployed: Deployed, asked_endpoint: list[dict[str, Any]]) -> None:
    """And while it is not behind the endpoint yet nobody is asked."""
    job_of(deployed, 5)
    order = "POST /labelling/{classifier}/{labelling}/order"
    ask(deployed, order, **PLACE)
    deployed.add_model(4)
    assert ask(deployed, order, **PLACE).content == {"ranked_by": 3, "left": 0}
    put_live(LiveStatus.SERVING, version=4)
    assert ask(deployed, "POST /labelling/{classifier}/{labelling}/texts", **PLACE).content["is_order_due"] is True
