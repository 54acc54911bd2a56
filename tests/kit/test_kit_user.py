"""`kit user`: who may use the HTTP API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from kit_account import Account, Answer, intercept

from contract.api import OWNERS

Kit = Callable[..., Answer]


@pytest.fixture
def requests(account: Account, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """The deployment has a pool; what Cognito was asked for from now on."""
    cognito = account.session.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName="tck-dev-users", UsernameAttributes=["email"])["UserPool"]["Id"]
    cognito.create_group(GroupName=OWNERS, UserPoolId=pool)
    deployment = replace(account.deployment, user_pool_id=pool)
    monkeypatch.setattr("kit.deployment.Deployment.from_outputs", lambda outputs: deployment)
    seen: list[tuple[str, dict[str, Any]]] = []

    def remember(before: Callable[..., Any], client: Any, operation: str, given: dict[str, Any]) -> Any:
        seen.append((operation, given))
        return before(client, operation, given)

    intercept(monkeypatch, remember)
    return seen


def test_an_invitation_is_mailed_and_its_password_shown_to_nobody(requests: list[tuple[str, dict[str, Any]]], kit: Kit) -> None:
    """On AWS Cognito makes the temporary password up."""
    answer = kit("user", "add", "ann@example.com")
    assert (answer.status, "has mailed a temporary password" in answer.output) == (0, True)
    assert "Next: sign in at https://d0123456789abc.cloudfront.net/" in answer.output
    assert "A script signs in with the client id 1a2b3c4d5e (docs/runbook.md#a-script-that-signs-in)" in answer.output
    (created,) = (given for operation, given in requests if operation == "AdminCreateUser")
    assert created["DesiredDeliveryMediums"] == ["EMAIL"]
    assert "TemporaryPassword" not in created


def test_owners_are_told_from_others(requests: list[tuple[str, dict[str, Any]]], kit: Kit) -> None:
    """Somebody who may sign in already becomes an owner by the same command."""
    for arguments in (["ann@example.com"], ["bob@example.com", "--owner"], ["ann@example.com", "--owner"]):
        assert kit("user", "add", *arguments).status == 0
    kit("user", "add", "carl@example.com")
    listed = kit("user", "list", "--json").json
    owners = {"ann@example.com": True, "bob@example.com": True, "carl@example.com": False}
    assert {user["email"]: user["is_owner"] for user in listed} == owners
    table = kit("user", "list").output
    assert "carl@example.com" in table
    assert "invited" in table


def test_whoever_is_removed_is_gone(requests: list[tuple[str, dict[str, Any]]], kit: Kit) -> None:
    """And a second time there is nobody of that name."""
    kit("user", "add", "ann@example.com")
    assert "for an hour at most" in kit("user", "remove", "ann@example.com").output
    again = kit("user", "remove", "ann@example.com")
    assert (again.status, "There is no user 'ann@example.com'" in again.errors) == (2, True)
    assert "Nobody may sign in yet" in kit("user", "list").output


def test_what_is_no_address_is_bad_input(requests: list[tuple[str, dict[str, Any]]], kit: Kit) -> None:
    """With the remedy."""
    answer = kit("user", "add", "ann")
    assert (answer.status, "Give the whole address" in answer.errors) == (2, True)


def test_a_deployment_without_the_api_has_no_users(account: Account, kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the settings leave it out, its stack is not missed by other commands, and this one says what to do."""
    account.session.client("cloudformation").delete_stack(StackName="tck-dev-realtime")
    answer = kit("user", "list")
    assert (answer.status, "has_live=true" in answer.errors) == (2, True)
    assert kit("jobs").status == 0


def test_options_may_stand_where_people_write_them(account: Account, kit: Kit) -> None:
    """Behind the deed or before it."""
    for arguments in (["user", "list", "--stage", "nowhere"], ["user", "--stage", "nowhere", "list"]):
        assert "There is no deployment 'nowhere'" in kit(*arguments).errors
