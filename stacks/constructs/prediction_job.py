"""The definition of a prediction job."""

from __future__ import annotations

from typing import NamedTuple

from aws_cdk import Duration, Size, Stack
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from contract.commands import predict_command
from contract.layout import MODELS_PREFIX
from stacks.constructs.log_group import ProcessLogGroup
from stacks.constructs.stored_image import StoredImage
from stacks.grants import grant_image_pull, grant_log_writing, grant_object_list, grant_objects, service_of_account
from stacks.settings import Settings

COMMAND = predict_command("Ref::input", "Ref::output", "Ref::model")
USER = "1000"  # the image's own user, who owns the scratch folder
SCRATCH = "/scratch"
TMPFS_MIB = 256  # small files of libraries; what is large goes to the scratch folder


class JobSize(NamedTuple):
    """What one job takes of its host."""

    vcpus: int
    memory_mib: int
    gpus: int


GPU_JOB = JobSize(vcpus=4, memory_mib=13 * 1024, gpus=1)  # all that a host with one GPU and 16 GiB can give
CPU_JOB = JobSize(vcpus=2, memory_mib=6 * 1024, gpus=0)  # all that a host with two virtual CPUs and 8 GiB can give


class PredictionJob(Construct):
    """One container, not root, on a read-only file system, with one folder to write to; its role is what the container may do."""

    def __init__(self, scope: Construct, construct_id: str, *, image: StoredImage, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        self.image = image
        tasks = service_of_account(self, "ecs-tasks.amazonaws.com")
        self.role = iam.Role(self, "Role", assumed_by=tasks, description=f"Text Classification Kit, {settings.stage}: prediction jobs")

        log_group = ProcessLogGroup(self, "Logs", settings=settings)
        execution_role = iam.Role(self, "ExecutionRole", assumed_by=tasks)
        grant_image_pull(execution_role, image.repository)
        grant_log_writing(execution_role, log_group)

        size = GPU_JOB if settings.is_gpu else CPU_JOB
        limits = batch.LinuxParameters(self, "Limits")
        limits.add_tmpfs(
            batch.Tmpfs(
                container_path="/tmp",  # noqa: S108  # a path inside the container
                size=Size.mebibytes(TMPFS_MIB),
                mount_options=[batch.TmpfsMountOption.NOSUID, batch.TmpfsMountOption.NODEV],
            )
        )
        container = batch.EcsEc2ContainerDefinition(
            self,
            "Container",
            image=ecs.ContainerImage.from_registry(image.uri),
            command=COMMAND,
            cpu=size.vcpus,
            memory=Size.mebibytes(size.memory_mib),
            gpu=size.gpus or None,
            user=USER,
            readonly_root_filesystem=True,
            linux_parameters=limits,
            volumes=[batch.EcsVolume.host(name="scratch", container_path=SCRATCH)],
            environment={"TMPDIR": SCRATCH, "AWS_DEFAULT_REGION": Stack.of(self).region},  # Batch itself names no region
            job_role=self.role,
            execution_role=execution_role,
            logging=ecs.LogDriver.aws_logs(stream_prefix="predict", log_group=log_group),
        )
        definition = batch.EcsJobDefinition(
            self,
            "Definition",
            container=container,
            timeout=Duration.minutes(settings.prediction_timeout_minutes),
            retry_attempts=settings.prediction_attempts,
            retry_strategies=[
                batch.RetryStrategy.of(batch.Action.RETRY, batch.Reason.SPOT_INSTANCE_RECLAIMED),
                batch.RetryStrategy.of(batch.Action.EXIT, batch.Reason.custom(on_reason="*")),
            ],
            propagate_tags=True,
        )
        self.definition_arn = definition.job_definition_arn

    def grant_data(self, *, predict_bucket: s3.IBucket, models_bucket: s3.IBucket, results_bucket: s3.IBucket) -> None:
        """Let the container read files and models, and write results in place of its own older ones."""
        grant_objects(self.role, predict_bucket, "s3:GetObject", "s3:GetObjectVersion")
        grant_objects(self.role, models_bucket, "s3:GetObject", keys=f"{MODELS_PREFIX}*")
        grant_objects(
            self.role,
            results_bucket,
            "s3:GetObject",
            "s3:PutObject",
            "s3:DeleteObject",
            "s3:DeleteObjectVersion",
            "s3:AbortMultipartUpload",
        )
        for bucket in (predict_bucket, models_bucket, results_bucket):
            grant_object_list(self.role, bucket)
