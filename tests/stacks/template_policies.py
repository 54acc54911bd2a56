"""Reads what the identity policies of synthesized templates allow."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from assemblies import Assembly, Resource

_HASHED = re.compile(r"(?:ExportsOutput(?:FnGetAtt|Ref))?(?P<name>\w+?)[0-9A-F]{8}(?P<attribute>Arn)?(?:[0-9A-F]{8})?")


# what the images are built of, and the page: assets, named by their content
_ASSET = re.compile(r"arn:<AWS::Partition>:s3:::cdk-[^/]+/[0-9a-f]{64}\.zip")


class Allowance(NamedTuple):
    """One action that a role is allowed on one resource, in words that hold no generated part."""

    role: str  # the logical id without its hash: `StartTrainingRole`
    action: str
    resource: str  # as `readable` writes it
    conditions: dict[str, Any]


def allowances(assembly: Assembly, stack: str = "") -> Iterator[Allowance]:
    """Everything that the identity policies of the templates, or of one stack's, allow."""
    for resource in assembly.resources(stack=stack):
        for role, document in _documents(resource):
            for statement in document["Statement"]:
                if statement["Effect"] == "Allow":
                    for action in listed(statement["Action"]):
                        for target in listed(statement["Resource"]):
                            yield Allowance(role, action, readable(target, assembly.stage), statement.get("Condition", {}))


def _documents(resource: Resource) -> Iterator[tuple[str, dict[str, Any]]]:
    if resource.kind == "AWS::IAM::Policy":
        yield from ((without_hash(role["Ref"]), resource.properties["PolicyDocument"]) for role in resource.properties["Roles"])
    if resource.kind == "AWS::IAM::Role":
        inline = resource.properties.get("Policies", [])
        yield from ((without_hash(resource.logical_id), policy["PolicyDocument"]) for policy in inline)


def readable(value: Any, stage: str) -> str:
    """A resource of a policy as one line: `<Models.Arn>/inputs/*`, `arn:batch:job/*`.

    Hashes of logical ids, partition, region and account are left out, and the stage is named `<stage>`.
    """
    text = re.sub(r"^arn:<AWS::Partition>:([\w-]+):(?:<AWS::Region>)?:<AWS::AccountId>:", r"arn:\1:", _flat(value))
    text = _ASSET.sub("<Asset>", text)
    return re.sub(rf"\btck-{stage}\b", "tck-<stage>", text)


def _flat(value: Any) -> str:
    if isinstance(value, str):
        return value
    ((function, argument),) = value.items()
    if function == "Fn::FindInMap":  # what differs between regions
        function, argument = "Ref", argument[0]
    if function == "Ref":
        return f"<{argument}>" if argument.startswith("AWS::") else f"<{without_hash(argument)}>"
    if function == "Fn::Select":  # the name at the end of an ARN
        function, argument = "Fn::GetAtt", [argument[1]["Fn::Split"][1]["Fn::GetAtt"][0], "Name"]
    if function == "Fn::GetAtt":
        return f"<{without_hash(argument[0])}.{argument[1]}>"
    if function == "Fn::ImportValue":
        return f"<{without_hash(argument.rsplit(':', 1)[-1])}>"
    if function == "Fn::Join":
        return str(argument[0].join(_flat(part) for part in argument[1]))
    if function == "Fn::Sub":
        return str(argument).replace("${", "<").replace("}", ">")
    raise ValueError(f"A policy names a resource by {function}, which cannot be read here.")


def without_hash(logical_id: str) -> str:
    """`ModelsC55D3500` is Models; the export of an ARN is `Models.Arn`."""
    match = _HASHED.fullmatch(logical_id)
    if not match:
        return logical_id
    return match["name"] + (f".{match['attribute']}" if match["attribute"] else "")


def listed(value: Any) -> list[Any]:
    """IAM writes a list of one as the one."""
    return value if isinstance(value, list) else [value]
