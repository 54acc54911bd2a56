"""Labelling jobs by the API: made, finished, deleted."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from api_events import CLERK, ask
from deployed_functions import Deployed, Killed
from labelling_jobs_at_hand import (
    CSV,
    PLACE,
    create,
    given_texts,
    job_of,
    label_all,
    look,
    person,
    put_csv,
    put_posts,
    say,
    texts_of,
)

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


def test_of_many_objects_some_are_drawn(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy day's collection has more objects than are read at once: its texts come from some, and the job says of how many."""
    for number in range(9):
        put_posts(deployed, f"{DAY}mastodon-refund-{number:08}.jsonl", [f"Post {number}"])
    module = deployed.modules["answer_api"].labelling_jobs.unlabelled_texts
    monkeypatch.setattr(module, "MOST_OBJECTS", 5)
    made = create(deployed, sources=[DAY])
    assert [made.content[name] for name in ("texts", "objects", "unread")] == [5, 5, 4]


def test_an_object_that_is_too_large_is_refused(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its name and how much it is, before anything is read."""
    put_csv(deployed, texts_of(3))
    monkeypatch.setattr(deployed.modules["answer_api"].labelling_jobs.unlabelled_texts, "MOST_BYTES", 10)
    answer = create(deployed)
    assert (answer.status, "Drop it in parts" in answer.sentence) == (413, True)
    assert deployed.requests("GetObject") == []


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
