"""What is left of a stage in an account, found by name and by tag: the stacks need not stand any more.

What a stack that stands declares, and what its tear-down would end, is no residue: the stack itself is the one entry.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from contract.deployment import ENDPOINT_LOGS, SHORT_NAME, TRAINING_LOGS, user_pool_name
from contract.ground_truth import LOGS as LABELLING_LOGS
from contract.tags import stage_tags
from kit.leftover import Fate, Leftover, aws
from kit.sagemaker_leftovers import endpoints, labelling_job, scalable_targets, training_jobs
from kit.searched_account import SearchedAccount
from kit.shared_leftovers import bootstrap, log_policies, service_linked_roles

LOG_PREFIXES = ("", "/aws/lambda/", "/aws/codebuild/", ENDPOINT_LOGS)  # before the stage's own


def find_leftovers(account: SearchedAccount) -> Iterator[Leftover]:
    """Everything, in the order in which it is best deleted."""
    for find in FINDERS:
        yield from find(account)


def _stacks(account: SearchedAccount) -> Iterator[Leftover]:
    for stack in account.stacks:
        name, status = stack["StackName"], stack["StackStatus"]
        if status == "DELETE_IN_PROGRESS":
            yield Leftover("stack", name, note="It is being deleted; look again in some minutes.")
        elif status == "DELETE_FAILED":
            reason = stack.get("StackStatusReason", "")
            yield Leftover(
                "stack", name, command=aws("cloudformation delete-stack --stack-name", name), note=f"Its deletion failed. {reason}"
            )
        else:
            protected = " It is protected against deletion: switch that off first." if stack.get("EnableTerminationProtection") else ""
            command = f"node_modules/.bin/cdk destroy --all -c stage={account.stage}"
            yield Leftover("stack", name, command=command, note=f"It stands, so what it holds is not listed.{protected}")


def _logs(account: SearchedAccount) -> Iterator[Leftover]:
    for before in LOG_PREFIXES:
        for group in account.pages("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=f"{before}{account.prefix}"):
            name = group["logGroupName"]
            is_of_endpoint = before == ENDPOINT_LOGS and "realtime" in account.standing
            if not (account.is_owned(name) or is_of_endpoint):
                yield Leftover("log group", name, command=aws("logs delete-log-group --log-group-name", name))
    yield from _streams(account, TRAINING_LOGS, "training", "trainings")
    yield from _streams(account, LABELLING_LOGS, "labeling", "labelling jobs")


def _streams(account: SearchedAccount, group: str, stack: str, what: str) -> Iterator[Leftover]:
    """Those of the stage in a log group that SageMaker has for all jobs of a kind."""
    if stack in account.standing:
        return
    request = {"logGroupName": group, "logStreamNamePrefix": account.prefix}
    try:
        for stream in account.pages("logs", "describe_log_streams", "logStreams", **request):
            name = stream["logStreamName"]
            command = aws(f"logs delete-log-stream --log-group-name {group} --log-stream-name", name)
            yield Leftover("log stream", f"{group}: {name}", command=command)
    except account.client("logs").exceptions.ResourceNotFoundException:
        return
    note = f"SageMaker made it, for the {what} of the whole account, and it never expires: docs/settings.md#how-long-data-stays."
    yield Leftover("log group", group, Fate.STAYS, note=note)


def _buckets(account: SearchedAccount) -> Iterator[Leftover]:
    s3 = account.client("s3")
    for bucket in account.named(s3.list_buckets()["Buckets"], "Name"):
        name = bucket["Name"]
        region = s3.get_bucket_location(Bucket=name)["LocationConstraint"] or "us-east-1"  # which S3 leaves out
        if region != account.session.region_name or account.is_owned(name):
            continue
        program = f"import boto3; bucket = boto3.resource('s3').Bucket('{name}'); bucket.object_versions.delete(); bucket.delete()"
        yield Leftover("bucket", name, command=f'python -c "{program}"', note="With all that is in it, older versions too.")


def _tables(account: SearchedAccount) -> Iterator[Leftover]:
    dynamodb = account.client("dynamodb")
    for name in account.pages("dynamodb", "list_tables", "TableNames"):
        if name.startswith(account.prefix) and not account.is_owned(name):
            is_protected = dynamodb.describe_table(TableName=name)["Table"].get("DeletionProtectionEnabled", False)
            unlock = aws("dynamodb update-table --no-deletion-protection-enabled --table-name", name) + " && " if is_protected else ""
            yield Leftover("table", name, command=unlock + aws("dynamodb delete-table --table-name", name))


def _backups(account: SearchedAccount) -> Iterator[Leftover]:
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
            command = aws("dynamodb delete-backup --backup-arn", backup["BackupArn"])
            yield Leftover("backup", name, command=command, note="Somebody made it by hand.")


def _repositories(account: SearchedAccount) -> Iterator[Leftover]:
    ecr, name = account.client("ecr"), f"{SHORT_NAME}-{account.stage}"
    try:
        ecr.describe_repositories(repositoryNames=[name])
    except ecr.exceptions.RepositoryNotFoundException:
        return
    if not account.is_owned(name):
        command = aws("ecr delete-repository --force --repository-name", name)
        yield Leftover("image repository", name, command=command, note="The stage cannot be deployed again while its name is taken.")


def _job_definitions(account: SearchedAccount) -> Iterator[Leftover]:
    repository = f"/{SHORT_NAME}-{account.stage}:"
    for definition in account.pages("batch", "describe_job_definitions", "jobDefinitions"):
        name, arn = f"{definition['jobDefinitionName']}:{definition['revision']}", definition["jobDefinitionArn"]
        image = definition.get("containerProperties", {}).get("image", "")
        if not (account.is_tagged(definition.get("tags", {})) or repository in image) or arn in account.owned:
            continue
        if definition["status"] == "INACTIVE":
            yield Leftover("job definition", name, Fate.EXPIRES, note="Batch forgets it 180 days after its end. It costs nothing.")
        else:
            yield Leftover("job definition", name, command=aws("batch deregister-job-definition --job-definition", name))


def _keys(account: SearchedAccount) -> Iterator[Leftover]:
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
            cancel = aws("kms cancel-key-deletion --key-id", key["KeyId"])
            yield Leftover("key", key["KeyId"], Fate.EXPIRES, note=f"AWS deletes it on {date}; until then '{cancel}' keeps it.")
        else:
            command = aws("kms schedule-key-deletion --pending-window-in-days 7 --key-id", key["KeyId"])
            yield Leftover("key", key["KeyId"], command=command, note="What lies encrypted under it, backups too, is lost with it.")


def _user_pools(account: SearchedAccount) -> Iterator[Leftover]:
    for pool in account.pages("cognito-idp", "list_user_pools", "UserPools", MaxResults=60):
        if pool["Name"] == user_pool_name(account.stage) and not account.is_owned(pool["Id"]):
            command = aws("cognito-idp delete-user-pool --user-pool-id", pool["Id"])
            yield Leftover("user pool", pool["Id"], command=command, note="With everybody who could sign in.")


def _tagged(account: SearchedAccount) -> Iterator[Leftover]:
    """Whatever else has the stage's tags; the kinds above have been looked for by name already."""
    filters = [{"Key": key, "Values": [value]} for key, value in stage_tags(account.stage).items()]
    for entry in account.pages("resourcegroupstaggingapi", "get_resources", "ResourceTagMappingList", TagFilters=filters):
        arn = entry["ResourceARN"]
        _, _, service, _, _, resource = arn.split(":", 5)
        kind = f"{service} {re.split('[:/]', resource)[0]}" if re.search("[:/]", resource) else service
        if {service, kind} & FOUND_BY_NAME or account.is_owned(arn):
            continue
        if kind == "sagemaker labeling-job":
            yield from labelling_job(account, arn)
            continue
        if kind == "batch job":
            if "prediction" not in account.standing:
                yield Leftover(kind, arn, Fate.EXPIRES, note="Batch forgets it some days after its end. It costs nothing.")
            continue
        yield Leftover(kind, arn, note="Found by its tags. The listing may show it for some time after its deletion.")


# services, or kinds of them, whose tagged things the other finders list
FOUND_BY_NAME = frozenset(
    {
        "application-autoscaling",
        "batch job-definition",
        "cloudformation",
        "cognito-idp",
        "dynamodb",
        "ecr",
        "kms",
        "logs",
        "s3",
        "sagemaker endpoint",
        "sagemaker endpoint-config",
        "sagemaker hyper-parameter-tuning-job",
        "sagemaker model",
        "sagemaker training-job",
    }
)

FINDERS: tuple[Callable[[SearchedAccount], Iterator[Leftover]], ...] = (
    _stacks, endpoints, scalable_targets, training_jobs, _logs, _buckets, _tables, _backups, _repositories, _job_definitions, _user_pools,
    _keys, _tagged, bootstrap, service_linked_roles, log_policies,
)  # fmt: skip
