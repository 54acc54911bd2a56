"""The repository of the kit's images."""

from __future__ import annotations

from typing import cast

from aws_cdk import Duration
from aws_cdk import aws_ecr as ecr
from constructs import Construct

from contract.deployment import SHORT_NAME
from stacks.removal import removal_policy
from stacks.settings import Settings


def repository_name(stage: str) -> str:
    """The repository of a stage: `tck-dev`. Known at synth, so that no stack needs another one's export for it."""
    return f"{SHORT_NAME}-{stage}"


class ImageRepository(ecr.Repository):
    """Scanned on push, tags never move. Only untagged images expire: every image that the ledger names has a tag."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        super().__init__(
            scope,
            construct_id,
            repository_name=repository_name(settings.stage),
            image_scan_on_push=True,
            image_tag_mutability=ecr.TagMutability.IMMUTABLE,
            lifecycle_rules=[
                ecr.LifecycleRule(
                    description="Untagged images are left-overs of pushes that failed",
                    tag_status=ecr.TagStatus.UNTAGGED,
                    max_image_age=Duration.days(1),
                )
            ],
            removal_policy=removal_policy(settings),
        )
        # In prod, too: there CloudFormation deletes it only when the first deployment failed, and one of the images may be in it.
        # The construct refuses that combination.
        cast(ecr.CfnRepository, self.node.default_child).empty_on_delete = True
