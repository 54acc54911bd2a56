"""The models of each classifier, and which one is in use."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from contract.layout import check_classifier
from contract.records import Current, Model
from kit import printing
from kit.deployment import find_target, same_target


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("--classifier", metavar="NAME", help="of one classifier only")


def run(given: argparse.Namespace) -> int:
    """List the models, newest first."""
    ledger = find_target(given).ledger
    classifiers = [check_classifier(given.classifier)] if given.classifier else ledger.classifiers()
    found = [(model, ledger.current(name)) for name in classifiers for model in ledger.models(name)]
    if given.json:
        printing.show_json([{**asdict(model), "is_current": _is_current(model, current)} for model, current in found])
    elif not found:
        owner = f" of the classifier '{given.classifier}'" if given.classifier else ""
        printing.show(f"There is no model{owner} yet. 'kit drop FILE --to train{same_target(given)}' makes one.")
    else:
        columns = ("classifier", "model", "in use", "trained", "engine", "right", "corrections", "why")
        printing.show_table(columns, [_row(model, current) for model, current in found], wrapped=("why",))
    return 0


def _is_current(model: Model, current: Current | None) -> bool:
    return current is not None and current.version == model.version


def _row(model: Model, current: Current | None) -> tuple[str, ...]:
    return (
        model.classifier,
        f"v{model.version}",
        "yes" if _is_current(model, current) else "",
        printing.local_time(model.created_at),
        model.engine,
        f"{model.accuracy:.1%} of {model.held_out_rows}",
        f"{model.corrections:,}" if model.corrections else "",
        model.message,
    )
