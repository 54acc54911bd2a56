"""Drop a file: train a model on it, or get it back classified.

The file goes into the train or the predict bucket, where its arrival starts a job. With --wait the command follows the
job to its end; --out DIR waits too and fetches the results.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from contract.drop_metadata import prediction_metadata, training_metadata
from contract.drops import drop_of
from contract.engines import Engine
from contract.errors import UserError
from contract.hyperparameters import Hyperparameters, overlay
from contract.layout import DEFAULT_CLASSIFIER, Drop, parse_drop
from contract.promise import MAX_ERRORS, check_max_error
from contract.records import Job, JobKind, JobStatus, make_job_id
from contract.wording import duration, printable, usd
from kit import printing, results
from kit.deployment import Target, find_target, same_target, with_target
from kit.follow import follow
from kit.numbers import at_least
from kit.upload import upload

OF_BLAZINGTEXT = "blazingtext_"  # what the names of its hyperparameters begin with
EXIT_STATUS = {JobStatus.FAILED: 1, JobStatus.WAITING: 1, JobStatus.REFUSED: 2}  # a file that waits is not done


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="a CSV file: with labels to train, without to predict; to train also a manifest"
    )
    parser.add_argument("--to", required=True, choices=[str(kind) for kind in JobKind], help="what to do with it")
    parser.add_argument("--classifier", default=DEFAULT_CLASSIFIER, metavar="NAME", help=f"which classifier ({DEFAULT_CLASSIFIER})")
    parser.add_argument("--as", dest="key", metavar="KEY", help="another name in the bucket, folders allowed (the file's name)")
    parser.add_argument("--wait", action="store_true", help="follow the job to its end")
    parser.add_argument("--timeout", type=at_least(0, float), metavar="SECONDS", help="wait no longer, but also for a first model")
    parser.add_argument("--out", type=Path, metavar="DIR", help="wait, then put the results, or a training's report, into this folder")
    parser.add_argument("--explain", action="store_true", help="add a column with the words that moved each decision")
    parser.add_argument("--text-column", default="", metavar="NAME", help="the column with the text (recognised by its name)")
    parser.add_argument("--label-column", default="", metavar="NAME", help="the column with the label (recognised by its name)")
    parser.add_argument(
        "--max-error",
        metavar="PERCENT",
        help=f"how many may be wrong among the rows that need no review ({', '.join(MAX_ERRORS)}; else as the deployment is set)",
    )
    add_hyperparameters(parser)


def add_hyperparameters(parser: argparse.ArgumentParser) -> None:
    """The option -p name=value."""
    parser.add_argument(
        "-p", dest="hyperparameters", action="append", default=[], metavar="NAME=VALUE", help="a hyperparameter of the training"
    )


def run(given: argparse.Namespace) -> int:
    """Upload, then follow and fetch as asked."""
    kind = JobKind(given.to)
    drop = _check(given, kind)
    hyperparameters = read_hyperparameters([*given.hyperparameters, *_columns(given, kind)])
    target = find_target(given)
    if given.out:
        results.check_names(kind, drop)
        results.make_folder(given.out)  # now, for a folder that cannot be should cost no job
    if kind == JobKind.TRAIN:
        overlaid(target, hyperparameters)
        metadata = training_metadata(hyperparameters)
    else:
        max_error = check_max_error(given.max_error) if given.max_error else ""
        metadata = prediction_metadata(text_column=given.text_column, is_explained=given.explain, max_error=max_error)
    job_id = drop_file(target, given.file, kind, drop, metadata)
    if not (given.wait or given.out or given.timeout is not None):
        if given.json:
            printing.show_json({"job_id": job_id})
        else:
            printing.show(f"Dropped as '{printable(drop.key)}'. 'kit jobs {job_id}{same_target(given)}' shows what becomes of it.")
        return 0
    try:
        job = follow(target, job_id, timeout_seconds=given.timeout)
    except KeyboardInterrupt:
        printing.say(f"The job goes on. 'kit jobs {job_id}{same_target(given)}' shows it.")
        raise
    fetched = fetch(target, job, given.out)
    if given.json:
        printing.show_json({**asdict(job), "fetched": [str(path) for path in fetched]})
    else:
        _show(job, fetched, given)
    return EXIT_STATUS.get(JobStatus(job.status), 0)


def drop_file(target: Target, file: Path, kind: JobKind, drop: Drop, metadata: Mapping[str, str]) -> str:
    """Upload the file, with what is to be known about it, to where it starts a job; returns the job's id."""
    deployment = target.deployment
    bucket = deployment.train_bucket if kind == JobKind.TRAIN else deployment.predict_bucket
    version = upload(target.client("s3"), file, bucket, drop.key, metadata)
    return make_job_id(kind, bucket, drop.key, version)


def drop_copy(target: Target, bucket: str, key: str, drop: Drop, hyperparameters: Mapping[str, str]) -> str:
    """Copy an object of the deployment to where it starts a training; returns the job's id."""
    train_bucket = target.deployment.train_bucket
    copied = target.client("s3").copy_object(
        Bucket=train_bucket,
        Key=drop.key,
        CopySource={"Bucket": bucket, "Key": key},
        MetadataDirective="REPLACE",
        Metadata=training_metadata(hyperparameters),
        TaggingDirective="REPLACE",
    )
    return make_job_id(JobKind.TRAIN, train_bucket, drop.key, copied["VersionId"])


def fetch(target: Target, job: Job, folder: Path | None) -> list[Path]:
    """The result files of a classified file or the report of a training, put into the folder; none when there are none."""
    if folder is None or job.status != JobStatus.DONE:
        return []
    results.make_folder(folder)
    if job.kind == JobKind.TRAIN:
        model = target.ledger.model(job.classifier, job.model_version)
        return results.download_report(target.client("s3"), model.artifact_uri, parse_drop(job.key).stem, folder)
    return results.download(target.client("s3"), job, folder)


def read_hyperparameters(given: Sequence[str]) -> dict[str, str]:
    """Parse `name=value` and check all of them; warnings are said. Raises UserError before anything is sent."""
    strings: dict[str, str] = {}
    for entry in given:
        name, sign, value = entry.partition("=")
        if not sign:
            raise UserError(f"'-p {entry}' should look like -p name=value, for instance -p epochs=10.")
        if name in strings:
            raise UserError(f"The hyperparameter '{name}' is given twice.")
        strings[name] = value
    _, warnings = Hyperparameters.from_strings(strings)
    for warning in warnings:
        printing.say(warning)
    return strings


def overlaid(target: Target, given: Mapping[str, str]) -> Hyperparameters:
    """What a training gets: the deployment's hyperparameters with the given ones over them.

    Raises UserError for a given one that only another engine reads.
    """
    found = Hyperparameters.from_strings(overlay(json.loads(target.deployment.training_hyperparameters), given))[0]
    if found.engine == Engine.KIT and (idle := [f"-p {name}={value}" for name, value in given.items() if name.startswith(OF_BLAZINGTEXT)]):
        raise UserError(
            f"{' '.join(idle)} would do nothing: BlazingText alone reads it, and the engine of this training is '{found.engine}'."
            f" Add -p engine={Engine.BLAZINGTEXT}, or leave it out."
        )
    return found


def _columns(given: argparse.Namespace, kind: JobKind) -> list[str]:
    """The columns that are named for a training, as the hyperparameters that they are to it."""
    named = {"text_column": given.text_column, "label_column": given.label_column}
    return [f"{name}={column}" for name, column in named.items() if column] if kind == JobKind.TRAIN else []


def _check(given: argparse.Namespace, kind: JobKind) -> Drop:
    """Where the file goes. Raises UserError for what could never start a job."""
    if not given.file.is_file():
        raise UserError(f"There is no file '{given.file}'." if not given.file.exists() else f"'{given.file}' is not a file.")
    if given.hyperparameters and kind != JobKind.TRAIN:
        raise UserError("Hyperparameters (-p) belong to a training. Leave them out, or drop the file with --to train.")
    if given.explain and kind != JobKind.PREDICT:
        raise UserError("Only what is classified can be explained. Leave --explain out, or drop the file with --to predict.")
    if given.label_column and kind != JobKind.TRAIN:
        raise UserError("Only a training reads labels. Leave --label-column out, or drop the file with --to train.")
    if given.max_error and kind != JobKind.PREDICT:
        raise UserError("A promise is made about what is classified. Leave --max-error out, or drop the file with --to predict.")
    if given.max_error:
        check_max_error(given.max_error)  # before anything is sent
    path = given.file.name if given.key is None else given.key
    return drop_of(kind, given.classifier, path)


def _show(job: Job, fetched: Sequence[Path], given: argparse.Namespace) -> None:
    headline = {JobStatus.DONE: "Done", JobStatus.FAILED: "Failed", JobStatus.REFUSED: "Refused", JobStatus.WAITING: "Waiting"}
    printing.show(f"{headline.get(JobStatus(job.status), job.status)}: {with_target(job.message, given)}")
    if job.status == JobStatus.WAITING:
        shown = f"'kit jobs {job.job_id}{same_target(given)}' shows it"
        printing.show(f"It runs by itself once there is one. {shown}; --timeout SECONDS waits on.")
    if job.details:
        printing.show(job.details)
    if job.seconds:
        cost = f"would cost {usd(job.cost_usd)} on AWS" if given.local else f"cost {usd(job.cost_usd)}"
        printing.show(f"It took {duration(job.seconds)} and {cost}.")
    if fetched:
        printing.show_pairs([(results.kind_of(path), str(path)) for path in fetched])
    elif job.results:
        printing.show(f"The results lie in {printable(job.results)}")
