"""The topic by which people hear of results and failures."""

from __future__ import annotations

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

PUBLISHERS = ("cloudwatch.amazonaws.com", "budgets.amazonaws.com")  # alarms and the budget


class Notifications(sns.Topic):
    """A topic for this account's functions, alarms and budgets, over TLS only.

    Without a customer key it is not encrypted at rest: under AWS's own key `aws/sns`, alarms and budgets could not publish.
    """

    def __init__(self, scope: Construct, construct_id: str, *, key: kms.IKey | None, email: str) -> None:
        super().__init__(scope, construct_id, display_name="Text Classification Kit", master_key=key, enforce_ssl=True)
        account = Stack.of(self).account
        services = [iam.ServicePrincipal(name) for name in PUBLISHERS]
        from_here = {"StringEquals": {"aws:SourceAccount": account}}
        self.add_to_resource_policy(
            iam.PolicyStatement(
                sid="ServicesOfThisAccount", principals=services, actions=["sns:Publish"], resources=[self.topic_arn], conditions=from_here
            )
        )
        if key is not None:
            key.add_to_resource_policy(
                iam.PolicyStatement(
                    sid="ServicesOfThisAccount",
                    principals=services,
                    actions=["kms:Decrypt", "kms:GenerateDataKey"],
                    resources=["*"],  # in a key's policy: the key itself
                    conditions=from_here,
                )
            )
        if email:
            self.add_subscription(subscriptions.EmailSubscription(email))
