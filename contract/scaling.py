"""How many instances an endpoint has: as many as its requests need, between two bounds.

The clients are boto3's, handed in. Everything is named by the endpoint, so whoever deletes it knows what to take away with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from contract.hosting import VARIANT, alarm_name

NAMESPACE, DIMENSION = "sagemaker", "sagemaker:variant:DesiredInstanceCount"
METRIC = "SageMakerVariantInvocationsPerInstance"
REQUESTS_PER_MINUTE = 1_000.0  # of one instance, beyond which another is started
MINUTE_SECONDS = 60
FAILED_SHARE, FAILED_MINUTES = 0.05, 2  # of the requests, in a row: one mishap among many does not take a move back


class Scaling:
    """Registers endpoints with Application Auto Scaling, and the alarm at which a move is taken back."""

    def __init__(self, autoscaling: Any, cloudwatch: Any) -> None:
        self._autoscaling, self._cloudwatch = autoscaling, cloudwatch

    def follow(self, endpoint: str, least: int, most: int, tags: Mapping[str, str]) -> None:
        """Let the number of instances follow the requests; nothing changes when it does already.

        Only a target that is new takes tags; one that is known refuses the whole request for their sake.
        """
        target = _target(endpoint)
        bounds = {"MinCapacity": least, "MaxCapacity": most}
        try:
            self._autoscaling.register_scalable_target(**target, **bounds, Tags=dict(tags))
        except self._autoscaling.exceptions.ClientError as error:
            if error.response["Error"]["Code"] != "ValidationException":
                raise
            self._autoscaling.register_scalable_target(**target, **bounds)  # raises again what tags were not the reason of
        self._autoscaling.put_scaling_policy(
            **target,
            PolicyName=endpoint,
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration={
                "TargetValue": REQUESTS_PER_MINUTE,
                "PredefinedMetricSpecification": {"PredefinedMetricType": METRIC},
            },
        )

    def stop_following(self, endpoint: str) -> None:
        """Leave the number of instances as it is; an endpoint that changes or goes must not be scaled meanwhile."""
        try:
            self._autoscaling.deregister_scalable_target(**_target(endpoint))
        except self._autoscaling.exceptions.ClientError as error:
            if "No scalable target found" not in error.response["Error"]["Message"]:
                raise

    def followed(self, prefix: str) -> Iterator[str]:
        """The endpoints whose names begin so that are registered, also those that somebody deleted since: their registration stays."""
        pages = self._autoscaling.get_paginator("describe_scalable_targets").paginate(ServiceNamespace=NAMESPACE)
        for target in [target for page in pages for target in page["ScalableTargets"]]:  # all, before the first is deregistered
            endpoint = target["ResourceId"].split("/")[1]
            if endpoint.startswith(prefix):
                yield endpoint

    def watch(self, endpoint: str, tags: Mapping[str, str]) -> str:
        """Set the alarm that goes off when the endpoint's container goes on failing at requests; returns its name."""
        name = alarm_name(endpoint)
        self._cloudwatch.put_metric_alarm(
            AlarmName=name,
            AlarmDescription=f"Endpoint {endpoint} fails at requests: a move under way is taken back.",
            Namespace="AWS/SageMaker",
            MetricName="Invocation5XXErrors",
            Dimensions=[{"Name": "EndpointName", "Value": endpoint}, {"Name": "VariantName", "Value": VARIANT}],
            Statistic="Average",  # each request is a 1 or a 0, so this is the share that failed
            Period=MINUTE_SECONDS,
            EvaluationPeriods=FAILED_MINUTES,
            DatapointsToAlarm=FAILED_MINUTES,
            Threshold=FAILED_SHARE,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            TreatMissingData="notBreaching",
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        )
        return name

    def stop_watching(self, endpoint: str) -> None:
        """Delete the alarm, if there is one."""
        self._cloudwatch.delete_alarms(AlarmNames=[alarm_name(endpoint)])


def _target(endpoint: str) -> dict[str, str]:
    return {"ServiceNamespace": NAMESPACE, "ResourceId": f"endpoint/{endpoint}/variant/{VARIANT}", "ScalableDimension": DIMENSION}
