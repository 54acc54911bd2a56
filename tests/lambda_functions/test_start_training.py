"""start_training: a labelled file becomes one training job, or a sentence that says why not."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from deployed_functions import Deployed

from contract.errors import AlgorithmError, PlatformError
from contract.hyperparameters import Hyperparameters
from contract.layout import correction_key
from contract.metrics import metric_definitions
from contract.records import JobStatus
from contract.review_ledger import ReviewLedger

KEY = "März 2026/claims (2) + late.CSV"


def _request(deployed: Deployed) -> dict[str, Any]:
    (request,) = deployed.training_jobs.values()
    return request


def test_a_dropped_file_starts_a_training_of_its_exact_bytes(deployed: Deployed) -> None:
    """The job reads a copy of the very version of the event, under the file's own name, whatever is dropped meanwhile."""
    event = deployed.drop("train", KEY, b"text,label\nfirst,a\n")
    deployed.drop("train", KEY, b"text,label\nsecond,b\n")
    deployed.invoke("start_training", event)
    job = deployed.job(event)
    assert (job.status, job.platform_id, job.model_version) == (JobStatus.RUNNING, f"tck-dev-{job.job_id}", 1)
    assert job.message == "Training model v1."
    copy = deployed.s3.get_object(Bucket="models", Key=f"inputs/tck-dev-{job.job_id}/training/claims (2) + late.CSV")
    assert copy["Body"].read() == b"text,label\nfirst,a\n"
    assert deployed.messages() == []
    (message,) = deployed.received()
    assert "Training model v1.\n\nThat takes about 5 minutes once a machine is free and costs about 0.08 USD" in message


@pytest.mark.parametrize(("metadata", "told"), [({}, (False, 0)), ({"answers": "13"}, (True, 13)), ({"answers": "many"}, (True, 0))])
def test_a_training_on_answers_is_known_as_one(deployed: Deployed, metadata: dict[str, str], told: tuple[bool, int]) -> None:
    """By what stands beside the file that was written over itself; a file that was dropped has nothing of it."""
    event = deployed.drop("train", KEY, metadata=metadata)
    deployed.invoke("start_training", event)
    assert (deployed.job(event).is_anew, deployed.job(event).answers) == told


@pytest.mark.parametrize("key", ["labelled/march.manifest", "a/rows.JSONL", "output.manifest.gz", "x.Jsonl.gz"])
def test_a_manifest_starts_a_training(deployed: Deployed, key: str) -> None:
    """Under its own name, by which the container knows how to read it."""
    event = deployed.drop("train", key)
    deployed.invoke("start_training", event)
    job = deployed.job(event)
    assert job.status == JobStatus.RUNNING
    name = key.rsplit("/", 1)[-1]
    assert deployed.s3.head_object(Bucket="models", Key=f"inputs/tck-dev-{job.job_id}/training/{name}")


def test_the_first_training_job_is_what_the_seams_agree_on(deployed: Deployed) -> None:
    """Every field of the request that the container, the gate or the bill depends on."""
    event = deployed.drop("train", "classifiers/tone/claims.csv")
    deployed.invoke("start_training", event)
    name = f"tck-dev-{deployed.job(event).job_id}"
    version = event["detail"]["object"]["version-id"]
    assert _request(deployed) == {
        "TrainingJobName": name,
        "RoleArn": "arn:aws:iam::123456789012:role/training-role",
        "AlgorithmSpecification": {
            "TrainingImage": "123456789012.dkr.ecr.eu-central-1.amazonaws.com/tck-dev:gpu-0123456789ab",
            "TrainingInputMode": "File",
            "MetricDefinitions": metric_definitions(),
        },
        "HyperParameters": Hyperparameters().to_strings(),
        "InputDataConfig": [
            {
                "ChannelName": "training",
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://models/inputs/{name}/training/"}},
            }
        ],
        "OutputDataConfig": {"S3OutputPath": "s3://models/models"},
        "ResourceConfig": {"InstanceType": "ml.g4dn.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30},
        "StoppingCondition": {"MaxRuntimeInSeconds": 7200, "MaxWaitTimeInSeconds": 14_400},
        "EnableManagedSpotTraining": True,
        "CheckpointConfig": {"S3Uri": f"s3://models/checkpoints/{name}/"},
        "Environment": {
            "CLASSIFIER": "tone",
            "MODEL_VERSION": "1",
            "CHAMPION_VERSION": "0",
            "TRAINING_OBJECT": "s3://train/classifiers/tone/claims.csv",
            "TRAINING_OBJECT_VERSION": version,
            "EVALUATION_URI": f"s3://models/models/{name}/evaluation.json",
            "IMAGE_TAG": "gpu-0123456789ab",
            "COMMIT": "abcdef0",
            "ACCELERATOR": "gpu",
        },
        "Tags": [
            {"Key": "product", "Value": "text-classification-kit"},
            {"Key": "stage", "Value": "dev"},
            {"Key": "classifier", "Value": "tone"},
        ],
    }


def test_the_current_model_comes_along_as_the_champion(deployed: Deployed) -> None:
    """Both models are scored on the same rows, so the challenger's job receives the artifact of the one in use."""
    model = deployed.add_model(9)
    event = deployed.drop("train", "claims.csv")
    deployed.invoke("start_training", event)
    request = _request(deployed)
    channels = {channel["ChannelName"]: channel["DataSource"]["S3DataSource"]["S3Uri"] for channel in request["InputDataConfig"]}
    assert channels["champion"] == model.artifact_uri
    assert (request["Environment"]["MODEL_VERSION"], request["Environment"]["CHAMPION_VERSION"]) == ("10", "9")


def test_what_people_said_comes_along_where_it_lies(deployed: Deployed) -> None:
    """The classifier's own corrections are a channel, and its answers are counted anew; without any, SageMaker would refuse the channel."""
    ledger = ReviewLedger(boto3.resource("dynamodb").Table("ledger"))
    for classifier in ("main", "tone"):
        ledger.add_one(classifier)
    deployed.s3.put_object(Bucket="train", Key=correction_key("tone", "0f", "predict-1", 7), Body=b"{}")
    requests = []
    for key in ("claims.csv", "classifiers/tone/claims.csv"):
        deployed.invoke("start_training", deployed.drop("train", key))
        requests.append(deployed.requests("CreateTrainingJob")[-1])
    uris = [
        {channel["ChannelName"]: channel["DataSource"]["S3DataSource"]["S3Uri"] for channel in request["InputDataConfig"]}
        for request in requests
    ]
    assert [uri.get("corrections") for uri in uris] == [None, "s3://train/corrections/tone/"]
    assert [ledger.since_training(classifier) for classifier in ("main", "tone")] == [0, 0]


def test_without_spot_there_is_no_waiting_time(deployed: Deployed) -> None:
    """SageMaker refuses a waiting time for machines that are not on the spot market."""
    deployed.invoke("start_training", deployed.drop("train", "claims.csv"), IS_SPOT="false")
    assert _request(deployed)["StoppingCondition"] == {"MaxRuntimeInSeconds": 7200}
    assert _request(deployed)["EnableManagedSpotTraining"] is False


def test_a_customer_key_encrypts_volume_and_artifact(deployed: Deployed) -> None:
    """The option reaches both places where the training writes."""
    key = "arn:aws:kms:eu-central-1:123456789012:key/k"
    deployed.invoke("start_training", deployed.drop("train", "claims.csv"), OUTPUT_KEY_ARN=key, VOLUME_KEY_ARN=key)
    assert _request(deployed)["OutputDataConfig"]["KmsKeyId"] == key
    assert _request(deployed)["ResourceConfig"]["VolumeKmsKeyId"] == key


def test_a_machine_with_local_disks_takes_the_key_for_the_artifact_only(deployed: Deployed) -> None:
    """SageMaker refuses a volume key for GPU instances; the artifact is the customer's all the same."""
    key = "arn:aws:kms:eu-central-1:123456789012:key/k"
    deployed.invoke("start_training", deployed.drop("train", "claims.csv"), OUTPUT_KEY_ARN=key)
    assert _request(deployed)["OutputDataConfig"]["KmsKeyId"] == key
    assert "VolumeKmsKeyId" not in _request(deployed)["ResourceConfig"]


def test_a_training_runs_in_the_network_of_the_settings(deployed: Deployed) -> None:
    """Subnets and security group reach SageMaker; without them the request names no network."""
    deployed.invoke("start_training", deployed.drop("train", "inside.csv"), SUBNETS="subnet-1,subnet-2", SECURITY_GROUP="sg-1")
    assert _request(deployed)["VpcConfig"] == {"Subnets": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"]}


def test_hyperparameters_of_the_settings_give_way_to_those_of_the_file(deployed: Deployed) -> None:
    """Recipe, then settings, then the object's metadata, also where one of them uses an alias."""
    event = deployed.drop("train", "claims.csv", metadata={"hyperparameters": json.dumps({"num_epoch": "7", "layers": 2})})
    settings = {"epochs": "3", "batch_size": "16", "text_column": "said", "label_column": "kind"}
    deployed.invoke("start_training", event, HYPERPARAMETERS=json.dumps(settings))
    given = _request(deployed)["HyperParameters"]
    assert (given["epochs"], given["layers"], given["batch_size"]) == ("7", "2", "16")
    assert (given["text_column"], given["label_column"]) == ("said", "kind")


def test_a_folder_made_in_the_console_is_no_file(deployed: Deployed) -> None:
    """A key that ends in a slash leaves no trace."""
    deployed.invoke("start_training", deployed.drop("train", "march/", b""))
    assert list(deployed.ledger.jobs()) == []
    assert deployed.messages() == []


def test_a_file_without_a_name_is_refused(deployed: Deployed) -> None:
    """A key that ends in a slash and has content is no folder: whoever put it there hears of it."""
    event = deployed.drop("train", "march/", b"text,label\n")
    deployed.invoke("start_training", event)
    assert deployed.job(event).message.startswith("'march/' is not a file that can be read")


def test_the_same_event_twice_starts_one_training(deployed: Deployed) -> None:
    """A second delivery is recognised by bucket, key and version; it takes no version number either."""
    event = deployed.drop("train", "claims.csv")
    deployed.invoke("start_training", event)
    deployed.invoke("start_training", event)
    assert len(deployed.requests("CreateTrainingJob")) == 1
    assert deployed.ledger.next_version("main") == 2


def test_the_same_file_dropped_again_is_a_new_training(deployed: Deployed) -> None:
    """Equal bytes under an equal name are a deliberate second drop."""
    for _ in range(2):
        deployed.invoke("start_training", deployed.drop("train", "claims.csv"))
    assert [request["Environment"]["MODEL_VERSION"] for request in deployed.training_jobs.values()] == ["1", "2"]


def test_a_missing_quota_fails_with_the_remedy(deployed: Deployed) -> None:
    """No quota and a quota in use have the same error, so both remedies are told."""
    event = deployed.drop("train", "claims.csv")
    deployed.fail("CreateTrainingJob", "ResourceLimitExceeded")
    deployed.invoke("start_training", event)
    job = deployed.job(event)
    assert job.status == JobStatus.FAILED
    assert "ml.g4dn.xlarge" in job.message
    assert "Wait until the running trainings end" in job.message
    assert "Service Quotas" in job.message
    assert "drop the file again" not in job.message
    assert "'kit retry" in deployed.messages()[0]
    assert deployed.messages()[0].startswith("Not trained: claims.csv")


def test_a_request_that_sagemaker_refuses_fails_for_good(deployed: Deployed) -> None:
    """Trying the same request again would be refused again."""
    event = deployed.drop("train", "claims.csv")
    deployed.fail("CreateTrainingJob", "ValidationException")
    deployed.invoke("start_training", event)
    assert deployed.job(event).status == JobStatus.FAILED
    assert "SageMaker does not accept the training job" in deployed.job(event).message


def test_throttling_is_tried_again_at_once_with_the_same_number(deployed: Deployed) -> None:
    """The error reaches Lambda, which retries; the lease is given back and the version number kept."""
    event = deployed.drop("train", "claims.csv")
    deployed.fail("CreateTrainingJob", "ThrottlingException")
    with pytest.raises(ClientError, match="ThrottlingException"):
        deployed.invoke("start_training", event)
    held = deployed.job(event)
    assert (held.status, held.lease_until) == (JobStatus.RECEIVED, 0)
    assert "tried again" in held.message
    deployed.invoke("start_training", event)
    job = deployed.job(event)
    assert (job.status, job.model_version, job.attempts) == (JobStatus.RUNNING, 1, 2)
    assert len(deployed.training_jobs) == 1


def test_a_crash_between_start_and_record_starts_no_second_training(deployed: Deployed) -> None:
    """The job's name is the same at the next try, so SageMaker itself says that it exists."""
    event = deployed.drop("train", "claims.csv")
    deployed.kill("UpdateItem", skip=2)  # after the version number and its note comes the record of the start
    deployed.killed("start_training", event)
    assert len(deployed.training_jobs) == 1
    assert deployed.job(event).status == JobStatus.RECEIVED
    deployed.invoke("start_training", event)
    assert (deployed.job(event).status, deployed.job(event).model_version) == (JobStatus.RUNNING, 1)
    assert len(deployed.training_jobs) == 1


def test_a_second_attempt_keeps_the_champion_of_the_first(deployed: Deployed) -> None:
    """The job that already runs was given that champion; the record must say the same."""
    event = deployed.drop("train", "claims.csv")
    deployed.add_model(1)
    deployed.kill("UpdateItem", skip=2)
    deployed.killed("start_training", event)
    deployed.add_model(3)
    deployed.invoke("start_training", event)
    assert deployed.job(event).champion_version == 1


def test_a_delivery_during_the_first_is_sent_back(deployed: Deployed) -> None:
    """While one delivery is at work, the other fails and is retried by Lambda."""
    event = deployed.drop("train", "claims.csv")

    def deliver_again() -> None:
        with pytest.raises(PlatformError, match="being started by another delivery"):
            deployed.invoke("start_training", event)

    deployed.before("CreateTrainingJob", deliver_again)
    deployed.invoke("start_training", event)
    assert len(deployed.requests("CreateTrainingJob")) == 1


def test_a_training_that_ended_before_its_start_was_recorded_stays_ended(deployed: Deployed) -> None:
    """The record of the start does not put a finished job back to running."""
    event = deployed.drop("train", "claims.csv")

    def end() -> None:
        job = deployed.job(event)
        if job.status == JobStatus.RECEIVED:
            assert deployed.ledger.move(job, JobStatus.FAILED, message="ended already")

    deployed.before("UpdateItem", end, skip=2)
    deployed.invoke("start_training", event)
    assert deployed.job(event).message == "ended already"


def test_an_incomplete_environment_is_named(deployed: Deployed) -> None:
    """A function deployed with a wrong variable says which."""
    with pytest.raises(AlgorithmError, match="VOLUME_GIB='many' is no int"):
        deployed.invoke("start_training", deployed.drop("train", "claims.csv"), VOLUME_GIB="many")
