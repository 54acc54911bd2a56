"""Collect posts to label, now.

Asks the sources of the settings for posts with their hashtags, as the schedule does, waits for the end, and says what came of
each: how many were found, how many of them are new, and what stopped it. The posts lie in the train bucket below unlabelled/,
where they start nothing. Doing so twice is harmless. With --secret the sources' credentials are renewed before.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from contract.collection_ledger import LEASE_SECONDS, Run
from contract.deployment import Function, function_name
from contract.errors import PlatformError, UserError
from contract.function_environments import CollectPostsEnvironment
from contract.wording import counted, usd
from kit import printing
from kit.deployment import Target, find_target

CREDENTIALS = '{"x_bearer_token": "..."}'
NOTHING_COLLECTED = (
    "This deployment collects nothing. Name sources and hashtags in the settings, collect_sources and collect_hashtags"
    " (docs/settings.md#posts-to-label), and deploy again."
)

# The columns of the table, and the fields of an Outcome; what never came is not shown, but for the first two.
COUNTS = {
    "found": "found",
    "new": "new",
    "known": "known",
    "near copies": "copies",
    "reposts": "reposts",
    "wordless": "wordless",
    "unread": "unread",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is collected stands in the settings."""
    parser.add_argument(
        "--secret", type=Path, metavar="FILE", help="first put this JSON object into the secret of collect_secret_arn, which --local makes"
    )


def run(given: argparse.Namespace) -> int:
    """Collect, and say what came; exit status 1 when nothing could be asked."""
    target = find_target(given)
    if given.secret:
        put_secret(target, given.secret)
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
        raise UserError(NOTHING_COLLECTED) from error
    content: Any = json.loads(answer["Payload"].read())
    if answer.get("FunctionError"):
        raise PlatformError(
            f"The run failed: {content.get('errorMessage', 'it gave no reason')}. What it had collected is kept; try again."
        )
    return Run.from_json_object(content)


def put_secret(target: Target, path: Path) -> None:
    """Write the sources' credentials into the secret that the settings name. Raises UserError when that cannot be."""
    content = _credentials(path)
    functions = target.client("lambda")
    try:
        found = functions.get_function_configuration(FunctionName=function_name(target.stage, Function.COLLECT_POSTS))
    except functions.exceptions.ResourceNotFoundException as error:
        raise UserError(NOTHING_COLLECTED) from error
    arn = CollectPostsEnvironment.from_env(found["Environment"]["Variables"]).sign_ins_arn
    if not arn:
        raise UserError("The settings name no secret. Give collect_secret_arn (docs/settings.md#posts-to-label), and deploy again.")
    secrets = target.client("secretsmanager")
    try:
        secrets.put_secret_value(SecretId=arn, SecretString=content)
    except secrets.exceptions.ResourceNotFoundException as error:
        if not target.is_local:
            raise UserError(
                f"There is no secret {arn}. Make one by 'aws secretsmanager create-secret', put its ARN into collect_secret_arn, and deploy"
                " again (docs/settings.md#posts-to-label)."
            ) from error
        secrets.create_secret(Name=arn.rpartition(":")[2], SecretString=content)  # which is found by the ARN without a suffix of its own
    printing.say(f"The credentials of '{path}' are in the secret now.")


def _credentials(path: Path) -> str:
    """What a file of credentials holds. Raises UserError when it is none; its content is shown to nobody."""
    try:
        content = path.read_text(encoding="utf-8-sig")
        found = json.loads(content)
    except OSError as error:
        raise UserError(f"The file '{path}' cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise UserError(f"'{path}' is no JSON. Write an object such as {CREDENTIALS}.") from error
    if not isinstance(found, dict) or not found or not all(isinstance(value, str) for value in found.values()):
        raise UserError(f"'{path}' is no JSON object of texts. Write one such as {CREDENTIALS}.")
    return json.dumps(found)


def _show(done: Run) -> None:
    columns = {
        name: [f"{count:,}" for count in counts]
        for name, field in COUNTS.items()
        if any(counts := [getattr(outcome, field) for outcome in done.outcomes]) or name in ("found", "new")
    }
    rows = [(outcome.source, outcome.tag, *row, outcome.stopped) for outcome, *row in zip(done.outcomes, *columns.values(), strict=True)]
    printing.show_table(("source", "tag", *columns, "stopped by"), rows, wrapped=("stopped by",))
    spent = sum(outcome.usd for outcome in done.outcomes)
    paid = f" X costs {usd(spent)}." if spent else ""
    printing.show(f"{counted(sum(outcome.new for outcome in done.outcomes), 'new post')} in {done.seconds:.0f} s.{paid}")
