"""collect_posts: some hours have passed, or somebody wants posts now."""

from __future__ import annotations

import json

from aws_cdk import Duration
from aws_cdk import aws_s3 as s3
from constructs import Construct

from contract.collection_ledger import RUN_SECONDS
from contract.function_environments import CollectPostsEnvironment
from contract.layout import UNLABELLED_PREFIX
from stacks.collection import feeds, hashtags
from stacks.constructs.event_function import EventFunction
from stacks.constructs.event_rule import HourlyRule
from stacks.grants import allow, grant_object_list, grant_objects
from stacks.prices import X_USD_PER_POST
from stacks.records import Records
from stacks.settings import Settings
from stacks.sources import ROOT

MEMORY_MIB = 512  # it also decides how much of a CPU there is for comparing texts


class CollectPosts(EventFunction):
    """Asks the sources of the settings for posts and puts what is new below `unlabelled/`, where it starts nothing."""

    def __init__(self, scope: Construct, *, settings: Settings, train_bucket: s3.IBucket, records: Records) -> None:
        super().__init__(
            scope,
            "CollectPosts",
            source=ROOT / "lambda" / "collect_posts",
            settings=settings,
            timeout=Duration.seconds(RUN_SECONDS),
            memory_mib=MEMORY_MIB,
            environment=CollectPostsEnvironment(
                stage=settings.stage,
                ledger_table=records.ledger.table_name,
                train_bucket=train_bucket.bucket_name,
                topic_arn=records.topic.topic_arn,
                classifier=settings.collect_classifier,
                sources=",".join(settings.collect_sources),
                hashtags=",".join(hashtags(settings.collect_hashtags)),
                feeds=json.dumps(feeds(settings.collect_feeds), ensure_ascii=False),
                sign_ins_arn=settings.collect_secret_arn,
                has_authors=settings.has_collected_authors,
                x_usd_per_run=float(settings.x_max_usd_per_run),
                x_usd_per_post=X_USD_PER_POST,
                x_server=settings.x_server,
                mastodon_server=settings.mastodon_server,
                bluesky_server=settings.bluesky_server,
            ),
        )
        grant_objects(self.role, train_bucket, "s3:GetObject", "s3:PutObject", keys=f"{UNLABELLED_PREFIX}*")
        grant_object_list(self.role, train_bucket)
        records.grant(self.role, "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem")
        if settings.collect_secret_arn:
            allow(self.role, "secretsmanager:GetSecretValue", on=[settings.collect_secret_arn])
        HourlyRule(self, "Schedule", wakes=self, hours=settings.collect_every_hours)
