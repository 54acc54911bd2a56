"""Labelling from scratch on the local cloud: from a file of texts to a model, and nothing is left when it is taken back."""

from __future__ import annotations

import csv
import io
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from api_client import Person, post_form
from local_kit import LocalKit, labelled_rows
from signed_in import sign_in

from contract.labelling import labelling_prefix
from contract.labelling_ledger import LabellingLedger
from contract.records import Job

CLASSIFIER = "scratch"
ROWS = 150


@pytest.fixture(scope="module")
def owner(local_kit: LocalKit) -> Person:
    """Somebody who makes labelling jobs."""
    return sign_in(local_kit, "lea@example.com", "--owner")


@pytest.fixture(scope="module")
def clerks(local_kit: LocalKit) -> list[Person]:
    """Two people who label."""
    return [sign_in(local_kit, f"{name}@example.com") for name in ("ida", "ben")]


@pytest.fixture(scope="module")
def truth() -> dict[str, str]:
    """The label of each text."""
    rows = csv.DictReader(io.StringIO(labelled_rows(ROWS).decode("utf-8-sig")))
    return {row["claim"]: row["category"] for row in rows}


def _path(name: str, what: str = "") -> str:
    return f"/labelling/{CLASSIFIER}/{name}{what}"


def _send(owner: Person, name: str, texts: list[str]) -> str:
    """Send a file of texts as the page does; its key."""
    table = io.StringIO()
    csv.writer(table).writerows([["claim"], *([text] for text in texts)])
    content = table.getvalue().encode()
    form = owner("POST", f"/classifiers/{CLASSIFIER}/unlabelled", {"name": name, "bytes": len(content)})
    assert form.status == 201, form.body
    assert post_form(form.json, content).status == 204
    return str(form.json["key"])


def _create(owner: Person, name: str, sources: list[str], labels: list[str], **given: Any) -> None:
    asked = {"classifier": CLASSIFIER, "name": name, "labels": [{"label": label} for label in labels], "sources": sources, **given}
    made = owner("POST", "/labelling", asked)
    assert made.status == 201, made.body


def _label(person: Person, name: str, truth: dict[str, str]) -> int:
    """Answer all that comes; how many texts that were."""
    count = 0
    while texts := person("POST", _path(name, "/texts")).json["texts"]:
        for text in texts:
            said = person("PUT", _path(name, f"/answers/{text['id']}"), {"label": truth[text["text"]]})
            assert said.status == 200, said.body
        count += len(texts)
    return count


@pytest.fixture(scope="module")
def labelled(local_kit: LocalKit, owner: Person, clerks: list[Person], truth: dict[str, str]) -> Job:
    """The training of a job that two people worked on at the same time."""
    key = _send(owner, "texts.csv", list(truth))
    listed = owner("GET", f"/classifiers/{CLASSIFIER}/unlabelled").json
    assert [source["source"] for source in listed["sources"]] == [key]
    _create(owner, "first", [key], sorted(set(truth.values())), answers_wanted=1)
    with ThreadPoolExecutor(2) as pool:
        counts = list(pool.map(lambda person: _label(person, "first", truth), clerks))
    assert sum(counts) == len(truth)
    assert min(counts) > 0
    assert owner("GET", _path("first")).json["progress"]["complete"] == len(truth)
    done = owner("POST", _path("first", "/finish"))
    assert (done.status, done.json["labelled"], done.json["left_out"]) == (200, len(truth), 0), done.body
    return local_kit.wait(done.json["job_id"], seconds=290)


def test_what_people_label_becomes_a_model(local_kit: LocalKit, labelled: Job, truth: dict[str, str]) -> None:
    """The manifest that finishing a job writes trains like any file."""
    assert labelled.status == "done", labelled.message
    assert labelled.key == f"classifiers/{CLASSIFIER}/labelled/first.manifest"
    model = local_kit.ledger.model(CLASSIFIER, labelled.model_version)
    assert set(model.labels) == set(truth.values())


def test_the_model_orders_the_next_job_and_a_deletion_leaves_nothing(
    local_kit: LocalKit, owner: Person, clerks: list[Person], labelled: Job, truth: dict[str, str]
) -> None:
    """Its endpoint says what it doubts; a job that is deleted is gone with all versions of its files, and `kit erase` takes the rest."""
    assert labelled.status == "done", labelled.message
    if local_kit.ledger.current(CLASSIFIER) is None:
        assert owner("POST", f"/classifiers/{CLASSIFIER}/models/{labelled.model_version}/promote").status == 200
    texts = list(truth)[:12]
    key = _send(owner, "more.csv", texts)
    _create(owner, "second", [key], sorted(set(truth.values())))
    end = time.monotonic() + 120
    while not clerks[0]("POST", _path("second", "/texts")).json["is_order_due"]:
        assert time.monotonic() < end
        time.sleep(0.3)
    while (ordered := clerks[0]("POST", _path("second", "/order")).json)["left"]:
        assert time.monotonic() < end
        time.sleep(0.3)
    assert ordered["ranked_by"] == labelled.model_version
    given = clerks[0]("POST", _path("second", "/texts")).json["texts"]
    place = _path("second", f"/answers/{given[0]['id']}")
    assert clerks[0]("PUT", place, {"label": ""}).status == 200
    assert clerks[0]("DELETE", place).status == 204
    assert owner("DELETE", _path("second")).status == 204
    assert [job["name"] for job in owner("GET", "/labelling").json["jobs"] if job["classifier"] == CLASSIFIER] == ["first"]
    bucket, prefix = local_kit.deployment.train_bucket, labelling_prefix(CLASSIFIER, "second")
    assert not {"Versions", "DeleteMarkers"} & local_kit.s3.list_object_versions(Bucket=bucket, Prefix=prefix).keys()
    erased = local_kit("erase", f"unlabelled/{CLASSIFIER}/texts.csv", "--from", "train", "--json")
    assert erased.status == 0, erased.errors
    assert {"texts of labelling jobs", "answers to them", "copies for a training"} <= {trace["what"] for trace in erased.json["removed"]}
    table = local_kit.session.resource("dynamodb").Table(local_kit.deployment.ledger_table)
    job = LabellingLedger(table).find(CLASSIFIER, "first")
    assert job
    assert (job.texts, list(LabellingLedger(table).states(job))) == (0, [])
