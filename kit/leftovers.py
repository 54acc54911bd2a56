"""What is left of a stage in an account, found by name and by tag: the stacks need not stand any more.

What a stack that stands declares, and what its tear-down would end, is no residue: the stack itself is the one entry.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from contract.deployment import ENDPOINT_LOGS, SHORT_NAME, TRAINING_LOGS, run_time_name, user_pool_name
from contract.tags import as_mapping, is_of_stage, stage_tags

LOG_PREFIXES = ("", "/aws/lambda/", "/aws/codebuild/", ENDPOINT_LOGS)  # before the stage's own
BOOTSTRAP_STACK = "CDKToolkit"
FINISHED = ("Completed", "Failed", "Stopped")
UNTAGGED = "It has the stage's name and not the stage's tags: look at it first, for the tear-down left it alone."


class Fate(StrEnum):
    """What can become of it."""

    LEFT = "left"  # somebody has to delete it
    EXPIRES = "expires"  # AWS deletes it by and by, and nobody can before
    STAYS = "stays"  # it cannot be deleted, or is not the kit's to delete


@dataclass(frozen=True)
class Leftover:
    """One thing that is left."""

    kind: str
    name: str
    fate: Fate = Fate.LEFT
    command: str = ""  # that deletes it
    note: str = ""


@dataclass
class Account:
    """One account and region, and the stage that is looked for. `session` is a boto3 session."""

    session: Any
    stage: str
    _clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        """A client, made once."""
        if service not in self._clients:
            self._clients[service] = self.session.client(service)
        return self._clients[service]

    def pages(self, service: str, operation: str, entries: str, **request: Any) -> Iterator[Any]:
        """The entries of all pages of a listing."""
        for page in self.client(service).get_paginator(operation).paginate(**request):
            yield from page[entries]

    @property
    def prefix(self) -> str:
        """What the names of the stage's things begin with."""
        return run_time_name(self.stage, "")

    def is_tagged(self, tags: dict[str, str]) -> bool:
        """Whether these are the stage's tags."""
        return is_of_stage(tags, self.stage)

    @cached_property
    def stacks(self) -> list[dict[str, Any]]:
        """All stacks of the stage that are not deleted."""
        found = self.pages("cloudformation", "describe_stacks", "Stacks")
        return [stack for stack in found if stack["StackName"].startswith(self.prefix) and stack["StackStatus"] != "DELETE_COMPLETE"]

    @cached_property
    def standing(self) -> frozenset[str]:
        """The names of the stacks that nobody has begun to delete, without what they have in common."""
        names = (stack["StackName"] for stack in self.stacks if not stack["StackStatus"].startswith("DELETE_"))
        return frozenset(name.removeprefix(self.prefix) for name in names)

    @cached_property
    def owned(self) -> frozenset[str]:
        """The physical ids of all that the standing stacks declare; of one that is an address, its last part too."""
        ids = [
            resource["PhysicalResourceId"]
            for name in self.standing
            for resource in self.pages("cloudformation", "list_stack_resources", "StackResourceSummaries", StackName=f"{self.prefix}{name}")
            if "PhysicalResourceId" in resource
        ]
        return frozenset([*ids, *(name.rsplit("/", 1)[-1] for name in ids if name.startswith("https://"))])

    def is_owned(self, name: str) -> bool:
        """Whether a standing stack declares this: a name, or an ARN that ends in one."""
        return bool({name, re.split("[:/]", name)[-1]} & self.owned)


def find_leftovers(account: Account) -> Iterator[Leftover]:
    """Everything, in the order in which it is best deleted."""
    for find in FINDERS:
        yield from find(account)


def _stacks(account: Account) -> Iterator[Leftover]:
    for stack in account.stacks:
        name, status = stack["StackName"], stack["StackStatus"]
        if status == "DELETE_IN_PROGRESS":
            yield Leftover("stack", name, note="It is being deleted; look again in some minutes.")
        elif status == "DELETE_FAILED":
            reason = stack.get("StackStatusReason", "")
            yield Leftover(
                "stack", name, command=_aws("cloudformation delete-stack --stack-name", name), note=f"Its deletion failed. {reason}"
            )
        else:
            protected = " It is protected against deletion: switch that off first." if stack.get("EnableTerminationProtection") else ""
            command = f"node_modules/.bin/cdk destroy --all -c stage={account.stage}"
            yield Leftover("stack", name, command=command, note=f"It stands, so what it holds is not listed.{protected}")


def _endpoints(account: Account) -> Iterator[Leftover]:
    for kind, operation, entries, verb in (
        ("Endpoint", "list_endpoints", "Endpoints", "delete-endpoint --endpoint-name"),
        ("EndpointConfig", "list_endpoint_configs", "EndpointConfigs", "delete-endpoint-config --endpoint-config-name"),
        ("Model", "list_models", "Models", "delete-model --model-name"),
    ):
        for entry in _named(account, account.pages("sagemaker", operation, entries, NameContains=account.prefix), f"{kind}Name"):
            name, arn = entry[f"{kind}Name"], entry[f"{kind}Arn"]
            tags = as_mapping(account.pages("sagemaker", "list_tags", "Tags", ResourceArn=arn))
            is_tagged = account.is_tagged(tags)
            if not (is_tagged and "realtime" in account.standing):
                words = re.sub("(?<=[a-z])(?=[A-Z])", " ", kind).lower()
                yield Leftover(words, name, command=_aws(f"sagemaker {verb}", name), note="" if is_tagged else UNTAGGED)


def _training_jobs(account: Account) -> Iterator[Leftover]:
    if "training" in account.standing:
        return
    for words, kind in (("training job", "TrainingJob"), ("tuning job", "HyperParameterTuningJob")):
        verb = re.sub("(?<=[a-z])(?=[A-Z])", "-", kind).lower()
        listed = account.pages("sagemaker", f"list_{verb.replace('-', '_')}s", f"{kind}Summaries", NameContains=account.prefix)
        for job in _named(account, listed, f"{kind}Name"):
            name, is_over = job[f"{kind}Name"], job[f"{kind}Status"] in FINISHED
            if is_over and kind == "TrainingJob":
                yield Leftover(words, name, Fate.STAYS, note="SageMaker keeps finished training jobs. They cost nothing.")
            else:
                command = _aws(f"sagemaker {'delete' if is_over else 'stop'}-{verb} --{verb}-name", name)
                yield Leftover(words, name, command=command, note="" if is_over else "It runs.")


def _logs(account: Account) -> Iterator[Leftover]:
    for before in LOG_PREFIXES:
        for group in account.pages("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=f"{before}{account.prefix}"):
            name = group["logGroupName"]
            is_of_endpoint = before == ENDPOINT_LOGS and "realtime" in account.standing
            if not (account.is_owned(name) or is_of_endpoint):
                yield Leftover("log group", name, command=_aws("logs delete-log-group --log-group-name", name))
    if "training" in account.standing:
        return
    request = {"logGroupName": TRAINING_LOGS, "logStreamNamePrefix": account.prefix}
    try:
        for stream in account.pages("logs", "describe_log_streams", "logStreams", **request):
            name = stream["logStreamName"]
            command = _aws(f"logs delete-log-stream --log-group-name {TRAINING_LOGS} --log-stream-name", name)
            yield Leftover("log stream", f"{TRAINING_LOGS}: {name}", command=command)
    except account.client("logs").exceptions.ResourceNotFoundException:
        return
    note = "SageMaker made it, for the trainings of the whole account, and it never expires: docs/settings.md#how-long-data-stays."
    yield Leftover("log group", TRAINING_LOGS, Fate.STAYS, note=note)


def _buckets(account: Account) -> Iterator[Leftover]:
    s3 = account.client("s3")
    for bucket in _named(account, s3.list_buckets()["Buckets"], "Name"):
        name = bucket["Name"]
        region = s3.get_bucket_location(Bucket=name)["LocationConstraint"] or "us-east-1"  # which S3 leaves out
        if region != account.session.region_name or account.is_owned(name):
            continue
        program = f"import boto3; bucket = boto3.resource('s3').Bucket('{name}'); bucket.object_versions.delete(); bucket.delete()"
        yield Leftover("bucket", name, command=f'python -c "{program}"', note="With all that is in it, older versions too.")


def _tables(account: Account) -> Iterator[Leftover]:
    dynamodb = account.client("dynamodb")
    for name in account.pages("dynamodb", "list_tables", "TableNames"):
        if name.startswith(account.prefix) and not account.is_owned(name):
            is_protected = dynamodb.describe_table(TableName=name)["Table"].get("DeletionProtectionEnabled", False)
            unlock = _aws("dynamodb update-table --no-deletion-protection-enabled --table-name", name) + " && " if is_protected else ""
            yield Leftover("table", name, command=unlock + _aws("dynamodb delete-table --table-name", name))


def _backups(account: Account) -> Iterator[Leftover]:
    """DynamoDB makes one of its own when a table with point-in-time recovery is deleted; others were made by hand."""
    for backup in account.pages("dynamodb", "list_backups", "BackupSummaries", BackupType="ALL"):
        table, name = backup["TableName"], backup["BackupName"]
        if not table.startswith(account.prefix) or account.is_owned(table):
            continue
        if backup["BackupType"] == "SYSTEM":
            date = f"{backup['BackupExpiryDateTime']:%Y-%m-%d}"
            note = f"DynamoDB keeps it of a deleted table and deletes it on {date}; until then the table can be restored. It costs nothing."
            yield Leftover("backup", name, Fate.EXPIRES, note=note)
        else:
            command = _aws("dynamodb delete-backup --backup-arn", backup["BackupArn"])
            yield Leftover("backup", name, command=command, note="Somebody made it by hand.")


def _repositories(account: Account) -> Iterator[Leftover]:
    ecr, name = account.client("ecr"), f"{SHORT_NAME}-{account.stage}"
    try:
        ecr.describe_repositories(repositoryNames=[name])
    except ecr.exceptions.RepositoryNotFoundException:
        return
    if not account.is_owned(name):
        command = _aws("ecr delete-repository --force --repository-name", name)
        yield Leftover("image repository", name, command=command, note="The stage cannot be deployed again while its name is taken.")


def _job_definitions(account: Account) -> Iterator[Leftover]:
    repository = f"/{SHORT_NAME}-{account.stage}:"
    for definition in account.pages("batch", "describe_job_definitions", "jobDefinitions"):
        name, arn = f"{definition['jobDefinitionName']}:{definition['revision']}", definition["jobDefinitionArn"]
        image = definition.get("containerProperties", {}).get("image", "")
        if not (account.is_tagged(definition.get("tags", {})) or repository in image) or arn in account.owned:
            continue
        if definition["status"] == "INACTIVE":
            yield Leftover("job definition", name, Fate.EXPIRES, note="Batch forgets it 180 days after its end. It costs nothing.")
        else:
            yield Leftover("job definition", name, command=_aws("batch deregister-job-definition --job-definition", name))


def _keys(account: Account) -> Iterator[Leftover]:
    kms = account.client("kms")
    for entry in account.pages("kms", "list_keys", "Keys"):
        key = kms.describe_key(KeyId=entry["KeyId"])["KeyMetadata"]
        if key["KeyManager"] != "CUSTOMER" or account.is_owned(key["KeyId"]):
            continue
        tags = {tag["TagKey"]: tag["TagValue"] for tag in account.pages("kms", "list_resource_tags", "Tags", KeyId=key["KeyId"])}
        if not account.is_tagged(tags):
            continue
        if key["KeyState"] == "PendingDeletion":
            date = f"{key['DeletionDate']:%Y-%m-%d}"
            cancel = _aws("kms cancel-key-deletion --key-id", key["KeyId"])
            yield Leftover("key", key["KeyId"], Fate.EXPIRES, note=f"AWS deletes it on {date}; until then '{cancel}' keeps it.")
        else:
            command = _aws("kms schedule-key-deletion --pending-window-in-days 7 --key-id", key["KeyId"])
            yield Leftover("key", key["KeyId"], command=command, note="What lies encrypted under it, backups too, is lost with it.")


def _user_pools(account: Account) -> Iterator[Leftover]:
    for pool in account.pages("cognito-idp", "list_user_pools", "UserPools", MaxResults=60):
        if pool["Name"] == user_pool_name(account.stage) and not account.is_owned(pool["Id"]):
            command = _aws("cognito-idp delete-user-pool --user-pool-id", pool["Id"])
            yield Leftover("user pool", pool["Id"], command=command, note="With everybody who could sign in.")


def _tagged(account: Account) -> Iterator[Leftover]:
    """Whatever else has the stage's tags; the kinds above have been looked for by name already."""
    filters = [{"Key": key, "Values": [value]} for key, value in stage_tags(account.stage).items()]
    for entry in account.pages("resourcegroupstaggingapi", "get_resources", "ResourceTagMappingList", TagFilters=filters):
        arn = entry["ResourceARN"]
        _, _, service, _, _, resource = arn.split(":", 5)
        kind = f"{service} {re.split('[:/]', resource)[0]}" if re.search("[:/]", resource) else service
        if {service, kind} & FOUND_BY_NAME or account.is_owned(arn):
            continue
        if kind == "batch job":
            if "prediction" not in account.standing:
                yield Leftover(kind, arn, Fate.EXPIRES, note="Batch forgets it some days after its end. It costs nothing.")
            continue
        yield Leftover(kind, arn, note="Found by its tags. The listing may show it for some time after its deletion.")


def _bootstrap(account: Account) -> Iterator[Leftover]:
    for stack in account.pages("cloudformation", "describe_stacks", "Stacks"):
        if stack["StackName"] == BOOTSTRAP_STACK and stack["StackStatus"] != "DELETE_COMPLETE":
            note = "The CDK's own, for all its apps here. Copies of the kit's code lie in its bucket; 'cdk gc' deletes what no stack uses."
            yield Leftover("bootstrap", BOOTSTRAP_STACK, Fate.STAYS, note=note)


def _named(account: Account, entries: Any, name: str) -> Iterator[dict[str, Any]]:
    """The entries that have the stage's name: listings by name look anywhere in it."""
    return (entry for entry in entries if entry[name].startswith(account.prefix))


def _aws(command: str, name: str) -> str:
    """A command of the AWS command line about one thing."""
    return f"aws {command} {shlex.quote(name)}"


# services, or kinds of them, whose tagged things the other finders list
FOUND_BY_NAME = frozenset({"batch job-definition", "cloudformation", "cognito-idp", "dynamodb", "ecr", "kms", "logs", "s3", "sagemaker"})

FINDERS: tuple[Callable[[Account], Iterator[Leftover]], ...] = (
    _stacks, _endpoints, _training_jobs, _logs, _buckets, _tables, _backups, _repositories, _job_definitions, _user_pools, _keys,
    _tagged, _bootstrap,
)  # fmt: skip
