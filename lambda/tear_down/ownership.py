"""What is this stage's: it has the stage's name and the stage's tags, and nothing else is touched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from contract.deployment import PRODUCT, PRODUCT_TAG, STAGE_TAG


def has_tags(tags: Mapping[str, str], stage: str) -> bool:
    """Whether these are the tags of something of the stage."""
    return (tags.get(PRODUCT_TAG), tags.get(STAGE_TAG)) == (PRODUCT, stage)


def as_mapping(tags: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Tags as SageMaker lists them, by key."""
    return {tag["Key"]: tag["Value"] for tag in tags}
