"""What it costs: idle per month, per job, and per million rows.

The idle cost is the sum that synth left in the assembly, at list prices. What jobs cost is in the ledger: their running
time at the price of their machine, without the minutes in which a host starts and stops. Of a file in shards that failed
it is the time of one part, and where on-demand machines stand in for spot, the price of spot. The bill is the last word.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from contract.deployment import SHORT_NAME
from contract.errors import UserError
from contract.records import Job, JobKind
from contract.wording import counted, duration, usd
from kit import printing
from kit.assembly import CACHE
from kit.deployment import ROOT, find_target
from kit.numbers import at_least

COST_FILE = "cost.json"
DAYS = 30
MILLION = 1_000_000
WORDS = {JobKind.TRAIN: "trainings", JobKind.PREDICT: "classifications"}


@dataclass(frozen=True)
class Spent:
    """What the jobs of one kind took and cost."""

    kind: str
    jobs: int
    seconds: float
    rows: int
    usd: float

    @classmethod
    def of(cls, kind: JobKind, jobs: Sequence[Job]) -> Spent:
        """The sum over those jobs of the kind that ran at all, earlier runs of them included."""
        ran = [job for job in jobs if job.kind == kind and (job.seconds or job.earlier_usd)]
        seconds, cost = sum(job.seconds for job in ran), sum(job.cost_usd + job.earlier_usd for job in ran)
        return cls(kind, len(ran), seconds, sum(job.rows_in for job in ran), cost)

    @property
    def usd_per_job(self) -> float:
        """The mean."""
        return self.usd / self.jobs if self.jobs else 0.0

    @property
    def usd_per_million_rows(self) -> float:
        """The mean over rows, those of small files among them, whose machines mostly start and stop."""
        return self.usd / self.rows * MILLION if self.rows else 0.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("--days", type=at_least(0), default=DAYS, metavar="N", help=f"jobs of the last N days; 0 for all ({DAYS})")
    parser.add_argument("--assembly", type=Path, metavar="DIR", help="where synth put the templates (cdk.out)")


def run(given: argparse.Namespace) -> int:
    """Add up and show."""
    target = find_target(given)
    since = (datetime.now(UTC) - timedelta(days=given.days)).isoformat() if given.days else ""
    jobs = [job for job in target.ledger.jobs() if job.created_at >= since]
    spent = [Spent.of(kind, jobs) for kind in JobKind]
    deployment = target.deployment
    usd_per_hour = {JobKind.TRAIN: float(deployment.training_usd_per_hour), JobKind.PREDICT: float(deployment.prediction_usd_per_hour)}
    folder = given.assembly or (ROOT / CACHE / "assembly" if given.local else ROOT / "cdk.out")
    try:
        idle, problem = read_idle(folder, given.stage), ""
    except UserError as error:
        if given.assembly:
            raise
        idle, problem = {}, str(error)
    if given.json:
        totals = [{**asdict(one), "usd_per_job": one.usd_per_job, "usd_per_million_rows": one.usd_per_million_rows} for one in spent]
        printing.show_json({"idle": idle or None, "days": given.days, "usd_per_hour": usd_per_hour, "jobs": totals})
    else:
        _show_idle(idle, problem)
        _show_jobs(spent, usd_per_hour, given.days)
    return 0


def read_idle(assembly: Path, stage: str) -> dict[str, Any]:
    """What synth computed of a deployment that nobody uses. Raises UserError when it did not, or for another stage."""
    try:
        content: dict[str, Any] = json.loads((assembly / COST_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"What it costs idle is not known here: there is no {assembly / COST_FILE}. 'make synth' writes it.") from error
    if not all(name.startswith(f"{SHORT_NAME}-{stage}-") for name in content["stacks"]):
        raise UserError(
            f"{assembly / COST_FILE} is about {', '.join(content['stacks'])}, not about the stage {stage}."
            f" Synthesize that one, for instance with 'cdk synth --quiet -c stage={stage}'."
        )
    return content


def _show_idle(idle: dict[str, Any], problem: str) -> None:
    if not idle:
        printing.show(problem)
        return
    rows = [(name, f"{amount:.2f} USD") for name, amount in idle["stacks"].items()]
    printing.show_table(("idle", "a month"), [*rows, ("all", f"{idle['idle_usd_per_month']:.2f} USD")])
    printing.show(
        f"List prices of {idle['region']}, {idle['prices_as_of']}, without the free tier; what is assumed stands in {COST_FILE}."
        " Images of earlier deployments cost on top; 'kit doctor' tells of them."
    )


def _show_jobs(spent: Sequence[Spent], usd_per_hour: dict[JobKind, float], days: int) -> None:
    printing.show("")
    figures = [(WORDS[JobKind(one.kind)], f"{usd_per_hour[JobKind(one.kind)]:.2f} USD", *_figures(one)) for one in spent]
    title = f"the last {counted(days, 'day')}" if days else "ever"
    printing.show_table((title, "an hour", "jobs", "running", "rows", "cost", "a job", "a million rows"), figures)
    printing.show(
        "Running time at the price of the machine, without the minutes in which hosts start and stop. Of a file in shards that failed"
        " one part is counted, and spot prices hold although an on-demand machine may have stood in. The bill is the last word."
    )


def _figures(spent: Spent) -> tuple[str, ...]:
    if not spent.jobs:
        return ("0", "", "", "", "", "")
    per_million = f"{spent.usd_per_million_rows:.2f} USD" if spent.rows else ""
    return (str(spent.jobs), duration(spent.seconds), f"{spent.rows:,}", usd(spent.usd), usd(spent.usd_per_job), per_million)
