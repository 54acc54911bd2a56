"""Rules that wake one function: for some events, or by the hour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from stacks.constructs.event_function import EventFunction

MAX_EVENT_AGE = Duration.hours(24)
RETRIES = 100  # EventBridge spaces them out over the event's age


class EventRule(Construct):
    """Events of one source and kind, whose detail fits the pattern, go to the function; undelivered ones to its dead letters."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        source: str,
        kind: str,
        detail: dict[str, Sequence[Any] | dict[str, Any]],
        wakes: EventFunction,
    ) -> None:
        super().__init__(scope, construct_id)
        pattern = events.EventPattern(source=[source], detail_type=[kind], detail=detail)
        self.rule = events.Rule(self, "Rule", event_pattern=pattern, targets=[_target(wakes)])


class HourlyRule(Construct):
    """Once an hour, or in so many, the function is woken; each such event is worth as much as the one before."""

    def __init__(self, scope: Construct, construct_id: str, *, wakes: EventFunction, hours: int = 1) -> None:
        super().__init__(scope, construct_id)
        events.Rule(self, "Rule", schedule=events.Schedule.rate(Duration.hours(hours)), targets=[_target(wakes)])


def _target(woken: EventFunction) -> targets.LambdaFunction:
    return targets.LambdaFunction(woken.function, dead_letter_queue=woken.dead_letters, retry_attempts=RETRIES, max_event_age=MAX_EVENT_AGE)
