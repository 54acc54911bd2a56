"""Find hyperparameters that suit a file: some trainings with other values each, and the best values go through the gate.

SageMaker's automatic model tuning on the deployment's role and image, for one engine at a time (-p engine=blazingtext). What is given by
-p stays as it is. The file is dropped with the best values in the end, as 'kit drop FILE --to train -p ...' would: its model is
published if it is better than the one in use. Whoever interrupts the command stops the tuning; --resume NAME goes on with one
that this machine has lost sight of, and uses what one that was stopped has found.
"""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from contract import blazingtext
from contract.drops import check_training_name, check_training_size, drop_of
from contract.engines import Engine
from contract.errors import UserError
from contract.layout import DEFAULT_CLASSIFIER, input_key, s3_uri
from contract.metrics import TUNED
from contract.records import JobKind, JobStatus
from contract.training_request import TrainingRequest
from contract.training_work import lines_key, prepared_key, training_work_prefix
from kit import model_trainer, printing, tuning_job
from kit.check import check_before_training
from kit.deployment import Target, find_target, same_target, with_target
from kit.drop import EXIT_STATUS, add_hyperparameters, drop_copy, overlaid, read_hyperparameters
from kit.follow import follow
from kit.interruptions import interruptible
from kit.numbers import amount, at_least
from kit.training_by_hand import Machine, prepare, request_of
from kit.tuning_ranges import PREFIXES, for_the_longest, ranges_of
from kit.tuning_record import TuningRecord

SHOWN = 5  # of the trials
VOLUME_GIB = 30


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("data", type=Path, nargs="?", metavar="DATA", help="a labelled file")
    parser.add_argument("--resume", default="", metavar="NAME", help="go on with a tuning that was started before, under way or ended")
    parser.add_argument("--classifier", default=DEFAULT_CLASSIFIER, metavar="NAME", help=f"which classifier ({DEFAULT_CLASSIFIER})")
    parser.add_argument("--trainings", type=at_least(1), default=12, metavar="N", help="at most so many (12)")
    parser.add_argument("--at-once", type=at_least(1), default=2, metavar="N", help="so many at a time; fewer learn from each other (2)")
    parser.add_argument(
        "--budget",
        type=amount,
        default=10.0,
        metavar="USD",
        help="what all of them may cost by list prices; a training with the best values follows (10)",
    )
    parser.add_argument("--max-run-seconds", type=at_least(60), default=4 * 3600, metavar="N", help="stop a longer training (14400)")
    parser.add_argument("--on-demand", action="store_true", help="not on spot machines, which are cheaper and may be interrupted")
    parser.add_argument("--no-drop", action="store_true", help="only say which values are best")
    add_hyperparameters(parser)


def run(given: argparse.Namespace) -> int:
    """Check, upload, tune, drop; or only the rest of it."""
    strings = _check(given)
    with interruptible():
        return _run(find_target(given), strings, given)


def _run(target: Target, strings: Mapping[str, str], given: argparse.Namespace) -> int:
    sagemaker, models = target.client("sagemaker"), target.deployment.models_bucket
    if given.resume:
        name, record = given.resume, TuningRecord.load(target.client("s3"), models, given.resume)
        printing.say(f"The tuning {name} is followed to its end.")
    else:
        name, record = _start(target, strings, given)
    with _saying(f"'kit tune --resume {name}{same_target(given)}' follows it and drops the file with the best values."):
        ended = tuning_job.wait(sagemaker, name)
    tuned = tuning_job.outcome(sagemaker, ended)
    chosen = {**record.hyperparameters, **{PREFIXES[record.engine] + each: value for each, value in tuned.trials[0].tuned.items()}}
    if not given.json:
        _show(tuned, record.engine)
    if given.no_drop:
        return _end(tuned, chosen, record, given)
    drop = drop_of(JobKind.TRAIN, record.classifier, record.file)
    with _saying(f"'kit tune --resume {name}{same_target(given)}' drops the file with the best values."):
        job_id = drop_copy(target, models, input_key(name, "training", record.file), drop, chosen)
    with _saying(f"'kit jobs {job_id}{same_target(given)}' shows what becomes of the file."):
        job = follow(target, job_id, timeout_seconds=None)
    if given.json:
        printing.show_json({"tuning_job": name, "hyperparameters": chosen, "job_id": job_id, "message": job.message})
    else:
        printing.show(with_target(job.message, given))
    return EXIT_STATUS.get(JobStatus(job.status), 0)


def _check(given: argparse.Namespace) -> dict[str, str]:
    """The hyperparameters that were given. Raises UserError for what could never be tuned or dropped."""
    strings = read_hyperparameters(given.hyperparameters)
    if bool(given.data) == bool(given.resume):
        raise UserError("Name a labelled file, or with --resume a tuning that was started before, but not both.")
    if given.resume:
        if strings:
            raise UserError("The hyperparameters of a tuning are those that it was started with. Leave out -p.")
        return strings
    if not given.data.is_file():
        raise UserError(f"There is no file '{given.data}'.")
    drop = drop_of(JobKind.TRAIN, given.classifier, given.data.name)
    check_training_name(drop)
    check_training_size(drop.key, given.data.stat().st_size)
    return strings


def _start(target: Target, strings: Mapping[str, str], given: argparse.Namespace) -> tuple[str, TuningRecord]:
    """Start a tuning; returns its name."""
    hyperparameters = overlaid(target, strings)
    engine = Engine(hyperparameters.engine)
    if engine == Engine.AUTO:
        raise UserError("One engine is tuned at a time. Add -p engine=kit or -p engine=blazingtext.")
    is_blazingtext = engine == Engine.BLAZINGTEXT
    ranges = ranges_of(engine, strings)
    price = float(target.deployment.training_usd_per_hour_on_demand)  # how much less spot machines cost nobody knows before
    budget = tuning_job.Budget(given.budget, given.trainings, price, has_lines=is_blazingtext)
    # spot machines wait for spare capacity; BlazingText keeps no checkpoints, and is done in minutes
    seconds = budget.seconds(given.max_run_seconds)
    machine = Machine("", VOLUME_GIB, seconds, not given.on_demand and not is_blazingtext)
    check_before_training(given.data, hyperparameters)
    printing.say(budget.sentence(seconds) + ("" if given.no_drop else " The training with the best values comes on top."))
    if given.at_once > given.trainings:
        printing.say(f"--at-once {given.at_once} is more than --trainings: all {given.trainings} run at once.")
    run = replace(
        prepare(
            target,
            {"training": given.data},
            kind="tune",
            classifier=given.classifier,
            hyperparameters=for_the_longest(hyperparameters, ranges).to_strings() if is_blazingtext else hyperparameters.to_strings(),
            machine=machine,
            max_name=tuning_job.MAX_NAME,
        ),
        has_evaluation=False,
    )
    models = target.deployment.models_bucket
    trained = s3_uri(models, training_work_prefix(run.name)).rstrip("/")  # it expires: of the best values another model is made
    shared = dict(strings)
    if is_blazingtext:
        first = replace(run, prepared_uri=s3_uri(models, prepared_key(run.name)))
        request, metric = _of_blazingtext(target, replace(request_of(target, first), output_uri=trained)), blazingtext.TUNED
        shared[PREFIXES[engine] + "buckets"] = request.hyperparameters["buckets"]
    else:
        request, metric = replace(request_of(target, run), output_uri=trained), TUNED
    record = TuningRecord(given.data.name, given.classifier, engine, shared)
    record.save(target.client("s3"), models, run.name)
    asked = tuning_job.request_of(request, ranges, metric, trainings=given.trainings, at_once=given.at_once)
    printing.say(f"The tuning {run.name} starts.")
    target.client("sagemaker").create_hyper_parameter_tuning_job(**asked)
    return run.name, record


def _of_blazingtext(target: Target, first: TrainingRequest) -> TrainingRequest:
    """A training on lines that another job, which is done here, writes first."""
    name, models = first.name, target.deployment.models_bucket
    sagemaker = target.client("sagemaker")
    printing.say(f"The training job {name} writes the lines for BlazingText; the tuning follows.")
    sagemaker.create_training_job(**replace(first, checkpoints_uri="").to_api())
    with _saying(f"No tuning has begun; the first job was the training job {name}, which writes BlazingText's lines."):
        try:
            model_trainer.wait(sagemaker, name)
        except KeyboardInterrupt:
            sagemaker.stop_training_job(TrainingJobName=name)
            printing.say(f"The training job {name} is being stopped.")
            raise
    body = target.client("s3").get_object(Bucket=models, Key=prepared_key(name))["Body"].read()
    return replace(
        first,
        image=blazingtext.image_of(target.session.region_name),
        channels={channel: s3_uri(models, lines_key(name, channel)) for channel in (blazingtext.TRAIN, blazingtext.VALIDATION)},
        hyperparameters=blazingtext.Prepared.from_json(body).hyperparameters,
        environment={},
        checkpoints_uri="",
        content_type=blazingtext.LINES_TYPE,
        has_metrics=False,
    )


@contextmanager
def _saying(sentence: str) -> Iterator[None]:
    """Say how a person goes on when something breaks off what is done meanwhile."""
    try:
        yield
    except BaseException:
        printing.say(sentence)
        raise


def _end(tuned: tuning_job.Tuned, chosen: Mapping[str, str], record: TuningRecord, given: argparse.Namespace) -> int:
    """Say which values are best, and how they are used."""
    if given.json:
        printing.show_json({"tuning_job": tuned.name, "hyperparameters": dict(chosen)})
        return 0
    settings = "".join(f" -p {name}={value}" for name, value in chosen.items())
    classifier = f" --classifier {record.classifier}" if record.classifier != DEFAULT_CLASSIFIER else ""
    file = shlex.quote(str(given.data or record.file))
    printing.show(f"To let the gate decide: kit drop {file} --to train{classifier}{settings}{same_target(given)}")
    return 0


def _show(tuned: tuning_job.Tuned, engine: Engine) -> None:
    """The best trials, the best first."""
    names = sorted(tuned.trials[0].tuned)
    rows = [[f"{trial.accuracy:.2%}", *(_short(trial.tuned[name]) for name in names)] for trial in tuned.trials[:SHOWN]]
    failed = f", {tuned.failed} failed" if tuned.failed else ""
    printing.show_table(
        ["right on validation rows", *(PREFIXES[engine] + name for name in names)], rows, title=f"{len(tuned.trials)} trainings{failed}"
    )


def _short(value: str) -> str:
    return value if value.isdigit() else f"{float(value):.3g}"
