"""Deploys an unmodified cloud assembly to the local cloud, as strictly as CloudFormation would."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from botocore.exceptions import ClientError

from contract.errors import PlatformError
from local import coverage
from local.assets import StackArtifact, read_assets, read_stacks
from local.cloud import DEPLOYING
from local.host import Host

BOOTSTRAP_VERSION = "30"  # of the bootstrap stack; any from 6 on satisfies the templates
_BOOTSTRAP_PREFIX = "/cdk-bootstrap/"


@dataclass(frozen=True)
class Deployed:
    """What came of a deployment."""

    outputs: dict[str, str]  # of all stacks
    recorded_only: list[str]  # types of which only a record was made
    stand_ins: list[str]  # custom resource types answered by a stand-in


def deploy(host: Host, assembly: Path, say: Callable[[str], None]) -> Deployed:
    """Create all stacks of the assembly. Raises PlatformError that names every unsupported resource, or the one that failed."""
    stacks = read_stacks(assembly)
    found = [f"{stack.name}: {problem}" for stack in stacks for problem in coverage.problems(stack.template)]
    if found:
        raise PlatformError("The local cloud cannot deploy this assembly:\n  " + "\n  ".join(found))
    _bootstrap(host, stacks)
    _publish(host, assembly)
    outputs: dict[str, str] = {}
    for stack in stacks:
        say(f"{DEPLOYING}{stack.name} ({len(stack.template['Resources'])} resources).")
        outputs.update(_create(host, stack))
    return Deployed(
        outputs,
        sorted(set().union(*(coverage.recorded_only(stack.template) for stack in stacks))),
        sorted(set().union(*(coverage.stand_ins(stack.template) for stack in stacks))),
    )


def _bootstrap(host: Host, stacks: list[StackArtifact]) -> None:
    """The one thing that templates want of a bootstrapped account: the version parameter."""
    names = {
        str(parameter["Default"])
        for stack in stacks
        for parameter in stack.template.get("Parameters", {}).values()
        if str(parameter.get("Default", "")).startswith(_BOOTSTRAP_PREFIX)
    }
    for name in names:
        host.client("ssm").put_parameter(Name=name, Value=BOOTSTRAP_VERSION, Type="String", Overwrite=True)


def _publish(host: Host, assembly: Path) -> None:
    s3 = host.client("s3")
    buckets: set[str] = set()
    for asset in read_assets(assembly, host.account, host.region):
        if asset.bucket not in buckets:
            s3.create_bucket(Bucket=asset.bucket)
            buckets.add(asset.bucket)
        s3.put_object(Bucket=asset.bucket, Key=asset.key, Body=asset.content())


def _create(host: Host, stack: StackArtifact) -> dict[str, str]:
    cloudformation = host.client("cloudformation")
    try:
        cloudformation.create_stack(
            StackName=stack.name,
            TemplateBody=json.dumps(stack.template),
            Tags=[{"Key": name, "Value": value} for name, value in stack.tags.items()],
            Capabilities=["CAPABILITY_NAMED_IAM"],
            EnableTerminationProtection=stack.has_termination_protection,
        )
        described = cloudformation.describe_stacks(StackName=stack.name)["Stacks"][0]
    except ClientError as error:
        raise PlatformError(f"{stack.name} could not be deployed: {error.response['Error']['Message']}") from error
    if described["StackStatus"] != "CREATE_COMPLETE":
        raise PlatformError(f"{stack.name} could not be deployed: it is in status {described['StackStatus']}.")
    return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}
