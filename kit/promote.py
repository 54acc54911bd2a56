"""Put a model in use by hand, whatever the gate thought of it."""

from __future__ import annotations

import argparse
import getpass
import re

from contract.layout import DEFAULT_CLASSIFIER, check_classifier
from contract.promotion import put_in_use
from contract.records import Current, ModelStatus
from kit import printing
from kit.deployment import find_target


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("version", type=version_number, metavar="V", help="the model's number, as 'kit models' shows it: 3 or v3")
    parser.add_argument("--classifier", default=DEFAULT_CLASSIFIER, metavar="NAME", help=f"of which classifier ({DEFAULT_CLASSIFIER})")


def version_number(text: str) -> int:
    """The number in `3` or `v3`."""
    match = re.fullmatch(r"v?([1-9][0-9]{0,7})", text)
    if not match:
        raise argparse.ArgumentTypeError(f"'{text}' is no model number; it should look like 3 or v3")
    return int(match[1])


def run(given: argparse.Namespace) -> int:
    """Put it in use."""
    target = find_target(given)
    classifier = check_classifier(given.classifier)
    model, before = target.ledger.model(classifier, given.version), target.ledger.current(classifier)
    current = put_in_use(target.ledger, target.client("events"), target.stage, model, before, by=getpass.getuser())
    show(current, before, is_json=given.json)
    if model.status == ModelStatus.KEPT and not given.json:
        printing.show(f"The gate had not let it through: {model.message}")
    return 0


def show(current: Current, before: Current | None, *, is_json: bool) -> None:
    """Say which model is in use now."""
    if is_json:
        replaced = before.version if before else None
        printing.show_json({"classifier": current.classifier, "version": current.version, "replaced": replaced, "by": current.by})
    elif before and before.version == current.version:
        printing.show(f"Model v{current.version} of the classifier '{current.classifier}' is in use already.")
    else:
        instead = f" in place of v{before.version}" if before else ""
        printing.show(f"Model v{current.version} of the classifier '{current.classifier}' is in use now{instead}.")
