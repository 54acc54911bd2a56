"""start_training: what is refused before it costs a training, in a sentence."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError
from deployed_functions import Deployed
from function_environments import TOPIC_ARN

from contract.records import JobStatus


@pytest.mark.parametrize(
    ("metadata", "sentence"),
    [
        ('{"epoch": "3"}', "'epoch' is unknown (did you mean 'epochs'?)"),
        ('{"epochs": "0"}', "epochs=0 (allowed: 1 to 1000)"),
        ("epochs=3", "The hyperparameters that came with 'claims.csv' are not a JSON object"),
        ("[1]", "are not a JSON object"),
        ("7", "are not a JSON object"),
    ],
)
def test_a_bad_hyperparameter_costs_no_training(deployed: Deployed, metadata: str, sentence: str) -> None:
    """The mistake is told before a machine starts, in the ledger and to the owner."""
    event = deployed.drop("train", "claims.csv", metadata={"hyperparameters": metadata})
    deployed.invoke("start_training", event)
    job = deployed.job(event)
    assert job.status == JobStatus.REFUSED
    assert sentence in job.message
    assert sentence in deployed.messages()[0]
    assert deployed.training_jobs == {}


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("a/.rows.jsonl", "hidden file"),
        ("a/.claims.csv", "hidden file"),
        ("a/" + "é" * 126 + ".csv", "256 bytes, and 255"),
    ],
)
def test_a_name_that_would_fail_later_is_refused_at_once(deployed: Deployed, key: str, words: str) -> None:
    """Hidden files and long names have sentences of their own, before a machine starts."""
    event = deployed.drop("train", key)
    deployed.invoke("start_training", event)
    assert deployed.job(event).status == JobStatus.REFUSED
    assert f"'{key}'" in deployed.job(event).message
    assert words in deployed.job(event).message


def test_a_manifest_of_another_name_is_told_its_name(deployed: Deployed) -> None:
    """What a file is read as, its name decides."""
    event = deployed.drop("train", "march/claims.json")
    deployed.invoke("start_training", event)
    assert "If it is an augmented manifest, name it 'claims.manifest' and drop it again." in deployed.job(event).message


@pytest.mark.parametrize("key", ["claims.xlsx", "claims", "a/b.csv.zip", "notes.csv.txt"])
def test_a_file_of_another_kind_is_refused_with_the_remedy(deployed: Deployed, key: str) -> None:
    """A workbook does not vanish in a filter: its owner reads what to do."""
    event = deployed.drop("train", key)
    deployed.invoke("start_training", event)
    job = deployed.job(event)
    assert job.status == JobStatus.REFUSED
    assert job.message.startswith(f"'{key}' is not a file that can be read: its name should end in .csv, .tsv")
    (message,) = deployed.messages()
    assert message.startswith(f"Not trained: {key}")
    assert "CSV UTF-8" in message
    assert deployed.requests("Publish")[0]["TopicArn"] == TOPIC_ARN


@pytest.mark.parametrize("key", ["classifiers/Tone/claims.csv", "classifiers/main/claims.csv", "_work/claims.csv"])
def test_a_key_that_no_drop_may_have_is_refused_under_the_default_classifier(deployed: Deployed, key: str) -> None:
    """A refusal has a place in the ledger even when its classifier cannot be told."""
    event = deployed.drop("train", key)
    deployed.invoke("start_training", event)
    assert (deployed.job(event).status, deployed.job(event).classifier) == (JobStatus.REFUSED, "main")
    assert len(deployed.messages()) == 1


def test_bad_hyperparameters_in_the_settings_are_not_blamed_on_the_file(deployed: Deployed) -> None:
    """The person who deployed reads where the mistake is."""
    event = deployed.drop("train", "claims.csv")
    deployed.invoke("start_training", event, HYPERPARAMETERS="epochs=3")
    assert deployed.job(event).message == "The hyperparameters in the settings are not a JSON object: 'epochs=3'."


def test_a_file_too_big_to_copy_is_refused(deployed: Deployed) -> None:
    """Two gigabytes are surely copied in the function's time; the sentence says both sizes and the remedy."""
    event = deployed.drop("train", "claims.csv")
    event["detail"]["object"]["size"] = 6_200_000_000
    deployed.invoke("start_training", event)
    assert deployed.job(event).message == (
        "'claims.csv' has 6.2 GB; at most 2 GB are accepted. Compress it to .csv.gz or drop a part of it."
    )


@pytest.mark.parametrize("is_version_gone", [False, True], ids=["deleted", "version deleted"])
def test_a_file_deleted_before_its_training_is_refused(deployed: Deployed, is_version_gone: bool) -> None:
    """A person who takes a file back wants no training on it, though a versioned bucket still has its bytes."""
    event = deployed.drop("train", "claims.csv")
    version = {"VersionId": event["detail"]["object"]["version-id"]} if is_version_gone else {}
    deployed.s3.delete_object(Bucket="train", Key="claims.csv", **version)
    deployed.invoke("start_training", event)
    job = deployed.job(event)
    assert job.status == JobStatus.REFUSED
    assert job.message.startswith("'claims.csv' was deleted before its training started. Drop it again")
    assert len(deployed.messages()) == 1


def test_a_name_too_long_for_sagemaker_is_refused(deployed: Deployed) -> None:
    """SageMaker's variables hold 512 characters; a longer address of the file is said to be too long, not "a defect"."""
    event = deployed.drop("train", f"{'folder/' * 80}claims.csv")
    deployed.invoke("start_training", event)
    job = deployed.job(event)
    assert job.status == JobStatus.REFUSED
    assert "too long" in job.message
    assert deployed.training_jobs == {}


def test_the_longest_name_that_is_accepted_fits_every_field(deployed: Deployed) -> None:
    """One character below the limit, SageMaker's own limits hold for the whole request."""
    name = f"{'x' * 200}.csv"
    event = deployed.drop("train", f"{'y' * (512 - len('s3://train/') - 1 - len(name))}/{name}")
    deployed.invoke("start_training", event)
    assert deployed.job(event).status == JobStatus.RUNNING


def test_a_refusal_that_could_not_be_told_is_told_at_the_next_try(deployed: Deployed) -> None:
    """The ledger was written, SNS failed: the retry sends the message that is missing, and only that once."""
    event = deployed.drop("train", "claims.xlsx")
    deployed.fail("Publish", "InternalError")
    with pytest.raises(ClientError, match="InternalError"):
        deployed.invoke("start_training", event)
    assert deployed.job(event).status == JobStatus.REFUSED
    deployed.invoke("start_training", event)
    deployed.invoke("start_training", event)
    assert len(deployed.messages()) == 1
