"""BlazingText as the engine: three training jobs make a model that is gated, classifies files and answers like any other."""

from __future__ import annotations

import io
import json
import tarfile
import time
from typing import Any

import pytest
from local_kit import SAMPLES, LocalKit, labelled_rows

from contract.deployment import Function, function_name
from contract.documents import Summary
from contract.evaluations import Evaluation
from contract.events import SCHEDULED
from contract.hosting import LiveStatus, endpoint_name
from contract.layout import ResultKeys, evaluation_key, parse_drop, parse_s3_uri
from contract.live_ledger import LiveLedger
from contract.records import Job, ModelStatus

CLASSIFIER = "second"
TEXT = "The screen of the phone cracked when it fell"


@pytest.fixture(scope="module")
def trained(local_kit: LocalKit) -> Job:
    """The first model of a classifier of its own, made by BlazingText."""
    job = local_kit.wait(local_kit.put_training(f"classifiers/{CLASSIFIER}/first.csv", labelled_rows(500), engine="blazingtext"))
    assert job.status == "done", job.message
    return job


def _evaluation(kit: LocalKit, job: Job) -> Evaluation:
    body = kit.s3.get_object(Bucket=kit.deployment.models_bucket, Key=evaluation_key(job.platform_id))["Body"].read()
    return Evaluation.from_json(body)


def _serving(kit: LocalKit, version: int, seconds: float = 120) -> None:
    """Wait until the classifier's endpoint answers with a version."""
    ledger = LiveLedger(kit.session.resource("dynamodb").Table(kit.deployment.ledger_table))
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = ledger.get(CLASSIFIER)
        if found and (found.version, found.status) == (version, LiveStatus.SERVING):
            return
        time.sleep(0.2)
    raise AssertionError(f"version {version} did not come up: {found}")


def _ask(kit: LocalKit, text: str) -> Any:
    """What the endpoint says of a text."""
    answer = kit.session.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=endpoint_name("dev", CLASSIFIER),
        Body=json.dumps({"instances": [text], "configuration": {"k": 2, "explain": True}}),
        ContentType="application/json",
    )
    return json.loads(answer["Body"].read())[0]


def _training_jobs(kit: LocalKit, job: Job) -> list[str]:
    listed = kit.session.client("sagemaker").list_training_jobs(NameContains=job.job_id)["TrainingJobSummaries"]
    return sorted(entry["TrainingJobName"] for entry in listed)


def test_three_jobs_make_one_model(local_kit: LocalKit, trained: Job) -> None:
    """The ledger has one job and one published model; its artifact holds model.bin, and what the steps left lies among the inputs."""
    name = f"tck-dev-{trained.job_id}"
    assert trained.platform_id == name
    assert _training_jobs(local_kit, trained) == [name, f"{name}-blazing", f"{name}-prepare"]
    model = local_kit.ledger.model(CLASSIFIER, trained.model_version)
    assert model.status == ModelStatus.PUBLISHED
    assert model.accuracy > 0.5
    assert trained.details.startswith("Its engine is BlazingText.")
    bucket, key = parse_s3_uri(model.artifact_uri)
    with tarfile.open(fileobj=io.BytesIO(local_kit.s3.get_object(Bucket=bucket, Key=key)["Body"].read())) as archive:
        assert {"model.bin", "model.json", "tokenizer.json", "report.html"} <= set(archive.getnames())
    listed = local_kit.s3.list_objects_v2(Bucket=bucket, Prefix=f"inputs/{name}/steps/")["Contents"]
    assert [entry["Key"].removeprefix(f"inputs/{name}/steps/") for entry in listed] == [
        "prepared.json",
        f"{name}-blazing/output/model.tar.gz",
        "train/train.txt",
        "validation/validation.txt",
    ]


def test_the_log_says_that_fasttext_stood_in(local_kit: LocalKit, trained: Job) -> None:
    """Who looks at the log of the second job is not left to believe that it was BlazingText."""
    logs = local_kit.session.client("logs")
    name = f"{trained.platform_id}-blazing/algo-1"
    events = logs.get_log_events(logGroupName="/aws/sagemaker/TrainingJobs", logStreamName=name)["events"]
    assert any("fastText" in entry["message"] for entry in events)


def test_a_file_is_classified_with_it(local_kit: LocalKit, trained: Job) -> None:
    """Batch reads model.bin: all rows come back labelled, and the summary names the engine."""
    body = (SAMPLES / "claims.csv").read_bytes()
    drop = f"classifiers/{CLASSIFIER}/claims.csv"
    job = local_kit.wait(local_kit.put(local_kit.deployment.predict_bucket, drop, body))
    assert job.status == "done", job.message
    assert (job.rows_in, job.rows_out) == (60, 60)
    keys = ResultKeys(parse_drop(drop))
    summary = Summary.from_json(local_kit.s3.get_object(Bucket=local_kit.deployment.results_bucket, Key=keys.summary)["Body"].read())
    assert summary.engine.startswith("blazingtext")
    assert summary.model_version == f"v{trained.model_version}"
    assert set(summary.labels) <= set(local_kit.ledger.model(CLASSIFIER, trained.model_version).labels)


def test_the_endpoint_answers_with_it(local_kit: LocalKit, trained: Job) -> None:
    """Labels come back as people wrote them, with the words that spoke; nothing of BlazingText's own notation shows."""
    _serving(local_kit, trained.model_version)
    answer = _ask(local_kit, TEXT)
    labels = local_kit.ledger.model(CLASSIFIER, trained.model_version).labels
    assert set(answer["label"]) <= set(labels)
    assert answer["model_version"] == trained.model_version
    assert answer["words"]


def test_both_engines_are_tried(local_kit: LocalKit, trained: Job) -> None:
    """One training makes both models, keeps the better one on validation rows, compares it with the current one and says so."""
    job = local_kit.wait(local_kit.put_training(f"classifiers/{CLASSIFIER}/again.csv", labelled_rows(500), engine="auto"))
    assert job.status == "done", job.message
    evaluation = _evaluation(local_kit, job)
    assert set(evaluation.engines) == {"kit", "blazingtext"}
    assert evaluation.engine == max(evaluation.engines, key=evaluation.engines.__getitem__)
    assert evaluation.champion_version == trained.model_version
    assert job.details.startswith("Both engines were tried")


def test_the_hourly_look_starts_nothing_twice(local_kit: LocalKit, trained: Job) -> None:
    """Schedules never fire here, so the event is sent by hand while a first step is under way: the training has three jobs in the end."""
    job_id = local_kit.put_training(f"classifiers/{CLASSIFIER}/hourly.csv", labelled_rows(300), engine="blazingtext")
    local_kit.wait(job_id, "running")
    event = json.dumps({"source": "aws.events", "detail-type": SCHEDULED, "detail": {}})
    answer = local_kit.functions.invoke(FunctionName=function_name("dev", Function.START_TRAINING), Payload=event)
    assert "FunctionError" not in answer, answer["Payload"].read()
    job = local_kit.wait(job_id)
    assert job.status == "done", job.message
    assert len(_training_jobs(local_kit, job)) == 3


def test_rows_without_a_second_label_are_refused_in_the_first_job(local_kit: LocalKit) -> None:
    """The sentence is that of the kit's own engine, and BlazingText is never asked."""
    job = local_kit.wait(local_kit.put_training("one-label.csv", b"text,label\nit leaks,a\nit drips,a\n", engine="blazingtext"))
    assert job.status == "refused"
    assert "one label only" in job.message
    assert _training_jobs(local_kit, job) == [f"tck-dev-{job.job_id}-prepare"]
