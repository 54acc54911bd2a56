"""Reads the policies of synthesized templates."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_HASHED = re.compile(r"(?:ExportsOutputFnGetAtt)?(?P<name>\w+?)[0-9A-F]{8}(?P<attribute>Arn)?(?:[0-9A-F]{8})?")


def unexplained(template: Mapping[str, Any], stage: str) -> list[str]:
    """What the identity policies of a template allow on wildcards, or by wildcards, without a reason above."""
    found = []
    for logical_id, statement in allowances(template):
        actions = _listed(statement["Action"])
        found += [f"{logical_id}: the action {action}" for action in actions if action == "*" or action.endswith(":*")]
        for resource in (readable(resource, stage) for resource in _listed(statement["Resource"])):
            if "*" not in resource:
                continue
            explained = {action for row in WILDCARDS if row.resource == resource for action in row.actions}
            found += [f"{logical_id}: {action} on {resource}" for action in actions if action not in explained]
    return found


def allowances(template: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The Allow statements of a template's identity policies, with the logical id of the policy or role."""
    for logical_id, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        documents = [properties["PolicyDocument"]] if resource["Type"] in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy") else []
        if resource["Type"] == "AWS::IAM::Role":
            documents += [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
        for document in documents:
            yield from ((logical_id, statement) for statement in document["Statement"] if statement["Effect"] == "Allow")


def readable(value: Any, stage: str) -> str:
    """A resource of a policy as one line: `<Models.Arn>/inputs/*`, `arn:batch:job/*`.

    Hashes of logical ids, partition, region and account are left out, and the stage is named `<stage>`.
    """
    text = _flat(value)
    text = re.sub(r"^arn:<AWS::Partition>:(\w+):<AWS::Region>:<AWS::AccountId>:", r"arn:\1:", text)
    return text.replace(f"tck-{stage}-", "tck-<stage>-")


def _flat(value: Any) -> str:
    if isinstance(value, str):
        return value
    ((function, argument),) = value.items()
    if function == "Ref":
        return f"<{argument}>" if argument.startswith("AWS::") else f"<{_without_hash(argument)}>"
    if function == "Fn::GetAtt":
        return f"<{_without_hash(argument[0])}.{argument[1]}>"
    if function == "Fn::ImportValue":
        return f"<{_without_hash(argument.rsplit(':', 1)[-1])}>"
    if function == "Fn::Join":
        return str(argument[0].join(_flat(part) for part in argument[1]))
    if function == "Fn::Sub":
        return str(argument).replace("${", "<").replace("}", ">")
    raise ValueError(f"A policy names a resource by {function}, which cannot be read here.")


def _without_hash(logical_id: str) -> str:
    match = _HASHED.fullmatch(logical_id)
    if not match:
        return logical_id
    return match["name"] + (f".{match['attribute']}" if match["attribute"] else "")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
