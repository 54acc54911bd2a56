"""answer_api: who may do what, what is refused before anything is done, and that nothing of it reaches the log."""

from __future__ import annotations

import base64
import json
import logging
from typing import Any

import pytest
from api_events import CLERK, OWNER, ask, event_of
from deployed_functions import Deployed

from contract.api import OPERATIONS, Operation
from contract.openapi import document

MARK = "zyxwvut"


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_nothing_is_answered_without_claims(deployed: Deployed, operation: Operation) -> None:
    """Should a route ever lose its authorizer, the function still refuses everybody, and touches nothing."""
    event = {**event_of(operation.route_key), "requestContext": {}}
    assert deployed.invoke("answer_api", event)["statusCode"] == 401
    assert deployed.calls == []


def test_an_access_token_says_nobodys_name(deployed: Deployed) -> None:
    """API Gateway lets the access token of the same client through, and the function does not take it for an ID token."""
    answer = ask(deployed, "GET /classifiers", claims={"token_use": "access", "username": "u-1", "cognito:groups": "[owners]"})
    assert (answer.status, "not an ID token" in answer.sentence) == (403, True)


@pytest.mark.parametrize(
    ("groups", "is_owner"),
    [("[owners]", True), ("[clerks owners]", True), ("[coowners]", False), ("", False), ("[owners-of-nothing]", False)],
)
def test_owners_are_those_in_the_group(deployed: Deployed, groups: str, is_owner: bool) -> None:
    """The list of groups is read as API Gateway writes it, whole names only."""
    user = ask(deployed, "GET /classifiers", claims={**CLERK, "cognito:groups": groups}).content["user"]
    assert user == {"name": "carl@example.com", "is_owner": is_owner}


@pytest.mark.parametrize("operation", [one for one in OPERATIONS if one.is_for_owners], ids=lambda operation: operation.name)
def test_what_is_for_owners_is_refused_to_others(deployed: Deployed, operation: Operation) -> None:
    """A clerk changes nothing, and is told whom to ask."""
    deployed.add_model(1)
    deployed.add_model(2)
    before = deployed.ledger.current("main")
    answer = ask(deployed, operation.route_key, claims=CLERK, classifier="main", version=1)
    assert (answer.status, "Only owners" in answer.sentence) == (403, True)
    assert deployed.ledger.current("main") == before


@pytest.mark.parametrize(
    ("route", "body", "parameters", "said"),
    [
        ("POST /classifiers/{classifier}/classifications", {"texts": []}, {"classifier": "main"}, "'texts' must contain at least 1 items"),
        ("POST /classifiers/{classifier}/classifications", {"texts": ["a"] * 101}, {"classifier": "main"}, "less than or equal to 100"),
        ("POST /classifiers/{classifier}/classifications", {"texts": "a"}, {"classifier": "main"}, "'texts' must be array"),
        ("POST /classifiers/{classifier}/classifications", {"texts": ["a"], "k": 0}, {"classifier": "main"}, "'k' must be"),
        ("POST /classifiers/{classifier}/classifications", {"texts": ["a"], "x": 1}, {"classifier": "main"}, "must not contain {'x'}"),
        ("POST /uploads", {"name": "a.csv", "bytes": 1, "to": "train", "classifier": "Main"}, {}, "'classifier' should be up to 32 small"),
        ("POST /classifiers/{classifier}/classifications", "{", {"classifier": "main"}, "no JSON"),
        ("POST /classifiers/{classifier}/classifications", "[" * 100_000, {"classifier": "main"}, "no JSON"),
        ("POST /classifiers/{classifier}/classifications", '{"texts": ["\\ud800"]}', {"classifier": "main"}, "whole characters"),
        ("POST /classifiers/{classifier}/classifications", '{"texts": ["a"], "k": NaN}', {"classifier": "main"}, "no JSON"),
        ("POST /classifiers/{classifier}/classifications", None, {"classifier": "main"}, "no JSON"),
        ("POST /uploads", {"name": "a.csv", "to": "predict"}, {}, "it lacks 'bytes'"),
        ("GET /jobs?limit=0", None, {}, "'limit' must be bigger than or equal to 1"),
        ("GET /jobs?limit=many", None, {}, "'limit' must be integer"),
        ("GET /jobs?before=AAAA", None, {}, "no such page"),
        ("GET /jobs?version=v1", None, {}, "Send its key"),
        ("GET /jobs?before=%20", None, {}, "'before' should be 'next' of the page before"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(
    deployed: Deployed, route: str, body: Any, parameters: dict[str, Any], said: str
) -> None:
    """The answer names the part that does not fit, and no service was asked."""
    answer = ask(deployed, route, body, **parameters)
    assert answer.status == 400, answer
    assert said in answer.sentence
    assert deployed.calls == []


@pytest.mark.parametrize(
    ("route", "parameters", "said"),
    [
        ("GET /jobs/{job_id}", {"job_id": "doesnotexist"}, "There is no job 'doesnotexist'."),
        ("GET /jobs/{job_id}/review", {"job_id": "../x"}, "There is no job '../x'."),
        ("GET /classifiers/{classifier}/models/{version}", {"classifier": "main", "version": "x"}, "There is no model 'x'."),
        ("GET /classifiers/{classifier}/models", {"classifier": "Main"}, "There is no classifier 'Main'."),
        ("GET /labelling/{classifier}/{labelling}", {"classifier": "main", "labelling": "First"}, "There is no labelling job 'First'."),
    ],
)
def test_a_broken_bookmark_leads_to_nothing_and_says_so(deployed: Deployed, route: str, parameters: dict[str, str], said: str) -> None:
    """What stands in the path is worded as a thing that is not there, without the rule that it breaks."""
    answer = ask(deployed, route, **parameters)
    assert (answer.status, answer.sentence) == (404, said)
    assert deployed.calls == []


def test_a_whole_number_may_be_written_with_a_point(deployed: Deployed) -> None:
    """As JSON Schema has it; in the signed form stands a number of bytes as S3 wants it."""
    answer = ask(deployed, "POST /uploads", '{"name": "a.csv", "bytes": 1.2e1, "to": "predict"}')
    assert '["content-length-range", 12, 12]' in base64.b64decode(answer.content["fields"]["policy"]).decode()
    assert ask(deployed, "POST /uploads", '{"name": "a.csv", "bytes": 12.5, "to": "predict"}').status == 400


def test_a_body_that_is_too_large_is_refused_as_such(deployed: Deployed) -> None:
    """Before it is parsed; the remedy is named."""
    body = json.dumps({"texts": ["x" * 190_000] * 30})
    answer = ask(deployed, "POST /classifiers/{classifier}/classifications", body, classifier="main")
    assert (answer.status, "Send fewer texts" in answer.sentence) == (413, True)


def test_a_body_may_come_in_base64(deployed: Deployed) -> None:
    """As API Gateway hands over what it does not take for text; bytes that are no UTF-8 are refused in a sentence."""
    body = json.dumps({"name": "Mängel.csv", "bytes": 5, "to": "predict"}, ensure_ascii=False)
    for encoding, status in (("utf-8", 201), ("utf-16", 400)):
        event = event_of("POST /uploads", base64.b64encode(body.encode(encoding)).decode())
        assert deployed.invoke("answer_api", {**event, "isBase64Encoded": True})["statusCode"] == status


def test_a_defect_tells_nothing_and_logs_no_text(deployed: Deployed, caplog: pytest.LogCaptureFixture) -> None:
    """The answer to whoever sent the text is one sentence; the log names the kind of error and where, and not what was sent."""

    def fail(given: dict[str, Any]) -> dict[str, Any]:
        raise RuntimeError(f"cannot read {given['Body']!r}")

    deployed.services["InvokeEndpoint"] = fail
    with caplog.at_level(logging.INFO):
        answer = ask(deployed, "POST /classifiers/{classifier}/classifications", {"texts": [MARK]}, classifier="main")
    assert (answer.status, answer.content) == (500, {"error": "That went wrong on our side. Please report it."})
    assert "RuntimeError" in caplog.text
    assert "text_routes.py" in caplog.text
    assert MARK not in caplog.text


def test_answers_are_kept_nowhere(deployed: Deployed) -> None:
    """No cache between the page and the function keeps what was answered to one person."""
    assert ask(deployed, "GET /classifiers").headers["Cache-Control"] == "no-store"


def test_the_document_is_served(deployed: Deployed) -> None:
    """It is the one that the contract makes."""
    assert ask(deployed, "GET /openapi.json").content == document()


def test_the_claims_of_the_tests_are_a_tokens() -> None:
    """What the tests take for an owner and a clerk differ in the group alone."""
    assert set(OWNER) - set(CLERK) == {"cognito:groups"}
