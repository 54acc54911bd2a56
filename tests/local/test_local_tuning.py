"""SageMaker tuning jobs: a random search by training jobs."""

from __future__ import annotations

import random
from typing import Any

import pytest
from botocore.exceptions import ClientError
from local_app import eventually
from sample_templates import TAG

from local.cloud import Cloud
from local.tuning_jobs import sample

RANGES = {
    "IntegerParameterRanges": [{"Name": "layers", "MinValue": "1", "MaxValue": "9", "ScalingType": "Linear"}],
    "ContinuousParameterRanges": [{"Name": "accuracy", "MinValue": "0.1", "MaxValue": "0.9", "ScalingType": "Linear"}],
    "CategoricalParameterRanges": [{"Name": "optimizer", "Values": ["adam", "sgd"]}],
}
SETTINGS: dict[str, Any] = {
    "Strategy": "Bayesian",
    "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "test:accuracy"},
    "ParameterRanges": RANGES,
}


def create(cloud: Cloud, name: str, trainings: int = 3, static: dict[str, str] | None = None, **changes: Any) -> Any:
    """CreateHyperParameterTuningJob; returns a client."""
    s3, bucket = cloud.session().client("s3"), cloud.outputs["Results"]
    s3.put_object(Bucket=bucket, Key=f"inputs/{name}/training/a.csv", Body=b"text,label\n")
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/inputs/{name}/training/"}}
    definition = {
        "StaticHyperParameters": static or {},
        "AlgorithmSpecification": {
            "TrainingImage": f"{cloud.account}.dkr.ecr.{cloud.region}.amazonaws.com/{cloud.outputs['Images']}:{TAG}",
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "test:accuracy", "Regex": "metric test:accuracy=([0-9.]+)"}],
        },
        "RoleArn": cloud.outputs["Role"],
        "InputDataConfig": [{"ChannelName": "training", "DataSource": source}],
        "OutputDataConfig": {"S3OutputPath": f"s3://{bucket}/models"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    }
    settings = SETTINGS | {"ResourceLimits": {"MaxNumberOfTrainingJobs": trainings, "MaxParallelTrainingJobs": 1}}
    sagemaker = cloud.session().client("sagemaker")
    request = {"HyperParameterTuningJobConfig": settings, "TrainingJobDefinition": definition} | changes
    sagemaker.create_hyper_parameter_tuning_job(HyperParameterTuningJobName=name, **request)
    return sagemaker


def ended(sagemaker: Any, name: str) -> Any:
    """The job once it has ended."""

    def look() -> Any:
        found = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
        return found if found["HyperParameterTuningJobStatus"] in ("Completed", "Failed", "Stopped") else None

    return eventually(look)


def test_the_best_of_some_trainings_is_found(cloud: Cloud) -> None:
    """Each training gets values of its own beside those that all share, and what the metric calls best is named as the best."""
    sagemaker = create(cloud, "tune", static={"epochs": "1"})
    found = ended(sagemaker, "tune")
    assert (found["HyperParameterTuningJobStatus"], found["TrainingJobStatusCounters"]["Completed"]) == ("Completed", 3)
    trials = sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(HyperParameterTuningJobName="tune")["TrainingJobSummaries"]
    values = [trial["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] for trial in trials]
    assert len(set(values)) == len(trials) == 3
    best = found["BestTrainingJob"]
    assert best["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] == max(values)
    trained = sagemaker.describe_training_job(TrainingJobName=best["TrainingJobName"])
    assert trained["HyperParameters"] == {"epochs": "1", "_tuning_objective_metric": "test:accuracy"} | best["TunedHyperParameters"]


def test_a_search_without_a_single_model_has_failed(cloud: Cloud) -> None:
    """Trainings that fail are counted, and a job of nothing else says so."""
    sagemaker = create(cloud, "tune-badly", trainings=2, static={"failure": "No good."})
    found = ended(sagemaker, "tune-badly")
    assert (found["HyperParameterTuningJobStatus"], found["TrainingJobStatusCounters"]["NonRetryableError"]) == ("Failed", 2)
    assert found["FailureReason"] == "No training job succeeded."


def test_a_search_ends_when_nothing_gets_better(cloud: Cloud) -> None:
    """All trainings are as good as the first one: three in a row without a better one are enough."""
    name, settings = "tune-flat", dict(SETTINGS)
    settings["ParameterRanges"] = {"IntegerParameterRanges": RANGES["IntegerParameterRanges"]}
    settings["ResourceLimits"] = {"MaxNumberOfTrainingJobs": 9, "MaxParallelTrainingJobs": 1}
    settings["TuningJobCompletionCriteria"] = {"BestObjectiveNotImproving": {"MaxNumberOfTrainingJobsNotImproving": 3}}
    found = ended(create(cloud, name, HyperParameterTuningJobConfig=settings), name)
    assert (found["HyperParameterTuningJobStatus"], found["TrainingJobStatusCounters"]["Completed"]) == ("Completed", 4)


def test_a_search_can_be_stopped(cloud: Cloud) -> None:
    """Its training under way is stopped with it, and no other one begins."""
    sagemaker = create(cloud, "tune-long", static={"seconds": "60"})
    eventually(lambda: sagemaker.list_training_jobs(NameContains="tune-long", StatusEquals="InProgress")["TrainingJobSummaries"])
    sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="tune-long")
    found = ended(sagemaker, "tune-long")
    assert found["HyperParameterTuningJobStatus"] == "Stopped"
    assert sum(found["TrainingJobStatusCounters"].values()) == 1


def test_what_is_not_supported_is_refused(cloud: Cloud) -> None:
    """Several definitions, a warm start, an endless search: a sentence each."""
    limits = {"HyperParameterTuningJobConfig": {"Strategy": "Random", "ResourceLimits": {"MaxParallelTrainingJobs": 1}}}
    with pytest.raises(ClientError, match="needs MaxNumberOfTrainingJobs"):
        create(cloud, "tune-on", **limits)
    parents = {"ParentHyperParameterTuningJobs": [{"HyperParameterTuningJobName": "tune"}], "WarmStartType": "TransferLearning"}
    with pytest.raises(ClientError, match="without a warm start"):
        create(cloud, "tune-warm", WarmStartConfig=parents)


def test_values_keep_within_their_ranges() -> None:
    """By all scales; a logarithmic one tries each order of magnitude about as often as the next."""
    scales = ("Linear", "Logarithmic", "ReverseLogarithmic", "Auto")
    ranges = {
        "ContinuousParameterRanges": [{"Name": scale, "MinValue": "0.001", "MaxValue": "0.9", "ScalingType": scale} for scale in scales],
        "IntegerParameterRanges": [{"Name": "n", "MinValue": "2", "MaxValue": "5", "ScalingType": "Linear"}],
    }
    rng = random.Random(1)  # noqa: S311  # the same draws each time
    drawn = [sample(ranges, rng) for _ in range(500)]
    assert all(0.001 <= float(each[scale]) <= 0.9 for each in drawn for scale in scales)
    assert {each["n"] for each in drawn} == {"2", "3", "4", "5"}
    small = {scale: sum(float(each[scale]) < 0.03 for each in drawn) / len(drawn) for scale in scales}
    assert small["Linear"] < 0.1
    assert 0.4 < small["Logarithmic"] < 0.6
    assert small["ReverseLogarithmic"] < 0.05
    assert 0.4 < small["Auto"] < 0.6
