"""`kit doctor`: who is told, who is not although the settings say so, and the command that mends it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.client import BaseClient
from kit_account import VALUES, Account, intercept

from kit.deployment import Target
from kit.finding import Finding, Level
from kit.health import check_notifications

ADDRESS, OTHER = "ops@example.com", "night@example.com"
TOPIC = VALUES["topic_arn"]
ARN = f"{TOPIC}:8a21d249-4329-4871-acc6-7be709c6ea7f"
SUBSCRIBE = f"aws sns subscribe --topic-arn {TOPIC} --protocol email --notification-endpoint"


class Deployed:
    """The deployment: whom its template subscribes, and whom SNS lists, with an ARN or with what it says in place of one."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.named: list[str] = []
        self.listed: dict[str, str] = {}

    def findings(self) -> list[Finding]:
        """What the doctor says."""
        return list(check_notifications(Target("dev", self.account.session, self.account.deployment, is_local=False)))

    def answer(self, original: Callable[..., Any], client: BaseClient, operation: str, given: dict[str, Any]) -> Any:
        """In place of botocore's call."""
        if operation == "ListSubscriptionsByTopic":
            assert given["TopicArn"] == TOPIC
            return {"Subscriptions": [{"Endpoint": address, "SubscriptionArn": arn} for address, arn in self.listed.items()]}
        answer = original(client, operation, given)
        if operation == "GetTemplate":  # with resources of a kind that moto's CloudFormation does not make
            assert given["StackName"] == "tck-dev-storage"
            for number, address in enumerate(self.named):
                properties = {"Endpoint": address, "Protocol": "email", "TopicArn": {"Ref": "Topic"}}
                answer["TemplateBody"]["Resources"][f"Address{number}"] = {"Type": "AWS::SNS::Subscription", "Properties": properties}
        return answer


@pytest.fixture
def deployed(account: Account, monkeypatch: pytest.MonkeyPatch) -> Deployed:
    """A deployment whose settings name an address."""
    deployed = Deployed(account)
    deployed.named = [ADDRESS]
    intercept(monkeypatch, deployed.answer)
    return deployed


def test_an_address_that_did_not_confirm_hears_nothing(deployed: Deployed) -> None:
    """The link in the first message was never followed; when it is too late for that, a command sends another."""
    deployed.listed = {ADDRESS: "PendingConfirmation"}
    (finding,) = deployed.findings()
    assert finding.level == Level.BROKEN
    assert finding.sentence == f"{ADDRESS} has not confirmed and hears nothing."
    assert "Follow the link" in finding.remedy
    assert f"after 48 hours: '{SUBSCRIBE} {ADDRESS}'" in finding.remedy


@pytest.mark.parametrize("listed", [{}, {ADDRESS: "Deleted"}], ids=["forgotten", "unsubscribed"])
def test_an_address_that_is_not_subscribed_any_more_is_no_confirmed_one(deployed: Deployed, listed: dict[str, str]) -> None:
    """SNS forgets who does not confirm within 48 hours, and lists for a while who unsubscribed: nobody is told, and that is broken."""
    deployed.listed = listed
    (finding,) = deployed.findings()
    assert finding.level == Level.BROKEN
    assert finding.sentence.startswith(f"{ADDRESS} of the settings hears nothing")
    assert finding.remedy.startswith(f"'{SUBSCRIBE} {ADDRESS}'")
    assert "deploy again changes nothing" in finding.remedy


def test_somebody_else_who_is_told_is_better_than_nobody(deployed: Deployed) -> None:
    """The address of the settings is missed all the same."""
    deployed.listed = {ADDRESS: "Deleted", OTHER: ARN}
    missed, well = deployed.findings()
    assert (missed.level, well.level) == (Level.LOOK, Level.OK)
    assert missed.sentence.startswith(ADDRESS)
    assert well.sentence == "1 subscription confirmed"


def test_an_address_that_confirmed_is_well(deployed: Deployed) -> None:
    """It has an ARN, and there is nothing else to say."""
    deployed.listed = {ADDRESS: ARN}
    (finding,) = deployed.findings()
    assert finding.level == Level.OK


@pytest.mark.parametrize("listed", [{}, {OTHER: "Deleted"}])
def test_where_no_address_was_ever_set_nothing_is_broken(deployed: Deployed, listed: dict[str, str]) -> None:
    """A deployment may do without; how to have one, so that the next deployment does not forget it, is said."""
    deployed.named = []
    deployed.listed = listed
    (finding,) = deployed.findings()
    assert (finding.level, finding.sentence) == (Level.LOOK, "Nobody is told of results, failures and alarms.")
    assert "notification_email in cdk.json" in finding.remedy
    assert f"{SUBSCRIBE} ADDRESS" in finding.remedy
