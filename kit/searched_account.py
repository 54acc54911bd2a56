"""The account in which leftovers of a stage are looked for: what is there, and what of it a standing stack declares."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from contract.deployment import run_time_name
from contract.tags import is_of_stage


@dataclass
class SearchedAccount:
    """One account and region, and the stage that is looked for. `session` is a boto3 session."""

    session: Any
    stage: str
    _clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        """A client, made once."""
        if service not in self._clients:
            self._clients[service] = self.session.client(service)
        return self._clients[service]

    def pages(self, service: str, operation: str, entries: str, **request: Any) -> Iterator[Any]:
        """The entries of all pages of a listing."""
        for page in self.client(service).get_paginator(operation).paginate(**request):
            yield from page[entries]

    def named(self, entries: Iterable[dict[str, Any]], name: str) -> Iterator[dict[str, Any]]:
        """The entries whose `name` is the stage's: listings by name look anywhere in it."""
        return (entry for entry in entries if entry[name].startswith(self.prefix))

    @property
    def prefix(self) -> str:
        """What the names of the stage's things begin with."""
        return run_time_name(self.stage, "")

    def is_tagged(self, tags: dict[str, str]) -> bool:
        """Whether these are the stage's tags."""
        return is_of_stage(tags, self.stage)

    @cached_property
    def stacks(self) -> list[dict[str, Any]]:
        """All stacks of the stage that are not deleted."""
        found = self.pages("cloudformation", "describe_stacks", "Stacks")
        return [stack for stack in found if stack["StackName"].startswith(self.prefix) and stack["StackStatus"] != "DELETE_COMPLETE"]

    @cached_property
    def standing(self) -> frozenset[str]:
        """The names of the stacks that nobody has begun to delete, without what they have in common."""
        names = (stack["StackName"] for stack in self.stacks if not stack["StackStatus"].startswith("DELETE_"))
        return frozenset(name.removeprefix(self.prefix) for name in names)

    @cached_property
    def owned(self) -> frozenset[str]:
        """The physical ids of all that the standing stacks declare; of one that is an address, its last part too."""
        ids = [
            resource["PhysicalResourceId"]
            for name in self.standing
            for resource in self.pages("cloudformation", "list_stack_resources", "StackResourceSummaries", StackName=f"{self.prefix}{name}")
            if "PhysicalResourceId" in resource
        ]
        return frozenset([*ids, *(name.rsplit("/", 1)[-1] for name in ids if name.startswith("https://"))])

    def is_owned(self, name: str) -> bool:
        """Whether a standing stack declares this: a name, or an ARN that ends in one."""
        return bool({name, re.split("[:/]", name)[-1]} & self.owned)
