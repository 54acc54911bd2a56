"""What a stage may leave behind in an account, made on the spot."""

from __future__ import annotations

from typing import Any

from kit_account import REGION

from contract.deployment import TRAINING_LOGS
from contract.tags import stage_tags

TAGS = stage_tags("dev")
TAG_LIST = [{"Key": key, "Value": value} for key, value in TAGS.items()]
ROLE = "arn:aws:iam::123456789012:role/role-of-training"
IMAGE = f"123456789012.dkr.ecr.{REGION}.amazonaws.com/tck-dev:cpu-0123456789abcdef"


def make_bucket(aws: Any) -> None:
    """A bucket that a stack of the stage made."""
    aws("s3").create_bucket(Bucket="tck-dev-storage-train1-x", CreateBucketConfiguration={"LocationConstraint": REGION})


def make_log_group(aws: Any) -> None:
    """One that a function made when its declared one had gone."""
    aws("logs").create_log_group(logGroupName="/aws/lambda/tck-dev-training-StartTraining")


def make_log_stream(aws: Any) -> None:
    """A training job's, beside that of another product."""
    aws("logs").create_log_group(logGroupName=TRAINING_LOGS)
    for name in ("tck-dev-train-a/algo-1", "another/algo-1"):
        aws("logs").create_log_stream(logGroupName=TRAINING_LOGS, logStreamName=name)


def make_model(aws: Any) -> None:
    """A model of SageMaker with the stage's tags."""
    aws("sagemaker").create_model(ModelName="tck-dev-main", ExecutionRoleArn=ROLE, Tags=TAG_LIST)


def make_endpoint_config(aws: Any) -> None:
    """A configuration that has no tags."""
    aws("sagemaker").create_model(ModelName="m", ExecutionRoleArn=ROLE)
    variants = [{"VariantName": "all", "ModelName": "m", "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}]
    aws("sagemaker").create_endpoint_config(EndpointConfigName="tck-dev-main", ProductionVariants=variants)


def make_table(aws: Any) -> None:
    """A ledger that was retained."""
    aws("dynamodb").create_table(
        TableName="tck-dev-storage-Ledger-x",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        DeletionProtectionEnabled=True,
    )


def make_backup(aws: Any, kind: str) -> str:
    """A backup of a ledger that is deleted: of the kind SYSTEM, which DynamoDB makes by itself, or USER; its ARN."""
    table = "tck-dev-storage-Ledger-x"
    make_table(aws)
    made = aws("dynamodb").create_backup(TableName=table, BackupName=f"{table}$DeletedTableBackup")["BackupDetails"]["BackupArn"]
    aws("dynamodb").update_table(TableName=table, DeletionProtectionEnabled=False)
    aws("dynamodb").delete_table(TableName=table)
    from moto.dynamodb.models import dynamodb_backends  # noqa: PLC0415  # moto makes none of its own

    dynamodb_backends["123456789012"][REGION].backups[made].type = kind
    return str(made)


def make_repository(aws: Any) -> None:
    """The repository of the stage's images."""
    aws("ecr").create_repository(repositoryName="tck-dev")


def make_key(aws: Any) -> str:
    """A customer key; its id."""
    tags = [{"TagKey": key, "TagValue": value} for key, value in TAGS.items()]
    return str(aws("kms").create_key(Tags=tags)["KeyMetadata"]["KeyId"])


def make_user_pool(aws: Any) -> str:
    """The pool of those who could sign in, beside another product's; its id."""
    aws("cognito-idp").create_user_pool(PoolName="another-users")
    return str(aws("cognito-idp").create_user_pool(PoolName="tck-dev-users", UserPoolTags=TAGS)["UserPool"]["Id"])


def make_job_definition(aws: Any) -> str:
    """A definition whose name says nothing of the stage, but whose image does; its ARN."""
    return str(
        aws("batch").register_job_definition(
            jobDefinitionName="JobDefinition24FFE3ED-x",
            type="container",
            containerProperties={"image": IMAGE, "vcpus": 1, "memory": 512},
        )["jobDefinitionArn"]
    )


def make_queue(aws: Any) -> None:
    """Something of which no finder knows, with the stage's tags."""
    aws("sqs").create_queue(QueueName="forgotten", tags=TAGS)


def make_training_jobs(aws: Any, status: str) -> None:
    """Two training jobs in a status."""
    for name in ("tck-dev-train-a", "tck-dev-train-b"):
        aws("sagemaker").create_training_job(
            TrainingJobName=name,
            RoleArn=ROLE,
            AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": "File"},
            OutputDataConfig={"S3OutputPath": "s3://x/y"},
            ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
            StoppingCondition={"MaxRuntimeInSeconds": 60},
        )
    from moto.sagemaker.models import sagemaker_backends  # noqa: PLC0415  # moto has no way to say it from outside

    for job in sagemaker_backends["123456789012"][REGION].training_jobs.values():
        job.training_job_status = status
