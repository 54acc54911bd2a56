"""Put the model back in use that was in use before; a second time comes back to this one."""

from __future__ import annotations

import argparse

from contract.advice import about
from contract.errors import UserError
from contract.layout import DEFAULT_CLASSIFIER, check_classifier
from kit.deployment import find_target
from kit.promote import put_in_use, show


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("--classifier", default=DEFAULT_CLASSIFIER, metavar="NAME", help=f"of which classifier ({DEFAULT_CLASSIFIER})")


def run(given: argparse.Namespace) -> int:
    """Put the previous model in use."""
    target = find_target(given)
    classifier = check_classifier(given.classifier)
    before = target.ledger.current(classifier)
    if before is None:
        raise UserError(f"The classifier '{classifier}' has no model in use yet. 'kit models' lists what there is.")
    if not before.history:
        promote = about("kit promote V", classifier)
        raise UserError(f"No model of the classifier '{classifier}' was in use before v{before.version}. {promote} chooses another.")
    model = target.ledger.model(classifier, before.history[-1])
    show(put_in_use(target, model, before), before, is_json=given.json)
    return 0
