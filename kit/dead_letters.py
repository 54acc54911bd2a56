"""The events that the deployment's functions could not handle, as their queues hold them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from contract.deployment import Function, dead_letters_name
from contract.events import BATCH_STATE_CHANGE, ENDPOINT_STATE_CHANGE, MODEL_PUBLISHED, OBJECT_CREATED, TRAINING_STATE_CHANGE
from kit.deployment import Target

HIDDEN_SECONDS = 900  # from others who look into the queue, while we work on what we took out of it
POLL_SECONDS = 1  # SQS asks all of its servers when it may wait; without waiting it may miss messages
BATCH = 10  # messages, the most that SQS hands out at once


@dataclass(frozen=True)
class DeadLetter:
    """One event, as it came, and why it lies here."""

    function: Function
    message_id: str
    receipt: str
    body: str
    reason: str
    since: str  # ISO 8601, UTC

    @property
    def event(self) -> str:
        """What happened, in words."""
        try:
            event = json.loads(self.body)
            return _in_words(event)
        except (ValueError, KeyError, TypeError, AttributeError):
            return self.body[:100]


@dataclass(frozen=True)
class DeadLetterQueue:
    """The queue of one function."""

    sqs: Any
    function: Function
    url: str

    def count(self) -> int:
        """How many events lie in it, about; SQS does not count exactly."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        counts = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)["Attributes"]
        return sum(int(counts[name]) for name in names)

    def take(self) -> Iterator[DeadLetter]:
        """Every event in it once, hidden from others meanwhile; `put_back` or `delete` each that is given out.

        It ends when the queue shows none: what lies here longer than events stay hidden is shown again, among others.
        """
        seen: set[str] = set()
        again: list[DeadLetter] = []
        letters: list[DeadLetter] = []
        try:
            while received := self._receive():
                again += [letter for letter in received if letter.message_id in seen]
                letters = [letter for letter in received if letter.message_id not in seen]
                seen |= {letter.message_id for letter in letters}
                while letters:
                    yield letters.pop(0)
        finally:
            for letter in (*again, *letters):  # and what is left when whoever took them breaks off
                self.put_back(letter)

    def put_back(self, letter: DeadLetter) -> None:
        """Let others see it again."""
        self.sqs.change_message_visibility(QueueUrl=self.url, ReceiptHandle=letter.receipt, VisibilityTimeout=0)

    def delete(self, letter: DeadLetter) -> None:
        """Remove it for good."""
        self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=letter.receipt)

    def _receive(self) -> list[DeadLetter]:
        answer = self.sqs.receive_message(
            QueueUrl=self.url,
            MaxNumberOfMessages=BATCH,
            VisibilityTimeout=HIDDEN_SECONDS,
            WaitTimeSeconds=POLL_SECONDS,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["SentTimestamp"],
        )
        return [_dead_letter(self.function, message) for message in answer.get("Messages", [])]


def queues(target: Target, functions: Sequence[Function] = tuple(Function)) -> list[DeadLetterQueue]:
    """The queues of these functions, as far as the deployment has them."""
    sqs = target.client("sqs")
    found = []
    for function in functions:
        try:
            url = sqs.get_queue_url(QueueName=dead_letters_name(target.stage, function))["QueueUrl"]
        except sqs.exceptions.QueueDoesNotExist:
            continue
        found.append(DeadLetterQueue(sqs, function, url))
    return found


def _dead_letter(function: Function, message: dict[str, Any]) -> DeadLetter:
    """The message, with the words of whoever gave up: EventBridge or Lambda, which name them differently."""
    attributes = {name: value.get("StringValue", "") for name, value in message.get("MessageAttributes", {}).items()}
    reason = attributes.get("ErrorMessage") or attributes.get("ERROR_MESSAGE") or attributes.get("ERROR_CODE") or "no reason was kept"
    sent = datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC)
    return DeadLetter(function, message["MessageId"], message["ReceiptHandle"], message["Body"], reason, sent.isoformat(timespec="seconds"))


def _in_words(event: dict[str, Any]) -> str:
    kind, detail = event.get("detail-type", ""), event.get("detail", {})
    if kind == OBJECT_CREATED:
        return f"'{detail['object']['key']}' was dropped"
    if kind == MODEL_PUBLISHED:
        return f"model v{detail['version']} of '{detail['classifier']}' came into use"
    if kind == BATCH_STATE_CHANGE:
        return f"Batch job {detail['jobName']} is {detail['status']}"
    if kind == ENDPOINT_STATE_CHANGE:
        return f"endpoint {detail['EndpointName']} is {detail['EndpointStatus']}"
    if kind == TRAINING_STATE_CHANGE:
        return f"training job {detail['TrainingJobName']} is {detail['TrainingJobStatus']}"
    return str(kind or event.get("RequestType", "an event of no known kind"))
