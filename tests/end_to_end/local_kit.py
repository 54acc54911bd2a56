"""The `kit` command and the ledger of a running local cloud, for the end-to-end tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3

from contract.deployment import Deployment, Function, dead_letters_name
from contract.errors import UserError
from contract.layout import artifact_key, s3_uri
from contract.ledger import Ledger
from contract.records import Job, JobKind, Model, ModelStatus, make_job_id, now
from local.cloud import Cloud
from local.host import ACCOUNT, REGION

ROOT = Path(__file__).parent.parent.parent
SAMPLES = ROOT / "data" / "samples"
ASSEMBLY = ROOT / ".cache" / "assembly-closed"

# A network small enough to train in seconds; it still learns the words of the samples. An epoch over so few rows is many passes.
QUICK = {
    "epochs": "1",
    "embedding_size": "16",
    "hidden_units": "16",
    "max_tokens": "40",
    "batch_size": "32",
    "learning_rate": "0.01",
    "use_pretrained_vectors": "false",
}
QUICK_TRAININGS = {"hyperparameters": json.dumps(QUICK)}  # the setting, for those that nobody gives any, too

# Collectors, whose servers a test puts in; the secret is in no cloud until a test makes it.
SECRET = "tck-posts-AbCdEf"  # noqa: S105  # its name
COLLECTING = {
    "collect_sources": "x,mastodon,rss",
    "collect_hashtags": "refund",
    "collect_feeds": "news=http://feeds.invalid/news.xml",
    "x_server": "http://x.invalid",
    "mastodon_server": "http://mastodon.invalid",
    "collect_secret_arn": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{SECRET}",
}


def labelled_rows(count: int) -> bytes:
    """The first rows of the labelled sample: some hundreds make a model that is right on most texts, in half the time."""
    lines = (SAMPLES / "warranty_train.csv").read_bytes().splitlines(keepends=True)
    return b"".join(lines[: count + 1])


@dataclass(frozen=True)
class Answer:
    """What a `kit` command did."""

    status: int
    output: str
    errors: str

    @property
    def json(self) -> Any:
        """The parsed output of a command that was given --json."""
        return json.loads(self.output)


@dataclass(frozen=True)
class LocalKit:
    """The running local cloud and the `kit` command on it."""

    cloud: Cloud
    state: Path

    def __call__(self, *arguments: str | Path) -> Answer:
        """Run `kit ARGUMENTS --local` as a process."""
        done = subprocess.run(
            [sys.executable, "-m", "kit", *map(str, arguments), "--local"],
            env={**os.environ, "KIT_STATE": str(self.state), "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    @cached_property
    def session(self) -> boto3.Session:
        """A boto3 session on the local cloud."""
        return self.cloud.session()

    @cached_property
    def s3(self) -> Any:
        """A client of S3, made once: tests drop files from many threads, where clients are safe and sessions are not."""
        return self.session.client("s3")

    @cached_property
    def functions(self) -> Any:
        """A client of Lambda, as above."""
        return self.session.client("lambda")

    @cached_property
    def deployment(self) -> Deployment:
        """The stacks' outputs."""
        return Deployment.from_outputs(self.cloud.outputs)

    @cached_property
    def ledger(self) -> Ledger:
        """The deployment's ledger."""
        return Ledger(self.session.resource("dynamodb").Table(self.deployment.ledger_table))

    def put(self, bucket: str, key: str, body: bytes, **extra: Any) -> str:
        """Drop an object without `kit`; returns the id of its job."""
        version = self.s3.put_object(Bucket=bucket, Key=key, Body=body, **extra)["VersionId"]
        kind = JobKind.TRAIN if bucket == self.deployment.train_bucket else JobKind.PREDICT
        return make_job_id(kind, bucket, key, version)

    def put_training(self, key: str, body: bytes, **hyperparameters: str) -> str:
        """Drop a labelled file, with what its training has beside the deployment's hyperparameters."""
        return self.put(self.deployment.train_bucket, key, body, Metadata={"hyperparameters": json.dumps(hyperparameters)})

    def find(self, job_id: str) -> Job | None:
        """A job as it stands; None while the ledger has not heard of it."""
        try:
            return self.ledger.job(job_id)
        except UserError:
            return None

    def wait(self, job_id: str, *statuses: str, seconds: float = 240) -> Job:
        """The job once it has one of the statuses, or when none is named once it has ended and its owner was told."""
        end = time.monotonic() + seconds
        job = None
        while time.monotonic() < end:
            job = self.find(job_id)
            if job and (job.status in statuses if statuses else job.is_final and job.told_at):
                return job
            time.sleep(0.1)
        raise AssertionError(f"{job_id} did not reach {statuses or 'its end'}: {job}")

    def batch_jobs(self, job: Job) -> list[Any]:
        """What Batch lists of a prediction, in all its runs; of a large file the plan, the array of its parts and the last job."""
        batch, filters = self.session.client("batch"), [{"name": "JOB_NAME", "values": [f"tck-dev-{job.job_id}*"]}]
        listed: list[Any] = batch.list_jobs(jobQueue=self.deployment.job_queue_arn, filters=filters)["jobSummaryList"]
        return listed

    def dead_letters(self, function: Function) -> int:
        """How many events a function could not handle."""
        sqs = self.session.client("sqs")
        url = sqs.get_queue_url(QueueName=dead_letters_name("dev", function))["QueueUrl"]
        counted = "ApproximateNumberOfMessages"
        return int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[counted])["Attributes"][counted])

    def wait_for_dead_letters(self, function: Function, count: int, seconds: float = 120) -> int:
        """How many events a function could not handle, once there are so many or time is up."""
        end = time.monotonic() + seconds
        while (found := self.dead_letters(function)) < count and time.monotonic() < end:
            time.sleep(0.2)
        return found

    def add_model(self, name: str, artifact: bytes) -> Model:
        """A model of the default classifier that no training made: as far as anything knows before a job opens its artifact."""
        bucket, key = self.deployment.models_bucket, artifact_key(name)
        self.s3.put_object(Bucket=bucket, Key=key, Body=artifact)
        model = Model(
            classifier="main",
            version=self.ledger.next_version("main"),
            status=ModelStatus.KEPT,
            artifact_uri=s3_uri(bucket, key),
            job_id=f"train-{name}",
            training_object="s3://somewhere/labelled.csv",
            training_object_version="v",
            created_at=now(),
            accuracy=0.9,
            held_out_rows=10,
            message="Kept.",
        )
        assert self.ledger.add_model(model)
        return model

    def strand(self, job: Job) -> None:
        """Let a job be as it is some minutes after whoever began to start it died."""
        table = self.session.resource("dynamodb").Table(self.deployment.ledger_table)
        table.update_item(
            Key={"pk": "job", "sk": job.job_id},
            UpdateExpression="SET lease_until = :zero, updated_at = :before",
            ExpressionAttributeValues={":zero": 0, ":before": "2026-11-21T08:00:00.000+00:00"},
        )
