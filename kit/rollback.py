"""Put the model back in use that was in use before; a second time comes back to this one."""

from __future__ import annotations

import argparse
import getpass

from contract.layout import DEFAULT_CLASSIFIER, check_classifier
from contract.promotion import model_before, put_in_use
from kit.deployment import find_target
from kit.promote import show


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("--classifier", default=DEFAULT_CLASSIFIER, metavar="NAME", help=f"of which classifier ({DEFAULT_CLASSIFIER})")


def run(given: argparse.Namespace) -> int:
    """Put the previous model in use."""
    target = find_target(given)
    classifier = check_classifier(given.classifier)
    before = target.ledger.current(classifier)
    model = model_before(target.ledger, classifier, before)
    current = put_in_use(target.ledger, target.client("events"), target.stage, model, before, by=getpass.getuser())
    show(current, before, is_json=given.json)
    return 0
