"""What becomes of a resource when its stack is deleted."""

from __future__ import annotations

from aws_cdk import RemovalPolicy

from stacks.settings import Settings


def removal_policy(settings: Settings, *, outlives_failed_creation: bool = False) -> RemovalPolicy:
    """Delete, or retain when the settings say that data outlives its stack.

    What is retained goes all the same when the creation of its stack fails: it is empty, and its name would be in the way of the
    next try. `outlives_failed_creation` is for what CloudFormation could not delete then, and for what tells why it failed.
    """
    if settings.is_removed_with_stack:
        return RemovalPolicy.DESTROY
    return RemovalPolicy.RETAIN if outlives_failed_creation else RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
