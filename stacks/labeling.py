"""LabelingStack: the way in for who has no labelled data. It is there when the settings ask for anything of it."""

from __future__ import annotations

from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks.constructs.collect_posts import CollectPosts
from stacks.constructs.tear_down import TearDown
from stacks.kit_stack import KitStack
from stacks.records import Records
from stacks.settings import Settings


class LabelingStack(KitStack):
    """Hashtags and feeds → collect_posts → unlabelled/ in the train bucket."""

    def __init__(self, scope: Construct, *, settings: Settings, train_bucket: s3.IBucket, records: Records) -> None:
        super().__init__(scope, "labeling", settings=settings, description="collection of posts to label")
        CollectPosts(self, settings=settings, train_bucket=train_bucket, records=records)
        TearDown(self, settings=settings)
