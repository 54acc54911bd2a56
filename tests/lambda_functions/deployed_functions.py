"""The four Lambdas with a pretended AWS account around them.

S3, DynamoDB, SNS and EventBridge are moto's. SageMaker and Batch only remember what they were asked:
their requests are checked against botocore's service models, down to lengths and patterns.
"""

from __future__ import annotations

import importlib.util
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient
from botocore.validate import ParamValidator
from function_environments import ENVIRONMENTS
from service_models import beyond_limits, service_error

from contract import ledger
from contract.documents import Document
from contract.evaluations import Evaluation
from contract.events import BATCH_STATE_CHANGE, OBJECT_CREATED, TRAINING_STATE_CHANGE
from contract.layout import artifact_key, evaluation_key
from contract.ledger import BY_CREATED, BY_WAITING, Ledger
from contract.records import Job, JobKind, Model, ModelStatus, make_job_id

LAMBDAS = Path(__file__).parent.parent.parent / "lambda"
Event = dict[str, Any]


class Killed(BaseException):
    """The process vanished, as at a time-out: not even its clean-up runs."""


@dataclass
class _Plan:
    """What happens at a later call of an operation."""

    operation: str
    skip: int
    act: Callable[[BaseClient], dict[str, Any] | None]  # what it returns is the answer, if it returns one


@dataclass
class Deployed:
    """Buckets, ledger, topic, and the functions by name."""

    monkeypatch: pytest.MonkeyPatch
    modules: Mapping[str, ModuleType]
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    training_jobs: dict[str, dict[str, Any]] = field(default_factory=dict)  # requests and, later, descriptions by name
    batch_jobs: dict[str, dict[str, Any]] = field(default_factory=dict)  # requests by id
    batch_stopped: list[str] = field(default_factory=list)  # ids
    is_dead: bool = False
    services: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = field(default_factory=dict)  # more of them, by operation
    remaining_milliseconds: int = 90_000  # of the function's time
    _plans: list[_Plan] = field(default_factory=list)

    def __post_init__(self) -> None:
        original = BaseClient._make_api_call  # type: ignore[attr-defined]  # private, yet where moto's documentation hooks in
        self.monkeypatch.setattr(BaseClient, "_make_api_call", lambda client, name, given: self._call(original, client, name, given))
        self.s3 = boto3.client("s3")
        for bucket in ("train", "predict", "results", "models"):
            self.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
            self.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        boto3.client("sns").create_topic(Name="owner")
        self.table = create_table()
        self.ledger = Ledger(self.table)
        self.calls.clear()

    # what a test does

    def invoke(self, name: str, event: Event, **environment: str) -> Any:
        """Run a function as Lambda would, with its own environment; `environment` replaces single variables."""
        with self.monkeypatch.context() as patch:
            for variable, value in {**ENVIRONMENTS[name].to_env(), **environment}.items():
                patch.setenv(variable, value)
            return self.modules[name].handle(event, SimpleNamespace(get_remaining_time_in_millis=lambda: self.remaining_milliseconds))

    def drop(self, bucket: str, key: str, body: bytes = b"text,label\na,b\n", metadata: Mapping[str, str] | None = None) -> Event:
        """Put an object; the event that S3 sends of it."""
        version = self.s3.put_object(Bucket=bucket, Key=key, Body=body, Metadata=dict(metadata or {}))["VersionId"]
        sequence = len(self.s3.list_object_versions(Bucket=bucket, Prefix=key)["Versions"])
        thing = {"key": key, "size": len(body), "version-id": version, "sequencer": f"0055AED6DCD90281{sequence:02X}", "etag": "e"}
        return {"detail-type": OBJECT_CREATED, "source": "aws.s3", "detail": {"bucket": {"name": bucket}, "object": thing}}

    def add_model(self, version: int, classifier: str = "main", by: str = "gate", *, is_current: bool = True) -> Model:
        """A model of an earlier training."""
        while self.ledger.next_version(classifier) < version:
            pass
        name = f"tck-dev-train-earlier-{version}"
        model = Model(
            classifier=classifier,
            version=version,
            status=ModelStatus.PUBLISHED,
            artifact_uri=f"s3://models/{artifact_key(name)}",
            job_id=name,
            training_object="s3://train/earlier.csv",
            training_object_version="t0",
        )
        self.ledger.add_model(model)
        if is_current:
            assert self.ledger.make_current(model, by=by, before=self.ledger.current(classifier))
        return model

    def end_training(self, job: Job, evaluation: Evaluation | None = None, status: str = "Completed", **description: Any) -> Event:
        """Let SageMaker end a training job; the event of it."""
        name = f"tck-dev-{job.run_id}"
        if evaluation:
            self.put("models", evaluation_key(name), evaluation)
        self.training_jobs[name] |= {
            "TrainingJobStatus": status,
            "ModelArtifacts": {"S3ModelArtifacts": f"s3://models/{artifact_key(name)}"},
            "TrainingTimeInSeconds": 1000,
            "BillableTimeInSeconds": 400,
            **description,
        }
        return {"detail-type": TRAINING_STATE_CHANGE, "detail": {"TrainingJobName": name, "TrainingJobStatus": status}}

    def end_prediction(self, job: Job, status: str = "SUCCEEDED", status_reason: str = "", **container: Any) -> Event:
        """Batch's event of a job that ended after a minute and a half."""
        detail = {
            "jobId": job.platform_id or "batch-1",
            "jobName": f"tck-dev-{job.run_id}",
            "status": status,
            "statusReason": status_reason,
            "createdAt": 1_763_647_407_000,
            "startedAt": 1_763_647_500_000,
            "stoppedAt": 1_763_647_590_000,
            "container": container,
        }
        return {"detail-type": BATCH_STATE_CHANGE, "detail": detail}

    def put(self, bucket: str, key: str, document: Document) -> None:
        """Put a document."""
        self.s3.put_object(Bucket=bucket, Key=key, Body=document.to_json().encode())

    # what goes wrong

    def fail(self, operation: str, code: str, skip: int = 0) -> None:
        """One call of an operation, after `skip` others, is answered with an error."""

        def act(client: BaseClient) -> dict[str, Any]:
            raise service_error(client, code, operation)

        self._plans.append(_Plan(operation, skip, act))

    def kill(self, operation: str, skip: int = 0) -> None:
        """The function is killed in place of a call; `revive` ends that."""

        def act(client: BaseClient) -> None:
            self.is_dead = True

        self._plans.append(_Plan(operation, skip, act))

    def before(self, operation: str, act: Callable[[], object], skip: int = 0) -> None:
        """Something happens elsewhere just before a call."""

        def act_and_go_on(client: BaseClient) -> None:
            act()

        self._plans.append(_Plan(operation, skip, act_and_go_on))

    def answer(self, operation: str, answer: dict[str, Any]) -> None:
        """The next call of an operation is answered with this, and nothing is done."""
        self._plans.append(_Plan(operation, 0, lambda client: answer))

    def killed(self, name: str, event: Event, **environment: str) -> None:
        """Run a function that is killed on its way; afterwards its lease has expired."""
        with pytest.raises(Killed):
            self.invoke(name, event, **environment)
        self.is_dead = False
        self.let_leases_expire()

    def let_leases_expire(self) -> None:
        """As if two minutes had gone by."""
        later = time.time() + ledger.LEASE_SECONDS + 2
        self.monkeypatch.setattr(ledger, "time", SimpleNamespace(time=lambda: later))

    # what a test sees

    def job(self, event: Event) -> Job:
        """The ledger's record of a dropped object."""
        bucket, thing = event["detail"]["bucket"]["name"], event["detail"]["object"]
        kind = JobKind.TRAIN if bucket == "train" else JobKind.PREDICT
        return self.ledger.job(make_job_id(kind, bucket, thing["key"], thing["version-id"]))

    def reread(self, job: Job) -> Job:
        """The ledger's record of a job as it stands now."""
        return self.ledger.job(job.job_id)

    def requests(self, operation: str) -> list[dict[str, Any]]:
        """The requests of an operation, in order."""
        return [given for name, given in self.calls if name == operation]

    def messages(self) -> list[str]:
        """What the owner was told of how jobs ended."""
        return [message for message in self._published() if not message.startswith("Received: ")]

    def received(self) -> list[str]:
        """What the owner was told of files that arrived."""
        return [message for message in self._published() if message.startswith("Received: ")]

    def _published(self) -> list[str]:
        return [request["Message"] for request in self.requests("Publish")]

    # the pretended services

    def _call(self, original: Callable[..., Any], client: BaseClient, name: str, given: dict[str, Any]) -> Any:
        for plan in [plan for plan in self._plans if plan.operation == name]:
            if plan.skip == 0:
                self._plans.remove(plan)
                if (answer := plan.act(client)) is not None:
                    return answer
            else:
                plan.skip -= 1
        if self.is_dead:
            raise Killed
        self.calls.append((name, given))
        if client.meta.service_model.service_name not in ("sagemaker", "sagemaker-runtime", "batch") and name not in self.services:
            return original(client, name, given)
        shape = client.meta.service_model.operation_model(name).input_shape
        assert shape is not None
        problems = ParamValidator().validate(given, shape)
        assert not problems.has_errors(), problems.generate_report()
        assert list(beyond_limits(shape, given, name)) == []
        return self.services[name](given) if name in self.services else getattr(self, f"_{name}")(client, given)

    def _CreateTrainingJob(self, client: BaseClient, given: dict[str, Any]) -> dict[str, Any]:
        if given["TrainingJobName"] in self.training_jobs:
            raise service_error(client, "ResourceInUse", "CreateTrainingJob")
        self.training_jobs[given["TrainingJobName"]] = dict(given)
        return {"TrainingJobArn": "arn"}

    def _DescribeTrainingJob(self, client: BaseClient, given: dict[str, Any]) -> dict[str, Any]:
        return self.training_jobs[given["TrainingJobName"]]

    def _SubmitJob(self, client: BaseClient, given: dict[str, Any]) -> dict[str, Any]:
        batch_id = f"batch-{len(self.batch_jobs) + 1}"
        self.batch_jobs[batch_id] = given
        return {"jobId": batch_id, "jobName": given["jobName"]}

    def _ListJobs(self, client: BaseClient, given: dict[str, Any]) -> dict[str, Any]:
        (name,) = (value for entry in given["filters"] if entry["name"] == "JOB_NAME" for value in entry["values"])
        found = [batch_id for batch_id, job in self.batch_jobs.items() if job["jobName"] == name and job["jobQueue"] == given["jobQueue"]]
        return {"jobSummaryList": [{"jobId": batch_id, "jobName": name} for batch_id in found]}

    def _TerminateJob(self, client: BaseClient, given: dict[str, Any]) -> dict[str, Any]:
        self.batch_stopped.append(given["jobId"])
        return {}


def load(name: str) -> ModuleType:
    """A function's handler, with its folder's other files at hand while it is imported, as in its zip."""
    path = LAMBDAS / name / "handler.py"
    spec = importlib.util.spec_from_file_location(f"{name}_handler", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    sys.path.insert(0, str(path.parent))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(path.parent))
    return module


def create_table() -> Any:
    """The ledger's table with its local indexes, a boto3 resource."""
    names = ("pk", "sk", "created_at", "waiting_since")
    return boto3.resource("dynamodb").create_table(
        TableName="ledger",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
        LocalSecondaryIndexes=[
            {
                "IndexName": index,
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": key, "KeyType": "RANGE"}],
                "Projection": {"ProjectionType": "ALL"},
            }
            for index, key in ((BY_CREATED, "created_at"), (BY_WAITING, "waiting_since"))
        ],
        BillingMode="PAY_PER_REQUEST",
    )
