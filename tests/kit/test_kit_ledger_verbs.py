"""`kit jobs`, `models`, `promote` and `rollback`: what they say and what they change."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from kit_account import Account, Answer

from contract.events import ModelPublished
from contract.records import JobKind, JobStatus, ModelStatus, now
from contract.review_ledger import Answer as Said
from contract.review_ledger import ReviewLedger
from contract.review_list import ReviewKind

Kit = Callable[..., Answer]


@pytest.fixture
def published(account: Account) -> Callable[[], list[ModelPublished]]:
    """The events that went to the default bus so far, read through a rule into a queue."""
    sqs, events = account.session.client("sqs"), account.session.client("events")
    url = sqs.create_queue(QueueName="heard")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="hear", EventPattern=json.dumps({"detail-type": ["ModelPublished"], "detail": {"stage": ["dev"]}}))
    events.put_targets(Rule="hear", Targets=[{"Id": "queue", "Arn": arn}])

    def read() -> list[ModelPublished]:
        messages: list[Any] = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        return [ModelPublished.from_event(json.loads(message["Body"])) for message in messages]

    return read


def _drop(account: Account, key: str, kind: JobKind = JobKind.PREDICT) -> None:
    bucket = account.deployment.train_bucket if kind == JobKind.TRAIN else account.deployment.predict_bucket
    account.s3.put_object(Bucket=bucket, Key=key, Body=b"text\na\n")


def test_jobs_lists_newest_first(account: Account, kit: Kit) -> None:
    """Each job stands with its file, state in words and sentence; brackets in names are shown as they are."""
    _drop(account, "old [bold].csv", JobKind.TRAIN)
    account.end(JobKind.TRAIN, "old [bold].csv", JobStatus.REFUSED, "One class only.")
    _drop(account, "new.csv")
    account.ledger.move(account.claim_latest(JobKind.PREDICT, "new.csv"), JobStatus.RUNNING, message="Being classified.")
    answer = kit("jobs")
    assert answer.status == 0
    assert answer.output.index("new.csv") < answer.output.index("old [bold].csv")
    for words in ("classifying", "Being classified.", "refused", "One class only."):
        assert words in answer.output


def test_jobs_limit_and_json(account: Account, kit: Kit) -> None:
    """--limit cuts the list, and --json gives the ledger's records."""
    for number in range(3):
        _drop(account, f"{number}.csv")
        account.claim_latest(JobKind.PREDICT, f"{number}.csv")
    assert [job["key"] for job in kit("jobs", "--limit", "2", "--json").json] == ["2.csv", "1.csv"]
    assert len(kit("jobs", "--limit", "0", "--json").json) == 3


def test_no_jobs_yet(account: Account, kit: Kit) -> None:
    """An empty ledger is said with what to do, and is an empty list for scripts."""
    assert "No file has been dropped yet" in kit("jobs").output
    assert kit("jobs", "--json").json == []


def test_one_job_in_full(account: Account, kit: Kit) -> None:
    """`kit jobs JOB` shows file, rows, time, cost and where the results lie."""
    _drop(account, "claims.csv")
    account.classify("claims.csv")
    (job,) = account.ledger.jobs()
    answer = kit("jobs", job.job_id)
    for words in ("s3://the-predict/claims.csv", "2 came in, 1 classified, 1 unreadable", "1 min 05 s", "s3://the-results/claims.csv/"):
        assert words in answer.output
    assert kit("jobs", job.job_id, "--json").json["object_version"] == job.object_version


def test_a_job_tells_the_error_that_people_found(account: Account, kit: Kit) -> None:
    """Of spot checks alone, with an exact interval, once there are any."""
    _drop(account, "claims.csv")
    account.classify("claims.csv")
    (job,) = account.ledger.jobs()
    assert "spot check" not in kit("jobs", job.job_id).output
    reviews = ReviewLedger(account.session.resource("dynamodb").Table(account.deployment.ledger_table))
    for row in range(1, 61):
        label = "x" if row > 2 else "y"
        reviews.record(
            job.job_id, Said(row=row, label=label, predicted_label="x", kind=ReviewKind.SPOT_CHECK, by="ann", at=now(), digest="0")
        )
    reviews.record(job.job_id, Said(row=99, label="y", predicted_label="x", kind=ReviewKind.DOUBTFUL, by="ann", at=now(), digest="0"))
    said = "2 of 60 spot checks wrong: 3.3% of the rows that need no review (95 % interval 0.4% to 11.5%)"
    assert said in " ".join(kit("jobs", job.job_id).output.split())
    assert kit("jobs", job.job_id, "--json").json["observed"] == {"reviewed": 60, "wrong": 2, "answered": 1}


def test_an_unknown_job_is_a_sentence(account: Account, kit: Kit) -> None:
    """A misspelt id is bad input."""
    answer = kit("jobs", "train-nothing-0")
    assert answer.status == 2
    assert "There is no job 'train-nothing-0'" in answer.errors


def test_models_shows_which_is_in_use(account: Account, kit: Kit) -> None:
    """All classifiers' models are listed, newest first, and the current ones are marked."""
    for version in (1, 2, 10):
        account.add_model(version, corrections=1812 if version == 10 else 0, engine="blazingtext" if version == 10 else "")
    account.add_model(1, classifier="urgency")
    account.use(2)
    answer = kit("models", "--json").json
    assert [(model["classifier"], model["version"], model["is_current"]) for model in answer] == [
        ("main", 10, False),
        ("main", 2, True),
        ("main", 1, False),
        ("urgency", 1, False),
    ]
    assert {model["classifier"] for model in kit("models", "--classifier", "urgency", "--json").json} == {"urgency"}
    table = kit("models").output
    rows = [line.split("│") for line in table.splitlines() if "│" in line]
    assert "v10" in table
    assert "87.5%" in table
    assert "1,812" in table
    assert [cells[4].strip() for cells in rows if cells[1].strip() in ("v10", "v2")] == ["blazingtext", ""]
    assert answer[0]["engine"] == "blazingtext"
    assert [cells[1].strip() for cells in rows if cells[2].strip() == "yes"] == ["v2"]


def test_no_models_yet(account: Account, kit: Kit) -> None:
    """Without a model the next step is named."""
    assert "There is no model of the classifier 'urgency' yet" in kit("models", "--classifier", "urgency").output


def test_promote_puts_a_kept_model_in_use(account: Account, kit: Kit, published: Callable[[], list[ModelPublished]]) -> None:
    """The ledger's current model changes, its record says by whom, and the event tells everybody."""
    account.add_model(1)
    kept = account.add_model(2)
    account.use(1)
    answer = kit("promote", "v2")
    assert answer.status == 0
    assert "Model v2 of the classifier 'main' is in use now in place of v1." in answer.output
    current, model = account.ledger.current("main"), account.ledger.model("main", 2)
    assert current
    assert (current.version, current.history) == (2, [1])
    assert model.status == ModelStatus.PUBLISHED
    assert model.message.startswith("Put in use by ")
    assert published() == [ModelPublished("dev", "main", 2, kept.artifact_uri)]


def test_promote_again_tells_again(account: Account, kit: Kit, published: Callable[[], list[ModelPublished]]) -> None:
    """Repeating a promotion that broke off before its event finishes it and changes nothing else."""
    account.add_model(1)
    account.use(1)
    answer = kit("promote", "1", "--json")
    assert (answer.json["version"], answer.json["replaced"]) == (1, 1)
    assert "is in use already" in kit("promote", "1").output
    current = account.ledger.current("main")
    assert current
    assert current.history == []
    assert len(published()) == 2


def test_promote_of_an_unknown_model(account: Account, kit: Kit) -> None:
    """A number that no model has, or that is no number, is bad input."""
    answer = kit("promote", "7")
    assert (answer.status, answer.errors) == (2, "Classifier 'main' has no model v7. 'kit models' lists them.\n")
    answer = kit("promote", "seven")
    assert answer.status == 2
    assert "'seven' is no model number" in answer.errors


def test_promote_that_lost_a_race(account: Account, kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """When another model came into use in between, nothing is overwritten."""
    for version in (1, 2, 3):
        account.add_model(version)
    seen = account.use(1)
    account.use(3)
    monkeypatch.setattr("contract.ledger.Ledger.current", lambda self, classifier: seen)
    answer = kit("promote", "2")
    monkeypatch.undo()
    assert answer.status == 1
    assert "came into use at this moment" in answer.errors


def test_rollback_goes_back_and_forth(account: Account, kit: Kit, published: Callable[[], list[ModelPublished]]) -> None:
    """The previous model comes back into use; a second rollback returns to the newer one."""
    account.add_model(1)
    account.add_model(2)
    account.use(1, 2)
    assert "v1 of the classifier 'main' is in use now in place of v2." in kit("rollback").output
    assert kit("rollback", "--json").json["version"] == 2
    assert [event.version for event in published()] == [1, 2]


def test_rollback_without_a_past(account: Account, kit: Kit) -> None:
    """Without a model in use, or one before it, there is nothing to go back to."""
    assert "has no model in use yet" in kit("rollback").errors
    account.add_model(1)
    account.use(1)
    answer = kit("rollback")
    assert answer.status == 2
    assert "No model of the classifier 'main' was in use before v1" in answer.errors


def test_advice_about_a_classifier_names_it_and_the_target(account: Account, kit: Kit) -> None:
    """As it stands it can be copied: without the name it would be about another classifier."""
    account.add_model(1, "urgency")
    account.use(1, classifier="urgency")
    answer = kit("rollback", "--classifier", "urgency", "--stage", "dev")
    assert answer.status == 2
    assert "'kit promote V --classifier urgency" in answer.errors
