"""AWS Batch: compute environments, job queues, job definitions."""

from __future__ import annotations

from moto.batch.models import BatchBackend, batch_backends
from moto.iam.models import iam_backends

from local.host import Host
from local.resources.model import Made, Maker, Properties, lower_first

_SERVICE_ROLE = "AWSServiceRoleForBatch"


def makers(host: Host) -> dict[str, Maker]:
    """The types of this module."""
    return {
        "AWS::Batch::ComputeEnvironment": Maker(
            lambda name, properties: _compute_environment(host, name, properties),
            "ComputeEnvironmentName",
            frozenset({"ComputeEnvironmentArn"}),
        ),
        "AWS::Batch::JobQueue": Maker(
            lambda name, properties: _job_queue(host, name, properties), "JobQueueName", frozenset({"JobQueueArn"})
        ),
        "AWS::Batch::JobDefinition": Maker(
            lambda name, properties: _job_definition(host, name, properties), "JobDefinitionName", frozenset({"JobDefinitionArn"})
        ),
    }


def _backend(host: Host) -> BatchBackend:
    return batch_backends[host.account][host.region]


def _compute_environment(host: Host, name: str, properties: Properties) -> Made:
    """A compute environment; without a role of its own it works under Batch's service-linked role."""
    environment = _backend(host).create_compute_environment(
        name,
        properties["Type"].upper(),
        properties.get("State", "ENABLED"),
        lower_first(properties["ComputeResources"]),
        properties.get("ServiceRole") or _service_role(host),
        tags=properties.get("Tags"),
    )
    return Made(environment.arn, {"ComputeEnvironmentArn": environment.arn})


def _service_role(host: Host) -> str:
    iam = iam_backends[host.account]["aws"]
    for role in iam.roles.values():
        if role.name == _SERVICE_ROLE:
            return role.arn
    path = "/aws-service-role/batch.amazonaws.com/"
    return iam.create_role(_SERVICE_ROLE, "{}", path, None, "", [], None).arn


def _job_queue(host: Host, name: str, properties: Properties) -> Made:
    order = [{**lower_first(entry), "order": int(entry["Order"])} for entry in properties["ComputeEnvironmentOrder"]]
    queue = _backend(host).create_job_queue(
        queue_name=name,
        priority=properties["Priority"],
        schedule_policy=None,
        state=properties.get("State", "ENABLED"),
        compute_env_order=order,
        tags=properties.get("Tags"),
    )
    return Made(queue.arn, {"JobQueueArn": queue.arn})


def _job_definition(host: Host, name: str, properties: Properties) -> Made:
    retries = lower_first(properties.get("RetryStrategy", {}))
    timeout = lower_first(properties.get("Timeout", {}))
    definition = _backend(host).register_job_definition(
        def_name=name,
        parameters=properties.get("Parameters", {}),
        _type=properties["Type"].lower(),
        tags=properties.get("Tags", {}),
        retry_strategy={**retries, **({"attempts": int(retries["attempts"])} if "attempts" in retries else {})},
        container_properties=lower_first(properties["ContainerProperties"]),
        node_properties=None,
        eks_properties=None,
        timeout={key: int(value) for key, value in timeout.items()},
        platform_capabilities=properties.get("PlatformCapabilities", []),
        propagate_tags=bool(properties.get("PropagateTags", False)),
    )
    return Made(definition.arn, {"JobDefinitionArn": definition.arn})
