"""Lambda functions and their asynchronous invocation, EventBridge rules."""

from __future__ import annotations

import json

from moto.awslambda.models import LambdaFunction, lambda_backends
from moto.events.models import Rule

from contract.errors import PlatformError
from local.coverage import TARGET_SERVICES
from local.host import Host
from local.patterns import check
from local.resources.model import Made, Maker, Properties, stock


def makers(host: Host) -> dict[str, Maker]:
    """The types of this module."""
    return {
        "AWS::Lambda::Function": Maker(lambda name, properties: _function(host, name, properties), "FunctionName", frozenset({"Arn"})),
        "AWS::Lambda::EventInvokeConfig": Maker(lambda name, properties: _invoke_config(host, name, properties)),
        "AWS::Events::Rule": Maker(lambda name, properties: _rule(host, name, properties), "Name", frozenset({"Arn"})),
    }


def _function(host: Host, name: str, properties: Properties) -> LambdaFunction:
    """moto's function, with the log group and the dead-letter queue, which it leaves out."""
    variables = {key: str(value) for key, value in properties.get("Environment", {}).get("Variables", {}).items()}
    numbers: Properties = {key: int(properties[key]) for key in ("MemorySize", "Timeout") if key in properties}
    function: LambdaFunction = stock(
        LambdaFunction, host, name[:_MAX_NAME], {**properties, **numbers, "Environment": {"Variables": variables}}
    )
    function.tags = {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}
    function.logs_group_name = properties.get("LoggingConfig", {}).get("LogGroup", function.logs_group_name)
    function.dead_letter_arn = properties.get("DeadLetterConfig", {}).get("TargetArn", "")  # type: ignore[attr-defined]  # read by local.lambda_functions
    return function


def _invoke_config(host: Host, name: str, properties: Properties) -> Made:
    numbers = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds")
    settings: Properties = {key: int(properties[key]) for key in numbers if key in properties}
    if "DestinationConfig" in properties:
        settings["DestinationConfig"] = properties["DestinationConfig"]
    lambda_backends[host.account][host.region].put_function_event_invoke_config(properties["FunctionName"], settings)
    return Made(name)


def _rule(host: Host, name: str, properties: Properties) -> Rule:
    """moto's rule. Raises PlatformError for a pattern or a target that could not be served."""
    check(properties.get("EventPattern", {}))
    for target in properties.get("Targets", []):
        if target["Arn"].split(":")[2] not in TARGET_SERVICES:
            raise PlatformError(f"The local cloud delivers no events to {target['Arn']}.")
    rule: Rule = stock(Rule, host, name, json.loads(json.dumps(properties)))  # moto changes what it is given
    return rule


_MAX_NAME = 64  # of a function
