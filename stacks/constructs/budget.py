"""A budget: AWS itself says when a month will cost more than planned."""

from __future__ import annotations

from aws_cdk import Aws
from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_sns as sns
from constructs import Construct

from contract.deployment import alarm_name
from stacks.settings import Settings


class MonthlyBudget(budgets.CfnBudget):
    """What the whole account may cost in a month; the topic hears when that is forecast, and when it is reached.

    Not filtered by the kit's tags: such a budget counts nothing, in silence, until somebody activates them as cost
    allocation tags. Budgets are the account's, not the region's; their names are told apart by stage and region.
    """

    def __init__(self, scope: Construct, construct_id: str, *, topic: sns.ITopic, settings: Settings) -> None:
        super().__init__(
            scope,
            construct_id,
            budget=budgets.CfnBudget.BudgetDataProperty(
                budget_name=f"{alarm_name(settings.stage, 'monthly')}-{Aws.REGION}",
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=budgets.CfnBudget.SpendProperty(amount=settings.monthly_budget_usd, unit="USD"),
            ),
            notifications_with_subscribers=[
                budgets.CfnBudget.NotificationWithSubscribersProperty(
                    notification=budgets.CfnBudget.NotificationProperty(
                        notification_type=kind, comparison_operator="GREATER_THAN", threshold=100, threshold_type="PERCENTAGE"
                    ),
                    subscribers=[budgets.CfnBudget.SubscriberProperty(subscription_type="SNS", address=topic.topic_arn)],
                )
                for kind in ("FORECASTED", "ACTUAL")
            ],
        )
