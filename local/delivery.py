"""EventBridge's default bus: events in, matching rules, delivery to their targets.

Everything goes through `EventBus.deliver`: one event, one target, once. Delivery is asynchronous,
retried, and ends in the rule's dead-letter queue; whoever wants faults or duplicates wraps that method.
"""

from __future__ import annotations

import json
import logging
import time
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any

from moto.awslambda.models import LambdaFunction, lambda_backends
from moto.events.models import Rule, events_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from local.host import Host
from local.patterns import matches

Event = dict[str, Any]

RETRY_SECONDS = (0.2, 0.5, 1.0, 2.0)  # EventBridge tries for 24 hours with growing pauses
_DELIVERIES = 8  # at a time

log = logging.getLogger(__name__)


class Undeliverable(Exception):
    """A target that no retry can reach; the code is EventBridge's."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class EventBus:
    """The default event bus. `wake` invokes a Lambda function asynchronously with a JSON payload."""

    def __init__(self, host: Host, wake: Callable[[LambdaFunction, str], None]) -> None:
        self._host = host
        self._wake = wake
        self._pool = ThreadPoolExecutor(_DELIVERIES, thread_name_prefix="deliver")
        self._is_closed = False

    def publish(self, source: str, detail_type: str, detail: Mapping[str, Any], resources: list[str]) -> None:
        """Put an event of an AWS service on the bus."""
        event = make_event(self._host, source, detail_type, detail, resources)
        for rule in list(events_backends[self._host.account][self._host.region].event_buses["default"].rules.values()):
            self.offer(rule, event)

    def offer(self, rule: Rule, event: Event) -> None:
        """Deliver the event to the rule's targets when the rule is enabled and its pattern matches.

        A rule with a schedule alone has no pattern and matches nothing; schedules never fire here.
        """
        pattern = rule.event_pattern.get_pattern()
        if self._is_closed or rule.state != "ENABLED" or not pattern or not matches(pattern, event):
            return
        for target in list(rule.targets):
            self._pool.submit(self._deliver_with_retries, rule, target, event)

    def deliver(self, rule: Rule, target: Mapping[str, Any], event: Event) -> None:
        """Deliver one event to one target, once. Raises Undeliverable, or anything that a retry may mend."""
        service, region, name = _parse_arn(target["Arn"])
        payload = target.get("Input") or json.dumps(event)
        if service == "lambda":
            self._wake(self._function(target["Arn"], rule), payload)
        elif service == "sqs":
            self._send_to_queue(region, name, payload)
        elif service == "sns":
            self._publish_to_topic(region, target["Arn"], payload)
        else:
            raise Undeliverable("UNSUPPORTED_TARGET", f"The local cloud delivers no events to {target['Arn']}.")

    def close(self) -> None:
        """Drop what is not delivered yet."""
        self._is_closed = True
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _deliver_with_retries(self, rule: Rule, target: Mapping[str, Any], event: Event) -> None:
        allowed = target.get("RetryPolicy", {}).get("MaximumRetryAttempts", len(RETRY_SECONDS))
        pauses = RETRY_SECONDS[: int(allowed)]
        failure = Undeliverable("UNKNOWN", "")
        attempts = 0
        for pause in (0.0, *pauses):
            time.sleep(pause)
            try:
                self.deliver(rule, target, event)
                return
            except Undeliverable as error:
                failure = error
                break
            except Exception as error:  # whatever the target raised, EventBridge would try again
                failure = Undeliverable("INTERNAL_ERROR", f"{type(error).__name__}: {error}")
                attempts += 1
        log.warning("event %s was not delivered to %s: %s", event["id"], target["Arn"], failure)
        self._bury(rule, target, event, failure, max(0, attempts - 1))

    def _bury(self, rule: Rule, target: Mapping[str, Any], event: Event, failure: Undeliverable, retries: int) -> None:
        """Send an undelivered event to the dead-letter queue of the rule's target, if it has one."""
        queue = target.get("DeadLetterConfig", {}).get("Arn")
        if not queue:
            return
        attributes = {
            "RULE_ARN": rule.arn,
            "TARGET_ARN": target["Arn"],
            "ERROR_CODE": failure.code,
            "ERROR_MESSAGE": str(failure) or failure.code,
            "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts",
            "RETRY_ATTEMPTS": str(retries),
        }
        _, region, name = _parse_arn(queue)
        self._send_to_queue(region, name, json.dumps(event), attributes)

    def _function(self, arn: str, rule: Rule) -> LambdaFunction:
        try:
            function = lambda_backends[self._host.account][self._host.region].get_function(arn)
        except Exception as error:
            raise Undeliverable("RESOURCE_NOT_FOUND", f"There is no function {arn}.") from error
        if not may_invoke(function, "events.amazonaws.com", rule.arn):
            raise Undeliverable("NO_PERMISSIONS", f"{arn} has no permission that lets the rule {rule.name} invoke it.")
        return function

    def _send_to_queue(self, region: str, name: str, body: str, attributes: Mapping[str, str] | None = None) -> None:
        backend = sqs_backends[self._host.account][region]
        if name not in backend.queues:
            raise Undeliverable("RESOURCE_NOT_FOUND", f"There is no queue {name}.")
        backend.send_message(name, body, message_attributes=text_attributes(attributes or {}))

    def _publish_to_topic(self, region: str, arn: str, message: str) -> None:
        backend = sns_backends[self._host.account][region]
        if arn not in backend.topics:
            raise Undeliverable("RESOURCE_NOT_FOUND", f"There is no topic {arn}.")
        backend.publish(message=message, arn=arn)


def make_event(host: Host, source: str, detail_type: str, detail: Mapping[str, Any], resources: list[str]) -> Event:
    """An event in EventBridge's envelope."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": detail_type,
        "source": source,
        "account": host.account,
        "time": iso_seconds(datetime.now(UTC)),
        "region": host.region,
        "resources": resources,
        "detail": dict(detail),
    }


def received_event(event: Mapping[str, Any]) -> Event:
    """An event as a target receives it: moto's PutEvents hands out a number for the time, and its own field."""
    moment = event["time"]
    if isinstance(moment, int | float):
        moment = iso_seconds(datetime.fromtimestamp(moment, UTC))
    return {**{name: value for name, value in event.items() if name != "ingestion-time"}, "time": moment}


def iso_seconds(moment: datetime) -> str:
    """A moment as EventBridge writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def text_attributes(values: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Message attributes of SQS, all of them text."""
    return {name: {"DataType": "String", "StringValue": value} for name, value in values.items()}


def _parse_arn(arn: str) -> tuple[str, str, str]:
    """Service, region and the resource's last part."""
    _, _, service, region, _, resource = arn.split(":", 5)
    return service, region, resource.rsplit(":", 1)[-1]


def may_invoke(function: LambdaFunction, principal: str, source_arn: str) -> bool:
    """Whether the function's resource policy lets a service invoke it for this source."""
    for statement in function.policy.statements:
        allowed = statement.get("Condition", {}).get("ArnLike", {}).get("AWS:SourceArn", "*")
        if statement.get("Principal") == {"Service": principal} and fnmatchcase(source_arn, allowed):
            return True
    return False
