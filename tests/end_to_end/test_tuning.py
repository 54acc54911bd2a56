"""Hyperparameters are tuned on the local cloud, and the best ones go through the gate."""

from __future__ import annotations

from pathlib import Path

import pytest
from local_kit import QUICK, LocalKit, labelled_rows

CLASSIFIER = "tuned"


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A labelled file."""
    path = tmp_path_factory.mktemp("tuned") / "to tune.csv"
    path.write_bytes(labelled_rows(300))
    return path


def test_the_best_of_two_is_trained_and_published(local_kit: LocalKit, rows: Path) -> None:
    """Two trainings try values of what was left open; the file is dropped with the better ones, and its model is in use."""
    fixed = [f"-p{name}={value}" for name, value in QUICK.items()]
    answer = local_kit("tune", rows, "--classifier", CLASSIFIER, "--trainings", "2", "--json", *fixed)
    assert answer.status == 0, answer.errors
    found = answer.json
    assert QUICK.items() <= found["hyperparameters"].items()
    assert 0.2 <= float(found["hyperparameters"]["dropout"]) <= 0.7
    sagemaker = local_kit.session.client("sagemaker")
    tuning = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=found["tuning_job"])
    assert tuning["TrainingJobStatusCounters"]["Completed"] == 2
    assert local_kit.ledger.current(CLASSIFIER).version == 1
    trained = local_kit.ledger.job(found["job_id"])
    assert trained.key == f"classifiers/{CLASSIFIER}/to tune.csv"
    artifact_of_tuning = tuning["TrainingJobDefinition"]["OutputDataConfig"]["S3OutputPath"]
    assert not local_kit.ledger.model(CLASSIFIER, 1).artifact_uri.startswith(artifact_of_tuning)  # which expires


def test_blazingtext_is_tuned_by_its_own_names(local_kit: LocalKit, rows: Path) -> None:
    """Its lines are written once, fastText tries values in its place, and they are said as a dropped file takes them, also when resumed."""
    options = ["-p", "engine=blazingtext", "-p", "blazingtext_epochs=5", "--trainings", "2", "--no-drop", "--json"]
    answer = local_kit("tune", rows, *options)
    assert answer.status == 0, answer.errors
    found = answer.json["hyperparameters"]
    assert (found["engine"], found["blazingtext_epochs"]) == ("blazingtext", "5")
    assert 0.02 <= float(found["blazingtext_learning_rate"]) <= 2
    assert int(found["blazingtext_buckets"]) >= 50_000
    again = local_kit("tune", "--resume", answer.json["tuning_job"], "--no-drop", "--json")
    assert (again.status, again.json) == (0, answer.json), again.errors
