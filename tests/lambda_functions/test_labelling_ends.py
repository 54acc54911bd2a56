"""A labelling job's end: a manifest for the next training, made once, from answers that suffice."""

from __future__ import annotations

import time
from types import SimpleNamespace

import boto3
import pytest
from deployed_functions import Deployed, Killed
from labelling_jobs_at_hand import (
    finish,
    given_texts,
    job_of,
    look,
    manifest,
    say,
    texts_of,
)

from contract.labelling_ledger import LabellingLedger
from contract.records import make_job_id


def test_a_finished_job_is_a_manifest(deployed: Deployed) -> None:
    """In Ground Truth's format, with each label's confidence; what nobody could tell is left out and counted."""
    job_of(deployed, 5, answers_wanted=2)
    for name in ("ann", "bob"):
        held = given_texts(deployed, name)
        for text, label in zip(sorted(held), ("leak", "noise", "", "leak", "noise"), strict=True):
            say(deployed, name, text, label)
    done = finish(deployed)
    assert (done.status, done.content["labelled"], done.content["left_out"]) == (200, 4, 1), done.content
    lines = manifest(deployed)
    assert sorted((line["label-metadata"]["class-name"], line["label"]) for line in lines) == [("leak", 0)] * 2 + [("noise", 1)] * 2
    for line in lines:
        assert 0.9 < line["label-metadata"]["confidence"] <= 1
        assert line["label-metadata"]["job-name"] == "labelling-job/first"
        assert line["label-metadata"]["human-annotated"] == "yes"
        assert line["label-metadata"]["creation-date"].startswith("20")
        assert line["source"] in texts_of(5)
    version = deployed.s3.head_object(Bucket="train", Key="labelled/first.manifest")["VersionId"]
    assert done.content["job_id"] == make_job_id("train", "train", "labelled/first.manifest", version)


def test_a_job_is_finished_once(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two manifests would be two trainings; but what broke off, or was erased, is written when it is asked for again."""
    job_of(deployed)
    _label(deployed, "leak", "leak", "rust", "rust", "rust", "rust")
    deployed.kill("PutObject")
    with pytest.raises(Killed):
        finish(deployed)
    deployed.is_dead = False
    assert "Somebody else is finishing" in finish(deployed).sentence
    _pass_turns(monkeypatch)
    done = finish(deployed)
    assert (done.status, done.content["labelled"]) == (200, 6)
    _pass_turns(monkeypatch, 200)
    assert "is finished already" in finish(deployed).sentence
    versions = deployed.s3.list_object_versions(Bucket="train", Prefix="labelled/first.manifest")["Versions"]
    assert len(versions) == 1
    deployed.s3.delete_object(Bucket="train", Key="labelled/first.manifest", VersionId=versions[0]["VersionId"])
    assert finish(deployed).status == 200


def _label(deployed: Deployed, *labels: str) -> None:
    """Let somebody answer the texts of a small job."""
    for text, label in zip(sorted(given_texts(deployed, "ann")), labels, strict=True):
        assert say(deployed, "ann", text, label).status == 200


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (["", "", ""], "No text of the labelling job 'first' has a label yet"),
        (["leak", "leak", "leak"], "All labels of the labelling job 'first' are 'leak', and a training needs two"),
        (["leak", "leak", "rust"], "A training learns a label from 2 texts or more, and the labelling job 'first' has fewer of 'rust'"),
    ],
)
def test_what_no_training_could_learn_from_does_not_end_a_job(deployed: Deployed, labels: list[str], said: str) -> None:
    """The sentence names what is lacking, nothing is written, and people label on; at once it can be finished then."""
    job_of(deployed, 3)
    held = sorted(given_texts(deployed, "ann"))
    for text, label in zip(held, labels, strict=True):
        say(deployed, "ann", text, label)
    refused = finish(deployed)
    assert (refused.status, said in refused.sentence, "stays open" in refused.sentence) == (409, True, True), refused.sentence
    assert look(deployed).content["status"] == "open"
    assert deployed.s3.list_objects_v2(Bucket="train", Prefix="labelled/")["KeyCount"] == 0
    for text, label in zip(held, ("leak", "leak", ""), strict=True):
        assert say(deployed, "ann", text, label).status == 200


def test_a_label_with_too_few_texts_is_said_beforehand_and_can_be_left_out(deployed: Deployed) -> None:
    """Where the others suffice; the counts are of the answers as they stand, and the texts without are counted as left out."""
    job_of(deployed, 5)
    held = sorted(given_texts(deployed, "ann"))
    for text, label in zip(held, ("leak", "leak", "rust", "rust", "rust"), strict=True):
        say(deployed, "ann", text, label)
    assert (look(deployed).content["lacking"], look(deployed).content["dispensable"]) == ("", [])
    say(deployed, "ann", held[-1], "noise")
    found = look(deployed).content
    assert {entry["label"]: entry["texts"] for entry in found["texts_by_label"]} == {"leak": 2, "noise": 1, "rust": 2}
    assert found["dispensable"] == ["noise"]
    assert "has fewer of 'noise'. Label more texts, or give those another label, or train without them." in found["lacking"]
    assert finish(deployed).sentence == f"{found['lacking']} The labelling job stays open."
    assert "is no label" in finish(deployed, "dent").sentence
    done = finish(deployed, "noise").content
    assert (done["labelled"], done["left_out"]) == (4, 1)
    assert {line["label-metadata"]["class-name"] for line in manifest(deployed)} == {"leak", "rust"}


def test_no_label_is_left_out_where_one_alone_would_remain(deployed: Deployed) -> None:
    """Nothing that would be refused is offered."""
    job_of(deployed, 3)
    _label(deployed, "leak", "leak", "rust")
    assert look(deployed).content["dispensable"] == []
    assert "All labels of the labelling job 'first' are 'leak'" in finish(deployed, "rust").sentence


def test_an_erased_manifest_that_cannot_be_made_anew_opens_its_job(deployed: Deployed) -> None:
    """Too few texts are left to learn from: others can be labelled, where nobody could in a finished job."""
    job_of(deployed, 4)
    held = sorted(given_texts(deployed, "ann"))
    for text, label in zip(held, ("leak", "leak", "rust", "rust"), strict=True):
        say(deployed, "ann", text, label)
    assert finish(deployed).status == 200
    ledger = LabellingLedger(boto3.resource("dynamodb").Table("ledger"))
    job = ledger.find("main", "first")
    assert job
    ledger.change(job, manifest_version="")
    ledger.forget_texts(job, held[:1])
    assert "has fewer of 'leak'" in finish(deployed).sentence
    assert look(deployed).content["status"] == "open"


def test_what_breaks_off_while_answers_are_weighed_closes_nothing(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    """Weighing those of a large job takes most of what a call has: people label on when it was too much."""
    job_of(deployed, 6)
    _label(deployed, "leak", "leak", "rust", "rust", "rust", "rust")

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(deployed.modules["answer_api"].labelling_end, "weighed", killed)
        finish(deployed)
    assert look(deployed).content["status"] == "open"
    assert finish(deployed).status == 200


def test_an_answer_given_while_others_are_weighed_counts(deployed: Deployed) -> None:
    """It was taken before the job was closed, so it is in the manifest; closing it takes the answers that stand then."""
    job_of(deployed, 5)
    *held, late = sorted(given_texts(deployed, "ann"))
    for text, label in zip(held, ("leak", "leak", "rust", "rust"), strict=True):
        say(deployed, "ann", text, label)
    said: list[int] = []
    deployed.before("UpdateItem", lambda: said.append(say(deployed, "ann", late, "rust").status))
    assert (finish(deployed).content["labelled"], said) == (5, [200])
    assert len(manifest(deployed)) == 5


def _pass_turns(monkeypatch: pytest.MonkeyPatch, seconds: int = 100) -> None:
    """As if it was another minute."""
    from contract import ledger  # noqa: PLC0415  # beside its own name in this file

    later = time.time() + seconds
    monkeypatch.setattr(ledger, "time", SimpleNamespace(time=lambda: later))
