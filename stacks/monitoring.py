"""MonitoringStack: what a person must know of. Nothing depends on it."""

from __future__ import annotations

from aws_cdk import aws_sns as sns
from constructs import Construct

from contract.deployment import Function
from stacks.constructs.alarms import ChargesAlarm, DeadLetterAlarm
from stacks.constructs.budget import MonthlyBudget
from stacks.constructs.dashboard import OperationsDashboard
from stacks.kit_stack import KitStack
from stacks.settings import Settings

# Those on which files depend. What build_image cannot handle fails the deployment that waits for it. deploy_model does by the hour what
# it could not do at an event, and tells what keeps it from that; an alarm for all else would bring dev above a dollar, so it is a setting.
WATCHED = (Function.START_TRAINING, Function.PUBLISH_MODEL, Function.START_PREDICTION, Function.REPORT_PREDICTION)


class MonitoringStack(KitStack):
    """Alarms, the budget and, if the settings ask for it, the dashboard.

    There is no alarm on failed jobs: the owner is told of each, with its reason. Alarms are for what nobody would be told
    of. What is watched is known by its name, so that no other stack exports anything for this one.
    """

    def __init__(self, scope: Construct, *, settings: Settings, topic: sns.ITopic) -> None:
        super().__init__(scope, "monitoring", settings=settings, description="alarms, budget and dashboard")
        optional = {
            Function.DEPLOY_MODEL: settings.has_live and settings.has_endpoint_alarm,
            Function.COLLECT_POSTS: bool(settings.collect_sources),
        }
        watched = (*WATCHED, *(function for function, is_watched in optional.items() if is_watched))
        for function in watched:
            DeadLetterAlarm(self, function=function, topic=topic, settings=settings)
        if settings.charges_alarm_usd:
            ChargesAlarm(self, topic=topic, settings=settings)
        if settings.monthly_budget_usd:
            MonthlyBudget(self, "Budget", topic=topic, settings=settings)
        if settings.has_dashboard:
            OperationsDashboard(self, "Dashboard", functions=watched, settings=settings)
