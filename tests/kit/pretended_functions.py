"""The deployment's functions and their dead-letter queues, pretended: what they are sent is kept, what they answer is chosen."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.client import BaseClient

from contract.deployment import Function, dead_letters_name


@dataclass
class Functions:
    """Every call of a function lands here."""

    session: boto3.Session
    calls: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)  # name, kind of invocation, event
    errors: dict[str, str] = field(default_factory=dict)  # by a word of the event: what the function fails with

    refusal: str = ""  # the code of an error by which Lambda refuses every call

    def answer(self, original: Callable[..., Any], client: BaseClient, operation: str, given: dict[str, Any]) -> Any:
        """In place of botocore's call: Invoke is answered here, everything else as before."""
        if operation != "Invoke":
            return original(client, operation, given)
        text = given["Payload"].decode()
        self.calls.append((given["FunctionName"], given["InvocationType"], json.loads(text)))
        if self.refusal:
            kind = client.exceptions.from_code(self.refusal)
            raise kind({"Error": {"Code": self.refusal, "Message": "pretended"}}, operation)  # type: ignore[operator]  # the stubs take the class for an instance
        error = next((message for word, message in self.errors.items() if word in text), "")
        if not error:
            return {"StatusCode": 200, "Payload": io.BytesIO(b"null")}
        return {"FunctionError": "Unhandled", "Payload": io.BytesIO(json.dumps({"errorMessage": error}).encode())}

    def make_queue(self, function: Function) -> str:
        """The queue of a function, empty; its address."""
        return str(self.session.client("sqs").create_queue(QueueName=dead_letters_name("dev", function))["QueueUrl"])

    def bury(self, function: Function, event: dict[str, Any], **attributes: str) -> None:
        """Put an event among a function's dead letters, with what EventBridge or Lambda says of it."""
        values = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
        self.session.client("sqs").send_message(QueueUrl=self.make_queue(function), MessageBody=json.dumps(event), MessageAttributes=values)

    def count(self, function: Function) -> int:
        """How many events can be seen in a function's queue."""
        name = "ApproximateNumberOfMessages"
        answer = self.session.client("sqs").get_queue_attributes(QueueUrl=self.make_queue(function), AttributeNames=[name])
        return int(answer["Attributes"][name])
