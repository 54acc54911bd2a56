"""The `kit` command and the ledger of a running local cloud, for the end-to-end tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from contract.deployment import Deployment
from contract.ledger import Ledger
from contract.records import Job, JobKind, make_job_id
from local.cloud import Cloud

ROOT = Path(__file__).parent.parent.parent
SAMPLES = ROOT / "data" / "samples"

# A network small enough to train in seconds; it still learns the words of the samples.
QUICK = {
    "epochs": "4",
    "embedding_size": "16",
    "hidden_units": "16",
    "max_tokens": "40",
    "batch_size": "32",
    "learning_rate": "0.01",
    "use_pretrained_vectors": "false",
}


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

    @property
    def session(self) -> boto3.Session:
        """A boto3 session on the local cloud."""
        return self.cloud.session()

    @property
    def deployment(self) -> Deployment:
        """The stacks' outputs."""
        return Deployment.from_outputs(self.cloud.outputs)

    @property
    def ledger(self) -> Ledger:
        """The deployment's ledger."""
        return Ledger(self.session.resource("dynamodb").Table(self.deployment.ledger_table))

    def put(self, bucket: str, key: str, body: bytes, **extra: Any) -> str:
        """Drop an object without `kit`; returns the id of its job."""
        version = self.session.client("s3").put_object(Bucket=bucket, Key=key, Body=body, **extra)["VersionId"]
        kind = JobKind.TRAIN if bucket == self.deployment.train_bucket else JobKind.PREDICT
        return make_job_id(kind, bucket, key, version)

    def put_training(self, key: str, body: bytes, **hyperparameters: str) -> str:
        """Drop a labelled file that trains quickly."""
        metadata = {"hyperparameters": json.dumps(QUICK | hyperparameters)}
        return self.put(self.deployment.train_bucket, key, body, Metadata=metadata)

    def wait(self, job_id: str, *statuses: str, seconds: float = 240) -> Job:
        """The job once it has one of the statuses, or any final one when none is named."""
        end = time.monotonic() + seconds
        job = None
        while time.monotonic() < end:
            job = next((job for job in self.ledger.jobs() if job.job_id == job_id), None)
            if job and (job.status in statuses if statuses else job.is_final):
                return job
            time.sleep(0.2)
        raise AssertionError(f"{job_id} did not reach {statuses or 'its end'}: {job}")
