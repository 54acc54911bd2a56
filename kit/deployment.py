"""The deployment that a command works on: on AWS, or the local cloud of `kit up`."""

from __future__ import annotations

import os
import re
from argparse import Namespace
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contract.deployment import SHORT_NAME, Deployment, stack_name
from contract.errors import UserError
from contract.labelling_ledger import LabellingLedger
from contract.ledger import Ledger
from contract.review_ledger import ReviewLedger

if TYPE_CHECKING:
    from local.cloud import Cloud

ROOT = Path(__file__).resolve().parent.parent
STATE_VARIABLE = "KIT_STATE"  # moves the folder of the local cloud
DEFAULT_STAGE = "dev"

_VERBS = "collect|cost|doctor|drop|erase|jobs|label|models|promote|replay|retry|rollback|train|tune|user"
_COMMAND = re.compile(rf"'(kit (?:{_VERBS})\b(?:(?! --(?:local|stage))[^'])*)'")  # without a target, as messages name it


@dataclass(frozen=True)
class Target:
    """A deployment and the way to it. `session` is a boto3 session."""

    stage: str
    session: Any
    deployment: Deployment
    is_local: bool

    def client(self, service: str) -> Any:
        """A boto3 client."""
        return self.session.client(service)

    @cached_property
    def ledger(self) -> Ledger:
        """The deployment's ledger."""
        return Ledger(self._table)

    @cached_property
    def reviews(self) -> ReviewLedger:
        """What people said of rows."""
        return ReviewLedger(self._table)

    @cached_property
    def labelling(self) -> LabellingLedger:
        """Labelling jobs, and what people said of their texts."""
        return LabellingLedger(self._table)

    @cached_property
    def _table(self) -> Any:
        return self.session.resource("dynamodb").Table(self.deployment.ledger_table)


def page_address(deployment: Deployment, *, is_local: bool) -> str:
    """Where people open the page, which on this machine needs no certificate; empty where the deployment has none."""
    if not deployment.page_url:
        return ""
    return f"{deployment.page_url.replace('https://', 'http://') if is_local else deployment.page_url}/"


def state_folder() -> Path:
    """Where the local cloud keeps what it needs while it runs."""
    return Path(os.environ.get(STATE_VARIABLE) or ROOT / ".kit")


def same_target(given: Namespace) -> str:
    """What a command that is suggested to the person needs at its end to work on the same deployment."""
    return (" --local" if given.local else "") + (f" --stage {given.stage}" if given.stage != DEFAULT_STAGE else "")


def with_target(text: str, given: Namespace) -> str:
    """A sentence whose commands work on the same deployment when the person copies them."""
    return _COMMAND.sub(lambda match: f"'{match[1]}{same_target(given)}'", text)


def find_session(given: Namespace) -> Any:
    """A boto3 session for the account that `--local` names, whether or not a deployment stands in it. Raises UserError."""
    return _local_cloud().session() if given.local else _aws_session()


def find_target(given: Namespace) -> Target:
    """The deployment that `--local` and `--stage` name. Raises UserError with the remedy when there is none."""
    return _on_this_machine(given.stage) if given.local else _on_aws(given.stage)


def _local_cloud() -> Cloud:
    from local.cloud import find  # noqa: PLC0415  # only --local needs it

    cloud = find(state_folder())
    if cloud is None:
        raise UserError("No local cloud is running. 'kit up' starts one; leave out --local to work on AWS.")
    return cloud


def _aws_session() -> Any:
    import boto3  # noqa: PLC0415  # 'kit --help' does without it

    return boto3.Session(region_name=os.environ.get("AWS_REGION"))  # which boto3 itself does not read


def _on_this_machine(stage: str) -> Target:
    cloud = _local_cloud()
    deployment = Deployment.from_outputs(cloud.outputs)
    check_stage(deployment, stage)
    return Target(stage, cloud.session(), deployment, is_local=True)


def repository_and_tag(image: str) -> tuple[str, str]:
    """The parts of an image's name behind the registry; the tag is empty where there is none."""
    repository, _, tag = image.rsplit("/", 1)[-1].partition(":")
    return repository, tag


def check_stage(deployment: Deployment, stage: str) -> None:
    """The repository of the training image is named after the stage; events for another stage would reach nobody."""
    repository, _ = repository_and_tag(deployment.training_image)
    if repository != f"{SHORT_NAME}-{stage}":
        raise UserError(f"The local cloud runs the stage '{repository.removeprefix(f'{SHORT_NAME}-')}'. Say so with --stage.")


def _on_aws(stage: str) -> Target:
    from botocore.exceptions import ClientError  # noqa: PLC0415  # 'kit --help' does without it

    session = _aws_session()
    cloudformation = session.client("cloudformation")
    outputs: dict[str, str] = {}
    for stack in Deployment.stacks():
        name = stack_name(stage, stack)
        try:
            (description,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ValidationError" and "does not exist" in error.response["Error"]["Message"]:
                if stack in Deployment.optional_stacks():
                    continue
                raise UserError(
                    f"There is no deployment '{stage}' in the region {session.region_name}: its stack {name} is missing."
                    " Deploy it with 'cdk deploy --all', choose another with --stage, or add --local to work on this machine."
                ) from error
            raise
        outputs |= {output["OutputKey"]: output["OutputValue"] for output in description.get("Outputs", [])}
    return Target(stage, session, Deployment.from_outputs(outputs), is_local=False)
