"""The tags on everything of a stage, by which its own is known from other things in the account."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

PRODUCT = "text-classification-kit"
PRODUCT_TAG, STAGE_TAG, CLASSIFIER_TAG = "product", "stage", "classifier"


def stage_tags(stage: str, classifier: str = "") -> dict[str, str]:
    """The tags of something of a stage, and of a classifier if it is one's."""
    tags = {PRODUCT_TAG: PRODUCT, STAGE_TAG: stage}
    return tags | {CLASSIFIER_TAG: classifier} if classifier else tags


def is_of_stage(tags: Mapping[str, str], stage: str) -> bool:
    """Whether these are the tags of something of the stage."""
    return stage_tags(stage).items() <= tags.items()


def as_mapping(tags: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Tags as most services list them, by key."""
    return {tag["Key"]: tag["Value"] for tag in tags}
