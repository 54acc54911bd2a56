"""`kit collect`: what it says of a run."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kit_account import REGION, Account, Answer, intercept

from contract.collection_ledger import Outcome, Run
from contract.function_environments import CollectPostsEnvironment
from contract.records import now
from kit.collect import put_secret
from kit.deployment import Target

Kit = Callable[..., Answer]
ARN = f"arn:aws:secretsmanager:{REGION}:123456789012:secret:posts-AbCdEf"
ENVIRONMENT = CollectPostsEnvironment(
    stage="dev", ledger_table="l", train_bucket="t", topic_arn="a", classifier="main", sources="x", sign_ins_arn=ARN,
    x_server="https://x", mastodon_server="https://m", bluesky_server="https://b",
)  # fmt: skip


@pytest.fixture
def answering(account: Account, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, Any]], list[dict[str, Any]]]:
    """Lets the function answer so; returns its calls."""

    def answer_with(answer: dict[str, Any]) -> list[dict[str, Any]]:
        calls: list[dict[str, Any]] = []

        def answer_call(original: Callable[..., Any], client: Any, operation: str, given: dict[str, Any]) -> Any:
            if operation == "GetFunctionConfiguration":
                return {"Environment": {"Variables": ENVIRONMENT.to_env()}}
            if operation != "Invoke":
                return original(client, operation, given)
            calls.append(given)
            if "Payload" in answer:
                return {**answer, "Payload": io.BytesIO(json.dumps(answer["Payload"]).encode())}
            raise client.exceptions.ResourceNotFoundException({"Error": {"Code": "ResourceNotFoundException", "Message": ""}}, operation)

        intercept(monkeypatch, answer_call)
        return calls

    return answer_with


def _run(*outcomes: Outcome, run_id: str = "a") -> dict[str, Any]:
    return {"StatusCode": 200, "Payload": Run(run_id=run_id, started_at=now(), seconds=2.0, outcomes=list(outcomes)).to_json_object()}


def test_what_came_is_shown_by_source_and_tag(answering: Any, kit: Kit) -> None:
    """Each has its counts and what stopped it, and the sum what X costs."""
    x = Outcome(source="x", tag="refund", found=1200, new=3, copies=2, reposts=7, usd=6.0, stopped="A run may spend 6.00 USD on X.")
    (calls, answer) = answering(_run(x, Outcome(source="rss", tag="news", found=1, new=1))), kit("collect")
    assert answer.status == 0
    assert [call["FunctionName"] for call in calls] == ["tck-dev-collect-posts"]
    for words in ("1,200", "refund", "A run may spend 6.00 USD on X.", "4 new posts in 2 s.", "X costs about 6.00 USD", "near copies"):
        assert words in answer.output
    assert "wordless" not in answer.output  # there were none


def test_a_run_that_could_ask_nobody_has_failed(answering: Any, kit: Kit) -> None:
    """A script sees by the status that nothing was found because all was stopped."""
    answering(_run(Outcome(source="x", tag="refund", stopped="X refuses the credentials.")))
    assert kit("collect").status == 1


def test_another_run_at_work_is_told(answering: Any, kit: Kit) -> None:
    """Nothing was done, and a script sees it."""
    answering(_run(run_id=""))
    answer = kit("collect")
    assert (answer.status, "Another run is collecting" in answer.output) == (1, True)


def test_a_deployment_without_collectors_says_how_to_get_some(answering: Any, kit: Kit) -> None:
    """The settings are named, and where they are described."""
    answering({})
    answer = kit("collect")
    assert answer.status == 2
    assert "collect_sources and collect_hashtags" in answer.errors


def test_a_run_that_failed_says_why(answering: Any, kit: Kit) -> None:
    """The function's error is shown, and that trying again is harmless."""
    answering({"StatusCode": 200, "FunctionError": "Unhandled", "Payload": {"errorMessage": "the ledger is away"}})
    answer = kit("collect")
    assert answer.status == 1
    assert "the ledger is away" in answer.errors


def test_credentials_are_renewed_before_the_run(account: Account, answering: Any, kit: Kit, tmp_path: Path) -> None:
    """By the secret that the deployment names; on AWS it must be there, for its ARN ends in letters that AWS draws."""
    calls = answering(_run(Outcome(source="rss", tag="news", found=1, new=1)))
    path, secrets = tmp_path / "credentials.json", account.session.client("secretsmanager")
    path.write_text('{"x_bearer_token": "a token"}')
    answer = kit("collect", "--secret", path)
    assert (answer.status, f"There is no secret {ARN}." in answer.errors, calls) == (2, True, [])
    secrets.create_secret(Name="posts-AbCdEf", SecretString="{}")
    answer = kit("collect", "--secret", path)
    assert (answer.status, len(calls), "a token" in answer.output + answer.errors) == (0, 1, False)
    assert json.loads(secrets.get_secret_value(SecretId=ARN)["SecretString"]) == {"x_bearer_token": "a token"}


def test_the_local_cloud_makes_the_secret_that_the_settings_name(account: Account, answering: Any, tmp_path: Path) -> None:
    """There nobody could know its ARN before the deployment."""
    answering({})
    path = tmp_path / "credentials.json"
    path.write_text('{"mastodon_token": "t"}')
    for _ in range(2):
        put_secret(Target("dev", account.session, account.deployment, is_local=True), path)
    found = account.session.client("secretsmanager").get_secret_value(SecretId=ARN)
    assert json.loads(found["SecretString"]) == {"mastodon_token": "t"}


@pytest.mark.parametrize("content", [None, "x_bearer_token=t", "[]", '{"x_bearer_token": 5}', "{}"])
def test_a_file_of_no_credentials_is_refused(account: Account, answering: Any, kit: Kit, tmp_path: Path, content: str | None) -> None:
    """Before anything is asked or written."""
    calls = answering(_run())
    path = tmp_path / "credentials.json"
    if content is not None:
        path.write_text(content)
    answer = kit("collect", "--secret", path)
    assert (answer.status, str(path) in answer.errors, calls) == (2, True, [])
