"""`kit erase` of texts without a label: they go from the labelling jobs too, and what others said of other texts stays."""

from __future__ import annotations

from collections.abc import Callable

import boto3
import pytest
from kit_account import Account, Answer

from contract.labelling import Task, manifest_drop, tasks_key, tasks_of, to_content
from contract.labelling_ledger import LabellingJob, LabellingLedger, LabellingStatus, TextState
from contract.texts import text_digest

Kit = Callable[..., Answer]
FIRST, SECOND = "unlabelled/urgency/first.csv", "unlabelled/urgency/second.csv"
DROP = manifest_drop("urgency", "week")


def _task(text: str, *objects: str) -> Task:
    return Task(digest=text_digest(text).hex(), text=text, objects=list(objects))


@pytest.fixture
def ledger(account: Account) -> LabellingLedger:
    """The records of labelling."""
    return LabellingLedger(boto3.resource("dynamodb").Table(account.deployment.ledger_table))


@pytest.fixture
def job(account: Account, ledger: LabellingLedger) -> LabellingJob:
    """A finished job about three texts, of which one stands in both files; each was answered."""
    bucket = account.deployment.train_bucket
    for key in (FIRST, SECOND):
        account.s3.put_object(Bucket=bucket, Key=key, Body=b"text\n")
    tasks = [_task("It leaks", FIRST), _task("It hums", FIRST, SECOND), _task("It rusts", SECOND)]
    key = tasks_key("urgency", "week")
    version = account.s3.put_object(Bucket=bucket, Key=key, Body=to_content(tasks))["VersionId"]
    manifest = account.s3.put_object(Bucket=bucket, Key=DROP.key, Body=b"{}\n")["VersionId"]
    made = LabellingJob(
        classifier="urgency",
        name="week",
        status=LabellingStatus.FINISHED,
        labels=["a", "b"],
        guidance=["", ""],
        answers_wanted=1,
        texts=3,
        tasks_version=version,
        created_at="2026-11-22T10:00:00.000+00:00",
        created_by="olga@example.com",
        manifest_version=manifest,
    )
    assert ledger.add(made)
    for task in tasks:
        assert ledger.lease(made, TextState(digest=task.digest), "ann@example.com", 60)
        ledger.answer(made, task.digest, "ann@example.com", "a")
    return made


def _contents(account: Account) -> str:
    """All versions of all objects of the train bucket."""
    bucket = account.deployment.train_bucket
    versions = account.s3.list_object_versions(Bucket=bucket).get("Versions", [])
    bodies = [account.s3.get_object(Bucket=bucket, Key=entry["Key"], VersionId=entry["VersionId"])["Body"].read() for entry in versions]
    return b"\n".join(bodies).decode()


def test_texts_go_from_the_jobs_that_asked_about_them(account: Account, kit: Kit, ledger: LabellingLedger, job: LabellingJob) -> None:
    """In every version, with their answers and the manifest; texts that another file holds stay, with what was said of them."""
    answer = kit("erase", FIRST, "--from", "train", "--json")
    assert answer.status == 0, answer.errors
    removed = {trace["what"]: trace["count"] for trace in answer.json["removed"]}
    assert removed == {"versions of the file": 2, "texts of labelling jobs": 1, "answers to them": 1}
    assert any("Finish its labelling job once more" in sentence for sentence in answer.json["remains"])
    assert "It leaks" not in _contents(account)
    left = ledger.find("urgency", "week")
    assert left
    assert {state.digest for state in ledger.states(left)} == {_task("It hums").digest, _task("It rusts").digest}
    thing = {"Bucket": account.deployment.train_bucket, "Key": tasks_key("urgency", "week"), "VersionId": left.tasks_version}
    tasks = tasks_of(account.s3.get_object(**thing)["Body"].read())
    assert [(task.text, task.objects) for task in tasks] == [("It hums", [SECOND]), ("It rusts", [SECOND])]
    assert (left.texts, left.manifest_version) == (2, "")
    listed = account.s3.list_object_versions(Bucket=account.deployment.train_bucket)
    assert DROP.key not in {entry["Key"] for entry in listed["Versions"]}


def test_looking_changes_nothing(account: Account, kit: Kit, ledger: LabellingLedger, job: LabellingJob) -> None:
    """--dry-run tells the same and leaves all as it was."""
    before = _contents(account)
    answer = kit("erase", FIRST, "--from", "train", "--dry-run", "--json")
    removed = {trace["what"]: trace["count"] for trace in answer.json["removed"]}
    assert removed == {"versions of the file": 2, "texts of labelling jobs": 1, "answers to them": 1}
    assert _contents(account) == before
    assert ledger.find("urgency", "week") == job


def test_an_erasure_that_broke_off_is_made_good(account: Account, kit: Kit, ledger: LabellingLedger, job: LabellingJob) -> None:
    """The texts were written anew and the job knows them, but the version before is there: a second call finds and deletes it."""
    bucket, key = account.deployment.train_bucket, tasks_key("urgency", "week")
    version = account.s3.put_object(Bucket=bucket, Key=key, Body=to_content([_task("It rusts", SECOND)]))["VersionId"]
    assert ledger.change(job, tasks_version=version, texts=1)
    answer = kit("erase", FIRST, "--from", "train", "--json")
    assert answer.status == 0, answer.errors
    assert "It leaks" not in _contents(account)
    assert "It rusts" in _contents(account)


@pytest.mark.parametrize(
    ("source", "key", "classifier"),
    [
        ("train", FIRST, "urgency"),
        ("train", "corrections/urgency/0-a-1.json", "urgency"),
        ("train", "classifiers/urgency/a.csv", "urgency"),
        ("train", "classifiers/Not a name/a.csv", "main"),
        ("predict", FIRST, "main"),
        ("predict", "classifiers/Not a name/a.csv", "main"),
    ],
)
def test_the_heading_names_the_classifier_whose_the_object_is(account: Account, kit: Kit, source: str, key: str, classifier: str) -> None:
    """Areas are reserved in the train bucket alone; a file that was refused for its name can be erased, too."""
    deployment = account.deployment
    bucket = deployment.train_bucket if source == "train" else deployment.predict_bucket
    account.s3.put_object(Bucket=bucket, Key=key, Body=b"")
    answer = kit("erase", key, "--from", source)
    assert (answer.status, answer.errors) == (0, "")
    assert answer.output.startswith(f"'{key}' of the classifier '{classifier}' is erased:")
