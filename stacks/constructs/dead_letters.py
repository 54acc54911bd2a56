"""Events that could not be handled, kept until someone looks."""

from __future__ import annotations

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_sqs as sqs
from constructs import Construct

RETENTION_DAYS = 14  # SQS keeps nothing longer


class DeadLetterQueue(sqs.Queue):
    """A queue of raw events: of a rule that could not deliver, and of a function that failed after its retries.

    It goes with its function in every stage: nobody else could handle the events, and a queue that stayed would hold the
    name against the next deployment.
    """

    def __init__(self, scope: Construct, construct_id: str, *, name: str) -> None:
        super().__init__(
            scope,
            construct_id,
            queue_name=name,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(RETENTION_DAYS),
            removal_policy=RemovalPolicy.DESTROY,
        )
