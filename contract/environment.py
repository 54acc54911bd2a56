"""The environment of each process as a type: the stack writes it, the process reads it.

A field `ledger_table` travels as the variable LEDGER_TABLE. A field with a default may be absent;
every other missing or malformed variable is named at once.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, Self, get_type_hints

from contract.errors import AlgorithmError


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Base of all environments; fields are str, int, float or bool."""

    def to_env(self) -> dict[str, str]:
        """The variables that carry this environment."""
        return {name.upper(): _write(getattr(self, name)) for name in self.names()}

    @classmethod
    def names(cls) -> list[str]:
        """The fields' names, in order."""
        return [field.name for field in fields(cls)]

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read the environment; raises AlgorithmError that names every missing or bad variable."""
        source = os.environ if environ is None else environ
        types = get_type_hints(cls)
        values: dict[str, Any] = {}
        problems = []
        for field in fields(cls):
            variable = field.name.upper()
            if variable not in source:
                if field.default is MISSING:
                    problems.append(f"{variable} is missing")
                continue
            try:
                values[field.name] = _READERS[types[field.name]](source[variable])
            except ValueError:
                problems.append(f"{variable}={source[variable]!r} is no {types[field.name].__name__}")
        if problems:
            raise AlgorithmError(f"The environment of {cls.__name__} is incomplete: {'; '.join(problems)}.")
        return cls(**values)


def _write(value: str | int | float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _read_bool(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(text)
    return text == "true"


_READERS: dict[type, Callable[[str], Any]] = {str: str, int: int, float: float, bool: _read_bool}


@dataclass(frozen=True, kw_only=True)
class BuildImageEnvironment(Environment):
    """The Lambda build_image."""

    project: str  # of CodeBuild


@dataclass(frozen=True, kw_only=True)
class StartTrainingEnvironment(Environment):
    """The Lambda start_training."""

    stage: str
    ledger_table: str
    models_bucket: str
    topic_arn: str
    training_role_arn: str
    training_image: str
    image_tag: str
    commit: str
    instance_type: str
    accelerator: str  # gpu or cpu
    volume_gib: int
    is_spot: bool
    max_run_seconds: int
    max_wait_seconds: int
    usd_per_hour: float
    hyperparameters: str = "{}"  # JSON object of strings, over the defaults of contract.hyperparameters
    output_key_arn: str = ""  # encrypts the artifact; empty: the bucket's own encryption
    volume_key_arn: str = ""  # encrypts the disk; empty: AWS's own key, the only one for machines with local disks
    subnets: str = ""  # of the account in which trainings run, with commas between; empty: SageMaker's own network
    security_group: str = ""  # that they run in there


@dataclass(frozen=True, kw_only=True)
class PublishModelEnvironment(Environment):
    """The Lambda publish_model."""

    stage: str
    ledger_table: str
    models_bucket: str
    topic_arn: str
    usd_per_hour: float


@dataclass(frozen=True, kw_only=True)
class StartPredictionEnvironment(Environment):
    """The Lambda start_prediction."""

    stage: str
    ledger_table: str
    results_bucket: str
    topic_arn: str
    job_queue: str
    job_definition: str
    image_tag: str
    commit: str
    accelerator: str
    max_run_seconds: int
    usd_per_hour: float
    text_column: str = ""
    max_object_bytes: int = 20 * 1024**3
    shard_bytes: int = 1024**3  # a larger file is classified in shards


@dataclass(frozen=True, kw_only=True)
class ReportPredictionEnvironment(Environment):
    """The Lambda report_prediction."""

    stage: str
    ledger_table: str
    results_bucket: str
    topic_arn: str
    usd_per_hour: float


@dataclass(frozen=True, kw_only=True)
class TearDownEnvironment(Environment):
    """The Lambda tear_down of one stack: what there is to end when the stack is deleted. Empty: the stack has none."""

    stage: str
    rules: str = ""  # names of EventBridge rules, with commas between
    functions: str = ""  # names of the functions that they wake, likewise
    job_queue: str = ""  # of Batch, by ARN
    build_project: str = ""  # of CodeBuild
    buckets: str = ""  # to be emptied: names, with commas between
    has_sagemaker: bool = False  # training jobs, endpoints and models are made under the stage's name
    is_log_deleted: bool = False  # also what SageMaker logged of them

    @staticmethod
    def listed(names: str) -> list[str]:
        """The names in a field that holds several."""
        return names.split(",") if names else []


@dataclass(frozen=True, kw_only=True)
class TrainingEnvironment(Environment):
    """The training container; every field has a default, so that `train` also runs by hand."""

    classifier: str = "main"
    model_version: int = 0  # 0: trained by hand, known to no ledger
    champion_version: int = 0  # 0: there is no current model to compare with
    training_object: str = ""  # the dropped object: s3://bucket/key
    training_object_version: str = ""
    evaluation_uri: str = ""  # where evaluation.json goes besides the artifact
    image_tag: str = ""
    commit: str = ""
    accelerator: str = "cpu"


@dataclass(frozen=True, kw_only=True)
class PredictionEnvironment(Environment):
    """The prediction job: who it works for; every field has a default, so that `predict` runs by hand."""

    job_id: str = ""
    input_version: str = ""  # the object version to classify; empty: the latest
    input_sequencer: str = ""  # orders the versions of one key, given by S3's event
    model_version: int = 0
    text_column: str = ""
    image_tag: str = ""
    commit: str = ""
    accelerator: str = "cpu"
    usd_per_hour: float = 0.0


@dataclass(frozen=True, kw_only=True)
class ArrayChildEnvironment(Environment):
    """What Batch itself tells a job that is a child of an array job."""

    aws_batch_job_array_index: int = -1  # from 0; -1: the job is no such child
