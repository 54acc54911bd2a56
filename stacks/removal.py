"""What becomes of a resource when its stack is deleted."""

from __future__ import annotations

from aws_cdk import RemovalPolicy

from stacks.settings import Settings


def removal_policy(settings: Settings) -> RemovalPolicy:
    """Delete, or retain when the settings say that data outlives its stack."""
    return RemovalPolicy.DESTROY if settings.is_removed_with_stack else RemovalPolicy.RETAIN
