"""Have texts labelled by Ground Truth, in an account that has it: start a job, see how it stands, train on what came of it.

Ground Truth takes no new customers; the page labels texts without it. The texts come from a file or, with --collected, from all
that lies below the classifier's prefix 'unlabelled/' in the train bucket. The deployment needs has_ground_truth=true, which makes
the role of such jobs.
"""

from __future__ import annotations

import argparse
from contextlib import suppress
from pathlib import Path

from contract.deployment import TrainingSurroundings
from contract.drops import drop_of
from contract.errors import PlatformError, UserError
from contract.ground_truth import PRE_ANNOTATION, categories_key, function_arn, imported_drop, input_key, output_prefix, template_key
from contract.layout import DEFAULT_CLASSIFIER, check_classifier
from contract.records import JobKind
from contract.wording import counted
from kit import printing
from kit.deployment import Target, find_target, same_target
from kit.drop import drop_copy
from kit.ground_truth import LabellingJob, Standing, job_name
from kit.label_texts import MAX_TEXTS, InputManifest, collected, texts_of
from kit.numbers import at_least


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    deeds = parser.add_subparsers(dest="deed", required=True, metavar="DEED")
    start = deeds.add_parser("start", help="ask people for labels")
    start.add_argument("file", type=Path, nargs="?", metavar="FILE", help="a CSV file with texts, or a manifest")
    start.add_argument("--collected", action="store_true", help="the texts below 'unlabelled/' instead of a file")
    start.add_argument("--labels", required=True, metavar="A,B,...", help="the labels to choose from, with commas between")
    start.add_argument("--workteam", required=True, metavar="ARN", help="the private work team: 'aws sagemaker list-workteams'")
    start.add_argument("--workers", type=at_least(1), default=3, metavar="N", help="how many people answer each text (3)")
    start.add_argument("--most", type=at_least(1), default=MAX_TEXTS, metavar="N", help=f"ask about so many texts at most ({MAX_TEXTS:,})")
    start.add_argument("--text-column", default="", metavar="NAME", help="the column with the text (recognised by its name)")
    start.add_argument("--hint", action="append", default=[], metavar="TEXT", help="a paragraph more in the instructions; may be repeated")
    start.add_argument("--role", default="", metavar="ARN", help="the role of the job (the deployment's)")
    deeds.add_parser("status", help="how the job stands")
    deeds.add_parser("import", help="train on what came of it")
    for deed in deeds.choices.values():
        deed.add_argument("--name", required=True, metavar="NAME", help="of the labelling job")
        deed.add_argument("--classifier", default=DEFAULT_CLASSIFIER, metavar="NAME", help=f"for which classifier ({DEFAULT_CLASSIFIER})")
        for name in ("--local", "--json"):  # where people write them
            deed.add_argument(name, action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
        deed.add_argument("--stage", default=argparse.SUPPRESS, help=argparse.SUPPRESS)


def run(given: argparse.Namespace) -> int:
    """Do it."""
    check_classifier(given.classifier)
    target = find_target(given)
    if target.is_local:
        raise UserError("The local cloud has no Ground Truth. The page labels texts there; leave out --local to work on AWS.")
    deeds = {"start": _start, "status": _status, "import": _import}
    return deeds[given.deed](target, given)


def _start(target: Target, given: argparse.Namespace) -> int:
    role = given.role or target.deployment.labeling_role_arn
    if not role:
        raise UserError("This deployment has no role for labelling jobs. Deploy it with has_ground_truth=true, or name one with --role.")
    job = LabellingJob(
        stage=target.stage,
        classifier=given.classifier,
        name=given.name,
        labels=[label.strip() for label in given.labels.split(",") if label.strip()],
        workteam_arn=given.workteam,
        role_arn=role,
        bucket=target.deployment.train_bucket,
        region=target.session.region_name,
        workers=given.workers,
        key_arn=TrainingSurroundings.from_json(target.deployment.training_surroundings).output_key_arn,
    )
    request = job.request()  # refused before anything is uploaded
    manifest = _manifest(target, given)
    s3, sagemaker = target.client("s3"), target.client("sagemaker")
    with suppress(sagemaker.exceptions.ResourceNotFound):
        sagemaker.describe_labeling_job(LabelingJobName=job.job_name)
        raise _is_taken(job)  # before its files are overwritten, which Ground Truth may still be reading
    contents = {input_key: manifest.to_bytes(), categories_key: job.categories(), template_key: job.template(given.hint)}
    for key, content in contents.items():
        s3.put_object(Bucket=job.bucket, Key=key(job.classifier, job.name), Body=content)
    try:
        sagemaker.create_labeling_job(**request)
    except sagemaker.exceptions.ResourceInUse as error:
        raise _is_taken(job) from error
    if given.json:
        printing.show_json({"labelling_job": job.job_name, "texts": len(manifest.lines), "left_out": dict(manifest.left_out)})
        return 0
    left_out = "".join(f" Left out: {counted(count, 'row')} ({reason})." for reason, count in manifest.left_out.items())
    waiting = f"{counted(len(manifest.lines), 'text')} wait for {counted(job.workers, 'answer')} each."
    printing.show(f"Started labelling job {job.job_name}: {waiting}{left_out}")
    printing.show(f"'kit label status --name {job.name}{_options(given)}' shows how the job stands.")
    return 0


def _is_taken(job: LabellingJob) -> UserError:
    return UserError(f"There is a labelling job '{job.job_name}' already. Use another --name.")


def _manifest(target: Target, given: argparse.Namespace) -> InputManifest:
    if bool(given.file) == given.collected:
        raise UserError("Name a file with texts, or give --collected for those that lie below 'unlabelled/', but not both.")
    if given.most > MAX_TEXTS:
        raise UserError(f"--most {given.most} is not possible: a job of Ground Truth has 1 to {MAX_TEXTS:,} texts.")
    if given.file and not given.file.is_file():
        raise UserError(f"There is no file '{given.file}'.")
    if given.file:
        return InputManifest.of(texts_of(given.file, given.file.name, given.text_column), given.most)
    with collected(target.client("s3"), target.deployment.train_bucket, given.classifier, given.text_column) as texts:
        return InputManifest.of(texts, given.most)


def _status(target: Target, given: argparse.Namespace) -> int:
    standing = _standing(target, given)
    if given.json:
        reason = standing.description.get("FailureReason", "")
        printing.show_json({"status": standing.status, **standing.counts, "failure_reason": reason})
    else:
        printing.show(standing.sentence())
        if standing.status in ("Completed", "Stopped") and standing.counts["labelled"]:
            printing.show(f"'kit label import --name {given.name}{_options(given)}' trains on it.")
    return PlatformError.exit_status if standing.status == "Failed" else 0


def _import(target: Target, given: argparse.Namespace) -> int:
    """Drop the augmented manifest: its arrival starts a training, as that of any file does."""
    standing = _standing(target, given)
    bucket = target.deployment.train_bucket
    key = standing.output(bucket, output_prefix(given.classifier, given.name))
    drop = drop_of(JobKind.TRAIN, given.classifier, imported_drop(given.classifier, given.name).path)
    annotation = {"label_column": standing.description["LabelAttributeName"]}  # of several jobs' annotations this one's
    job_id = drop_copy(target, bucket, key, drop, annotation)
    if given.json:
        printing.show_json({"job_id": job_id, "key": drop.key, **standing.counts})
    else:
        printing.show(f"{standing.sentence()} Dropped as '{drop.key}'.")
        printing.show(f"'kit jobs {job_id}{same_target(given)}' shows what becomes of it.")
    return 0


def _standing(target: Target, given: argparse.Namespace) -> Standing:
    sagemaker = target.client("sagemaker")
    name = job_name(target.stage, given.classifier, given.name)
    function_arn(target.session.region_name, PRE_ANNOTATION)  # a region without Ground Truth answers in riddles
    try:
        return Standing(sagemaker.describe_labeling_job(LabelingJobName=name))
    except sagemaker.exceptions.ResourceNotFound as error:
        raise UserError(f"There is no labelling job '{name}'. 'kit label start' starts one.") from error


def _options(given: argparse.Namespace) -> str:
    classifier = f" --classifier {given.classifier}" if given.classifier != DEFAULT_CLASSIFIER else ""
    return f"{classifier}{same_target(given)}"
