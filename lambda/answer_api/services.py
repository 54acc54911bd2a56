"""What the functions work with: the ledger, and clients of AWS, each made when it is first needed and kept."""

from __future__ import annotations

from functools import cache, cached_property
from typing import Any

import boto3
from botocore.config import Config

from contract.bucket_addresses import ADDRESSING_STYLE
from contract.function_environments import AnswerApiEnvironment
from contract.ledger import Ledger
from contract.live_ledger import LiveLedger

ANSWER_SECONDS = 20  # in which an endpoint answers; API Gateway waits for thirty
CONNECT_SECONDS = 3


class Services:
    """The services of one deployment."""

    def __init__(self, environment: AnswerApiEnvironment) -> None:
        self.environment = environment

    @cached_property
    def table(self) -> Any:
        """The ledger's table, as a resource of boto3."""
        return boto3.resource("dynamodb").Table(self.environment.ledger_table)

    @property
    def ledger(self) -> Ledger:
        """Jobs and models."""
        return Ledger(self.table)

    @property
    def live(self) -> LiveLedger:
        """Endpoints."""
        return LiveLedger(self.table)

    @cached_property
    def s3(self) -> Any:
        """S3, by the hosts to which the page may go."""
        return boto3.client("s3", config=Config(signature_version="s3v4", s3={"addressing_style": ADDRESSING_STYLE}))

    @cached_property
    def events(self) -> Any:
        """EventBridge."""
        return boto3.client("events")

    @cached_property
    def endpoints(self) -> Any:
        """What asks endpoints: once, for whoever asked can do so again, and not longer than API Gateway waits."""
        patience = Config(connect_timeout=CONNECT_SECONDS, read_timeout=ANSWER_SECONDS, retries={"total_max_attempts": 1})
        return boto3.client("sagemaker-runtime", config=patience)


@cache
def services_of(environment: AnswerApiEnvironment) -> Services:
    """The services of an environment, kept from one invocation to the next."""
    return Services(environment)
