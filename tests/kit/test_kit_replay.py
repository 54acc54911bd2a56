"""`kit replay`: events that could not be handled reach their functions again, and none is lost on the way."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from kit_account import Account, Answer
from pretended_functions import Functions

from contract.deployment import Function
from contract.events import ObjectCreated
from kit.dead_letters import DeadLetterQueue

Kit = Callable[..., Answer]


def _dropped(key: str) -> dict[str, object]:
    return ObjectCreated("the-predict", key, "v1", 5, "0A").to_event()


def test_every_event_goes_to_its_own_function_as_it_came(account: Account, functions: Functions, kit: Kit) -> None:
    """The raw event is handed over and waited for, and what was handled is gone from its queue."""
    ended = {"detail-type": "SageMaker Training Job State Change", "detail": {"TrainingJobName": "n", "TrainingJobStatus": "Failed"}}
    functions.bury(Function.START_PREDICTION, _dropped("claims.csv"), ERROR_CODE="NO_PERMISSIONS", ERROR_MESSAGE="not allowed")
    functions.bury(Function.PUBLISH_MODEL, ended, RequestID="r", ErrorMessage="Throttled")
    answer = kit("replay", "--json")
    assert answer.status == 0
    assert functions.calls == [
        ("tck-dev-publish-model", "RequestResponse", ended),
        ("tck-dev-start-prediction", "RequestResponse", _dropped("claims.csv")),
    ]
    assert [(one["event"], one["outcome"]) for one in answer.json] == [
        ("training job n is Failed", "handled"),
        ("'claims.csv' was dropped", "handled"),
    ]
    assert kit("replay").output == "There is none: every event was handled.\n"


def test_an_event_that_fails_again_stays(account: Account, functions: Functions, kit: Kit) -> None:
    """Exit status 1, the function's own words, the event can be seen in its queue at once, and the others were handled."""
    for key in ("good.csv", "bad.csv", "fine.csv"):
        functions.bury(Function.START_PREDICTION, _dropped(key), ErrorMessage="of old")
    functions.errors["bad.csv"] = "still throttled"
    answer = kit("replay")
    assert answer.status == 1
    assert "still throttled" in answer.output
    assert "1 event failed again and stayed" in answer.output
    assert functions.count(Function.START_PREDICTION) == 1
    functions.errors.clear()
    assert [one["event"] for one in kit("replay", "--json").json] == ["'bad.csv' was dropped"]


@pytest.mark.parametrize("code", ["TooManyRequestsException", "InvalidRequestContentException", "ResourceNotFoundException"])
def test_an_event_that_lambda_does_not_take_stays(account: Account, functions: Functions, kit: Kit, code: str) -> None:
    """Throttled, no JSON, or no such function: it is told as any failure, and every queue is gone through."""
    functions.bury(Function.PUBLISH_MODEL, {"detail-type": "x"})
    functions.bury(Function.START_PREDICTION, _dropped("a.csv"))
    functions.refusal = code
    answer = kit("replay", "--json")
    assert (answer.status, [one["outcome"] for one in answer.json]) == (1, ["failed", "failed"])
    assert code in answer.json[0]["reason"]
    assert functions.count(Function.START_PREDICTION) == 1


def test_a_replay_that_breaks_off_hides_nothing(account: Account, functions: Functions, kit: Kit) -> None:
    """An error that concerns all events ends the command; those in hand can be seen again at once."""
    for number in range(5):
        functions.bury(Function.START_PREDICTION, _dropped(f"{number}.csv"))
    functions.refusal = "ExpiredTokenException"
    answer = kit("replay")
    assert (answer.status, "credentials have expired" in answer.errors) == (2, True)
    assert functions.count(Function.START_PREDICTION) == 5


def test_events_that_show_again_during_a_long_replay_hide_no_other() -> None:
    """What failed long ago is handed out once more, beside others or alone: it is put back, and the rest is worked on."""
    shown = [["a", "b"], ["a", "b"], ["b", "c"], ["d"], []]
    put_back: list[str] = []

    def receive_message(**_: object) -> dict[str, object]:
        messages = [{"MessageId": name, "ReceiptHandle": name, "Body": "{}", "Attributes": {"SentTimestamp": "0"}} for name in shown.pop(0)]
        return {"Messages": messages}

    sqs = SimpleNamespace(
        receive_message=receive_message, change_message_visibility=lambda **given: put_back.append(str(given["ReceiptHandle"]))
    )
    assert [letter.message_id for letter in DeadLetterQueue(sqs, Function.START_TRAINING, "url").take()] == ["a", "b", "c", "d"]
    assert put_back == ["a", "b", "b"]


def test_a_dry_run_calls_nobody_and_leaves_everything(account: Account, functions: Functions, kit: Kit) -> None:
    """More events than SQS hands out at once are listed with their reasons, and lie where they lay."""
    for number in range(13):
        functions.bury(Function.START_TRAINING, _dropped(f"{number}.csv"), ErrorMessage="why")
    answer = kit("replay", "--dry-run", "--json")
    assert sorted(one["event"] for one in answer.json) == sorted(f"'{number}.csv' was dropped" for number in range(13))
    assert {(one["function"], one["outcome"], one["reason"]) for one in answer.json} == {("start_training", "found", "why")}
    assert functions.calls == []
    assert functions.count(Function.START_TRAINING) == 13


@pytest.mark.parametrize("name", ["start_training", "tck-dev-start-training", "tck-dev-start-training-dead-letters"])
def test_one_queue_is_named_as_people_meet_it(account: Account, functions: Functions, kit: Kit, name: str) -> None:
    """By the function, as in lists, or by the queue, as in the console; the other queues are left alone."""
    functions.bury(Function.START_TRAINING, _dropped("a.csv"))
    functions.bury(Function.START_PREDICTION, _dropped("b.csv"))
    assert kit("replay", "--queue", name).status == 0
    assert [name for name, _, _ in functions.calls] == ["tck-dev-start-training"]
    assert functions.count(Function.START_PREDICTION) == 1


def test_a_queue_that_does_not_exist_is_a_sentence(account: Account, functions: Functions, kit: Kit) -> None:
    """A misspelt name, and one of a stack that is not deployed."""
    assert "There are build_image, start_training" in kit("replay", "--queue", "start_traning").errors
    answer = kit("replay", "--queue", "publish_model")
    assert (answer.status, "has no queue 'tck-dev-publish-model-dead-letters'" in answer.errors) == (2, True)


@pytest.mark.parametrize("body", ["no JSON", '"text"', '{"detail-type": "Object Created", "detail": {}}'])
def test_what_is_no_event_is_shown_as_it_is(account: Account, functions: Functions, kit: Kit, body: str) -> None:
    """Somebody else's message in the queue does not hold up the list."""
    account.session.client("sqs").send_message(QueueUrl=functions.make_queue(Function.START_TRAINING), MessageBody=body)
    (one,) = kit("replay", "--dry-run", "--json").json
    assert one["event"] == body
    assert one["reason"] == "no reason was kept"
