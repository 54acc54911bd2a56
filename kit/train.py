"""Train through the SageMaker SDK: the data scientist's way to try hyperparameters, machines and held-out files.

The deployment's role, image and hyperparameters, and the channels and environment that a dropped file gets; machine, disk
and time are this command's own. What comes of it is scored against the model in use but published by nobody:
'kit drop FILE --to train -p ...' trains again and lets the gate decide.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from contract.engines import Engine
from contract.errors import AlgorithmError, UserError
from contract.evaluations import Evaluation
from contract.layout import DEFAULT_CLASSIFIER, evaluation_key
from contract.wording import counted, duration
from kit import printing
from kit.check import check_before_training
from kit.deployment import Target, find_target, same_target
from kit.drop import add_hyperparameters, overlaid, read_hyperparameters
from kit.model_trainer import start, wait
from kit.numbers import at_least
from kit.training_by_hand import Machine, Run, prepare

CHANNELS = ("training", "validation", "test")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("data", type=Path, metavar="DATA", help="a labelled CSV file, or an augmented manifest")
    parser.add_argument("--validation", type=Path, metavar="FILE", help="labelled rows that choose the epoch (a share of DATA)")
    parser.add_argument("--test", type=Path, metavar="FILE", help="labelled rows that the scores are about (a share of DATA)")
    parser.add_argument(
        "--classifier", default=DEFAULT_CLASSIFIER, metavar="NAME", help=f"compare with this one's model ({DEFAULT_CLASSIFIER})"
    )
    parser.add_argument("--instance-type", metavar="TYPE", help="the machine (the deployment's)")
    parser.add_argument("--volume-gib", type=at_least(1), default=30, metavar="N", help="disk of the machine (30)")
    parser.add_argument("--max-run-seconds", type=at_least(60), default=4 * 3600, metavar="N", help="stop a longer training (14400)")
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
    hyperparameters = overlaid(target, strings)
    if hyperparameters.engine != Engine.KIT:
        raise UserError(
            f"The engine '{hyperparameters.engine}' takes three training jobs one after the other, which a dropped file gets and 'kit"
            f" train' does not: 'kit drop {given.data} --to train -p engine={hyperparameters.engine}', or add -p engine=kit here."
        )
    check_before_training(given.data, hyperparameters, is_cut=not (given.validation and given.test))
    prepared = prepare(
        target,
        files,
        kind="try",
        classifier=given.classifier,
        hyperparameters=hyperparameters.to_strings(),
        machine=Machine(given.instance_type or "", given.volume_gib, given.max_run_seconds, given.spot),
    )
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
