"""LabelingStack: the way in for who has no labelled data. It is there when the settings ask for anything of it."""

from __future__ import annotations

from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks.constructs.collect_posts import CollectPosts
from stacks.constructs.labeling_role import LabelingRole
from stacks.constructs.tear_down import TearDown
from stacks.kit_stack import KitStack
from stacks.records import Records
from stacks.settings import Settings


class LabelingStack(KitStack):
    """Hashtags and feeds → collect_posts → unlabelled/ in the train bucket → labelling jobs of Ground Truth → labelled/."""

    def __init__(self, scope: Construct, *, settings: Settings, train_bucket: s3.IBucket, records: Records) -> None:
        super().__init__(scope, "labeling", settings=settings, description="collection of posts to label, labelling jobs")
        if settings.collect_sources:
            CollectPosts(self, settings=settings, train_bucket=train_bucket, records=records)
        if settings.has_ground_truth:
            role = LabelingRole(self, "LabelingRole", train_bucket=train_bucket, settings=settings)
            self.put_out(labeling_role_arn=role.role_arn)
        TearDown(self, settings=settings)  # last: it depends on all that is declared before it
