"""A Lambda that events wake."""

from __future__ import annotations

from pathlib import Path

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from contract.deployment import dead_letters_name, function_name
from contract.environment import Environment
from contract.records import START_ATTEMPTS
from stacks.constructs.dead_letters import DeadLetterQueue
from stacks.constructs.log_group import ProcessLogGroup
from stacks.grants import grant_log_writing
from stacks.settings import Settings
from stacks.sources import lambda_source

TIMEOUT = Duration.seconds(90)  # shorter than the lease of a claim in contract.ledger
MEMORY_MIB = 256
RETRIES = START_ATTEMPTS - 1  # what still fails goes to the dead-letter queue
MAX_EVENT_AGE = Duration.hours(6)


class EventFunction(Construct):
    """The function, its role with nothing but its own logs, its log group and its dead-letter queue.

    The function and its queue are named after `source`, the folder of its code; `environment` is the whole environment of the
    process. The queue receives events as they came, whether the rule could not deliver them or the function failed: both can
    be replayed alike.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        source: Path,
        environment: Environment,
        settings: Settings,
        timeout: Duration = TIMEOUT,
        memory_mib: int = MEMORY_MIB,
    ) -> None:
        super().__init__(scope, construct_id)
        self.dead_letters: sqs.IQueue = DeadLetterQueue(self, "DeadLetters", name=dead_letters_name(settings.stage, source.name))
        log_group = ProcessLogGroup(self, "Logs", settings=settings)
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        grant_log_writing(self.role, log_group)
        with lambda_source(source) as folder:
            self.function = lambda_.Function(
                self,
                "Function",
                function_name=function_name(settings.stage, source.name),
                description=f"{settings.stage}: {source.name.replace('_', ' ')}",
                runtime=lambda_.Runtime.PYTHON_3_14,
                code=lambda_.Code.from_asset(str(folder)),
                handler="handler.handle",
                role=self.role,
                environment=environment.to_env(),
                memory_size=memory_mib,
                timeout=timeout,
                retry_attempts=RETRIES,
                max_event_age=MAX_EVENT_AGE,
                dead_letter_queue=self.dead_letters,
                log_group=log_group,
            )
