"""SageMaker's hosting, pretended: endpoints change when a test says so, and what is refused is refused in SageMaker's words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError
from deployed_functions import Deployed, Event

from contract.events import ENDPOINT_STATE_CHANGE


@dataclass
class Hosted:
    """All that was made, by name; the requests that made it."""

    models: dict[str, dict[str, Any]] = field(default_factory=dict)
    configs: dict[str, dict[str, Any]] = field(default_factory=dict)
    endpoints: dict[str, dict[str, Any]] = field(default_factory=dict)
    wanted: dict[str, str] = field(default_factory=dict)  # the configuration that an endpoint is on its way to
    scaled: dict[str, tuple[int, int]] = field(default_factory=dict)  # the bounds of what follows its requests, by ResourceId
    alarms: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def around(cls, deployed: Deployed) -> Hosted:
        """Stand for SageMaker in the calls of the functions."""
        hosted = cls()
        deployed.services |= {
            "CreateModel": lambda given: _add(hosted.models, given["ModelName"], given, "model"),
            "CreateEndpointConfig": lambda given: _add(hosted.configs, given["EndpointConfigName"], given, "endpoint configuration"),
            "CreateEndpoint": hosted._create,
            "UpdateEndpoint": hosted._update,
            "DescribeEndpoint": hosted._describe,
            "DeleteEndpoint": lambda given: _remove(hosted.endpoints, given["EndpointName"]),
            "DeleteEndpointConfig": lambda given: _remove(hosted.configs, given["EndpointConfigName"]),
            "DeleteModel": lambda given: _remove(hosted.models, given["ModelName"]),
            "ListEndpointConfigs": lambda given: {"EndpointConfigs": _listed(hosted.configs, given, "EndpointConfigName")},
            "RegisterScalableTarget": hosted._register,
            "DeregisterScalableTarget": hosted._deregister,
            "PutScalingPolicy": hosted._put_policy,
            "PutMetricAlarm": lambda given: hosted.alarms.update({given["AlarmName"]: given}) or {},
            "DeleteAlarms": lambda given: [hosted.alarms.pop(name, None) for name in given["AlarmNames"]] and {},
            "ListModels": lambda given: {"Models": _listed(hosted.models, given, "ModelName")},
        }
        return hosted

    def finish(self, name: str, reason: str = "") -> Event:
        """Let what is under way come to its end, which is a failure if there is a reason; the event of it."""
        endpoint, config = self.endpoints[name], self.wanted.pop(name)
        if reason:
            endpoint["FailureReason"] = reason
        endpoint["EndpointStatus"] = "Failed" if reason and endpoint["EndpointStatus"] == "Creating" else "InService"
        if not reason:
            endpoint["EndpointConfigName"] = config
            (variant,) = self.configs[config]["ProductionVariants"]
            runs_on = {"CurrentServerlessConfig": {}} if "ServerlessConfig" in variant else {"CurrentInstanceCount": 1}
            endpoint["ProductionVariants"] = [{"VariantName": "all", **runs_on}]
        return {"detail-type": ENDPOINT_STATE_CHANGE, "detail": {"EndpointName": name}}

    def _create(self, given: dict[str, Any]) -> dict[str, Any]:
        _add(self.endpoints, given["EndpointName"], {**given, "EndpointStatus": "Creating"}, "endpoint")
        self.wanted[given["EndpointName"]] = given["EndpointConfigName"]
        return {"EndpointArn": "arn"}

    def _update(self, given: dict[str, Any]) -> dict[str, Any]:
        endpoint = self._describe(given)
        (variant,) = self.configs[given["EndpointConfigName"]]["ProductionVariants"]
        is_serverless = "CurrentServerlessConfig" in endpoint["ProductionVariants"][0]
        if not is_serverless and "ServerlessConfig" in variant:
            raise _invalid("Instances cannot become serverless.")
        if is_serverless and "DeploymentConfig" in given:
            raise _invalid("Serverless endpoints take no DeploymentConfig.")
        for alarm in given.get("DeploymentConfig", {}).get("AutoRollbackConfiguration", {}).get("Alarms", []):
            assert alarm["AlarmName"] in self.alarms
        endpoint["EndpointStatus"] = "Updating"
        self.wanted[given["EndpointName"]] = given["EndpointConfigName"]
        return {"EndpointArn": "arn"}

    def _register(self, given: dict[str, Any]) -> dict[str, Any]:
        name = given["ResourceId"].split("/")[1]
        if "CurrentInstanceCount" not in self.endpoints[name]["ProductionVariants"][0]:
            raise _invalid("Serverless endpoints do not scale.")
        if given["ResourceId"] in self.scaled and "Tags" in given:
            raise _invalid("The scalable target already exists. To tag it, use TagResource.")
        self.scaled[given["ResourceId"]] = given["MinCapacity"], given["MaxCapacity"]
        return {}

    def _deregister(self, given: dict[str, Any]) -> dict[str, Any]:
        if self.scaled.pop(given["ResourceId"], None) is None:
            message = "No scalable target found for service namespace: sagemaker"
            raise ClientError({"Error": {"Code": "ObjectNotFoundException", "Message": message}}, "")
        return {}

    def _put_policy(self, given: dict[str, Any]) -> dict[str, Any]:
        assert given["ResourceId"] in self.scaled
        return {"PolicyARN": "arn"}

    def _describe(self, given: dict[str, Any]) -> dict[str, Any]:
        if given["EndpointName"] not in self.endpoints:
            raise _invalid(f'Could not find endpoint "arn:{given["EndpointName"]}".')
        return self.endpoints[given["EndpointName"]]


def _add(place: dict[str, dict[str, Any]], name: str, given: dict[str, Any], kind: str) -> dict[str, Any]:
    if name in place:
        raise _invalid(f'Cannot create already existing {kind} "arn:{name}".')
    place[name] = dict(given)
    return {}


def _remove(place: dict[str, dict[str, Any]], name: str) -> dict[str, Any]:
    if place.pop(name, None) is None:
        raise _invalid(f'Could not find "arn:{name}".')
    return {}


def _listed(place: dict[str, dict[str, Any]], given: dict[str, Any], field_name: str) -> list[dict[str, Any]]:
    return [{field_name: name} for name in place if given["NameContains"] in name]


def _invalid(message: str) -> ClientError:
    return ClientError({"Error": {"Code": "ValidationException", "Message": message}}, "")
