"""Collects public posts by hashtag: by the schedule, or when somebody asks for it now."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import boto3
from bluesky import Bluesky
from botocore.exceptions import ClientError
from collecting import Bucket, Collection
from fields import as_object, as_text
from mastodon import Mastodon
from rss import Rss
from source import Source
from x import X

from contract.collection_ledger import LEASE_SECONDS, CollectionLedger, Run
from contract.function_environments import CollectPostsEnvironment
from contract.ledger import Ledger
from contract.notices import Notices
from contract.records import now

RESERVED_SECONDS = 25.0  # at the end: a page that is on its way, its object, its place in the ledger, the run's record
ABSENT = "ResourceNotFoundException"
SILENT_SECONDS = 24 * 3600.0  # after which a trouble that should pass by itself is told

logging.getLogger().setLevel(logging.INFO)
log = logging.getLogger("collect_posts")


def handle(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda's entry point; returns the run, by source and tag. Of runs at the same time one works, the others return at once."""
    environment = CollectPostsEnvironment.from_env()
    table = boto3.resource("dynamodb").Table(environment.ledger_table)
    ledger, run_id = CollectionLedger(table), uuid4().hex
    if not ledger.take_lease(run_id, LEASE_SECONDS):
        log.info("another run is at work")
        return Run(run_id="", started_at=now(), outcomes=[]).to_json_object()
    try:
        return _run(run_id, environment, ledger, time.time() + context.get_remaining_time_in_millis() / 1000)
    finally:
        ledger.give_lease_back(run_id)


def _run(run_id: str, environment: CollectPostsEnvironment, ledger: CollectionLedger, end: float) -> dict[str, Any]:
    began, started_at = time.time(), now()
    credentials, problem = _credentials(environment.sign_ins_arn)
    sources = _sources(environment, credentials)
    bucket = Bucket(boto3.client("s3"), environment.train_bucket, environment.classifier)
    collection = Collection(ledger, bucket, sources, end - RESERVED_SECONDS)
    outcomes = collection.run()
    for outcome in outcomes:
        if problem and outcome.stopped in collection.refused.values():
            outcome.stopped = f"{problem} {outcome.stopped}"
    run = Run(run_id=run_id, started_at=started_at, seconds=round(time.time() - began, 1), outcomes=outcomes)
    ledger.record(run)
    for server in collection.answered:
        ledger.forget_trouble(server)
    table = boto3.resource("dynamodb").Table(environment.ledger_table)
    notices = Notices(environment.stage, Ledger(table), boto3.client("sns"), environment.topic_arn)
    for server, (trouble, lines) in _troubles(collection, ledger, problem).items():
        if not ledger.is_told(server, trouble):
            notices.tell(f"No posts come from {server}", [*lines, "The other sources go on. 'kit collect' tries again."])
            ledger.remember_refusal(server, trouble)  # after the message: rather twice than never
    return run.to_json_object()


def _troubles(collection: Collection, ledger: CollectionLedger, problem: str) -> dict[str, tuple[str, list[str]]]:
    """What a person should hear of, by server: what it is, the same in each run, and the lines that tell it."""
    troubles = {server: (why, [problem, why]) for server, why in collection.refused.items()}
    for server in collection.silent.keys() - collection.answered - troubles.keys():
        since = ledger.silent_since(server)
        if time.time() - since > SILENT_SECONDS:
            moment = time.strftime("%Y-%m-%d %H:%M", time.gmtime(since))
            trouble = f"It has given nothing since {moment} UTC."
            troubles[server] = (trouble, [trouble, collection.silent[server]])
    return troubles


def _credentials(secret_arn: str) -> tuple[Mapping[str, Any], str]:
    """What the secret holds, and what is wrong with it: without it, those sources go on that need none."""
    if not secret_arn:
        return {}, ""
    try:
        text = boto3.client("secretsmanager").get_secret_value(SecretId=secret_arn).get("SecretString", "")
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == ABSENT:
            return {}, "There is no secret of the ARN in collect_secret_arn: docs/settings.md#posts-to-label says how one is made."
        return {}, f"The secret of collect_secret_arn could not be read ({code})."
    try:
        return {**json.loads(text)}, ""
    except (TypeError, ValueError):
        return {}, "The secret of collect_secret_arn is no JSON object."


def _sources(environment: CollectPostsEnvironment, credentials: Mapping[str, Any]) -> list[Source]:
    """The sources that the settings name."""
    hashtags = tuple(environment.hashtags.split(",")) if environment.hashtags else ()
    secret = {
        name: as_text(credentials.get(name)) for name in ("x_bearer_token", "mastodon_token", "bluesky_handle", "bluesky_app_password")
    }
    authors = environment.has_authors
    known: dict[str, Source] = {
        "x": X(
            secret["x_bearer_token"],
            hashtags,
            usd_per_run=environment.x_usd_per_run,
            usd_per_post=environment.x_usd_per_post,
            has_authors=authors,
            server=environment.x_server,
        ),
        "mastodon": Mastodon(environment.mastodon_server, hashtags, token=secret["mastodon_token"], has_authors=authors),
        "bluesky": Bluesky(
            secret["bluesky_handle"], secret["bluesky_app_password"], hashtags, has_authors=authors, server=environment.bluesky_server
        ),
        "rss": Rss(as_object(json.loads(environment.feeds)), has_authors=authors),
    }
    return [known[name] for name in environment.sources.split(",")]
