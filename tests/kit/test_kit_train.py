"""`kit train`: what the SageMaker SDK is made to send, and what a person is told."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from kit_account import Account, Answer

from contract.container_environments import TrainingEnvironment
from contract.deployment import Deployment, TrainingSurroundings
from contract.errors import PlatformError, UserError
from contract.evaluations import Evaluation
from contract.hyperparameters import Hyperparameters
from contract.layout import correction_key, parse_s3_uri
from contract.metrics import metric_definitions
from kit.model_trainer import wait

Kit = Callable[..., Answer]

# The SDK's ModelTrainer itself imports from where its parts lay before.
pytestmark = pytest.mark.filterwarnings("ignore:sagemaker.train.configs has been moved:DeprecationWarning")

EVALUATION = Evaluation(
    challenger={"accuracy": 0.9, "macro_f1": 0.88, "rows": 50},
    champion={"accuracy": 0.8, "macro_f1": 0.7, "rows": 50},
    champion_version=3,
    majority_accuracy=0.2,
    labels=["a", "b"],
    champion_labels=["a", "b"],
    held_out="a share of the training rows",
    train_rows=400,
    validation_rows=50,
    dropped={"no text": 2, "no label": 0},
    epochs=5,
    best_epoch=4,
    train_seconds=61.0,
    warnings=["The label 'b' has few rows."],
)


@dataclass
class SageMaker:
    """Stands between the SDK and the service: keeps the request and does what the container does."""

    account: Account
    requests: list[dict[str, Any]] = field(default_factory=list)
    has_evaluation: bool = True

    def create(self, params: dict[str, Any], **_: object) -> None:
        """Take a request."""
        request = json.loads(params["body"])
        self.requests.append(request)
        if self.has_evaluation:
            bucket, key = parse_s3_uri(request["Environment"]["EVALUATION_URI"])
            self.account.s3.put_object(Bucket=bucket, Key=key, Body=EVALUATION.to_json().encode())


@pytest.fixture
def sagemaker(account: Account) -> Any:
    """Listens to all clients of SageMaker; the SDK keeps its own, so it must forget those of earlier tests."""
    from sagemaker.core.utils.utils import SageMakerClient  # type: ignore[import-untyped]  # noqa: PLC0415  # slow, without types

    SageMakerClient.reset()
    listener = SageMaker(account)
    events = account.session._session.get_component("event_emitter")
    events.register("before-call.sagemaker.CreateTrainingJob", listener.create, "create")
    yield listener
    events.unregister("before-call.sagemaker.CreateTrainingJob", unique_id="create")


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    """A labelled file."""
    path = tmp_path / "Claims März.csv"
    path.write_text("text,kind\nIt leaks,Leak\nIt drips,Leak\nIt hums,Noise\nIt rattles,Noise\n")
    return path


def test_the_request_is_that_of_a_dropped_file(
    account: Account, kit: Kit, sagemaker: SageMaker, rows: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Role, image, channels, outputs, metrics, environment and hyperparameters go out as start_training sends them."""
    for version in (1, 2, 3):
        model = account.add_model(version)
    account.use(3)
    told: list[object] = []
    monkeypatch.setattr("sagemaker.core.telemetry.telemetry_logging._send_telemetry_request", lambda *call: told.append(call))
    answer = kit("train", rows, "--test", rows, "-p", "epochs=9", "--instance-type", "ml.c5.xlarge", "--spot", "--max-run-seconds", "600")
    assert answer.status == 0, answer.errors
    assert told == []  # the SDK reports to nobody
    (request,) = sagemaker.requests
    channels = {entry["ChannelName"]: entry["DataSource"]["S3DataSource"]["S3Uri"] for entry in request["InputDataConfig"]}
    run = channels["training"].split("/")[4]
    assert run.startswith("tck-dev-try-claims-m-rz-")
    assert request["TrainingJobName"].startswith(run)
    assert len(request["TrainingJobName"]) <= 63
    assert channels == {
        "training": f"s3://the-models/inputs/{run}/training/",
        "test": f"s3://the-models/inputs/{run}/test/",
        "champion": model.artifact_uri,
    }
    assert account.s3.get_object(Bucket="the-models", Key=f"inputs/{run}/training/Claims März.csv")["Body"].read() == rows.read_bytes()
    assert request["RoleArn"] == account.deployment.training_role_arn
    assert request["AlgorithmSpecification"]["TrainingImage"] == account.deployment.training_image
    assert request["AlgorithmSpecification"]["TrainingInputMode"] == "File"
    assert request["AlgorithmSpecification"]["MetricDefinitions"] == metric_definitions()
    assert request["HyperParameters"] == Hyperparameters(epochs=9, label_column="kind").to_strings()
    assert request["OutputDataConfig"]["S3OutputPath"] == "s3://the-models/models"
    assert request["CheckpointConfig"]["S3Uri"] == f"s3://the-models/checkpoints/{run}/"
    assert request["ResourceConfig"] == {"InstanceType": "ml.c5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30}
    assert request["StoppingCondition"] == {"MaxRuntimeInSeconds": 600, "MaxWaitTimeInSeconds": 1200}
    assert request["EnableManagedSpotTraining"] is True
    environment = TrainingEnvironment.from_env(request["Environment"])
    assert environment == TrainingEnvironment(
        commit=account.deployment.commit,
        champion_version=3,
        training_object=f"s3://the-models/inputs/{run}/training/Claims März.csv",
        training_object_version=environment.training_object_version,
        evaluation_uri=f"s3://the-models/models/{run}/evaluation.json",
        image_tag="cpu-0123456789abcdef",
        accelerator="cpu",
    )
    assert environment.training_object_version
    assert {tag["Key"]: tag["Value"] for tag in request["Tags"]} == {
        "product": "text-classification-kit",
        "stage": "dev",
        "classifier": "main",
    }
    for words in (
        "90.0% of 50 held-out rows",
        "80.0% (model v3)",
        "2 rows (no text)",
        "few rows",
        f"kit drop {rows} --to train -p epochs=9",
    ):
        assert words in answer.output


def test_what_people_said_comes_along(account: Account, kit: Kit, sagemaker: SageMaker, rows: Path) -> None:
    """The classifier's corrections are a channel, as for a dropped file, read where they lie; another classifier's are not."""
    for classifier in ("tone", "urgency"):
        account.s3.put_object(Bucket="the-train", Key=correction_key(classifier, "0f", "predict-1", 7), Body=b"{}")
    for classifier in ("main", "tone"):
        assert kit("train", rows, "--no-wait", "--classifier", classifier).status == 0
    found = [
        {entry["ChannelName"]: entry["DataSource"]["S3DataSource"]["S3Uri"] for entry in request["InputDataConfig"]}
        for request in sagemaker.requests
    ]
    assert [channels.get("corrections") for channels in found] == [None, "s3://the-train/corrections/tone/"]


def test_a_first_try_has_no_champion_and_the_deployments_machine(account: Account, kit: Kit, sagemaker: SageMaker, rows: Path) -> None:
    """Without a model in use there is nothing to compare with; --no-wait returns the job's name."""
    answer = kit("train", rows, "--no-wait", "--json")
    (request,) = sagemaker.requests
    assert answer.json == {"training_job": request["TrainingJobName"]}
    assert [entry["ChannelName"] for entry in request["InputDataConfig"]] == ["training"]
    assert request["ResourceConfig"]["InstanceType"] == "ml.m5.large"
    assert request["EnableManagedSpotTraining"] is False
    assert "VpcConfig" not in request
    assert "KmsKeyId" not in request["OutputDataConfig"]


@pytest.mark.parametrize("machine", ["", "ml.g4dn.xlarge"])
def test_a_try_runs_where_trainings_must_and_under_their_key(
    account: Account, kit: Kit, sagemaker: SageMaker, rows: Path, monkeypatch: pytest.MonkeyPatch, machine: str
) -> None:
    """As the deployment says; the key for disks only on the deployment's machine, for others may have local disks, which take none."""
    surroundings = TrainingSurroundings(
        subnets="subnet-1,subnet-2", security_group="sg-1", output_key_arn="the-key", volume_key_arn="the-disks"
    )
    deployment = replace(account.deployment, training_surroundings=surroundings.to_json())
    monkeypatch.setattr(Deployment, "from_outputs", lambda outputs: deployment)
    answer = kit("train", rows, "--no-wait", "--json", *(["--instance-type", machine] if machine else []))
    assert answer.status == 0, answer.errors
    (request,) = sagemaker.requests
    assert request["VpcConfig"] == {"Subnets": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"]}
    assert request["OutputDataConfig"]["KmsKeyId"] == "the-key"
    assert request["ResourceConfig"].get("VolumeKmsKeyId", "") == ("" if machine else "the-disks")


def test_json_gives_the_evaluation(account: Account, kit: Kit, sagemaker: SageMaker, rows: Path) -> None:
    """A script gets the scores and where the artifact lies, and nothing else on stdout."""
    answer = kit("train", rows, "--json").json
    assert answer["evaluation"]["challenger"]["accuracy"] == 0.9
    assert answer["artifact"].endswith("/output/model.tar.gz")


class Describing:
    """A client of SageMaker that answers with one state after the other."""

    def __init__(self, *states: dict[str, str]) -> None:
        self.states = list(states)

    def describe_training_job(self, TrainingJobName: str) -> dict[str, str]:  # boto3's name
        """The next state."""
        return self.states.pop(0)


def test_waiting_ends_with_the_completed_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job is asked for until it is completed."""
    monkeypatch.setattr("kit.model_trainer.POLL_SECONDS", 0)
    starting = {"TrainingJobStatus": "InProgress", "SecondaryStatus": "Starting"}
    assert wait(Describing(starting, {"TrainingJobStatus": "InProgress"}, {"TrainingJobStatus": "Completed"}), "j") == {
        "TrainingJobStatus": "Completed"
    }


@pytest.mark.parametrize(
    ("end", "error", "words"),
    [
        (
            {"TrainingJobStatus": "Failed", "FailureReason": "AlgorithmError: The file has one class only, 'x'., exit code: 2"},
            UserError,
            "The file has one class only, 'x'.",
        ),
        ({"TrainingJobStatus": "Failed", "FailureReason": "AlgorithmError: out of disk, exit code: 1"}, PlatformError, "out of disk"),
        ({"TrainingJobStatus": "Failed", "FailureReason": "CapacityError: no machine"}, PlatformError, "CapacityError: no machine"),
        ({"TrainingJobStatus": "Stopped", "SecondaryStatus": "MaxRuntimeExceeded"}, PlatformError, "MaxRuntimeExceeded"),
    ],
)
def test_a_failed_training_is_a_sentence(end: dict[str, str], error: type[Exception], words: str) -> None:
    """The container's sentence arrives; bad data is told from the rest."""
    with pytest.raises(error, match=re.escape(words)):
        wait(Describing(end), "j")


def test_a_training_without_evaluation_is_our_fault(account: Account, kit: Kit, sagemaker: SageMaker, rows: Path) -> None:
    """A completed job that left no scores is reported as a defect, in a sentence."""
    sagemaker.has_evaluation = False
    answer = kit("train", rows)
    assert answer.status == 1
    assert "left no evaluation" in answer.errors


def test_bad_hyperparameters_send_nothing(account: Account, kit: Kit, sagemaker: SageMaker, rows: Path) -> None:
    """A misspelt name costs no upload and no training."""
    answer = kit("train", rows, "-p", "epoch=3")
    assert answer.status == 2
    assert "did you mean 'epochs'?" in answer.errors
    assert sagemaker.requests == []
    assert account.s3.list_objects_v2(Bucket="the-models")["KeyCount"] == 0


def test_another_engine_is_left_to_a_drop(account: Account, kit: Kit, sagemaker: SageMaker, rows: Path) -> None:
    """BlazingText takes three jobs: the sentence has the command that makes them, and nothing is sent."""
    answer = kit("train", rows, "-p", "engine=auto")
    assert answer.status == 2
    assert f"kit drop {rows} --to train -p engine=auto" in " ".join(answer.errors.split())
    assert sagemaker.requests == []
