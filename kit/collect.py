"""Collect posts to label, now.

Asks the sources of the settings for posts with their hashtags, as the schedule does, waits for the end, and says what came of
each: how many were found, how many of them are new, and what stopped it. The posts lie in the train bucket below unlabelled/,
where they start nothing. Doing so twice is harmless.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

from contract.collection_ledger import LEASE_SECONDS, Outcome, Run
from contract.deployment import Function, function_name
from contract.errors import PlatformError, UserError
from contract.wording import counted, usd
from kit import printing
from kit.deployment import Target, find_target


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It takes nothing but what all verbs take: what is collected stands in the settings."""


def run(given: argparse.Namespace) -> int:
    """Collect, and say what came; exit status 1 when nothing could be asked."""
    target = find_target(given)
    with printing.waiting("Asking the sources for posts. This takes up to five minutes."):
        done = _collected(target)
    if given.json:
        printing.show_json(done.to_json_object())
    elif not done.run_id:
        printing.show("Another run is collecting at this moment, and this one did nothing. It is over in six minutes at the latest.")
    else:
        _show(done)
    return 1 if all(outcome.stopped and not outcome.found for outcome in done.outcomes) else 0


def _collected(target: Target) -> Run:
    """A run of collect_posts, from its beginning to its end."""
    from botocore.config import Config  # noqa: PLC0415  # 'kit --help' does without it

    # It asks once: a second request beside the first would find another run at work.
    functions = target.session.client(
        "lambda", config=Config(read_timeout=LEASE_SECONDS, retries={"total_max_attempts": 1}, tcp_keepalive=True)
    )
    try:
        answer = functions.invoke(
            FunctionName=function_name(target.stage, Function.COLLECT_POSTS), InvocationType="RequestResponse", Payload=b"{}"
        )
    except functions.exceptions.ResourceNotFoundException as error:
        raise UserError(
            "This deployment collects nothing. Name sources and hashtags in the settings, collect_sources and collect_hashtags"
            " (docs/settings.md#posts-to-label), and deploy again."
        ) from error
    content: Any = json.loads(answer["Payload"].read())
    if answer.get("FunctionError"):
        raise PlatformError(
            f"The run failed: {content.get('errorMessage', 'it gave no reason')}. What it had collected is kept; try again."
        )
    return Run.from_json_object(content)


def _show(done: Run) -> None:
    columns = ("source", "tag", "found", "new", "near copies", "reposts", "unread", "stopped by")
    printing.show_table(columns, [_row(outcome) for outcome in done.outcomes], wrapped=("stopped by",))
    spent = sum(outcome.usd for outcome in done.outcomes)
    paid = f" X costs {usd(spent)}." if spent else ""
    printing.show(f"{counted(sum(outcome.new for outcome in done.outcomes), 'new post')} in {done.seconds:.0f} s.{paid}")


def _row(outcome: Outcome) -> tuple[str, ...]:
    counts = (outcome.found, outcome.new, outcome.copies, outcome.reposts, outcome.unread)
    return (outcome.source, outcome.tag, *(f"{count:,}" for count in counts), outcome.stopped)
