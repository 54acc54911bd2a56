"""Trainings that learn from what people said: on demand, and after so many corrections."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest
from reviewed_jobs import BY_REVIEWER, corrections_in

from contract.ledger import ERASED
from contract.records import Job, JobKind, JobStatus, make_job_id


def test_a_training_anew_is_the_file_written_over_itself(reviews: ModuleType, desk: Any) -> None:
    """With its hyperparameters; the job is that of the new version, and there may be another one after it, whatever came of the first."""
    for count in (2, 3):
        job_id = reviews.train_anew(desk, "main")["job_id"]
        head = desk.s3.head_object(Bucket="train", Key="labelled.csv")
        assert job_id == make_job_id(JobKind.TRAIN, "train", "labelled.csv", head["VersionId"])
        copied = desk.ledger.model("main", 2).training_object_version
        assert head["Metadata"] == {"hyperparameters": "{}", "answers": "0", "copy-of": copied}
        assert desk.s3.get_object(Bucket="train", Key="labelled.csv")["Body"].read() == b"text,label\n"
        assert len(desk.s3.list_object_versions(Bucket="train", Prefix="labelled.csv")["Versions"]) == count


def test_what_the_gate_kept_out_is_not_trained_on_anew(reviews: ModuleType, desk: Any) -> None:
    """A newer file of the same name, from which no model in use was made, is neither taken nor hidden, and the sentence says what to do."""
    version = desk.s3.put_object(Bucket="train", Key="labelled.csv", Body=b"text,label\nmore,x\n")["VersionId"]
    with pytest.raises(reviews.Refusal, match=r"A newer file was dropped as 'labelled.csv'.*Drop the file that is to be trained on"):
        reviews.train_anew(desk, "main")
    assert desk.s3.head_object(Bucket="train", Key="labelled.csv")["VersionId"] == version
    made = replace(desk.ledger.model("main", 2), version=3, training_object_version=version)
    desk.ledger.add_model(made)
    desk.ledger.make_current(made, by="gate", before=desk.ledger.current("main"))
    reviews.train_anew(desk, "main")
    assert desk.s3.get_object(Bucket="train", Key="labelled.csv")["Body"].read() == b"text,label\nmore,x\n"


def test_a_copy_stands_for_the_version_that_expired(reviews: ModuleType, desk: Any) -> None:
    """The gate kept two trainings on copies out, and meanwhile the current model's own version is gone: the bytes are the same."""
    for _ in range(2):
        reviews.train_anew(desk, "main")
    desk.s3.delete_object(Bucket="train", Key="labelled.csv", VersionId=desk.ledger.model("main", 2).training_object_version)
    reviews.train_anew(desk, "main")
    assert desk.s3.get_object(Bucket="train", Key="labelled.csv")["Body"].read() == b"text,label\n"


def test_the_names_of_copies_fit_into_metadata(reviews: ModuleType, desk: Any) -> None:
    """However many models are made of copies of copies, S3 takes the metadata; the last ones are known, also after a rollback."""
    current, made = desk.ledger.current("main"), desk.ledger.model("main", 2)
    for version in range(3, reviews.MOST_COPIED + 5):
        last = desk.s3.head_object(Bucket="train", Key="labelled.csv")["VersionId"]
        before, made = made, replace(made, version=version, training_object_version=last)
        desk.ledger.add_model(made)
        current = desk.ledger.make_current(made, by="gate", before=current)
        reviews.train_anew(desk, "main")
    desk.ledger.make_current(before, by="ann", before=current)
    last = before.training_object_version
    reviews.train_anew(desk, "main")
    names = desk.s3.head_object(Bucket="train", Key="labelled.csv")["Metadata"]["copy-of"].split()
    assert (len(names), names[-1]) == (reviews.MOST_COPIED, last)


def test_without_a_file_nothing_is_trained(reviews: ModuleType, desk: Any) -> None:
    """No model yet, a training under way, a file that was deleted or erased, or that never was in the bucket: 409, and why."""
    with pytest.raises(reviews.Refusal, match="'tone' has no model yet"):
        reviews.train_anew(desk, "tone")
    running = desk.ledger.claim(
        Job(job_id="t", kind="train", classifier="main", status="received", bucket="train", key="k", object_version="v")
    )
    moved = desk.ledger.move(running, JobStatus.RUNNING)
    with pytest.raises(reviews.Refusal, match="is under way"):
        reviews.train_anew(desk, "main")
    desk.ledger.move(moved, JobStatus.DONE)
    desk.s3.delete_object(Bucket="train", Key="labelled.csv")
    model, current = desk.ledger.model("main", 2), desk.ledger.current("main")
    for version, address in enumerate((model.training_object, ERASED, "s3://models/inputs/try/training/a.csv"), 3):
        made = replace(model, version=version, training_object=address)
        desk.ledger.add_model(made)
        current = desk.ledger.make_current(made, by="gate", before=current)
        with pytest.raises(reviews.Refusal, match=rf"model v{version} was trained is not there any more.*Drop a labelled file"):
            reviews.train_anew(desk, "main")


def test_of_two_who_ask_for_the_same_one_starts_it(reviews: ModuleType, desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second one saw the file before the first one's copy was there, and is told so; who died meanwhile bars nobody for long."""
    version = desk.s3.head_object(Bucket="train", Key="labelled.csv")["VersionId"]
    assert desk.reviews.claim_copy("main", version)
    with pytest.raises(reviews.Refusal, match="Somebody else has just asked for a training of the classifier 'main'"):
        reviews.train_anew(desk, "main")
    assert desk.s3.head_object(Bucket="train", Key="labelled.csv")["VersionId"] == version
    monkeypatch.setattr("contract.review_ledger.COPY_SECONDS", -1)
    reviews.train_anew(desk, "main")
    assert desk.s3.head_object(Bucket="train", Key="labelled.csv")["VersionId"] != version


def test_after_so_many_corrections_one_training_starts(reviews: ModuleType, desk: Any, job: str) -> None:
    """Once for each three, whoever gives them; answering a row anew is no further correction, and only a training's start counts anew."""
    desk = replace(desk, retrain_after=3)
    versions = []
    for row, label in ((3, "noise"), (17, "noise"), (17, "leak"), (5, "leak"), (20, "leak"), (21, "leak"), (22, "leak")):
        reviews.correct(desk, BY_REVIEWER, job, row, label)
        versions.append(len(desk.s3.list_object_versions(Bucket="train", Prefix="labelled.csv")["Versions"]))
    assert versions == [1, 1, 1, 2, 2, 2, 3]
    assert reviews.corrections(desk, "main") == {"total": 6, "since_training": 6, "retrain_after": 3}
    desk.reviews.begin_training("main", "train-1")
    assert reviews.corrections(desk, "main")["since_training"] == 0


def test_a_training_that_cannot_start_costs_no_correction(reviews: ModuleType, desk: Any, job: str) -> None:
    """The file is gone: the correction stands, and the count too, until there is one to train on."""
    desk = replace(desk, retrain_after=1)
    desk.s3.delete_object(Bucket="train", Key="labelled.csv")
    reviews.correct(desk, BY_REVIEWER, job, 3, "noise")
    assert reviews.corrections(desk, "main")["since_training"] == 1
    assert len(corrections_in(desk)) == 1


def test_of_all_who_ask_at_once_one_starts_the_training(desk: Any) -> None:
    """Three are due, and of two claims one is granted; when the training begins it counts anew, and the next three are due."""
    for job_id in ("train-1", "train-2"):
        for _ in range(4):
            desk.reviews.add_one("main")
        assert [desk.reviews.claim_training("main", 3) for _ in range(2)] == [True, False]
        assert desk.reviews.since_training("main") == 4
        desk.reviews.begin_training("main", job_id)
    desk.reviews.take_one_back("main")
    assert desk.reviews.since_training("main") == 0


def test_a_training_without_a_model_gives_its_answers_back(desk: Any) -> None:
    """However often it is begun and given up; the next one by itself is due after as many more answers, not at every single one."""
    due = []
    for _ in range(3):
        desk.reviews.add_one("main")
        due.append(desk.reviews.claim_training("main", 3))
    for _ in range(2):
        desk.reviews.begin_training("main", "train-1")
    assert desk.reviews.since_training("main") == 0
    desk.reviews.add_one("main")
    desk.reviews.give_answers_back("main", "train-0")
    for _ in range(2):
        desk.reviews.give_answers_back("main", "train-1")
    assert desk.reviews.since_training("main") == 4
    for _ in range(3):
        due.append(desk.reviews.claim_training("main", 3))
        desk.reviews.add_one("main")
    assert due == [False, False, True, False, False, True]
    desk.reviews.begin_training("main", "train-1")  # tried once more
    assert desk.reviews.since_training("main") == 0


def test_a_training_that_never_began_is_asked_for_again(desk: Any) -> None:
    """SageMaker refused the training that was claimed: no answer is lost, and after as many more there is another try."""
    asked = []
    for _ in range(7):
        desk.reviews.add_one("main")
        asked.append(desk.reviews.claim_training("main", 3))
    assert asked == [False, False, True, False, False, True, False]
    assert desk.reviews.since_training("main") == 7
    desk.reviews.give_training_back("main")
    assert desk.reviews.claim_training("main", 3)
