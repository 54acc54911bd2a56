"""What SageMaker is asked for: models, endpoint configurations and endpoints."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from contract.errors import PlatformError
from contract.function_environments import DeployModelEnvironment
from contract.hosting import VARIANT, has_instances, is_hosted_name
from contract.records import Current
from contract.scaling import Scaling
from contract.tags import CLASSIFIER_TAG, stage_tags

REFUSALS = ("ResourceLimitExceeded", "ValidationException")  # which another try would meet again
DELETION_SECONDS = 60
BAKING_SECONDS = 300  # for which requests may fail, and the old instances wait
MOVE_SECONDS = 3600

log = logging.getLogger("deploy_model")


class Hosting:
    """SageMaker's side of one deployment. `variant` is how a configuration runs its model."""

    def __init__(self, sagemaker: Any, scaling: Scaling, environment: DeployModelEnvironment, variant: Mapping[str, Any]) -> None:
        self._sagemaker, self._scaling, self._environment, self._variant = sagemaker, scaling, environment, variant

    def describe(self, endpoint: str) -> dict[str, Any] | None:
        """The endpoint; None when there is none."""
        try:
            found: dict[str, Any] = self._sagemaker.describe_endpoint(EndpointName=endpoint)
        except ClientError as error:
            if _is_missing(error):
                return None
            raise
        return found

    def serve(self, endpoint: str, name: str, current: Current, found: Mapping[str, Any] | None) -> str:
        """Let an endpoint serve a model under this name; what SageMaker refused in its words, empty when it is under way."""
        tags = [{"Key": key, "Value": value} for key, value in self._tags(current.classifier).items()]
        try:
            self._make(
                self._sagemaker.create_model,
                ModelName=name,
                ExecutionRoleArn=self._environment.serving_role_arn,
                PrimaryContainer={
                    "Image": self._environment.image,
                    "ModelDataUrl": current.artifact_uri,
                    "Environment": {"MAX_ERROR": self._environment.max_error},
                },
                Tags=tags,
                **self._network(),
            )
            variant = {"VariantName": VARIANT, "ModelName": name, **self._variant}
            self._make(self._sagemaker.create_endpoint_config, EndpointConfigName=name, ProductionVariants=[variant], Tags=tags)
            if found and has_instances(found):
                self._scaling.stop_following(endpoint)  # SageMaker refuses to change the kind of machine otherwise
            if found and found["EndpointStatus"] == "InService" and (self._has_instances or not has_instances(found)):
                guarded = self._guarded(endpoint, current.classifier) if has_instances(found) else {}
                self._sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=name, **guarded)
                return ""
            if found:  # one that failed, or on instances where there shall be none: SageMaker can only make it anew
                self._delete(endpoint)
                self._scaling.stop_watching(endpoint)
            self._make(self._sagemaker.create_endpoint, EndpointName=endpoint, EndpointConfigName=name, Tags=tags)
        except ClientError as error:
            if error.response["Error"]["Code"] not in REFUSALS or "in-progress" in error.response["Error"]["Message"]:
                raise
            return str(error.response["Error"]["Message"])
        return ""

    def scale(self, found: Mapping[str, Any], classifier: str) -> None:
        """Let the number of an endpoint's instances follow its requests, if it has any."""
        environment = self._environment
        if self._has_instances and has_instances(found):
            self._scaling.follow(found["EndpointName"], environment.least_instances, environment.most_instances, self._tags(classifier))

    def let_go(self, endpoint: str) -> None:
        """Take away what scaled and watched an endpoint that is gone."""
        self._scaling.stop_following(endpoint)
        self._scaling.stop_watching(endpoint)

    def tidy_up(self, endpoint: str, keep: str) -> None:
        """Delete the configurations and models with which the endpoint served before."""
        for kind, operation, names in (
            ("EndpointConfig", "list_endpoint_configs", "EndpointConfigs"),
            ("Model", "list_models", "Models"),
        ):
            for page in self._sagemaker.get_paginator(operation).paginate(NameContains=f"{endpoint}-v"):
                for entry in page[names]:
                    name = entry[f"{kind}Name"]
                    if name != keep and is_hosted_name(endpoint, name):
                        log.info("deleting %s %s", kind, name)
                        delete = self._sagemaker.delete_model if kind == "Model" else self._sagemaker.delete_endpoint_config
                        self._delete_if_there(delete, **{f"{kind}Name": name})

    @property
    def _has_instances(self) -> bool:
        return self._environment.least_instances > 0

    def _network(self) -> dict[str, Any]:
        """Where the container runs, if not in SageMaker's own network."""
        subnets, group = self._environment.subnets, self._environment.security_group
        return {"VpcConfig": {"Subnets": subnets.split(","), "SecurityGroupIds": [group]}} if subnets else {}

    def _guarded(self, endpoint: str, classifier: str) -> dict[str, Any]:
        """How instances are replaced: all new ones beside the old, which come back when requests fail."""
        alarm = self._scaling.watch(endpoint, self._tags(classifier))
        return {
            "RetainAllVariantProperties": True,  # as many instances as there are by now
            "DeploymentConfig": {
                "BlueGreenUpdatePolicy": {
                    "TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": BAKING_SECONDS},
                    "TerminationWaitInSeconds": 0,
                    "MaximumExecutionTimeoutInSeconds": MOVE_SECONDS,
                },
                "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": alarm}]},
            },
        }

    def _tags(self, classifier: str) -> dict[str, str]:
        return {**stage_tags(self._environment.stage), CLASSIFIER_TAG: classifier}

    def _make(self, operation: Any, **request: Any) -> None:
        """Create something, unless it exists: its name says what it is."""
        try:
            operation(**request)
        except ClientError as error:
            if "already existing" not in error.response["Error"]["Message"]:
                raise

    def _delete(self, endpoint: str) -> None:
        """Delete an endpoint that failed. Raises PlatformError while it is not gone: the next try goes on."""
        self._delete_if_there(self._sagemaker.delete_endpoint, EndpointName=endpoint)
        end = time.monotonic() + DELETION_SECONDS
        while self.describe(endpoint):
            if time.monotonic() > end:
                raise PlatformError(f"Endpoint {endpoint} failed and is not deleted yet.")
            time.sleep(1)

    def _delete_if_there(self, operation: Any, **name: str) -> None:
        try:
            operation(**name)
        except ClientError as error:
            if not _is_missing(error):
                raise


def _is_missing(error: ClientError) -> bool:
    """SageMaker has one code for all that is not valid."""
    return "Could not find" in error.response["Error"]["Message"]
