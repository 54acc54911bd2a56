"""What became of the files: all jobs, newest first, or one in full."""

from __future__ import annotations

import argparse
import time
from dataclasses import asdict

from contract.binomial import exact_interval
from contract.records import Job, JobKind, JobStatus
from contract.review_ledger import Observed
from contract.wording import counted, duration, printable, usd
from kit import printing
from kit.deployment import find_target, same_target, with_target
from kit.follow import describe, explain_stranded
from kit.numbers import at_least

KINDS = {JobKind.TRAIN: "training", JobKind.PREDICT: "classification"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("job", nargs="?", metavar="JOB", help="one job, by its id")
    parser.add_argument("--limit", type=at_least(0), default=20, metavar="N", help="at most N jobs; 0 for all (20)")


def run(given: argparse.Namespace) -> int:
    """List the jobs, or show one."""
    target = find_target(given)
    ledger = target.ledger
    if given.job:
        job, found = ledger.job(given.job), target.reviews.observed(given.job)
        if given.json:
            printing.show_json(asdict(job) | {"observed": found._asdict()})
        else:
            _show(job, found, given)
        return 0
    jobs = list(ledger.jobs(given.limit))
    if given.json:
        printing.show_json([asdict(job) for job in jobs])
    elif not jobs:
        printing.show(f"No file has been dropped yet. 'kit drop FILE --to train{same_target(given)}' drops one.")
    else:
        rows = [(local_time(job), describe(job), f"{printable(job.key)}\n{job.job_id}", with_target(explain(job), given)) for job in jobs]
        printing.show_table(("since", "state", "file and job", "what happened"), rows, wrapped=("what happened",))
    return 0


def explain(job: Job) -> str:
    """What happened to a job, and what can be done about it."""
    if job.is_stranded(time.time()):
        return " ".join(explain_stranded(job))
    if job.status == JobStatus.FAILED:
        return f"{job.message} 'kit retry {job.job_id}' starts it once more."
    return job.message


def local_time(job: Job) -> str:
    """When the file arrived, by this machine's clock."""
    return printing.local_time(job.created_at)


def _observed(found: Observed) -> str:
    """The error among the rows that need no review, as far as people looked at some of them; empty when nobody did."""
    if not found.reviewed:
        return ""
    low, high = exact_interval(found.wrong, found.reviewed)
    share = f"{found.wrong / found.reviewed:.1%} of the rows that need no review (95 % interval {low:.1%} to {high:.1%})"
    return f"{found.wrong} of {counted(found.reviewed, 'spot check')} wrong: {share}"


def _show(job: Job, found: Observed, given: argparse.Namespace) -> None:
    rows = f"{job.rows_in} came in"
    if job.kind == JobKind.PREDICT:
        rows += f", {job.rows_out} classified, {job.rows_rejected} unreadable, {job.rows_to_review} to look at"
    has_model = job.kind == JobKind.PREDICT or job.status == JobStatus.DONE  # a training that failed has made none
    printing.show_pairs(
        [
            ("job", job.job_id),
            ("what", f"{KINDS[JobKind(job.kind)]} with the classifier '{job.classifier}'"),
            ("file", printable(f"s3://{job.bucket}/{job.key}")),
            ("version", job.object_version),
            ("state", describe(job)),
            ("what happened", with_target(explain(job), given)),
            ("", job.details),
            ("run", str(job.run) if job.run > 1 else ""),
            ("since", local_time(job)),
            ("last change", printing.local_time(job.updated_at)),
            ("model", f"v{job.model_version}" if has_model and job.model_version else ""),
            ("compared with", f"v{job.champion_version}" if has_model and job.champion_version else ""),
            ("rows", rows if job.rows_in else ""),
            ("observed", _observed(found)),
            ("waited", duration(job.queued_seconds) if job.queued_seconds else ""),
            ("took", duration(job.seconds) if job.seconds else ""),
            ("cost", usd(job.cost_usd) if job.seconds else ""),
            ("results", printable(job.results)),
            ("runs as", job.platform_id),
        ]
    )
