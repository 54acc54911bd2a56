"""The environments of the container's verbs."""

from __future__ import annotations

from dataclasses import dataclass

from contract.environment import Environment
from contract.promise import DEFAULT_MAX_ERROR


@dataclass(frozen=True, kw_only=True)
class TrainingEnvironment(Environment):
    """The training container; every field has a default, so that `train` also runs by hand."""

    classifier: str = "main"
    model_version: int = 0  # 0: trained by hand, known to no ledger
    champion_version: int = 0  # 0: there is no current model to compare with
    training_object: str = ""  # the dropped object: s3://bucket/key
    training_object_version: str = ""
    evaluation_uri: str = ""  # where evaluation.json goes besides the artifact, and report.html beside it
    prepared_uri: str = ""  # not to train, but to prepare the rows for BlazingText: where `prepared.json` goes, its lines beside it
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
    max_error: str = DEFAULT_MAX_ERROR  # per cent that may be wrong among the rows that need no review, unless the file says otherwise


@dataclass(frozen=True, kw_only=True)
class ArrayChildEnvironment(Environment):
    """What Batch itself tells a job that is a child of an array job."""

    aws_batch_job_array_index: int = -1  # from 0; -1: the job is no such child
