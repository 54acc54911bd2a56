"""publish_model: a training job ended, and every end is recorded once and in a sentence."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from deployed_functions import Deployed
from ended_trainings import EVALUATION, train

from contract.errors import PlatformError
from contract.evaluations import Corrected, Score
from contract.paired import Paired
from contract.records import JobStatus, ModelStatus

BETTER = replace(EVALUATION, champion=asdict(Score(accuracy=0.8, macro_f1=0.8, rows=120)), champion_version=1, champion_labels=["a"])


def _published(deployed: Deployed) -> list[dict[str, Any]]:
    return [json.loads(request["Entries"][0]["Detail"]) for request in deployed.requests("PutEvents")]


def test_a_first_good_model_is_recorded_published_and_told(deployed: Deployed) -> None:
    """Model, current model, event, job and message all say the same."""
    job = train(deployed)
    deployed.invoke("publish_model", deployed.end_training(job, EVALUATION))
    ended, model, current = deployed.reread(job), deployed.ledger.model("main", 1), deployed.ledger.current("main")
    assert current is not None
    assert (model.status, current.version, current.by) == (ModelStatus.PUBLISHED, 1, "gate")
    assert model.artifact_uri == current.artifact_uri == f"s3://models/models/tck-dev-{job.job_id}/output/model.tar.gz"
    assert (model.accuracy, model.held_out_rows, model.labels, model.image_tag) == (0.9, 120, ["a", "b"], "gpu-0123456789ab")
    assert model.engine == "kit"
    assert (model.training_object, model.training_object_version) == ("s3://train/claims.csv", job.object_version)
    assert _published(deployed) == [{"stage": "dev", "classifier": "main", "version": 1, "artifact_uri": model.artifact_uri}]
    assert ended.status == JobStatus.DONE
    assert ended.message == f"Model v1. {model.message}"
    assert ended.message.startswith("Model v1. Published as the first model")
    assert (ended.rows_in, ended.seconds, ended.cost_usd) == (1202, 1000, 0.1)
    assert ended.details == "Left out: 2 rows (no text).\nFew rows for 'a'."
    (message,) = deployed.messages()
    assert message.startswith("Trained: claims.csv\n\nModel v1. Published")


def test_the_record_names_the_corrections_and_the_fresh_reviews(deployed: Deployed) -> None:
    """How many by how many people, and how both models did on what nobody learned from; the message says so, too."""
    deployed.add_model(1)
    job = train(deployed)
    fresh = {
        "challenger": asdict(Score(accuracy=0.75, macro_f1=0.7, rows=8)),
        "champion": asdict(Score(accuracy=0.5, macro_f1=0.5, rows=8)),
        "paired": asdict(Paired(8, 2, 0)),
    }
    corrected = asdict(Corrected(rows=12, people=2, wrong={"v1": 7}, overruled=1, disputed=0, fresh=8))
    deployed.invoke(
        "publish_model", deployed.end_training(job, replace(BETTER, paired=asdict(Paired(120, 14, 2)), fresh=fresh, corrected=corrected))
    )
    model = deployed.ledger.model("main", 2)
    assert (model.corrections, model.corrected_by) == (12, 2)
    assert (model.fresh_rows, model.fresh_accuracy, model.champion_fresh_accuracy) == (8, 0.75, 0.5)
    assert "on 8 fresh reviews 75.0% against 50.0%" in model.message
    assert "It learned from 12 corrections by 2 people; v1 was wrong in 7 of them." in deployed.messages()[0]


def test_a_worse_model_is_kept_and_nobody_is_woken(deployed: Deployed) -> None:
    """The current model stays, no event goes out, and the message says how to use the new one all the same."""
    deployed.add_model(1)
    job = train(deployed)
    worse = replace(BETTER, challenger=asdict(Score(accuracy=0.7, macro_f1=0.7, rows=120)))
    deployed.invoke("publish_model", deployed.end_training(job, worse))
    current = deployed.ledger.current("main")
    assert current is not None
    assert current.version == 1
    assert deployed.ledger.model("main", 2).status == ModelStatus.KEPT
    assert _published(deployed) == []
    assert deployed.reread(job).status == JobStatus.DONE
    assert "'kit promote 2'" in deployed.messages()[0]


def test_a_classifier_has_models_of_its_own(deployed: Deployed) -> None:
    """A model of one classifier replaces none of another."""
    deployed.add_model(1)
    job = train(deployed, "classifiers/tone/claims.csv")
    deployed.invoke("publish_model", deployed.end_training(job, EVALUATION))
    tone, main = deployed.ledger.current("tone"), deployed.ledger.current("main")
    assert tone is not None
    assert main is not None
    assert (tone.artifact_uri, main.version) == (f"s3://models/models/tck-dev-{job.job_id}/output/model.tar.gz", 1)


def test_the_same_event_twice_publishes_and_tells_once(deployed: Deployed) -> None:
    """A job that is done is done."""
    job = train(deployed)
    event = deployed.end_training(job, EVALUATION)
    deployed.invoke("publish_model", event)
    before = deployed.reread(job)
    deployed.invoke("publish_model", event)
    assert len(_published(deployed)) == len(deployed.messages()) == 1
    assert deployed.reread(job) == before


@pytest.mark.parametrize(
    ("operation", "skip"),
    [
        ("PutItem", 0),  # the model's record
        ("UpdateItem", 0),  # the decision beside the model
        ("PutItem", 1),  # the current model
        ("PutEvents", 0),
        ("UpdateItem", 1),  # the model's status
        ("UpdateItem", 2),  # the job's end
        ("Publish", 0),
        ("UpdateItem", 3),  # that the owner was told
    ],
)
def test_a_crash_anywhere_ends_the_same_way(deployed: Deployed, operation: str, skip: int) -> None:
    """Killed before any of its steps, the next delivery finishes the work: published, current, told."""
    job = train(deployed)
    event = deployed.end_training(job, EVALUATION)
    deployed.kill(operation, skip)
    deployed.killed("publish_model", event)
    deployed.invoke("publish_model", event)
    ended, current = deployed.reread(job), deployed.ledger.current("main")
    assert current is not None
    assert (current.version, current.history) == (1, [])
    assert ended.status == JobStatus.DONE
    assert ended.message.startswith("Model v1. Published as the first model")
    assert deployed.ledger.model("main", 1).status == ModelStatus.PUBLISHED
    assert _published(deployed)
    assert deployed.messages()


def test_a_model_promoted_by_a_person_between_two_tries_stays_so(deployed: Deployed) -> None:
    """The gate kept it, the function died, a person put it in use: the next try records the person's decision."""
    deployed.add_model(1)
    job = train(deployed)
    event = deployed.end_training(job, replace(BETTER, challenger=asdict(Score(accuracy=0.7, macro_f1=0.7, rows=120))))
    deployed.kill("UpdateItem", skip=2)
    deployed.killed("publish_model", event)
    model = deployed.ledger.model("main", 2)
    assert deployed.ledger.make_current(model, by="ann", before=deployed.ledger.current("main"))
    deployed.ledger.set_model_status(model, ModelStatus.PUBLISHED, "Promoted by ann.")
    deployed.invoke("publish_model", event)
    current = deployed.ledger.current("main")
    assert current is not None
    assert (current.version, current.by) == (2, "ann")
    assert deployed.reread(job).message == "Model v2. Promoted by ann."
    assert deployed.ledger.model("main", 2).status == ModelStatus.PUBLISHED


def test_a_model_rolled_back_between_two_tries_is_not_announced_again(deployed: Deployed) -> None:
    """The event says which model is current; sent late, it must not name one that a person took out of use."""
    first = deployed.add_model(1)
    job = train(deployed)
    event = deployed.end_training(job, BETTER)
    deployed.kill("PutEvents")
    deployed.killed("publish_model", event)
    assert deployed.ledger.make_current(first, by="ann", before=deployed.ledger.current("main"))
    deployed.invoke("publish_model", event)
    current = deployed.ledger.current("main")
    assert current is not None
    assert current.version == 1
    assert [entry["version"] for entry in _published(deployed)] == []
    assert deployed.reread(job).status == JobStatus.DONE


def test_a_model_that_comes_into_use_at_the_same_moment_wins(deployed: Deployed) -> None:
    """The gate does not replace what it did not compare with: it fails, is tried again and decides anew."""
    deployed.add_model(1)
    job = train(deployed)
    event = deployed.end_training(job, BETTER)
    deployed.before("PutItem", lambda: deployed.add_model(3, by="ann"), skip=1)
    with pytest.raises(PlatformError, match="came into use at this moment; the gate decides anew"):
        deployed.invoke("publish_model", event)
    deployed.invoke("publish_model", event)
    current = deployed.ledger.current("main")
    assert current is not None
    assert current.version == 3
    assert "model v3 came into use while this one was trained" in deployed.reread(job).message


def test_an_event_that_the_bus_did_not_take_is_sent_again(deployed: Deployed) -> None:
    """PutEvents reports failures inside a good answer."""
    job = train(deployed)
    event = deployed.end_training(job, EVALUATION)
    deployed.answer("PutEvents", {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "InternalFailure"}]})
    with pytest.raises(PlatformError, match="EventBridge did not take the event"):
        deployed.invoke("publish_model", event)
    assert deployed.reread(job).status == JobStatus.RUNNING
    deployed.invoke("publish_model", event)
    assert deployed.reread(job).status == JobStatus.DONE
    assert len(_published(deployed)) == 1


def test_an_old_event_does_not_overrule_the_service(deployed: Deployed) -> None:
    """The state is asked of SageMaker: an event that arrives early or late decides nothing."""
    job = train(deployed)
    event = deployed.end_training(job, EVALUATION)
    deployed.training_jobs[f"tck-dev-{job.job_id}"]["TrainingJobStatus"] = "InProgress"
    deployed.invoke("publish_model", event)
    assert deployed.reread(job).status == JobStatus.RUNNING


def test_a_training_may_end_before_its_start_is_recorded(deployed: Deployed) -> None:
    """The function that started it died; its end is recorded all the same, with the number it was given."""
    dropped = deployed.drop("train", "claims.csv")
    deployed.kill("UpdateItem", skip=2)
    deployed.killed("start_training", dropped)
    job = deployed.job(dropped)
    assert job.status == JobStatus.RECEIVED
    deployed.invoke("publish_model", deployed.end_training(job, EVALUATION))
    deployed.invoke("start_training", dropped)
    assert deployed.reread(job).status == JobStatus.DONE
    assert len(deployed.training_jobs) == 1


def test_the_wait_for_a_machine_is_recorded(deployed: Deployed) -> None:
    """From creation to the training's start; a training that never got a machine waited for nothing that could be measured."""
    created = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
    times = {"CreationTime": created, "TrainingStartTime": created + timedelta(seconds=75)}
    started, stopped = train(deployed), train(deployed, "other.csv")
    deployed.invoke("publish_model", deployed.end_training(started, EVALUATION, **times))
    deployed.invoke("publish_model", deployed.end_training(stopped, status="Stopped", CreationTime=created))
    assert (deployed.reread(started).queued_seconds, deployed.reread(stopped).queued_seconds) == (75, 0)
