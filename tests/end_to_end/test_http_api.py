"""The HTTP API on the running local cloud: a clerk and an owner, from the invitation to the results."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from api_client import Person, post_form, send
from local_kit import SAMPLES, LocalKit, labelled_rows
from signed_in import sign_in

from contract.api import OPERATIONS, Operation
from contract.records import Job

CLASSIFIER = "desk"
TEXTS = ["The screen of the phone cracked when it fell", "Der Lüfter rattert"]
MARK = "zyxwvut"  # in no other text


@pytest.fixture(scope="module")
def owner(local_kit: LocalKit) -> Person:
    """Somebody who may train and change which model is in use."""
    return sign_in(local_kit, "olga@example.com", "--owner")


@pytest.fixture(scope="module")
def clerk(local_kit: LocalKit) -> Person:
    """Somebody who may not."""
    return sign_in(local_kit, "carl@example.com")


def patiently(ask: Callable[[], Any], is_good: Callable[[Any], bool], seconds: float = 120) -> Any:
    """The answer once it is good."""
    end = time.monotonic() + seconds
    while not is_good(answer := ask()):
        assert time.monotonic() < end, answer
        time.sleep(0.3)
    return answer


@pytest.fixture(scope="module")
def trained(local_kit: LocalKit, owner: Person) -> Job:
    """The classifier's first model, from a file that an owner's page would have sent."""
    content = labelled_rows(150)
    asked = {"name": "first.csv", "bytes": len(content), "to": "train", "classifier": CLASSIFIER, "text_column": "claim"}
    upload = owner("POST", "/uploads", asked)
    assert (upload.status, upload.json["key"]) == (201, f"classifiers/{CLASSIFIER}/first.csv")
    sent = post_form(upload.json, content)
    assert sent.status == 204, sent.body
    place = f"/jobs?key={upload.json['key']}&version={sent.headers['x-amz-version-id']}"
    (job,) = patiently(lambda: owner("GET", place).json["jobs"], bool)
    return local_kit.wait(job["job_id"], seconds=290)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_nothing_is_answered_without_a_token(local_kit: LocalKit, operation: Operation) -> None:
    """Every route of the table, as it is deployed."""
    path = operation.path.format(classifier="main", job_id="predict-x-0123456789ab", version=1, row=1, labelling="x", text="0" * 32)
    reply = send(f"{local_kit.deployment.api_url}{path}", operation.method, {} if operation.method == "POST" else None)
    assert (reply.status, reply.json) == (401, {"message": "Unauthorized"})


def test_a_file_that_was_posted_is_trained_on(clerk: Person, trained: Job) -> None:
    """With the column that came with it; the model's evaluation and report can be read."""
    assert (trained.status, trained.classifier) == ("done", CLASSIFIER), trained.message
    (model,) = clerk("GET", f"/classifiers/{CLASSIFIER}/models").json["models"]
    full = clerk("GET", f"/classifiers/{CLASSIFIER}/models/{model['version']}").json
    assert full["evaluation"]["challenger"]["accuracy"] == pytest.approx(model["accuracy"], abs=1e-4)
    report = send(full["report_url"])
    assert (report.status, b"<html" in report.body) == (200, True)


def test_a_clerk_gets_no_form_to_train_with(clerk: Person) -> None:
    """What trains may come into use by itself, so a form for it is an owner's."""
    reply = clerk("POST", "/uploads", {"name": "x.csv", "bytes": 5, "to": "train", "classifier": CLASSIFIER})
    assert (reply.status, "Only owners may start trainings" in reply.json["error"]) == (403, True)


def test_texts_are_answered_at_once(local_kit: LocalKit, clerk: Person, trained: Job) -> None:
    """Once the endpoint is there; until then it is said when to try again."""
    ask = {"texts": TEXTS, "k": 2, "explain": True}
    path = f"/classifiers/{CLASSIFIER}/classifications"
    reply = patiently(lambda: clerk("POST", path, ask), lambda answer: answer.status != 503)
    assert reply.status == 200, reply.body
    labels = {row["name"]: row["labels"] for row in clerk("GET", "/classifiers").json["classifiers"]}[CLASSIFIER]
    for answer in reply.json["answers"]:
        assert [entry["label"] in labels for entry in answer["labels"]] == [True, True]
        assert answer["labels"][0]["confidence"] >= answer["labels"][1]["confidence"]


def test_a_file_is_classified_and_fetched(clerk: Person, trained: Job) -> None:
    """Posted with a column that nobody would guess, followed to its end, its results fetched by their addresses."""
    content = f"weiß nicht;Spalte ü\n1;{MARK} screen cracked\n2;the fan rattles\n".encode()
    asked = {"name": "märz/neu.csv", "bytes": len(content), "to": "predict", "classifier": CLASSIFIER, "text_column": "Spalte ü"}
    upload = clerk("POST", "/uploads", asked).json
    sent = post_form(upload, content)
    assert sent.status == 204, sent.body
    assert post_form(upload, content + b"3;x\n").status == 400
    version = sent.headers["x-amz-version-id"]
    newest = patiently(lambda: clerk("GET", "/jobs?limit=1").json["jobs"], lambda jobs: bool(jobs) and jobs[0]["object_version"] == version)
    job = patiently(lambda: clerk("GET", f"/jobs/{newest[0]['job_id']}").json, lambda answer: answer["is_final"] and answer["summary"])
    assert (job["status"], job["rows"], job["summary"]["text_column"]) == ("done", 2, "Spalte ü"), job
    files = {file["name"]: file for file in clerk("GET", f"/jobs/{job['job_id']}/files").json["files"]}
    results = send(files["neu_results.csv"]["url"])
    assert len(results.body) == files["neu_results.csv"]["bytes"]
    assert results.headers["content-disposition"].startswith("attachment")
    assert MARK.encode() in results.body


def test_an_owner_changes_which_model_is_in_use(local_kit: LocalKit, owner: Person, clerk: Person, trained: Job) -> None:
    """A clerk does not; the ledger names who did."""
    second = local_kit.put_training(f"classifiers/{CLASSIFIER}/second.csv", (SAMPLES / "warranty_train.csv").read_bytes())
    version = local_kit.wait(second, seconds=290).model_version
    for number in (trained.model_version, version):
        assert clerk("POST", f"/classifiers/{CLASSIFIER}/models/{number}/promote").status == 403
        assert owner("POST", f"/classifiers/{CLASSIFIER}/models/{number}/promote").json == {"version": number}
    assert clerk("POST", f"/classifiers/{CLASSIFIER}/rollback").status == 403
    assert owner("POST", f"/classifiers/{CLASSIFIER}/rollback").json == {"version": trained.model_version}
    current = local_kit.ledger.current(CLASSIFIER)
    assert current
    assert current.by == "olga@example.com"


def test_whoever_is_removed_signs_in_no_more(local_kit: LocalKit, owner: Person, clerk: Person) -> None:
    """The list of users tells owners from others; a name that nobody has is said to be none."""
    sign_in(local_kit, "eve@example.com")
    assert local_kit("user", "remove", "eve@example.com").status == 0
    listed = {user["email"]: user["is_owner"] for user in local_kit("user", "list", "--json").json}
    assert {name: is_owner for name, is_owner in listed.items() if name in ("olga@example.com", "carl@example.com", "eve@example.com")} == {
        "olga@example.com": True,
        "carl@example.com": False,
    }
    assert local_kit("user", "remove", "eve@example.com").status == 2


def test_the_logs_of_the_api_hold_no_text_and_no_token(local_kit: LocalKit, clerk: Person, trained: Job) -> None:
    """Neither the function's nor the access log, though texts and tokens went through both."""
    clerk("POST", f"/classifiers/{CLASSIFIER}/classifications", {"texts": [f"{MARK} asked"]})
    clerk("POST", "/uploads", {"name": MARK})
    written = [path.read_text() for kind in ("api", "lambda") for path in (local_kit.state / "logs" / kind).glob("tck-dev-a*.log")]
    assert len(written) == 2
    assert all("POST /uploads" in text for text in written)
    assert [text for text in written if MARK in text or clerk.id_token in text] == []
