"""`kit residue`: what is left of a stage, by name and by tag, and what can be done about it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from kit_account import REGION, Account, Answer
from left_behind import (
    ROLE,
    TAG_LIST,
    make_backup,
    make_bucket,
    make_endpoint_config,
    make_job_definition,
    make_key,
    make_log_group,
    make_log_stream,
    make_model,
    make_queue,
    make_repository,
    make_table,
    make_training_jobs,
    make_user_pool,
)
from moto.dynamodb.models.table import Backup

from contract.deployment import TRAINING_LOGS
from contract.tags import stage_tags
from kit.searched_account import SearchedAccount

Kit = Callable[..., Answer]


@pytest.fixture
def aws(no_account: None, session: boto3.Session) -> Any:
    """Makes clients of an account without any deployment."""
    return session.client


def test_a_user_pool_that_was_retained_is_left(aws: Any, kit: Kit) -> None:
    """By its name, which pools of others do not have; the command deletes it with its users."""
    pool = make_user_pool(aws)
    (found,) = kit("residue", "--json").json["found"]
    assert (found["kind"], found["name"]) == ("user pool", pool)
    assert found["command"] == f"aws cognito-idp delete-user-pool --user-pool-id {pool}"


def test_nothing_is_left(aws: Any, kit: Kit) -> None:
    """An account in which nothing of the stage is ends the command with 0, for people and for scripts."""
    answer = kit("residue")
    assert (answer.status, answer.output) == (0, f"Nothing of stage 'dev' in {REGION} is left to delete.\n")
    answer = kit("residue", "--json")
    assert answer.status == 0
    assert answer.json == {"stage": "dev", "region": REGION, "is_left": False, "found": []}


@pytest.mark.parametrize(
    ("make", "kind", "name", "command"),
    [
        (make_bucket, "bucket", "tck-dev-storage-train1-x", "object_versions.delete(); bucket.delete()"),
        (
            make_log_group,
            "log group",
            "/aws/lambda/tck-dev-training-StartTraining",
            "aws logs delete-log-group --log-group-name /aws/lambda/tck-dev-training-StartTraining",
        ),
        (
            make_log_stream,
            "log stream",
            f"{TRAINING_LOGS}: tck-dev-train-a/algo-1",
            f"aws logs delete-log-stream --log-group-name {TRAINING_LOGS} --log-stream-name tck-dev-train-a/algo-1",
        ),
        (make_model, "model", "tck-dev-main", "aws sagemaker delete-model --model-name tck-dev-main"),
        (
            make_endpoint_config,
            "endpoint config",
            "tck-dev-main",
            "aws sagemaker delete-endpoint-config --endpoint-config-name tck-dev-main",
        ),
        (
            make_table,
            "table",
            "tck-dev-storage-Ledger-x",
            "--no-deletion-protection-enabled --table-name tck-dev-storage-Ledger-x && aws dynamodb delete-table",
        ),
        (make_repository, "image repository", "tck-dev", "aws ecr delete-repository --force --repository-name tck-dev"),
        (
            make_job_definition,
            "job definition",
            "JobDefinition24FFE3ED-x:1",
            "aws batch deregister-job-definition --job-definition JobDefinition24FFE3ED-x:1",
        ),
    ],
)
def test_each_kind_is_found_without_its_stack(aws: Any, kit: Kit, make: Callable[[Any], None], kind: str, name: str, command: str) -> None:
    """It is the one thing that is left, with the command that deletes it, and the status says that something is left."""
    make(aws)
    answer = kit("residue", "--json")
    assert answer.status == 1
    (found,) = (entry for entry in answer.json["found"] if entry["fate"] == "left")
    assert (found["kind"], found["name"]) == (kind, name)
    assert command in found["command"]
    assert name in kit("residue").output


def test_commands_do_what_they_say(aws: Any, kit: Kit, session: boto3.Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line that deletes a bucket deletes one with versions and delete markers in it."""
    make_bucket(aws)
    s3 = aws("s3")
    s3.put_bucket_versioning(Bucket="tck-dev-storage-train1-x", VersioningConfiguration={"Status": "Enabled"})
    for _ in range(2):
        s3.put_object(Bucket="tck-dev-storage-train1-x", Key="a b.csv", Body=b"")
    s3.delete_object(Bucket="tck-dev-storage-train1-x", Key="a b.csv")
    (found,) = kit("residue", "--json").json["found"]
    program = shlex.split(found["command"])[2]
    monkeypatch.setattr(boto3, "resource", session.resource)
    exec(program)  # noqa: S102  # what the person would paste
    assert kit("residue").status == 0


def test_what_has_the_name_but_not_the_tags_is_marked(aws: Any, kit: Kit) -> None:
    """The tear-down left it alone, and so should nobody delete it unseen."""
    make_endpoint_config(aws)
    assert "not the stage's tags" in kit("residue").output


def test_what_only_has_the_tags_is_found(aws: Any, kit: Kit) -> None:
    """Of a kind that no finder knows by name."""
    make_queue(aws)
    (found,) = kit("residue", "--json").json["found"]
    assert found["kind"] == "sqs"
    assert found["name"].endswith(":forgotten")


def test_what_aws_keeps_does_not_count(aws: Any, kit: Kit) -> None:
    """Finished training jobs and old job definitions are listed, together where they are many, and the status is 0."""
    make_training_jobs(aws, "Completed")
    aws("batch").deregister_job_definition(jobDefinition=make_job_definition(aws))
    answer = kit("residue")
    assert answer.status == 0
    assert "tck-dev-train-a and 1 more" in answer.output
    assert "SageMaker keeps finished training jobs" in answer.output
    found = {entry["name"]: entry["fate"] for entry in kit("residue", "--json").json["found"]}
    assert found == {"tck-dev-train-a": "stays", "tck-dev-train-b": "stays", "JobDefinition24FFE3ED-x:1": "expires"}


def test_the_log_group_of_all_trainings_stays(aws: Any, kit: Kit) -> None:
    """SageMaker made it under the kit's role, and others may use it: it is told, without end as it is, and counts for nothing."""
    aws("logs").create_log_group(logGroupName=TRAINING_LOGS)
    answer = kit("residue", "--json")
    assert answer.status == 0
    (found,) = answer.json["found"]
    assert (found["kind"], found["name"], found["fate"]) == ("log group", TRAINING_LOGS, "stays")
    assert "never expires: docs/settings.md#how-long-data-stays" in found["note"]


def test_the_backup_of_a_deleted_ledger_is_told_with_its_end(aws: Any, kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """DynamoDB makes one when a table with point-in-time recovery is deleted, and nothing is to be done about it."""
    make_backup(aws, "SYSTEM")
    made = Backup.summary.fget
    expiry = {"BackupExpiryDateTime": datetime(2026, 12, 27, tzinfo=UTC)}  # which AWS tells, and moto does not
    monkeypatch.setattr(Backup, "summary", property(lambda backup: made(backup) | expiry))
    answer = kit("residue", "--json")
    assert answer.status == 0
    (found,) = answer.json["found"]
    assert (found["kind"], found["name"]) == ("backup", "tck-dev-storage-Ledger-x$DeletedTableBackup")
    assert (found["fate"], found["command"]) == ("expires", "")
    assert "deletes it on 2026-12-27" in found["note"]


def test_a_backup_that_somebody_made_is_left(aws: Any, kit: Kit) -> None:
    """Nobody but a person deletes it, and it costs."""
    arn = make_backup(aws, "USER")
    answer = kit("residue", "--json")
    assert answer.status == 1
    (found,) = answer.json["found"]
    assert found["command"] == f"aws dynamodb delete-backup --backup-arn {arn}"


def test_a_training_that_runs_on_is_left(aws: Any, kit: Kit) -> None:
    """It costs by the hour, and the command stops it."""
    make_training_jobs(aws, "InProgress")
    found = kit("residue", "--json").json["found"]
    assert [entry["command"] for entry in found] == [
        "aws sagemaker stop-training-job --training-job-name tck-dev-train-a",
        "aws sagemaker stop-training-job --training-job-name tck-dev-train-b",
    ]


def test_a_key_is_left_until_its_deletion_is_scheduled(aws: Any, kit: Kit) -> None:
    """Then it is listed with the date at which AWS deletes it, and how to keep it."""
    key = make_key(aws)
    (found,) = kit("residue", "--json").json["found"]
    assert found["command"] == f"aws kms schedule-key-deletion --pending-window-in-days 7 --key-id {key}"
    date = aws("kms").schedule_key_deletion(KeyId=key, PendingWindowInDays=7)["DeletionDate"]
    answer = kit("residue", "--json")
    assert answer.status == 0
    (found,) = answer.json["found"]
    assert found["fate"] == "expires"
    assert f"{date:%Y-%m-%d}" in found["note"]
    assert f"cancel-key-deletion --key-id {key}" in found["note"]


def test_what_belongs_to_others_is_not_listed(aws: Any, kit: Kit) -> None:
    """Another stage, another product, another region, and names that only contain the stage's."""
    for name, region in (("tck-prod-storage-a", REGION), ("my-tck-dev-a", REGION), ("tck-dev-storage-elsewhere", "eu-north-1")):
        aws("s3", region_name=region).create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})
    aws("ecr").create_repository(repositoryName="tck-prod")
    aws("logs").create_log_group(logGroupName="tck-prod-training-logs")
    aws("sagemaker").create_model(ModelName="a-tck-dev-main", ExecutionRoleArn=ROLE, Tags=TAG_LIST)
    aws("kms").create_key()
    aws("sqs").create_queue(QueueName="theirs", tags=stage_tags("prod"))
    assert kit("residue", "--json").json["found"] == []


def test_a_deployment_that_stands_is_no_residue(account: Account, kit: Kit) -> None:
    """Its stacks are listed with how to delete them; what they declare and what runs in them is not."""
    client = account.session.client
    resources = {
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "tck-dev-more-bucket"}},
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"Tags": TAG_LIST}},
    }
    template = {"Resources": resources}
    client("cloudformation").create_stack(StackName="tck-dev-registry", TemplateBody=json.dumps(template))
    make_model(client)
    make_log_stream(client)
    make_training_jobs(client, "InProgress")
    make_bucket(client)
    found = kit("residue", "--json").json["found"]
    stacks = [f"tck-dev-{name}" for name in ("labeling", "prediction", "realtime", "registry", "storage", "training")]
    assert sorted(entry["name"] for entry in found) == sorted([*stacks, "tck-dev-storage-train1-x"])
    assert {entry["command"] for entry in found if entry["kind"] == "stack"} == {"node_modules/.bin/cdk destroy --all -c stage=dev"}


@pytest.mark.parametrize(
    ("stack", "words"),
    [
        ({"StackStatus": "DELETE_FAILED", "StackStatusReason": "Bucket x is not empty."}, "Bucket x is not empty."),
        ({"StackStatus": "DELETE_FAILED"}, "aws cloudformation delete-stack --stack-name tck-dev-storage"),
        ({"StackStatus": "DELETE_IN_PROGRESS"}, "look again in some minutes"),
        ({"StackStatus": "CREATE_COMPLETE", "EnableTerminationProtection": True}, "protected against deletion"),
    ],
)
def test_a_stack_says_how_it_is_deleted(aws: Any, kit: Kit, monkeypatch: pytest.MonkeyPatch, stack: dict[str, Any], words: str) -> None:
    """One whose deletion failed says why and is deleted again; a protected one says so."""
    monkeypatch.setattr(SearchedAccount, "stacks", [{"StackName": "tck-dev-storage", **stack}])
    monkeypatch.setattr(SearchedAccount, "owned", frozenset())
    answer = kit("residue")
    assert answer.status == 1
    assert words in answer.output


def test_the_bootstrap_is_the_cdks_own(aws: Any, kit: Kit) -> None:
    """It is named, for code of the kit lies in it, and it is not the kit's to delete."""
    template = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
    aws("cloudformation").create_stack(StackName="CDKToolkit", TemplateBody=json.dumps(template))
    answer = kit("residue", "--json")
    assert answer.status == 0
    (found,) = answer.json["found"]
    assert (found["name"], found["fate"]) == ("CDKToolkit", "stays")
    assert "cdk gc" in found["note"]


def test_without_a_local_cloud(aws: Any, kit: Kit) -> None:
    """--local looks at a local cloud that runs, and at nothing else."""
    answer = kit("residue", "--local")
    assert answer.status == 2
    assert "No local cloud is running" in answer.errors
