"""Tiny data, S3 in memory and ways to run the verbs, for the tests of the container."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from contract.container_environments import PredictionEnvironment
from contract.documents import Summary
from contract.layout import ResultKeys, parse_drop

OLD, NEW = "0055AED6DCD90281E5", "0055AED6DCD90281E6"  # sequencers, as S3 writes them
TWO_CLAIMS = [["text", "id"], ["the parcel came late", "1"], ["the motor hums and stops", "2"]]
RAGGED = b"text,id\nthe parcel came late,1\nragged\n"
REPOSITORY = Path(__file__).resolve().parents[2]
FORMULA_LABEL = "=defect"  # a label that a spreadsheet would run
PHRASES = {
    "delivery": ("the parcel came late", "the box was crushed on the way", "the courier left it in the rain", "it was never delivered"),
    FORMULA_LABEL: ("the motor hums and stops", "the switch is broken", "it leaks at the valve", "the screen stays dark"),
}
TEXTS = [(f"{phrase}, number {number}", label) for label, phrases in PHRASES.items() for number in range(8) for phrase in phrases]
HYPERPARAMETERS = {
    "num_epoch": "1",  # over so few rows it is many passes
    "learning_rate": "0.02",
    "batch_size": "8",
    "embedding_size": "12",
    "hidden_units": "8",
    "min_count": "1",
    "word_dropout": "0.05",
    "embedding_dropout": "0.0",
    "dropout": "0.1",
}
CLAIMS = [
    ["id", "text", "remark"],
    ["1", "the parcel came late", "écrasé, naïve"],
    ["2", "the motor hums and stops", 'said "no"; twice'],
    ["3", "it was never delivered", "=SUM(A1)"],
]
LEAST_PART_BYTES = 256  # in tests that join small objects as S3 joins large ones
PREDICT_BUCKET, RESULTS_BUCKET, MODELS_BUCKET = "predict-bucket", "results-bucket", "models-bucket"


def write_table(path: Path, rows: Sequence[Sequence[str]], encoding: str = "utf-8", delimiter: str = ",") -> Path:
    """Write a table; returns its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(table_bytes(rows, encoding, delimiter))
    return path


def table_bytes(rows: Sequence[Sequence[str]], encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    """A table as bytes."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode(encoding)


def read_table(content: bytes, delimiter: str = ",") -> list[list[str]]:
    """A result's rows, header first."""
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter))


def summary_in(folder: Path) -> Summary:
    """The summary of a result."""
    return Summary.from_json((folder / "summary.json").read_bytes())


def names_in(folder: Path) -> list[str]:
    """Everything in a folder, hidden or not."""
    return sorted(path.name for path in folder.iterdir())


def prepare_training(root: Path, rows: Sequence[Sequence[str]] | None = None, **hyperparameters: str) -> Path:
    """Fill a root with a training channel and hyperparameters; returns the root."""
    write_table(root / "input" / "data" / "training" / "claims.csv", rows or [("text", "label"), *TEXTS])
    path = root / "input" / "config" / "hyperparameters.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(HYPERPARAMETERS | hyperparameters))
    return root


def promising(model: Path, **thresholds: float) -> None:
    """Let a trained model promise other error rates, by thresholds whose names are `at_5` for 5 %."""
    path = model / "model.json"
    promises = {name.removeprefix("at_"): threshold for name, threshold in thresholds.items()}
    path.write_text(json.dumps(json.loads(path.read_bytes()) | {"promises": promises}))


def pack(folder: Path, archive: Path) -> Path:
    """Pack a model's files as SageMaker does; returns the archive's path."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(folder, ".")
    return archive


def clean_environment() -> dict[str, str]:
    """What a verb's process gets: nothing of this one's that could lead it to an account."""
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}


def start(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    """Start a verb as a process of its own."""
    return subprocess.Popen(
        # A shell that runs the tests in the background makes its children deaf to Ctrl-C; this one must hear it.
        ["/usr/bin/env", "--default-signal=INT", sys.executable, "-m", "container", *arguments],
        env=clean_environment() | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@dataclass(frozen=True)
class Ended:
    """How a verb ended."""

    status: int
    log: str


class Cloud:
    """Four versioned buckets, and what a test does with them."""

    def __init__(self) -> None:
        self.client: Any = boto3.client("s3")
        for bucket in (PREDICT_BUCKET, RESULTS_BUCKET, MODELS_BUCKET):
            self.client.create_bucket(Bucket=bucket)
            self.client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})

    def drop(self, key: str, body: bytes, bucket: str = PREDICT_BUCKET, **metadata: str) -> str:
        """Put an object; returns its version id."""
        return str(self.client.put_object(Bucket=bucket, Key=key, Body=body, Metadata=metadata)["VersionId"])

    def get(self, key: str, bucket: str = RESULTS_BUCKET, **version: str) -> bytes | None:
        """An object's bytes; None when there is none."""
        with suppress(self.client.exceptions.NoSuchKey):
            return bytes(self.client.get_object(Bucket=bucket, Key=key, **version)["Body"].read())
        return None

    def result_keys(self) -> list[str]:
        """The keys in the results bucket."""
        return sorted(entry["Key"] for entry in self.client.list_objects_v2(Bucket=RESULTS_BUCKET).get("Contents", []))

    def versions(self, key: str) -> int:
        """How many versions, delete markers included, a key of the results bucket has."""
        listed = self.client.list_object_versions(Bucket=RESULTS_BUCKET, Prefix=key)
        return len(listed.get("Versions", [])) + len(listed.get("DeleteMarkers", []))

    def summary(self, keys: ResultKeys) -> Summary:
        """The summary of a result that is there."""
        body = self.get(keys.summary)
        assert body is not None, self.result_keys()
        return Summary.from_json(body)


@dataclass(frozen=True)
class Job:
    """A dropped file and the prediction job for one version of it."""

    key: str
    version: str
    sequencer: str

    @property
    def source(self) -> str:
        """What --input names."""
        return f"s3://{PREDICT_BUCKET}/{self.key}"

    @property
    def output(self) -> str:
        """What --output names."""
        return f"s3://{RESULTS_BUCKET}/{self.key}/"

    @property
    def keys(self) -> ResultKeys:
        """Where the results lie."""
        return ResultKeys(parse_drop(self.key))

    @property
    def older_keys(self) -> ResultKeys:
        """Where the results lie when a newer version was quicker."""
        return ResultKeys(parse_drop(self.key), older_version=self.version)

    @property
    def environment(self) -> dict[str, str]:
        """The job's environment."""
        made = PredictionEnvironment(job_id="predict-1", input_version=self.version, input_sequencer=self.sequencer, model_version=7)
        return {name.lower(): value for name, value in made.to_env().items()}


def dropped(cloud: Cloud, body: bytes, sequencer: str, key: str = "march/claims.csv") -> Job:
    """Drop a file to classify."""
    return Job(key, cloud.drop(key, body), sequencer)


def run(predict: Callable[..., Ended], job: Job) -> Ended:
    """Run a job as Batch does."""
    return predict(job.source, job.output, **job.environment)
