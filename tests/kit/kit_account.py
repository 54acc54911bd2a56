"""An account with a deployment in it, as the tests of kit see it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient

from contract.deployment import Deployment, TrainingSurroundings
from contract.documents import Summary
from contract.layout import ResultKeys, artifact_key, parse_drop, s3_uri
from contract.ledger import Ledger
from contract.records import Current, Job, JobKind, JobStatus, Model, ModelStatus, make_job_id, now

REGION = "eu-west-1"
VALUES = {
    "train_bucket": "the-train",
    "predict_bucket": "the-predict",
    "results_bucket": "the-results",
    "models_bucket": "the-models",
    "ledger_table": "the-ledger",
    "topic_arn": f"arn:aws:sns:{REGION}:123456789012:told",
    "training_role_arn": "arn:aws:iam::123456789012:role/training",
    "training_image": f"123456789012.dkr.ecr.{REGION}.amazonaws.com/tck-dev:cpu-0123456789abcdef",
    "training_instance_type": "ml.m5.large",
    "training_usd_per_hour": "0.046",
    "training_usd_per_hour_on_demand": "0.115",
    "training_surroundings": TrainingSurroundings().to_json(),
    "training_hyperparameters": '{"epochs": "2", "label_column": "kind"}',
    "commit": "0123456789ab",
    "job_queue_arn": f"arn:aws:batch:{REGION}:123456789012:job-queue/q",
    "prediction_usd_per_hour": "0.096",
    "page_url": "https://d0123456789abc.cloudfront.net",
    "api_url": f"https://a1b2c3.execute-api.{REGION}.amazonaws.com",
    "user_pool_id": f"{REGION}_AbCdEf123",
    "user_pool_client_id": "1a2b3c4d5e",
    "labeling_role_arn": "arn:aws:iam::123456789012:role/labeling",
}


@dataclass(frozen=True)
class Answer:
    """What a command did."""

    status: int
    output: str
    errors: str

    @property
    def json(self) -> Any:
        """The parsed output of a command that was given --json."""
        return json.loads(self.output)


@dataclass
class Account:
    """The deployment as the tests see it; `then` holds what happens next while a command waits."""

    session: boto3.Session
    deployment: Deployment
    then: list[Callable[[], object]] = field(default_factory=list)

    @property
    def s3(self) -> Any:
        """A client of S3."""
        return self.session.client("s3")

    @property
    def ledger(self) -> Ledger:
        """The deployment's ledger."""
        return Ledger(self.session.resource("dynamodb").Table(self.deployment.ledger_table))

    def tick(self, _: float) -> None:
        """In place of sleeping: let the next thing happen."""
        if self.then:
            self.then.pop(0)()

    def claim_latest(self, kind: JobKind, key: str) -> Job:
        """Do what the Lambda does first: claim the object's newest version."""
        bucket = self.deployment.train_bucket if kind == JobKind.TRAIN else self.deployment.predict_bucket
        version = self.s3.head_object(Bucket=bucket, Key=key)["VersionId"]
        job = Job(
            job_id=make_job_id(kind, bucket, key, version),
            kind=kind,
            classifier=parse_drop(key).classifier,
            status=JobStatus.RECEIVED,
            bucket=bucket,
            key=key,
            object_version=version,
        )
        claimed = self.ledger.claim(job)
        assert claimed
        return claimed

    def end(self, kind: JobKind, key: str, status: JobStatus, message: str, **changes: Any) -> None:
        """Claim the newest version and end its job at once."""
        assert self.ledger.move(self.claim_latest(kind, key), status, message=message, **changes)

    def classify(self, key: str, has_rejected: bool = True) -> None:
        """Claim the newest version, leave a result of two rows, one of them rejected, and end the job."""
        job = self.claim_latest(JobKind.PREDICT, key)
        keys, bucket = ResultKeys(parse_drop(key)), self.deployment.results_bucket
        version = self.s3.put_object(Bucket=bucket, Key=keys.results, Body=b"text,predicted_label\r\na,x\r\n")["VersionId"]
        self.s3.put_object(Bucket=bucket, Key=keys.rejected, Body=b"row,reason,record\r\n3,ragged,b\r\n")
        listed = self.s3.put_object(Bucket=bucket, Key=keys.review, Body=b"{}\n")["VersionId"]
        named = {"review": keys.review.rsplit("/", 1)[-1], "review_version": listed}
        summary = replace(make_summary(job, results=keys.results.rsplit("/", 1)[-1], results_version=version), **named)
        if not has_rejected:
            summary = replace(summary, rejected="", rows_in=1, rows_rejected=0)
        self.s3.put_object(Bucket=bucket, Key=keys.summary, Body=summary.to_json().encode())
        self.s3.put_object(Bucket=bucket, Key=keys.results, Body=b"of a later version")
        self.ledger.move(
            job,
            JobStatus.DONE,
            message="1 rows classified by model v1.",
            results=s3_uri(bucket, keys.prefix),
            rows_in=2,
            rows_out=1,
            rows_rejected=1,
            seconds=65.0,
            cost_usd=0.0017,
        )

    def add_model(self, version: int, classifier: str = "main", **changes: Any) -> Model:
        """A model in the ledger."""
        while self.ledger.next_version(classifier) < version:
            pass
        model = Model(
            classifier=classifier,
            version=version,
            status=ModelStatus.KEPT,
            artifact_uri=s3_uri(self.deployment.models_bucket, artifact_key(f"tck-dev-{classifier}-{version}")),
            job_id=f"train-claims-{version:012d}",
            training_object="s3://the-train/claims.csv",
            training_object_version="v",
            created_at=now(),
            accuracy=0.875,
            held_out_rows=120,
            message="Kept, not used.",
        )
        assert self.ledger.add_model(replace(model, **changes))
        return model

    def use(self, *versions: int, classifier: str = "main") -> Current:
        """Put models in use one after the other."""
        for version in versions:
            model = self.ledger.model(classifier, version)
            assert self.ledger.make_current(model, by="gate", before=self.ledger.current(classifier))
        current = self.ledger.current(classifier)
        assert current
        return current


def intercept(monkeypatch: pytest.MonkeyPatch, answer: Callable[[Callable[..., Any], BaseClient, str, dict[str, Any]], Any]) -> None:
    """Let `answer` answer every call of AWS; it is given what did so before, the client, the operation and the request."""
    before = BaseClient._make_api_call  # type: ignore[attr-defined]  # private, yet where moto's documentation hooks in
    monkeypatch.setattr(BaseClient, "_make_api_call", lambda client, operation, given: answer(before, client, operation, given))


def make_summary(job: Job, *, results: str, results_version: str) -> Summary:
    """A summary of one row out and one rejected."""
    return Summary(
        job_id=job.job_id,
        classifier=job.classifier,
        input=s3_uri(job.bucket, job.key),
        input_version=job.object_version,
        input_sequencer="",
        results=results,
        results_version=results_version,
        rejected_version="",
        rejected=ResultKeys(parse_drop(job.key)).rejected.rsplit("/", 1)[-1],
        rows_in=2,
        rows_out=1,
        rows_rejected=1,
        rows_to_review=0,
        labels={"x": 1},
        encoding="utf-8",
        delimiter=",",
        text_column="text",
        model_version="v1",
        model="s3://the-models/m",
        training_object="",
        training_object_version="",
        image_tag="cpu-0123456789abcdef",
        commit="",
        engine="numpy",
        started_at=now(),
        seconds=65.0,
        cost_usd=0.0017,
    )


def create_table(session: boto3.Session) -> None:
    """The ledger's table with its local indexes."""
    indexes = {"by_created": "created_at", "by_waiting": "waiting_since"}
    session.client("dynamodb").create_table(
        TableName=VALUES["ledger_table"],
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", *indexes.values())],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        LocalSecondaryIndexes=[
            {
                "IndexName": index,
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": name, "KeyType": "RANGE"}],
                "Projection": {"ProjectionType": "ALL"},
            }
            for index, name in indexes.items()
        ],
    )
