"""Which model is in use is changed in one way, whoever asks for it: at the keyboard or through the HTTP API."""

from __future__ import annotations

from typing import Any

from contract.advice import about
from contract.errors import PlatformError, UserError
from contract.events import ModelPublished
from contract.ledger import Ledger
from contract.records import Current, Model, ModelStatus


class Outrun(PlatformError):
    """Somebody else changed the current model at the same moment."""


def put_in_use(ledger: Ledger, events: Any, stage: str, model: Model, before: Current | None, *, by: str) -> Current:
    """Make a model current in place of `before` and tell everybody; `events` is a client of EventBridge.

    Doing it again is harmless and finishes what broke off. Raises Outrun, and PlatformError when nobody could be told.
    """
    current = before if before and before.version == model.version else _make_current(ledger, model, before, by)
    entry = ModelPublished(stage, model.classifier, model.version, model.artifact_uri).to_entry()
    if events.put_events(Entries=[entry])["FailedEntryCount"]:
        raise PlatformError(f"Model v{model.version} is in use, but waiting files were not told. Do the same again.")
    return current


def model_before(ledger: Ledger, classifier: str, current: Current | None) -> Model:
    """The model that was in use before the current one. Raises UserError when there was none."""
    if current is None:
        raise UserError(f"The classifier '{classifier}' has no model in use yet. {about('kit models', classifier)} lists what there is.")
    if not current.history:
        promote = about("kit promote V", classifier)
        raise UserError(f"No model of the classifier '{classifier}' was in use before v{current.version}. {promote} chooses another.")
    return ledger.model(classifier, current.history[-1])


def _make_current(ledger: Ledger, model: Model, before: Current | None, by: str) -> Current:
    current = ledger.make_current(model, by=by, before=before)
    if current is None:
        raise Outrun(f"Another model of the classifier '{model.classifier}' came into use at this moment. See 'kit models'.")
    instead = f", in place of v{before.version}" if before else ""
    earlier = f" Before: {model.message}" if model.message else ""
    ledger.set_model_status(model, ModelStatus.PUBLISHED, f"Put in use by {by}{instead}.{earlier}")
    return current
