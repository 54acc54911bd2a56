"""Labelling jobs by the API: made, finished, deleted."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from api_events import CLERK, ask
from deployed_functions import Deployed, Killed
from labelling_jobs_at_hand import (
    CSV,
    PLACE,
    create,
    finish,
    given_texts,
    job_of,
    label_all,
    look,
    manifest,
    person,
    put_csv,
    put_posts,
    say,
    texts_of,
)

from contract.labelling_ledger import LabellingLedger
from contract.records import make_job_id
from contract.texts import text_digest

DAY = "unlabelled/main/2026/11/22/"


def test_a_job_draws_each_text_once(deployed: Deployed) -> None:
    """From a table, from collected posts and from a manifest; copies, also between files, and what is no text are left out."""
    put_csv(deployed, ["It leaks", "It  LEAKS", "", "It rattles"])
    put_posts(deployed, f"{DAY}mastodon-refund-00000001.jsonl", ["it leaks", "It is rusty"])
    deployed.s3.put_object(Bucket="train", Key="unlabelled/main/more.manifest", Body=b'{"source": "It hums"}\nno json\n')
    made = create(deployed, sources=[CSV, DAY, "unlabelled/main/more.manifest"])
    assert (made.status, made.content["texts"], made.content["unreadable"]) == (201, 4, 1), made.content
    given = ask(deployed, "POST /labelling/{classifier}/{labelling}/texts", **PLACE).content
    assert {text["text"].lower() for text in given["texts"]} == {"it leaks", "it rattles", "it is rusty", "it hums"}
    assert {text["id"] for text in given["texts"]} == {text_digest(text["text"]).hex() for text in given["texts"]}


def test_of_many_texts_some_are_drawn(deployed: Deployed) -> None:
    """As many as are wanted, the same of the same files; another job draws others."""
    put_csv(deployed, texts_of(200))
    drawn = []
    for name in ("first", "second"):
        assert create(deployed, name=name, max_texts=20).content["texts"] == 20
        parameters = {"classifier": "main", "labelling": name}
        drawn.append(
            {text["id"] for text in ask(deployed, "POST /labelling/{classifier}/{labelling}/texts", **parameters).content["texts"]}
        )
    assert drawn[0] != drawn[1]


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"sources": ["unlabelled/other/x.csv"]}, 400, "lie below 'unlabelled/main/'"),
        ({"sources": ["unlabelled/main/none.csv"]}, 404, "There is no file of texts"),
        ({"labels": ["leak", " LEAK"]}, 400, "is there twice"),
        ({"labels": ["leak", " "]}, 400, "The label is empty"),
        ({"labels": ["leak"]}, 400, "labels"),
        ({"answers_wanted": 6}, 400, "answers_wanted"),
        ({"max_texts": 5001}, 400, "max_texts"),
        ({"text_column": "nowhere"}, 400, "nowhere"),
    ],
)
def test_what_makes_no_job_is_refused(deployed: Deployed, changes: dict[str, Any], status: int, said: str) -> None:
    """In a sentence that names what to mend; nothing is left of it."""
    put_csv(deployed, texts_of(3))
    answer = create(deployed, **changes)
    assert (answer.status, said in answer.sentence) == (status, True), answer
    assert ask(deployed, "GET /labelling").content == {"jobs": []}


def test_a_name_is_given_once(deployed: Deployed) -> None:
    """A second job of the name would take the texts from those who label the first."""
    job_of(deployed)
    assert create(deployed).status == 409
    assert len(given_texts(deployed, "ann")) == 6


def test_too_much_to_read_at_once_is_refused(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    """With how much it is, before anything is read."""
    put_csv(deployed, texts_of(3))
    monkeypatch.setattr(deployed.modules["answer_api"].labelling_jobs.unlabelled_texts, "MOST_BYTES", 10)
    answer = create(deployed)
    assert (answer.status, "Choose fewer days or files" in answer.sentence) == (413, True)
    assert deployed.requests("GetObject") == []


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
        (["leak", "leak", "rust"], "A training needs 2 texts of each label that occurs, and the labelling job 'first' has fewer of 'rust'"),
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


def test_progress_and_agreement(deployed: Deployed) -> None:
    """Everybody sees how far a job is and how well people agree; who agrees with whom only owners do."""
    job_of(deployed, 8, answers_wanted=2)
    for name, labels in (("ann", ["leak", "noise"] * 4), ("bob", ["leak", "noise"] * 3 + ["noise", ""])):
        for text, label in zip(sorted(given_texts(deployed, name)), labels, strict=True):
            say(deployed, name, text, label)
    found = look(deployed).content
    assert found["progress"] == {"answers": 16, "labelled": 8, "complete": 8, "unclear": 0, "mine": 0}
    assert found["agreement"]["texts"] == 7
    assert 0.5 < found["agreement"]["alpha"] < 0.9
    assert {entry["name"]: (entry["answers"], entry["unclear"]) for entry in found["people"]} == {
        "ann@example.com": (8, 0),
        "bob@example.com": (8, 1),
    }
    (pair,) = found["pairs"]
    assert (pair["texts"], 0.5 < pair["kappa"] < 0.9) == (7, True)
    others = look(deployed, claims=person("ann")).content
    assert (others["people"], others["pairs"], others["progress"]["mine"]) == ([], [], 8)


def test_owners_alone_make_and_end_jobs(deployed: Deployed) -> None:
    """A clerk labels; everything else of a job is refused."""
    job_of(deployed)
    asked: list[tuple[str, Any, dict[str, str]]] = [
        ("POST /labelling", {"classifier": "main"}, {}),
        ("POST /labelling/{classifier}/{labelling}/finish", None, PLACE),
        ("DELETE /labelling/{classifier}/{labelling}", None, PLACE),
        ("POST /classifiers/{classifier}/unlabelled", {"name": "a.csv", "bytes": 1}, {"classifier": "main"}),
    ]
    assert [ask(deployed, route, body, claims=CLERK, **parameters).status for route, body, parameters in asked] == [403] * len(asked)
    assert ask(deployed, "GET /labelling", claims=CLERK).content["jobs"][0]["name"] == "first"


def test_a_deleted_job_leaves_no_text_and_no_answer(deployed: Deployed) -> None:
    """Every version of its files goes and every record; a deletion that broke off goes on, and the name is free again."""
    job_of(deployed)
    (text, *_) = given_texts(deployed, "ann")
    say(deployed, "ann", text, "leak")
    deployed.kill("BatchWriteItem")
    with pytest.raises(Killed):
        ask(deployed, "DELETE /labelling/{classifier}/{labelling}", **PLACE)
    deployed.is_dead = False
    assert say(deployed, "ann", text, "leak").status == 409
    assert ask(deployed, "DELETE /labelling/{classifier}/{labelling}", **PLACE).status == 204
    listed = deployed.s3.list_object_versions(Bucket="train", Prefix="labelling/")
    assert listed.get("Versions", []) + listed.get("DeleteMarkers", []) == []
    items = boto3.resource("dynamodb").Table("ledger").scan()["Items"]
    assert [item for item in items if item["pk"].startswith("labelling")] == []
    assert ask(deployed, "DELETE /labelling/{classifier}/{labelling}", **PLACE).status == 404
    assert create(deployed).status == 201
    assert look(deployed).content["progress"]["answers"] == 0


def test_the_records_hold_no_text(deployed: Deployed) -> None:
    """Whoever reads the ledger learns digests and labels."""
    job_of(deployed)
    label_all(deployed, "ann", "leak")
    assert "Claim number" not in str(boto3.resource("dynamodb").Table("ledger").scan()["Items"])


def test_texts_that_are_gone_are_said_to_be(deployed: Deployed) -> None:
    """After the retention nobody is shown a defect."""
    job_of(deployed)
    version = deployed.s3.head_object(Bucket="train", Key="labelling/main/first/texts.jsonl")["VersionId"]
    deployed.s3.delete_object(Bucket="train", Key="labelling/main/first/texts.jsonl", VersionId=version)
    answer = ask(deployed, "POST /labelling/{classifier}/{labelling}/texts", **PLACE)
    assert (answer.status, "not there any more" in answer.sentence) == (409, True)


def test_what_there_is_to_label(deployed: Deployed) -> None:
    """Files by name, what was collected by days, and nothing that holds no texts; a file can be sent, in no other's place."""
    put_csv(deployed, texts_of(3))
    for number in (1, 2):
        put_posts(deployed, f"{DAY}mastodon-refund-{number:08d}.jsonl", ["a", "b"])
    deployed.s3.put_object(Bucket="train", Key="unlabelled/main/notes.docx", Body=b"x")
    found = ask(deployed, "GET /classifiers/{classifier}/unlabelled", classifier="main").content
    assert {(source["source"], source["objects"]) for source in found["sources"]} == {(CSV, 1), (DAY, 2)}
    assert found["is_cut"] is False
    route = "POST /classifiers/{classifier}/unlabelled"
    form = ask(deployed, route, {"name": "märz.csv", "bytes": 5}, classifier="main")
    assert (form.status, form.content["key"]) == (201, "unlabelled/main/märz.csv")
    for name in ("x.docx", "${filename}.csv", "/a.csv", "2026/11/22/mastodon-refund-00000001.jsonl"):
        assert ask(deployed, route, {"name": name, "bytes": 5}, classifier="main").status == 400
    assert ask(deployed, route, {"name": "a.csv", "bytes": 10**9}, classifier="main").status == 413


def test_labels_keep_their_guidance(deployed: Deployed) -> None:
    """In the order in which they were given."""
    put_csv(deployed, texts_of(2))
    asked = {
        "classifier": "main",
        "name": "first",
        "sources": [CSV],
        "labels": [{"label": "b", "guidance": " Wet\n  floor "}, {"label": "a"}],
    }
    made = ask(deployed, "POST /labelling", asked).content
    assert made["labels"] == [{"label": "b", "guidance": "Wet floor"}, {"label": "a", "guidance": ""}]
