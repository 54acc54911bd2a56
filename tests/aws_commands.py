"""Runs command lines of AWS's CLI, as a document shows them, by boto3: the same operations with the same parameters."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import boto3
import jmespath
from botocore import xform_name


def run_lines(session: boto3.Session, lines: Iterable[str]) -> dict[str, Any]:
    """Run `aws ...`, `NAME=$(aws ...)` and `NAME=value` line by line; the variables, and what the last line without one answered as ''."""
    found: dict[str, Any] = {}
    for line in lines:
        assigned = re.fullmatch(r"(?P<name>[A-Z]+)=(?:\$\((?P<command>.*)\)|(?P<value>.*))", line)
        command = assigned["command"] if assigned else line
        for name, value in found.items():
            command = command.replace(f"${name}", str(value)) if name and command else command
        found[assigned["name"] if assigned else ""] = run_command(session, command) if command else shlex.split(line)[0].partition("=")[2]
    return found


def run_command(session: boto3.Session, command: str) -> Any:
    """Run one; what its --query finds in the answer, as one line of text where --output asks for that."""
    program, service, operation, *words = shlex.split(command)
    assert program == "aws"
    file = words.pop() if len(words) % 2 else ""  # into which the body of an object goes
    options = dict(zip((word.removeprefix("--") for word in words[::2]), words[1::2], strict=True))
    query, output = options.pop("query", "@"), options.pop("output", "json")
    client = session.client(service.removesuffix("api"))  # type: ignore[call-overload]  # the stubs know services by literal names
    if operation == "wait":
        raise ValueError("Nothing is waited for here: the local services answer when all is done.")
    names = {xform_name(name, "-"): name for name in client.meta.method_to_api_mapping.values()}
    shape = client.meta.service_model.operation_model(names[operation]).input_shape
    members = {xform_name(member, "-"): member for member in shape.members}
    kinds = {member: shape.members[member].type_name for member in members.values()}
    given = {members[name]: _parsed(value, kinds[members[name]]) for name, value in options.items()}
    answer = getattr(client, operation.replace("-", "_"))(**given)
    if file:
        Path(file).write_bytes(answer["Body"].read())
    found = jmespath.search(query, answer)
    if output == "text":
        (found,) = found if isinstance(found, list) else [found]
    return found


def _parsed(value: str, kind: str) -> Any:
    """An option's value as the CLI reads it: lists are words, structures are JSON."""
    return {"structure": json.loads, "list": str.split}.get(kind, str)(value)
