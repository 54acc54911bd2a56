"""A model that is published answers behind its classifier's endpoint, and so does the one that is put in use after it."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from local_kit import SAMPLES, LocalKit, labelled_rows

from contract.deployment import Function, function_name
from contract.events import SCHEDULED
from contract.hosting import LiveStatus, endpoint_name
from contract.live_ledger import LiveLedger
from contract.records import Job

CLASSIFIER = "live"
TEXT = "The screen of the phone cracked when it fell"


def live_version(kit: LocalKit, version: int, seconds: float = 120) -> Any:
    """The ledger's record once a version serves, or has failed to."""
    ledger = LiveLedger(kit.session.resource("dynamodb").Table(kit.deployment.ledger_table))
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = ledger.get(CLASSIFIER)
        if found and found.version == version and found.status != LiveStatus.STARTING:
            return found
        time.sleep(0.2)
    raise AssertionError(f"version {version} did not come up: {found}")


def ask(kit: LocalKit, *texts: str) -> Any:
    """What the endpoint says of some texts."""
    answer = kit.session.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=endpoint_name("dev", CLASSIFIER),
        Body=json.dumps({"instances": texts, "configuration": {"k": 2, "review": True, "explain": True}}),
        ContentType="application/json",
    )
    return json.loads(answer["Body"].read())


def models(kit: LocalKit) -> list[str]:
    """The names of the models behind the endpoint."""
    listed = kit.session.client("sagemaker").list_models()["Models"]
    return [model["ModelName"] for model in listed if model["ModelName"].startswith(f"tck-dev-{CLASSIFIER}-v")]


@pytest.fixture(scope="module")
def trained(local_kit: LocalKit) -> Job:
    """The first model of a classifier of its own."""
    job = local_kit.wait(local_kit.put_training(f"classifiers/{CLASSIFIER}/first.csv", labelled_rows(400)))
    assert job.status == "done", job.message
    return job


def test_a_published_model_answers(local_kit: LocalKit, trained: Job) -> None:
    """The endpoint is made with the first model, tagged as the stage's, and answers in BlazingText's format."""
    record = live_version(local_kit, trained.model_version)
    assert (record.status, record.message) == (LiveStatus.SERVING, f"Model v{trained.model_version} answers now.")
    (answer,) = ask(local_kit, TEXT)
    assert len(answer["label"]) == len(answer["prob"]) == 2
    assert answer["prob"][0] >= answer["prob"][1]
    assert answer["model_version"] == trained.model_version
    assert answer["needs_review"] is bool(answer["review_reason"])
    assert answer["words"]


def bounds(kit: LocalKit) -> dict[str, tuple[int, int]]:
    """Between which numbers of instances what is registered scales."""
    targets = kit.session.client("application-autoscaling").describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    return {target["ResourceId"]: (target["MinCapacity"], target["MaxCapacity"]) for target in targets}


def test_instances_follow_the_requests(local_kit: LocalKit, trained: Job) -> None:
    """The endpoint, which runs on instances here, is registered with the bounds of the settings once it serves."""
    assert live_version(local_kit, trained.model_version)
    end = time.monotonic() + 30
    while time.monotonic() < end and not bounds(local_kit):
        time.sleep(0.2)
    assert bounds(local_kit)[f"endpoint/{endpoint_name('dev', CLASSIFIER)}/variant/all"] == (1, 2)


def test_by_the_hour_every_classifier_is_looked_at(local_kit: LocalKit, trained: Job) -> None:
    """An endpoint that serves what it should is left as it is."""
    record = live_version(local_kit, trained.model_version)
    answer = local_kit.functions.invoke(
        FunctionName=function_name("dev", Function.DEPLOY_MODEL), Payload=json.dumps({"detail-type": SCHEDULED, "detail": {}})
    )
    assert "FunctionError" not in answer, answer["Payload"].read()
    assert live_version(local_kit, trained.model_version) == record


def test_the_next_model_takes_over_and_the_one_before_is_put_away(local_kit: LocalKit, trained: Job) -> None:
    """By promotion, as by the gate; of what served before nothing is left."""
    before = live_version(local_kit, trained.model_version).name
    job = local_kit.wait(local_kit.put_training(f"classifiers/{CLASSIFIER}/second.csv", (SAMPLES / "warranty_train.csv").read_bytes()))
    local_kit("promote", str(job.model_version), "--classifier", CLASSIFIER)
    record = live_version(local_kit, job.model_version)
    assert record.status == LiveStatus.SERVING, record.message
    assert ask(local_kit, TEXT)
    end = time.monotonic() + 30
    while time.monotonic() < end and before in models(local_kit):
        time.sleep(0.2)
    assert models(local_kit) == [record.name]
