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

pytestmark = pytest.mark.timeout(600)  # whoever is first waits for a training, too


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
def finished(owner: Person, clerks: list[Person], truth: dict[str, str]) -> str:
    """The id of the training of a job that two people worked on at the same time."""
    key = _send(owner, "texts.csv", list(truth))
    listed = owner("GET", f"/classifiers/{CLASSIFIER}/unlabelled").json
    assert [source["source"] for source in listed["sources"]] == [key]
    _create(owner, "first", [key], sorted(set(truth.values())), answers_wanted=1)
    with ThreadPoolExecutor(2) as pool:
        counts = list(pool.map(lambda person: _label(person, "first", truth), clerks))
    assert sum(counts) == len(truth)
    assert min(counts) > 0
    assert owner("GET", _path("first")).json["progress"]["complete"] == len(truth)
    done = owner("POST", _path("first", "/finish"), {})
    assert (done.status, done.json["labelled"], done.json["left_out"]) == (200, len(truth), 0), done.body
    return str(done.json["job_id"])


@pytest.fixture(scope="module")
def trained(local_kit: LocalKit, finished: str) -> Job:
    """That training at its end."""
    return local_kit.wait(finished, seconds=500)


def test_a_deleted_job_leaves_nothing(local_kit: LocalKit, owner: Person, clerks: list[Person], truth: dict[str, str]) -> None:
    """An answer is given and taken back, and the job is deleted: no version of its files is left."""
    key = _send(owner, "few.csv", list(truth)[:5])
    _create(owner, "gone", [key], sorted(set(truth.values())))
    place = _path("gone", f"/answers/{clerks[0]('POST', _path('gone', '/texts')).json['texts'][0]['id']}")
    assert clerks[0]("PUT", place, {"label": ""}).status == 200
    assert clerks[0]("DELETE", place).status == 204
    assert owner("DELETE", _path("gone")).status == 204
    assert "gone" not in [job["name"] for job in owner("GET", "/labelling").json["jobs"]]
    bucket, prefix = local_kit.deployment.train_bucket, labelling_prefix(CLASSIFIER, "gone")
    assert not {"Versions", "DeleteMarkers"} & local_kit.s3.list_object_versions(Bucket=bucket, Prefix=prefix).keys()
    assert local_kit("erase", key, "--from", "train").status == 0


def test_what_people_label_becomes_a_model(local_kit: LocalKit, trained: Job, truth: dict[str, str]) -> None:
    """The manifest that finishing a job writes trains like any file."""
    assert trained.status == "done", trained.message
    assert trained.key == f"classifiers/{CLASSIFIER}/labelled/first.manifest"
    model = local_kit.ledger.model(CLASSIFIER, trained.model_version)
    assert set(model.labels) == set(truth.values())


def test_the_model_orders_the_next_job(
    local_kit: LocalKit, owner: Person, clerks: list[Person], trained: Job, truth: dict[str, str]
) -> None:
    """Its endpoint says what it doubts; then `kit erase` takes the first texts out of their job, with the manifest."""
    assert trained.status == "done", trained.message
    if local_kit.ledger.current(CLASSIFIER) is None:
        assert owner("POST", f"/classifiers/{CLASSIFIER}/models/{trained.model_version}/promote").status == 200
    key = _send(owner, "more.csv", list(truth)[:12])
    _create(owner, "second", [key], sorted(set(truth.values())))
    end = time.monotonic() + 120
    while not clerks[0]("POST", _path("second", "/texts")).json["is_order_due"]:
        assert time.monotonic() < end
        time.sleep(0.3)
    while (ordered := clerks[0]("POST", _path("second", "/order")).json)["left"]:
        assert time.monotonic() < end
        time.sleep(0.3)
    assert ordered["ranked_by"] == trained.model_version
    erased = local_kit("erase", f"unlabelled/{CLASSIFIER}/texts.csv", "--from", "train", "--json")
    assert erased.status == 0, erased.errors
    assert {"texts of labelling jobs", "answers to them", "copies for a training"} <= {trace["what"] for trace in erased.json["removed"]}
    table = local_kit.session.resource("dynamodb").Table(local_kit.deployment.ledger_table)
    job = LabellingLedger(table).find(CLASSIFIER, "first")
    assert job
    assert (job.texts, list(LabellingLedger(table).states(job))) == (0, [])
