"""What there is in a local cloud that was made at run time, and what of it is the stage's."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from local_kit import LocalKit

from contract.deployment import TRAINING_LOGS

ACTIVE = ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING")


@dataclass(frozen=True)
class Inventory:
    """What was made at run time, by kind; the names of what is the stage's."""

    training_jobs: list[str]
    tuning_jobs: list[str]
    batch_jobs: list[str]
    processes: list[int]
    log_streams: list[str]
    endpoints: list[str]
    endpoint_configs: list[str]
    models: list[str]
    objects: list[str]
    uploads: list[str]


def take_inventory(kit: LocalKit) -> Inventory:
    """Look everywhere."""
    clients = {name: kit.session.client(name) for name in ("sagemaker", "batch", "logs", "s3")}
    sagemaker, batch, logs, s3 = clients.values()
    deployment = kit.deployment
    buckets = (deployment.train_bucket, deployment.predict_bucket, deployment.results_bucket, deployment.models_bucket)
    listed = [(bucket, s3.list_object_versions(Bucket=bucket)) for bucket in buckets]
    return Inventory(
        training_jobs=[
            job["TrainingJobName"]
            for status in ("InProgress", "Stopping")
            for job in sagemaker.list_training_jobs(StatusEquals=status)["TrainingJobSummaries"]
        ],
        tuning_jobs=[
            job["HyperParameterTuningJobName"] for job in sagemaker.list_hyper_parameter_tuning_jobs()["HyperParameterTuningJobSummaries"]
        ],
        batch_jobs=[
            job["jobName"]
            for status in ACTIVE
            for job in batch.list_jobs(jobQueue=deployment.job_queue_arn, jobStatus=status)["jobSummaryList"]
        ],
        processes=processes(kit.state),
        log_streams=[stream["logStreamName"] for stream in logs.describe_log_streams(logGroupName=TRAINING_LOGS)["logStreams"]],
        endpoints=[entry["EndpointName"] for entry in sagemaker.list_endpoints()["Endpoints"]],
        endpoint_configs=[entry["EndpointConfigName"] for entry in sagemaker.list_endpoint_configs()["EndpointConfigs"]],
        models=[entry["ModelName"] for entry in sagemaker.list_models()["Models"]],
        objects=[
            f"{bucket}/{entry['Key']}"
            for bucket, found in listed
            for entry in (*found.get("Versions", []), *found.get("DeleteMarkers", []))
        ],
        uploads=[upload["Key"] for bucket in buckets for upload in s3.list_multipart_uploads(Bucket=bucket).get("Uploads", [])],
    )


def processes(state: Path) -> list[int]:
    """The processes of jobs: those whose home lies in a scratch folder of this cloud's trainings or predictions."""
    homes = tuple(f"HOME={state / 'scratch' / kind}/".encode() for kind in ("training", "batch"))
    found = []
    for folder in Path("/proc").iterdir():
        try:
            variables = (folder / "environ").read_bytes().split(b"\0") if folder.name.isdigit() else []
        except OSError:  # it has ended, or is another user's
            continue
        if any(variable.startswith(homes) for variable in variables):
            found.append(int(folder.name))
    return found
