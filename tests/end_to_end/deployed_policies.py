"""What the roles of a running local cloud are allowed, and what they asked for, for comparing the two."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from customer_key import ARNS, declared_key, uses_of_key
from local_kit import LocalKit
from template_policies import listed, readable, without_hash

from contract.deployment import stack_name
from local.calls import CALLS_FILE

STACKS = ("storage", "registry", "training", "prediction", "realtime", "labeling", "monitoring")


class Call(NamedTuple):
    """One line of what the server wrote down."""

    role: str  # an ARN
    operation: str
    action: str
    resource: str
    context: Mapping[str, str | list[str]]


class Grant(NamedTuple):
    """One action that a statement of a template allows a role on one resource."""

    stack: str
    role: str  # the logical id without its hash
    action: str
    resource: str  # as tests/stacks/template_policies.py writes it
    arn: str  # the same where it is deployed
    conditions: Mapping[str, Mapping[str, Any]]

    @property
    def name(self) -> tuple[str, str, str, str]:
        """What stays the same from one deployment to the next."""
        return self.stack, self.role, self.action, self.resource

    def covers(self, call: Call) -> bool:
        """Whether the statement allows a call of this role: its action, its resource, and every condition."""
        return call.action == self.action and _matches(self.arn, call.resource) and all(self._holds(call.context))

    def _holds(self, context: Mapping[str, str | list[str]]) -> Iterator[bool]:
        """Whether each condition holds. Raises ValueError for an operator that is not known here."""
        for operator, values in self.conditions.items():
            for key, wanted in values.items():
                found = listed(context.get(key, []))
                if operator in ("StringEquals", "ArnEquals", "Bool"):
                    yield len(found) == 1 and found[0] in listed(wanted)
                elif operator == "ForAllValues:StringEquals":
                    yield set(found) <= set(listed(wanted))  # also where the key is missing
                elif operator == "Null":
                    yield bool(found) == (wanted == "false")
                else:
                    raise ValueError(f"{self.role} has a condition {operator}, which cannot be judged here.")


@dataclass(frozen=True)
class Recording:
    """The policies of one deployment, by the ARN of the role, and the calls that were made in it."""

    grants: Mapping[str, list[Grant]]
    calls: list[Call]

    @classmethod
    def of(cls, kit: LocalKit) -> Recording:
        """Read both from a running cloud."""
        lines = (kit.state / CALLS_FILE).read_text(encoding="utf-8").splitlines()
        grants: dict[str, list[Grant]] = {}
        stacks = list(_stacks(kit))
        for role, grant in _grants(kit, stacks):
            grants.setdefault(role, []).append(grant)
        calls = [Call(**json.loads(line)) for line in lines]
        return cls(grants, [*calls, *_calls_of_key(calls, _keys(stacks))])

    def refused(self) -> Iterator[Call]:
        """The calls that IAM would refuse."""
        for call in self.calls:
            if not any(grant.covers(call) for grant in self.grants.get(call.role, [])):
                yield call

    def used(self) -> set[tuple[str, str, str, str]]:
        """The names of the grants that some call needed."""
        return {grant.name for call in self.calls for grant in self.grants.get(call.role, []) if grant.covers(call)}

    def names(self) -> set[tuple[str, str, str, str]]:
        """The names of all grants."""
        return {grant.name for grants in self.grants.values() for grant in grants}


class _Stack(NamedTuple):
    """A deployed stack: its template's resources, and the names that they were given."""

    name: str  # without product and stage
    resources: Mapping[str, Mapping[str, Any]]
    physical: Mapping[str, str]


def _stacks(kit: LocalKit) -> Iterator[_Stack]:
    cloudformation = kit.session.client("cloudformation")
    for stack in STACKS:
        name = stack_name("dev", stack)
        physical = {
            entry["LogicalResourceId"]: entry["PhysicalResourceId"]
            for page in cloudformation.get_paginator("list_stack_resources").paginate(StackName=name)
            for entry in page["StackResourceSummaries"]
        }
        yield _Stack(stack, cloudformation.get_template(StackName=name)["TemplateBody"]["Resources"], physical)


def _grants(kit: LocalKit, stacks: Iterable[_Stack]) -> Iterator[tuple[str, Grant]]:
    """Every grant of the deployed templates, with the ARN of its role; written in the template and resolved, side by side."""
    iam = kit.session.client("iam")
    arns = {role["RoleName"]: role["Arn"] for page in iam.get_paginator("list_roles").paginate() for role in page["Roles"]}
    for stack in stacks:
        for body in stack.resources.values():
            if body["Type"] != "AWS::IAM::Policy":
                continue
            properties = body["Properties"]
            (role,) = (entry["Ref"] for entry in properties["Roles"])
            answer = iam.get_role_policy(RoleName=stack.physical[role], PolicyName=properties["PolicyName"])
            written, resolved = properties["PolicyDocument"]["Statement"], answer["PolicyDocument"]["Statement"]
            for statement, deployed in zip(written, resolved, strict=True):
                assert statement["Effect"] == "Allow"
                for action in listed(statement["Action"]):
                    for resource, arn in zip(listed(statement["Resource"]), listed(deployed["Resource"]), strict=True):
                        target, conditions = readable(resource, "dev"), deployed.get("Condition", {})
                        yield arns[stack.physical[role]], Grant(stack.name, without_hash(role), action, target, arn, conditions)


def _keys(stacks: Iterable[_Stack]) -> dict[str, str]:
    """The customer key of each bucket, table and topic that has one, by ARN."""
    return {
        ARNS[body["Type"]](stack.physical[logical_id]): ARNS["AWS::KMS::Key"](stack.physical[key["Fn::GetAtt"][0]])
        for stack in stacks
        for logical_id, body in stack.resources.items()
        if (key := declared_key(body))
    }


def _calls_of_key(calls: Iterable[Call], keys: Mapping[str, str]) -> Iterator[Call]:
    """What the calls asked of the customer keys."""
    for call in calls:
        for arn, key in keys.items():
            if call.resource == arn or call.resource.startswith(f"{arn}/"):
                for action in uses_of_key(call.operation, call.action):
                    yield Call(call.role, call.operation, action, key, {})


def _matches(pattern: str, resource: str) -> bool:
    """IAM's wildcards: `*` is any text, `?` one character."""
    expression = "".join(".*" if char == "*" else "." if char == "?" else re.escape(char) for char in pattern)
    return re.fullmatch(expression, resource, re.DOTALL) is not None
