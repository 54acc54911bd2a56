"""Alarms, each of which names what to do about it."""

from __future__ import annotations

from typing import cast

from aws_cdk import Aws, CfnCondition, Duration, Fn
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

from contract.deployment import Function, alarm_name, dead_letters_name
from stacks.settings import Settings

RUNBOOK = "docs/runbook.md"
BILLING_REGION = "us-east-1"  # the only one that has the metric EstimatedCharges
AT_LEAST = cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD


class ActionableAlarm(cloudwatch.Alarm):
    """An alarm whose description, which the e-mail carries, says what is wrong, what to do, and where more stands.

    It tells of its beginning and says nothing when it is over. Missing data are no reason for it.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        metric: cloudwatch.IMetric,
        threshold: float,
        remedy: str,
        section: str,
        topic: sns.ITopic,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            alarm_name=name,
            alarm_description=f"{remedy} More: {RUNBOOK}#{section}",
            metric=metric,
            threshold=threshold,
            comparison_operator=AT_LEAST,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        self.add_alarm_action(actions.SnsAction(topic))


def dead_letters(stage: str, function: Function) -> cloudwatch.Metric:
    """How many events of a function lie in its dead-letter queue."""
    return _of_queue(stage, function, "ApproximateNumberOfMessagesVisible", cloudwatch.Stats.MAXIMUM)


def new_dead_letters(stage: str, function: Function) -> cloudwatch.Metric:
    """How many events of a function came into its dead-letter queue; what is looked at and put back there is not counted again."""
    return _of_queue(stage, function, "NumberOfMessagesSent", cloudwatch.Stats.SUM)


def _of_queue(stage: str, function: Function, metric_name: str, statistic: str) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace="AWS/SQS",
        metric_name=metric_name,
        dimensions_map={"QueueName": dead_letters_name(stage, function)},
        statistic=statistic,
        period=Duration.minutes(5),
    )


def estimated_charges() -> cloudwatch.Metric:
    """What the account has cost since the month began, in USD."""
    return cloudwatch.Metric(
        namespace="AWS/Billing",
        metric_name="EstimatedCharges",
        dimensions_map={"Currency": "USD"},
        statistic=cloudwatch.Stats.MAXIMUM,
        period=Duration.hours(6),  # AWS computes it a few times a day
    )


class DeadLetterAlarm(ActionableAlarm):
    """Events of one function could not be handled.

    It looks at those that come, not at those that lie there: an alarm that lasts tells of nothing new, and they may lie for days.
    """

    def __init__(self, scope: Construct, *, function: Function, topic: sns.ITopic, settings: Settings) -> None:
        target = f" --stage {settings.stage}"
        super().__init__(
            scope,
            f"{function.title().replace('_', '')}DeadLetters",
            name=alarm_name(settings.stage, f"{function.replace('_', '-')}-dead-letters"),
            metric=new_dead_letters(settings.stage, function),
            threshold=1,
            remedy=f"{function} could not handle some events, and files or endpoints may be waiting for that."
            f" 'kit replay --dry-run{target}' shows why; once the cause is mended, 'kit replay{target}' hands them over again.",
            section="dead-letters",
            topic=topic,
        )


class ChargesAlarm(ActionableAlarm):
    """The account has cost enough this month for somebody to look; declared in every region, made where AWS has the metric."""

    def __init__(self, scope: Construct, *, topic: sns.ITopic, settings: Settings) -> None:
        super().__init__(
            scope,
            "Charges",
            name=alarm_name(settings.stage, "charges"),
            metric=estimated_charges(),
            threshold=settings.charges_alarm_usd,
            remedy=f"The account has cost {settings.charges_alarm_usd} USD or more this month. 'kit cost --stage {settings.stage}' shows"
            " what of that came from the kit.",
            section="charges",
            topic=topic,
        )
        has_metric = CfnCondition(self, "HasMetric", expression=Fn.condition_equals(Aws.REGION, BILLING_REGION))
        alarm = cast(cloudwatch.CfnAlarm, self.node.default_child)
        alarm.cfn_options.condition = has_metric
