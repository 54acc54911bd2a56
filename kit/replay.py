"""Hand events that could not be handled to their functions once more.

An event that no function could handle after several tries is kept for 14 days. Once the cause is mended, this hands
each to its function again, as it came, and removes it from its queue when the function has handled it. Doing so twice
is harmless. --dry-run only lists them.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from contract.deployment import Function, dead_letters_name, function_name
from contract.errors import UserError
from contract.wording import counted
from kit import printing
from kit.dead_letters import DeadLetter, DeadLetterQueue, queues
from kit.deployment import Target, find_target, same_target

INVOKE_SECONDS = 330  # longer than any function may run


@dataclass(frozen=True)
class Replayed:
    """What came of one event."""

    letter: DeadLetter
    outcome: str  # found, handled or failed
    reason: str  # why it could not be handled: before, or now


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("--queue", metavar="NAME", help=f"of one function only: {', '.join(Function)}")
    parser.add_argument("--dry-run", action="store_true", help="list them and do nothing")


def run(given: argparse.Namespace) -> int:
    """Replay, and say what came of each event; exit status 1 when a function failed again."""
    target = find_target(given)
    chosen = queues(target, [_function(given.queue, target.stage)] if given.queue else list(Function))
    if given.queue and not chosen:
        raise UserError(f"This deployment has no queue '{dead_letters_name(target.stage, given.queue)}'.")
    with printing.waiting("Looking for events that could not be handled.") as spin:
        done = []
        for replayed in _listed(chosen) if given.dry_run else _replayed(target, chosen):
            done.append(replayed)
            spin(f"{counted(len(done), 'event')} so far.")
    failed = [replayed for replayed in done if replayed.outcome == "failed"]
    _show(done, failed, given)
    return 1 if failed else 0


def _function(name: str, stage: str) -> Function:
    """The function that a person names, by itself or by its queue."""
    for function in Function:
        if name in (function, function_name(stage, function), dead_letters_name(stage, function)):
            return function
    raise UserError(f"There is no queue '{name}'. There are {', '.join(Function)}.")


def _listed(chosen: list[DeadLetterQueue]) -> Iterator[Replayed]:
    for queue in chosen:
        letters = list(queue.take())
        for letter in letters:
            queue.put_back(letter)
            yield Replayed(letter, "found", letter.reason)


def _replayed(target: Target, chosen: list[DeadLetterQueue]) -> Iterator[Replayed]:
    functions = _patient_client(target)
    for queue in chosen:
        kept = []
        try:
            for letter in queue.take():
                kept.append(letter)
                reason = _invoke(functions, function_name(target.stage, letter.function), letter.body)
                if not reason:
                    queue.delete(kept.pop())
                yield Replayed(letter, "failed" if reason else "handled", reason)
        finally:
            for letter in kept:
                queue.put_back(letter)


def _patient_client(target: Target) -> Any:
    """A client of Lambda that waits for the function's end, and asks once: what failed stays in the queue."""
    from botocore.config import Config  # noqa: PLC0415  # 'kit --help' does without it

    return target.session.client("lambda", config=Config(read_timeout=INVOKE_SECONDS, retries={"total_max_attempts": 1}))


def _invoke(functions: Any, name: str, body: str) -> str:
    """Hand an event to a function and wait; returns why that failed, or nothing."""
    refusals = functions.exceptions
    try:
        answer = functions.invoke(FunctionName=name, InvocationType="RequestResponse", Payload=body.encode())
    except (refusals.InvalidRequestContentException, refusals.TooManyRequestsException, refusals.ResourceNotFoundException) as error:
        return str(error)
    if not answer.get("FunctionError"):
        return ""
    return str(json.loads(answer["Payload"].read()).get("errorMessage", "it gave no reason"))


def _show(done: list[Replayed], failed: list[Replayed], given: argparse.Namespace) -> None:
    if given.json:
        printing.show_json(
            [
                {
                    "function": replayed.letter.function,
                    "message_id": replayed.letter.message_id,
                    "since": replayed.letter.since,
                    "event": replayed.letter.event,
                    "outcome": replayed.outcome,
                    "reason": replayed.reason,
                }
                for replayed in done
            ]
        )
        return
    if not done:
        printing.show("There is none: every event was handled.")
        return
    rows = [(printing.local_time(one.letter.since), one.letter.function, one.letter.event, one.outcome, one.reason) for one in done]
    printing.show_table(("since", "function", "event", "outcome", "reason"), rows, wrapped=("event", "reason"))
    if given.dry_run:
        printing.show(f"Once the cause is mended, 'kit replay{same_target(given)}' hands them to their functions again.")
    elif failed:
        printing.show(f"{counted(len(failed), 'event')} failed again and stayed: mend what the reason says, then replay once more.")
