"""Look over the deployment: what is well, what somebody should look at, what is broken and how to mend it.

Asks AWS about the stacks, the bootstrap, quotas for machines, the image and older ones, who is notified, the job queue, jobs that wait,
events that were lost, alarms, and the ledger; changes nothing. Exit status 1 when something is broken.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace

from contract.errors import KitError, UserError
from contract.wording import counted
from kit import printing
from kit.aws_errors import explain
from kit.deployment import Target, find_target, with_target
from kit.finding import Finding, Level
from kit.health import (
    check_alarms,
    check_bootstrap,
    check_dead_letters,
    check_image,
    check_ledger,
    check_notifications,
    check_queue,
    check_stacks,
    check_waiting,
)
from kit.images import check_old_images
from kit.quotas import check_quotas

CHECKS: dict[str, Callable[[Target], Iterator[Finding]]] = {
    "stacks": check_stacks,
    "bootstrap": check_bootstrap,
    "quotas": check_quotas,
    "image": check_image,
    "old images": check_old_images,
    "notifications": check_notifications,
    "Batch queue": check_queue,
    "jobs that wait for a machine": check_waiting,
    "dead letters": check_dead_letters,
    "alarms": check_alarms,
    "jobs": check_ledger,
}
UNSEEN_LOCALLY = {
    "quotas": "The local cloud has no quotas and starts no machines.",
    "alarms": "The local cloud evaluates no alarms.",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It takes nothing of its own."""


def run(given: argparse.Namespace) -> int:
    """Make all checks and show what they found; one that cannot be made does not hold up the others."""
    try:
        target = find_target(given)
    except UserError as error:
        findings = [Finding("deployment", Level.BROKEN, str(error))]
    else:
        with printing.waiting("") as spin:
            findings = list(_examine(target, spin))
    findings = [
        replace(finding, sentence=with_target(finding.sentence, given), remedy=with_target(finding.remedy, given)) for finding in findings
    ]
    broken = sum(finding.level == Level.BROKEN for finding in findings)
    if given.json:
        printing.show_json([asdict(finding) for finding in findings])
    else:
        _show(findings, broken)
    return 1 if broken else 0


def _examine(target: Target, spin: Callable[[str], None]) -> Iterator[Finding]:
    for name, check in CHECKS.items():
        spin(f"Looking at: {name}")
        if target.is_local and name in UNSEEN_LOCALLY:
            yield Finding(name, Level.UNSEEN, UNSEEN_LOCALLY[name])
            continue
        try:
            yield from check(target)
        except Exception as error:
            yield Finding(name, Level.LOOK, f"It could not be looked at: {_in_words(error)}")


def _in_words(error: Exception) -> str:
    """What AWS said, in a sentence. Raises what is no answer of AWS: a defect of the kit."""
    explained = error if isinstance(error, KitError) else explain(error)
    if explained is None:
        raise error
    return str(explained)


def _show(findings: list[Finding], broken: int) -> None:
    rows = [(finding.level, finding.what, "\n".join(filter(None, (finding.sentence, finding.remedy)))) for finding in findings]
    printing.show_table(("", "what", "found"), rows, wrapped=("found",))
    looks = sum(finding.level == Level.LOOK for finding in findings)
    printing.show(f"{counted(broken, 'thing')} broken, {counted(looks, 'thing')} to look at.")
