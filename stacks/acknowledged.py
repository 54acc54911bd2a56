"""What stays although a rule speaks against it, each with its reason. No other place acknowledges anything.

Two tables: findings of cdk-nag's AwsSolutions pack, and the resources with a wildcard in policies that allow something (wildcards.py).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple, cast

from aws_cdk import Acknowledgment, App, CfnElement, Stack, Validations
from constructs import IConstruct

from stacks.wildcards import COMPUTE, WILDCARDS


class Acknowledged(NamedTuple):
    """A rule that does not count at or below a construct."""

    path: str
    rule: str
    reason: str


ACKNOWLEDGED = (
    Acknowledged(
        "Storage",
        "S1",
        "Who read which object is recorded by CloudTrail's data events, which an account switches on for all its buckets;"
        " access logs would be one more bucket with the names of people's files.",
    ),
    Acknowledged(
        "Registry/Builder/Project",
        "CB4",
        "The project writes no artifacts and no cache, so there is nothing that the key would encrypt.",
    ),
    Acknowledged(
        "Realtime/Users",
        "COG2",
        "The page asks for a password and nothing else. It is long, only invited people have one, and `kit user remove` ends what it opens;"
        " an account that demands a second factor turns it on for the pool once the page asks for it.",
    ),
    Acknowledged(
        "Realtime/Users",
        "COG8",
        "What the plus plan adds costs for each person and month: a watch for passwords that leaked elsewhere. Here an invitation"
        " comes before the first password.",
    ),
    *(
        Acknowledged(
            f"{stack}/Network",
            "VPC7",
            "Nothing can come in, hosts live for minutes, and flow logs cost by the gigabyte;"
            " an account that wants them sets them up for all its VPCs.",
        )
        for stack in ("Training", "Prediction", "Realtime")
    ),
    Acknowledged(
        "Realtime/Page/Bucket", "S1", "It holds the page's files, which everybody may read who finds the page, and nothing of anybody."
    ),
    *(
        Acknowledged("Realtime/Page/Distribution", rule, reason)
        for rule, reason in {
            "CFR1": "A claims team may travel; who may do what is decided at the sign-in, not by the country.",
            "CFR2": "It hands out a few files that are no secret and can do nothing; a firewall costs five times the whole stage.",
            "CFR3": "The API has its log of who did what; a log of who loaded the page would be one more bucket with people's addresses.",
            "CFR4": "Only an own certificate, for an own domain, lets a distribution refuse older TLS; with AWS's domain browsers take"
            " TLS 1.3, and HSTS keeps them at https. What has to stay secret goes to the API, the sign-in and S3, not through here.",
        }.items()
    ),
)


WILDCARD_STACKS = ("Registry", "Training", "Prediction", "Realtime", "Labeling")


def acknowledge(app: App, *, stage: str, exports: Mapping[str, str]) -> None:
    """Apply both tables. `exports` maps a construct of StorageStack to the export that carries its ARN."""
    for path, rule, reason in ACKNOWLEDGED:
        construct: IConstruct | None = app
        for name in path.split("/"):
            construct = construct.node.try_find_child(name) if construct else None
        if construct:  # the settings decide which networks there are
            Validations.of(construct).acknowledge(Acknowledgment(id=f"AwsSolutions-{rule}", reason=reason))
    storage = cast(Stack, app.node.find_child("Storage"))
    compute = _compute_environments(cast(Stack, app.node.find_child("Prediction")))
    arns = {f"<{name}.Arn>": f"<{_logical_id(storage, name)}.Arn>" for name in exports}  # where they are declared, no export carries them
    imports = {f"<{name}.Arn>": export for name, export in exports.items()}
    others = [stack for name in WILDCARD_STACKS if (stack := app.node.try_find_child(name))]  # the settings decide which there are
    imports |= _page_bucket(cast(Stack | None, app.node.try_find_child("Realtime")))
    for stack, named in ((storage, arns), *((stack, imports) for stack in others)):
        reasons = {_finding(row.resource, stage, {**named, **compute}): row.reason for row in WILDCARDS}
        findings = [Acknowledgment(id=f"AwsSolutions-IAM5[Resource::{finding}]", reason=reason) for finding, reason in reasons.items()]
        Validations.of(stack).acknowledge(*findings)


def _logical_id(stack: Stack, name: str) -> str:
    return stack.get_logical_id(cast(CfnElement, stack.node.find_child(name).node.default_child))


def _page_bucket(realtime: Stack | None) -> dict[str, str]:
    if realtime is None:
        return {}
    bucket = realtime.node.find_child("Page").node.find_child("Bucket").node.default_child
    return {"<PageBucket.Arn>": f"<{realtime.get_logical_id(cast(CfnElement, bucket))}.Arn>"}


def _compute_environments(prediction: Stack) -> dict[str, str]:
    """The names of the compute environments, which are parts of their ARNs, as cdk-nag writes them."""
    found = [(kind, prediction.node.find_child("Queue").node.try_find_child(kind)) for kind in COMPUTE]
    resources = {kind: cast(CfnElement, construct.node.default_child) for kind, construct in found if construct}
    arns = {kind: {"Fn::GetAtt": [prediction.get_logical_id(resource), "ComputeEnvironmentArn"]} for kind, resource in resources.items()}
    split = {kind: {"Fn::Select": [1, {"Fn::Split": ["/", arn]}]} for kind, arn in arns.items()}
    return {f"<Queue{kind}.Name>": json.dumps(name, separators=(",", ":")) for kind, name in split.items()}


def _finding(resource: str, stage: str, names: Mapping[str, str]) -> str:
    """A resource of the table as cdk-nag writes it in the findings of a stack, which knows what the table names by these names."""
    for name, written in names.items():
        resource = resource.replace(name, written)
    if resource.startswith("arn:") and not resource.startswith("arn:<"):  # one of another account is written in full
        service, rest = resource.removeprefix("arn:").split(":", 1)
        return f"arn:<AWS::Partition>:{service}:<AWS::Region>:<AWS::AccountId>:{rest}".replace("<stage>", stage)
    return resource
