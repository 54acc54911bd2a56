"""SageMaker training jobs: run as processes on an /opt/ml-shaped folder."""

from __future__ import annotations

import io
import json
import tarfile
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from local_app import Inbox, eventually
from sample_templates import TAG

from contract.events import TRAINING_STATE_CHANGE, TrainingJobState
from local.access_keys import AccessKeys
from local.cloud import Cloud
from local.training_jobs import TrainingJobs
from local.training_tree import failure_reason


def create(cloud: Cloud, name: str, hyperparameters: dict[str, str] | None = None, **changes: Any) -> None:
    """CreateTrainingJob as start_training calls it, with one channel of one file."""
    s3, bucket = cloud.session().client("s3"), cloud.outputs["Results"]
    s3.put_object(Bucket=bucket, Key=f"inputs/{name}/training/my file (1).csv", Body=b"text,label\n")
    request: dict[str, Any] = {
        "TrainingJobName": name,
        "RoleArn": cloud.outputs["Role"],
        "HyperParameters": hyperparameters or {},
        "AlgorithmSpecification": {
            "TrainingImage": f"{cloud.account}.dkr.ecr.{cloud.region}.amazonaws.com/{cloud.outputs['Images']}:{TAG}",
            "TrainingInputMode": "File",
            "ContainerArguments": ["train"],
            "MetricDefinitions": [{"Name": "test:accuracy", "Regex": "metric test:accuracy=([0-9.]+)"}],
        },
        "InputDataConfig": [channel("training", f"s3://{bucket}/inputs/{name}/training/")],
        "OutputDataConfig": {"S3OutputPath": f"s3://{bucket}/models"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        "CheckpointConfig": {"S3Uri": f"s3://{bucket}/checkpoints/{name}/", "LocalPath": "/opt/ml/checkpoints"},
        "Environment": {"CLASSIFIER": "main", "AWS_ENDPOINT_URL": "https://real"},
        "Tags": [{"Key": "stage", "Value": "dev"}],
    }
    cloud.session().client("sagemaker").create_training_job(**{**request, **changes})


def channel(name: str, uri: str, data_type: str = "S3Prefix") -> dict[str, Any]:
    """One input channel."""
    return {"ChannelName": name, "DataSource": {"S3DataSource": {"S3DataType": data_type, "S3Uri": uri}}}


def describe(cloud: Cloud, name: str) -> Any:
    """DescribeTrainingJob."""
    return cloud.session().client("sagemaker").describe_training_job(TrainingJobName=name)


def ended(cloud: Cloud, name: str) -> Any:
    """The job once it has ended."""
    return eventually(lambda: job if (job := describe(cloud, name))["TrainingJobStatus"] in ("Completed", "Failed", "Stopped") else None)


def artifact(cloud: Cloud, name: str) -> Any:
    """What the sample's training left in its model artifact."""
    body = cloud.session().client("s3").get_object(Bucket=cloud.outputs["Results"], Key=f"models/{name}/output/model.tar.gz")["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body)) as archive:
        member = archive.extractfile("model.json")
        assert member is not None
        return json.load(member)


def test_training_leaves_an_artifact(cloud: Cloud) -> None:
    """The tree has the three configurations and the channel's file; the model folder becomes model.tar.gz where SageMaker puts it."""
    create(cloud, "tck-plain", {"epochs": "3"})
    job = ended(cloud, "tck-plain")
    assert job["TrainingJobStatus"] == job["SecondaryStatus"] == "Completed"
    assert job["ModelArtifacts"]["S3ModelArtifacts"] == f"s3://{cloud.outputs['Results']}/models/tck-plain/output/model.tar.gz"
    assert job["TrainingStartTime"] <= job["TrainingEndTime"]
    assert job["BillableTimeInSeconds"] >= 1
    found = artifact(cloud, "tck-plain")
    assert found["files"] == [
        "input/config/hyperparameters.json",
        "input/config/inputdataconfig.json",
        "input/config/resourceconfig.json",
        "input/data/training/my file (1).csv",
    ]
    environment = found["environment"]
    assert environment["TRAINING_JOB_NAME"] == "tck-plain"
    assert environment["CLASSIFIER"] == "main"
    assert environment["SAGEMAKER_BASE_DIR"].endswith("/scratch/training/tck-plain/ml")
    assert environment["AWS_ENDPOINT_URL"] == cloud.endpoint
    assert environment["AWS_ACCESS_KEY_ID"] == AccessKeys().of(cloud.outputs["Role"])


def test_final_metrics_are_the_last_of_each(cloud: Cloud, state: Path) -> None:
    """Metric lines of the log are read by the job's own definitions, and the log is kept."""
    create(cloud, "tck-metrics")
    job = ended(cloud, "tck-metrics")
    assert [(entry["MetricName"], entry["Value"]) for entry in job["FinalMetricDataList"]] == [("test:accuracy", 0.875)]
    logs = cloud.session().client("logs")
    found = logs.get_log_events(logGroupName="/aws/sagemaker/TrainingJobs", logStreamName="tck-metrics/algo-1")["events"]
    assert found[0]["message"] == "metric test:accuracy=0.500000"
    assert "0.875" in (state / "logs" / "training" / "tck-metrics.log").read_text()


def test_single_object_as_channel(cloud: Cloud) -> None:
    """A channel that names one object, as the champion's artifact, brings that file under its own name."""
    bucket = cloud.outputs["Results"]
    cloud.session().client("s3").put_object(Bucket=bucket, Key="models/old/output/model.tar.gz", Body=b"x")
    create(cloud, "tck-champion", InputDataConfig=[channel("champion", f"s3://{bucket}/models/old/output/model.tar.gz")])
    ended(cloud, "tck-champion")
    assert "input/data/champion/model.tar.gz" in artifact(cloud, "tck-champion")["files"]


def test_failure_reason_carries_the_failure_file(cloud: Cloud) -> None:
    """A non-zero exit fails the job with SageMaker's form of the container's own sentence, and there is no artifact."""
    create(cloud, "tck-failing", {"failure": "'a.csv' has one class only."})
    job = ended(cloud, "tck-failing")
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Failed", "Failed")
    assert job["FailureReason"] == "AlgorithmError: 'a.csv' has one class only., exit code: 2"
    assert "ModelArtifacts" not in job
    with pytest.raises(ClientError):
        artifact(cloud, "tck-failing")


def test_failure_without_a_file(tmp_path: Path) -> None:
    """A container that left no sentence still has a reason."""
    assert failure_reason(tmp_path, 139) == "AlgorithmError: , exit code: 139"


def test_state_changes_are_events(cloud: Cloud, inbox: Inbox) -> None:
    """Each change of state is an event with the shape of DescribeTrainingJob, which the contract reads."""
    create(cloud, "tck-events")
    ended(cloud, "tck-events")
    (event,) = eventually(lambda: inbox.bodies("States", TrainingJobName="tck-events", TrainingJobStatus="Completed"))
    secondary = {body["detail"]["SecondaryStatus"] for body in inbox.bodies("States", TrainingJobName="tck-events")}
    assert secondary >= {"Starting", "Downloading", "Training", "Completed"}
    assert event["detail-type"] == TRAINING_STATE_CHANGE
    assert TrainingJobState.from_event(event) == TrainingJobState("tck-events", "Completed")
    assert event["source"] == "aws.sagemaker"
    assert isinstance(event["detail"]["TrainingEndTime"], int)
    assert event["detail"]["Tags"] == {"stage": "dev"}
    assert event["resources"] == [event["detail"]["TrainingJobArn"]]


def test_name_can_be_used_once(cloud: Cloud) -> None:
    """A second job of the same name is refused as ResourceInUse, and the first is not touched."""
    create(cloud, "tck-once")
    with pytest.raises(ClientError) as raised:
        create(cloud, "tck-once")
    assert raised.value.response["Error"]["Code"] == "ResourceInUse"
    assert ended(cloud, "tck-once")["TrainingJobStatus"] == "Completed"


def test_stopped_training_keeps_checkpoints_and_model(cloud: Cloud) -> None:
    """StopTrainingJob sends SIGTERM; what was saved is uploaded, and a later job finds the checkpoints."""
    create(cloud, "tck-stopped", {"seconds": "600"})
    log_group = {"logGroupName": "/aws/sagemaker/TrainingJobs", "logStreamNames": ["tck-stopped/algo-1"]}
    logs = cloud.session().client("logs")
    eventually(
        lambda: describe(cloud, "tck-stopped")["SecondaryStatus"] == "Training" and len(logs.filter_log_events(**log_group)["events"]) == 2
    )
    cloud.session().client("sagemaker").stop_training_job(TrainingJobName="tck-stopped")
    job = ended(cloud, "tck-stopped")
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert artifact(cloud, "tck-stopped")["checkpoints"] == []
    kept = cloud.session().client("s3").list_objects_v2(Bucket=cloud.outputs["Results"], Prefix="checkpoints/tck-stopped/")["Contents"]
    assert [entry["Key"] for entry in kept] == ["checkpoints/tck-stopped/epoch-1"]
    create(cloud, "tck-resumed", CheckpointConfig={"S3Uri": f"s3://{cloud.outputs['Results']}/checkpoints/tck-stopped/"})
    ended(cloud, "tck-resumed")
    assert artifact(cloud, "tck-resumed")["checkpoints"] == ["epoch-1"]


def test_training_over_its_time_is_stopped(cloud: Cloud) -> None:
    """The longest run time ends the job as SageMaker does."""
    create(cloud, "tck-slow", {"seconds": "600"}, StoppingCondition={"MaxRuntimeInSeconds": 2})
    job = ended(cloud, "tck-slow")
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")


def test_channel_without_data_fails(cloud: Cloud) -> None:
    """An address that holds nothing fails the job with SageMaker's words."""
    create(cloud, "tck-empty", InputDataConfig=[channel("training", f"s3://{cloud.outputs['Results']}/nothing/")])
    assert "No S3 objects found under S3 URL" in ended(cloud, "tck-empty")["FailureReason"]


def test_unknown_image_fails(cloud: Cloud) -> None:
    """An image that was never built fails the job."""
    create(cloud, "tck-foreign", AlgorithmSpecification={"TrainingImage": "busybox", "TrainingInputMode": "File"})
    assert "CannotPullContainerError" in ended(cloud, "tck-foreign")["FailureReason"]


@pytest.mark.parametrize(
    "changes",
    [
        {"InputDataConfig": [channel("training", "s3://a/b", "AugmentedManifestFile")]},
        {"AlgorithmSpecification": {"TrainingImage": "x", "TrainingInputMode": "Pipe"}},
        {"ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 10}},
        {"EnableManagedSpotTraining": True},
    ],
)
def test_what_cannot_be_run_is_refused(cloud: Cloud, changes: dict[str, Any]) -> None:
    """A request that SageMaker would refuse, or that is not supported here, is a ValidationException and makes no job."""
    with pytest.raises(ClientError) as raised:
        create(cloud, "tck-refused", **changes)
    assert raised.value.response["Error"]["Code"] == "ValidationException"
    with pytest.raises(ClientError):
        describe(cloud, "tck-refused")


def test_a_job_that_waits_for_its_turn_is_stopped_at_once() -> None:
    """It need not wait for the turn that it no longer takes."""
    states: list[str] = []
    is_stopped = threading.Event()
    job = SimpleNamespace(training_job_name="queued", training_job_status="InProgress", arn="arn", detail=dict)

    def move_to(status: str, secondary: str, message: str) -> None:
        states.append(status)
        job.training_job_status = status
        if status == "Stopped":
            is_stopped.set()

    job.move_to = move_to
    trainings = TrainingJobs(None, lambda *_: None, concurrency=0)  # type: ignore[arg-type]  # no turn ever comes, so no host is asked
    trainings.start(job, {})  # type: ignore[arg-type]  # what is asked of a job
    trainings.stop("queued")
    assert is_stopped.wait(10)
    assert states == ["InProgress", "Stopping", "Stopped"]
