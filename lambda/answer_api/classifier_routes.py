"""Classifiers: which there are, and what answers for them."""

from __future__ import annotations

from typing import Any

from call import Call
from services import Services

from contract.records import Current


def list_classifiers(call: Call) -> dict[str, Any]:
    """All for which a training was ever started, and who asks."""
    services = call.services
    found = [_described(services, name) for name in services.ledger.classifiers()]
    return {"classifiers": found, "user": {"name": call.who.name, "is_owner": call.who.is_owner}}


def _in_use(current: Current) -> dict[str, Any]:
    before = current.history[-1] if current.history else None
    return {"version": current.version, "since": current.since, "by": current.by, "before": before}


def _described(services: Services, name: str) -> dict[str, Any]:
    current, live = services.ledger.current(name), services.live.get(name)
    model = services.ledger.model(name, current.version) if current else None
    return {
        "name": name,
        "labels": model.labels if model else [],
        "current": _in_use(current) if current else None,
        "live": {"status": live.status, "message": live.message} if live else {"status": "none", "message": ""},
    }
