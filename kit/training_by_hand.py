"""A training that somebody starts by hand: its files put where it can read them, and the request that a dropped file would get."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from contract.container_environments import TrainingEnvironment
from contract.corrections import CHANNEL as CORRECTIONS
from contract.deployment import TrainingSurroundings, run_time_name
from contract.layout import (
    MODELS_PREFIX,
    check_classifier,
    checkpoints_key,
    corrections_prefix,
    evaluation_key,
    input_key,
    s3_uri,
)
from contract.records import Current
from contract.tags import stage_tags
from contract.training_request import TrainingMachine, TrainingRequest
from kit.deployment import Target
from kit.upload import upload

SLUG_LENGTH = 20


@dataclass(frozen=True)
class Machine:
    """What it runs on; an empty type is the deployment's."""

    instance_type: str
    volume_gib: int
    max_run_seconds: int
    is_spot: bool


@dataclass(frozen=True)
class Run:
    """One training by hand. Its inputs, checkpoints and evaluation lie under `name`; the job's own name continues it."""

    name: str
    classifier: str
    file_name: str  # of the rows to train on
    file_version: str
    uris: dict[str, str]  # channel to s3:// prefix or object
    champion: Current | None
    hyperparameters: dict[str, str]
    machine: Machine
    has_evaluation: bool = True  # it leaves one where it is looked for; of many that share a name none does
    prepared_uri: str = ""  # where the lines for BlazingText are to be, and no model is trained


def prepare(
    target: Target,
    files: Mapping[str, Path],
    *,
    kind: str,
    classifier: str,
    hyperparameters: Mapping[str, str],
    machine: Machine,
    max_name: int = 63,
) -> Run:
    """Upload the channels' files; `kind` tells in the name what it is for, which has at most `max_name` characters."""
    check_classifier(classifier)
    bucket, s3 = target.deployment.models_bucket, target.client("s3")
    digits = secrets.token_hex(3)
    room = min(SLUG_LENGTH, max_name - len(run_time_name(target.stage, f"{kind}--{digits}")))
    slug = re.sub(r"[^a-z0-9]+", "-", files["training"].stem.lower())[:room].strip("-") or "file"
    name = run_time_name(target.stage, f"{kind}-{slug}-{digits}")
    champion = target.ledger.current(classifier)
    versions = {channel: upload(s3, path, bucket, input_key(name, channel, path.name), {}) for channel, path in files.items()}
    uris = {channel: s3_uri(bucket, input_key(name, channel, "")) for channel in files}
    return Run(
        name=name,
        classifier=classifier,
        file_name=files["training"].name,
        file_version=versions["training"],
        uris=uris | ({"champion": champion.artifact_uri} if champion else {}) | _corrections(target, classifier),
        champion=champion,
        hyperparameters=dict(hyperparameters),
        machine=machine,
    )


def environment_of(target: Target, run: Run) -> dict[str, str]:
    """The training container's environment; without a version, for no ledger knows the model."""
    models, tag = target.deployment.models_bucket, target.deployment.training_image.rsplit(":", 1)[-1]
    environment = TrainingEnvironment(
        classifier=run.classifier,
        champion_version=run.champion.version if run.champion else 0,
        training_object=s3_uri(models, input_key(run.name, "training", run.file_name)),
        training_object_version=run.file_version,
        evaluation_uri=s3_uri(models, evaluation_key(run.name)) if run.has_evaluation else "",
        prepared_uri=run.prepared_uri,
        image_tag=tag,
        commit=target.deployment.commit,
        accelerator=tag.partition("-")[0],
    )
    return environment.to_env()


def request_of(target: Target, run: Run) -> TrainingRequest:
    """The training job as a dropped file would get it, on the machine that was asked for."""
    deployment, machine = target.deployment, run.machine
    models = deployment.models_bucket
    surroundings = TrainingSurroundings.from_json(deployment.training_surroundings)
    if machine.instance_type not in ("", deployment.training_instance_type):
        # of another machine nobody knows whether its disk is a local one, for which SageMaker refuses a key
        surroundings = replace(surroundings, volume_key_arn="")
    return TrainingRequest(
        name=run.name,
        image=deployment.training_image,
        role_arn=deployment.training_role_arn,
        machine=TrainingMachine(
            instance_type=machine.instance_type or deployment.training_instance_type,
            volume_gib=machine.volume_gib,
            max_run_seconds=machine.max_run_seconds,
            max_wait_seconds=2 * machine.max_run_seconds if machine.is_spot else 0,
        ),
        surroundings=surroundings,
        channels=run.uris,
        hyperparameters=run.hyperparameters,
        output_uri=s3_uri(models, MODELS_PREFIX.rstrip("/")),
        tags=stage_tags(target.stage, run.classifier),
        environment=environment_of(target, run),
        checkpoints_uri=s3_uri(models, checkpoints_key(run.name)),
    )


def _corrections(target: Target, classifier: str) -> dict[str, str]:
    """The channel of what people said of texts, as a dropped file gets it."""
    bucket, prefix = target.deployment.train_bucket, corrections_prefix(classifier)
    found = target.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=1)
    return {CORRECTIONS: s3_uri(bucket, prefix)} if found["KeyCount"] else {}
