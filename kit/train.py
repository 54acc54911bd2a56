"""Train through the SageMaker SDK: the data scientist's way to try hyperparameters, machines and held-out files.

The deployment's role, image and hyperparameters, and the channels and environment that a dropped file gets; machine, disk
and time are this command's own. What comes of it is scored against the model in use but published by nobody:
'kit drop FILE --to train -p ...' trains again and lets the gate decide.
"""

from __future__ import annotations

import argparse
import json
import re
import secrets
from dataclasses import asdict
from pathlib import Path
from typing import Any

from contract.corrections import CHANNEL as CORRECTIONS
from contract.deployment import run_time_name
from contract.documents import Evaluation
from contract.engines import Engine
from contract.errors import AlgorithmError, UserError
from contract.hyperparameters import Hyperparameters, overlay
from contract.layout import DEFAULT_CLASSIFIER, check_classifier, corrections_prefix, evaluation_key, input_key, s3_uri
from contract.wording import counted, duration
from kit import printing
from kit.deployment import Target, find_target, same_target
from kit.drop import add_hyperparameters, read_hyperparameters
from kit.model_trainer import Machine, Run, start, wait
from kit.upload import upload

SLUG_LENGTH = 20
CHANNELS = ("training", "validation", "test")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("data", type=Path, metavar="DATA", help="a labelled CSV file")
    parser.add_argument("--validation", type=Path, metavar="FILE", help="labelled rows that choose the epoch (a share of DATA)")
    parser.add_argument("--test", type=Path, metavar="FILE", help="labelled rows that the scores are about (a share of DATA)")
    parser.add_argument(
        "--classifier", default=DEFAULT_CLASSIFIER, metavar="NAME", help=f"compare with this one's model ({DEFAULT_CLASSIFIER})"
    )
    parser.add_argument("--instance-type", metavar="TYPE", help="the machine (the deployment's)")
    parser.add_argument("--volume-gib", type=int, default=30, metavar="N", help="disk of the machine (30)")
    parser.add_argument("--max-run-seconds", type=int, default=4 * 3600, metavar="N", help="stop a longer training (14400)")
    parser.add_argument("--spot", action="store_true", help="on a spot machine: cheaper, may be interrupted and resumed")
    parser.add_argument("--no-wait", action="store_true", help="start it and return")
    add_hyperparameters(parser)


def run(given: argparse.Namespace) -> int:
    """Check, upload, start, follow."""
    strings = read_hyperparameters(given.hyperparameters)
    files = {channel: path for channel, path in zip(CHANNELS, (given.data, given.validation, given.test), strict=True) if path}
    for path in files.values():
        if not path.is_file():
            raise UserError(f"There is no file '{path}'.")
    target = find_target(given)
    settings = json.loads(target.deployment.training_hyperparameters)
    hyperparameters = Hyperparameters.from_strings(overlay(settings, strings))[0]
    if hyperparameters.engine != Engine.KIT:
        raise UserError(
            f"The engine '{hyperparameters.engine}' takes three training jobs one after the other, which a dropped file gets and 'kit"
            f" train' does not: 'kit drop {given.data} --to train -p engine={hyperparameters.engine}', or add -p engine=kit here."
        )
    prepared = _prepare(target, files, hyperparameters.to_strings(), given)
    job_name = start(target, prepared)
    if given.no_wait:
        _show_started(job_name, given)
        return 0
    description = wait(target.client("sagemaker"), job_name)
    evaluation = _evaluation(target, prepared, description)
    if given.json:
        artifact = description["ModelArtifacts"]["S3ModelArtifacts"]
        printing.show_json({"training_job": job_name, "artifact": artifact, "evaluation": asdict(evaluation)})
    else:
        _show(description, evaluation, strings, given)
    return 0


def _prepare(target: Target, files: dict[str, Path], hyperparameters: dict[str, str], given: argparse.Namespace) -> Run:
    """Upload the channels' files to where a training may read them."""
    classifier = check_classifier(given.classifier)
    slug = re.sub(r"[^a-z0-9]+", "-", given.data.stem.lower())[:SLUG_LENGTH].strip("-") or "file"
    name = run_time_name(target.stage, f"try-{slug}-{secrets.token_hex(3)}")
    bucket, s3 = target.deployment.models_bucket, target.client("s3")
    champion = target.ledger.current(classifier)
    versions = {channel: upload(s3, path, bucket, input_key(name, channel, path.name), {}) for channel, path in files.items()}
    uris = {channel: s3_uri(bucket, input_key(name, channel, "")) for channel in files}
    return Run(
        name=name,
        classifier=classifier,
        file_name=given.data.name,
        file_version=versions["training"],
        uris=uris | ({"champion": champion.artifact_uri} if champion else {}) | _corrections(target, classifier),
        champion=champion,
        hyperparameters=hyperparameters,
        machine=Machine(given.instance_type or "", given.volume_gib, given.max_run_seconds, given.spot),
    )


def _corrections(target: Target, classifier: str) -> dict[str, str]:
    """The channel of what people said of texts, as a dropped file gets it."""
    bucket, prefix = target.deployment.train_bucket, corrections_prefix(classifier)
    found = target.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=1)
    return {CORRECTIONS: s3_uri(bucket, prefix)} if found["KeyCount"] else {}


def _evaluation(target: Target, prepared: Run, description: dict[str, Any]) -> Evaluation:
    s3 = target.client("s3")
    try:
        body = s3.get_object(Bucket=target.deployment.models_bucket, Key=evaluation_key(prepared.name))["Body"].read()
    except s3.exceptions.NoSuchKey as error:
        name = description["TrainingJobName"]
        raise AlgorithmError(f"Training job {name} ended well but left no evaluation. Please report this.") from error
    return Evaluation.from_json(body)


def _fresh(evaluation: Evaluation) -> str:
    fresh = evaluation.fresh_reviews
    if fresh is None:
        return ""
    current = f", the model in use on {fresh.champion_score.accuracy:.1%}" if fresh.champion_score else ""
    return f"right on {fresh.challenger_score.accuracy:.1%} of {fresh.challenger_score.rows} rows that people reviewed{current}"


def _show_started(job_name: str, given: argparse.Namespace) -> None:
    if given.json:
        printing.show_json({"training_job": job_name})
    else:
        printing.show(f"Started training job {job_name}.")


def _show(description: dict[str, Any], evaluation: Evaluation, strings: dict[str, str], given: argparse.Namespace) -> None:
    new, old = evaluation.challenger_score, evaluation.champion_score
    current = f"{old.accuracy:.1%} (model v{evaluation.champion_version})" if old else ""
    printing.show_pairs(
        [
            ("right", f"{new.accuracy:.1%} of {new.rows} held-out rows ({evaluation.held_out}), macro-F1 {new.macro_f1:.3f}"),
            ("in use now", current),
            ("fresh reviews", _fresh(evaluation)),
            ("corrections", evaluation.corrections.sentence() if evaluation.corrections else ""),
            ("majority guess", f"{evaluation.majority_accuracy:.1%}"),
            ("epochs", f"{evaluation.epochs}, the best was {evaluation.best_epoch}"),
            ("took", duration(evaluation.train_seconds)),
            ("left out", ", ".join(f"{counted(count, 'row')} ({reason})" for reason, count in evaluation.dropped.items() if count)),
            ("", "\n".join(evaluation.warnings)),
            ("artifact", description["ModelArtifacts"]["S3ModelArtifacts"]),
            ("training job", description["TrainingJobName"]),
        ]
    )
    settings = "".join(f" -p {name}={value}" for name, value in strings.items())
    printing.show(f"To let the gate decide: kit drop {given.data} --to train{settings}{same_target(given)}")
