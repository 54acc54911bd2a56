"""Delete a dropped file for good, with all that was made of it, and say what remains.

Every version of the file goes, its results or the copies that trainings kept, and the ledger's mention of it. Texts without a
label go from the labelling jobs too, with the manifests that hold them. It cannot be undone; --dry-run only says what would go.
A model that learned from the file stays, and is named.
"""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import NamedTuple, Self

from contract.advice import about
from contract.deployment import TRAINING_LOGS, Run, run_time_name
from contract.errors import UserError
from contract.layout import model_prefix, parse_s3_uri, training_job_of
from contract.ledger import ERASED
from contract.records import Job, JobKind, Model
from kit import printing
from kit.corrections import Corrections
from kit.deployment import Target, find_target, with_target
from kit.erasure import Dropped, Trace, delete, empty, look
from kit.labelled_texts import LabelledTexts


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("key", metavar="KEY", help="the file's name in the bucket, as 'kit jobs' shows it")
    parser.add_argument("--from", dest="source", required=True, choices=tuple(JobKind), help="where it was dropped")
    parser.add_argument("--dry-run", action="store_true", help="say what would be deleted, and delete nothing")


def run(given: argparse.Namespace) -> int:
    """Erase it, or say what that would do."""
    target = find_target(given)
    dropped = Dropped(target, JobKind(given.source), given.key)
    labelled = LabelledTexts(target, given.key if dropped.kind == JobKind.TRAIN else "")
    works, told = [_Work.of(each) for each in (*labelled.manifests(), dropped)], list(labelled.remains())
    with printing.waiting(f"Looking for traces of '{given.key}'"):
        found = [trace for work in works for trace in _take_away(work, is_dry=given.dry_run)]
        removed = _together([*found, *labelled.traces(is_dry=given.dry_run)])
    if not removed:
        raise UserError(f"Nothing of a file '{given.key}' is in '{dropped.bucket}' or in the ledger. 'kit jobs' shows the names of files.")
    remaining = dict.fromkeys([*told, *(sentence for work in works for sentence in _remains(work))])
    remains = [with_target(sentence, given) for sentence in remaining]
    if given.json:
        printing.show_json({"is_dry_run": given.dry_run, "removed": [asdict(trace) for trace in removed], "remains": remains})
    else:
        _show(removed, remains, dropped.classifier, given)
    return 0


class _Work(NamedTuple):
    """A file that is erased, and what was made of it."""

    dropped: Dropped
    jobs: Sequence[Job]
    models: Sequence[Model]
    corrections: Corrections
    taught: Sequence[Model]  # by the corrections

    @classmethod
    def of(cls, dropped: Dropped) -> Self:
        """As things stand. Raises UserError while a job is at work on the file."""
        jobs = dropped.jobs()
        corrections = Corrections(dropped.target, jobs)
        return cls(dropped, jobs, dropped.models(jobs), corrections, corrections.taught())


def _together(traces: Sequence[Trace]) -> list[Trace]:
    """One trace for each kind and place."""
    counts: dict[tuple[str, str], int] = {}
    for trace in traces:
        counts[trace.what, trace.where] = counts.get((trace.what, trace.where), 0) + trace.count
    return [Trace(what, where, count) for (what, where), count in counts.items()]


def _take_away(work: _Work, *, is_dry: bool) -> list[Trace]:
    """Delete, the ledger last: it is by the ledger that a second call finds what the first one could not delete."""
    dropped, jobs, models, corrections, _ = work
    s3, ledger = dropped.target.client("s3"), dropped.target.ledger
    versions, answers = corrections.versions(), corrections.answers()
    counts = {("corrections", dropped.target.deployment.train_bucket): len(versions)}
    if not is_dry:
        delete(s3, dropped.target.deployment.train_bucket, versions)
    for place in list(dropped.places(jobs, models)):
        counts[place.what, place.bucket] = counts.get((place.what, place.bucket), 0) + (look if is_dry else empty)(s3, place)
    mentions = sum(model.training_object != ERASED for model in models)
    if not is_dry:
        for model in models:
            ledger.forget_training(model)
        for job in jobs:
            dropped.target.reviews.forget(job.job_id)
            ledger.forget(job)
    table = dropped.target.deployment.ledger_table
    counts |= {
        ("records of reviews", table): len(answers),
        ("records of jobs", table): len(jobs),
        ("mentions in records of models", table): mentions,
    }
    return [Trace(what, where, count) for (what, where), count in counts.items() if count]


def _remains(work: _Work) -> Iterator[str]:
    """What nobody can take back, or not without losing more."""
    dropped, jobs, models, _, taught = work
    yield from (_learned(dropped.target, model) for model in models)
    if models:
        yield "The summaries of files that such a model classified name it as the training file."
    if taught:
        named = ", ".join(f"v{model.version}" for model in taught)
        yield (
            f"Models of the classifier '{taught[0].classifier}' that may have learned from its corrections: {named}. Their words are in"
            " them, and their reports may quote rows. The next training knows nothing of these corrections."
        )
    if dropped.kind == JobKind.TRAIN and jobs:
        runs = [Run(job.job_id, number) for job in jobs for number in range(1, job.run + 1)]
        names = ", ".join(run_time_name(dropped.target.stage, run.id) for run in runs)
        yield f"SageMaker keeps the records of the training jobs that were started, with the file's name shortened in theirs: {names}."
        yield (
            f"The logs of trainings hold no texts. SageMaker keeps them in {TRAINING_LOGS}, for ever unless the account gives that group"
            " a retention: docs/settings.md#how-long-data-stays."
        )
    yield "Other logs and events that were not handled may name the file and its jobs, never its texts, until they expire."
    yield "The ledger can be restored to any moment of the last 35 days, with the file's name."
    yield "E-mails that were sent, and what people have fetched, are out of reach."


def _learned(target: Target, model: Model) -> str:
    name = f"Model v{model.version} of the classifier '{model.classifier}' learned from it"
    bucket, key = parse_s3_uri(model.artifact_uri)
    left = _versions(target, bucket, key)
    # in a bucket with versions, `aws s3 rm` would only hide an object
    commands = "; ".join(
        f"aws s3api delete-object --bucket {bucket} --key {shlex.quote(entry['Key'])} --version-id {entry['VersionId']}" for entry in left
    )
    if all(entry["Key"] != key for entry in left):
        beside = f" To delete what its training left beside: {commands}" if left else ""
        return f"{name}: its artifact is deleted, and its record says how it did.{beside}"
    return f"{name}: its words are in it, and its report quotes rows. {_advice(target, model)}: {commands}"


def _advice(target: Target, model: Model) -> str:
    current = target.ledger.current(model.classifier)
    if current is None or current.version != model.version:
        return "It is not in use. To delete it"
    promote = about("kit promote V", model.classifier)
    return f"It is in use: train one without the file, put that one in use with {promote}, and delete this one then"


def _versions(target: Target, bucket: str, artifact: str) -> list[dict[str, str]]:
    """All versions and delete markers of an artifact and of what its training left beside it, such as the evaluation."""
    training_job = training_job_of(artifact)
    folder = model_prefix(training_job) if training_job else ""
    pages = target.client("s3").get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=folder or artifact)
    found = [entry for page in pages for entry in (*page.get("Versions", []), *page.get("DeleteMarkers", []))]
    return [entry for entry in found if folder or entry["Key"] == artifact]


def _show(removed: Sequence[Trace], remains: Sequence[str], classifier: str, given: argparse.Namespace) -> None:
    printing.show(f"'{given.key}' of the classifier '{classifier}'{': this would be deleted' if given.dry_run else ' is erased'}:")
    printing.show_table(("count", "what", "where"), [(str(trace.count), trace.what, trace.where) for trace in removed])
    printing.show("\nWhat remains:")
    for sentence in remains:
        printing.show(f"- {sentence}")
    if given.dry_run:
        printing.show("\nNothing was deleted. Without --dry-run, 'kit erase' does it.")
