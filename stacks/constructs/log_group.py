"""Log groups that are declared, so that they expire and go with their stack."""

from __future__ import annotations

from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks.removal import removal_policy
from stacks.settings import Settings

_RETENTIONS = {
    1: logs.RetentionDays.ONE_DAY,
    3: logs.RetentionDays.THREE_DAYS,
    7: logs.RetentionDays.ONE_WEEK,
    14: logs.RetentionDays.TWO_WEEKS,
    30: logs.RetentionDays.ONE_MONTH,
    60: logs.RetentionDays.TWO_MONTHS,
    90: logs.RetentionDays.THREE_MONTHS,
    180: logs.RetentionDays.SIX_MONTHS,
    365: logs.RetentionDays.ONE_YEAR,
    731: logs.RetentionDays.TWO_YEARS,
    1827: logs.RetentionDays.FIVE_YEARS,
    3653: logs.RetentionDays.TEN_YEARS,
}


class ProcessLogGroup(logs.LogGroup):
    """A log group that keeps its lines as long as the settings say."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        super().__init__(
            scope,
            construct_id,
            retention=_RETENTIONS[settings.log_retention_days],
            removal_policy=removal_policy(settings, outlives_failed_creation=True),  # a build that failed says in its log why
        )
