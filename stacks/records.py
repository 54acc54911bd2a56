"""What every function of the kit writes to: the ledger and the topic."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns

from stacks.grants import grant_ledger, grant_notification


@dataclass(frozen=True)
class Records:
    """The ledger, the topic, and the customer key under which both lie, if there is one."""

    ledger: dynamodb.ITable
    topic: sns.ITopic
    key: kms.IKey | None

    def grant(self, grantee: iam.IGrantable, *ledger_actions: str) -> None:
        """Allow these actions on the ledger, and to notify."""
        grant_ledger(grantee, self.ledger, *ledger_actions)
        grant_notification(grantee, self.topic, self.key)
