"""The audit believes no database that answers nothing, and lets no finding pass without an explanation."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from security import audit
from security.finding import Finding

WEAKNESS = {"id": "PYSEC-1", "aliases": ["CVE-1", "GHSA-1"], "fix_versions": ["2.0"], "description": "It runs anything."}


@pytest.fixture
def pip_audit(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes pip-audit answer: first about the weak version, then about every lock."""

    def answer(weak: Any, locked: Any, errors: str = "") -> None:
        answers = iter([weak, *[locked] * len(audit.LOCKS)])

        def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
            answer = next(answers)
            return subprocess.CompletedProcess(command, 1, json.dumps({"dependencies": answer}) if answer is not None else "", errors)

        monkeypatch.setattr(subprocess, "run", run)

    return answer


def _package(*vulnerabilities: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"name": "thing", "version": "1.0", "vulns": list(vulnerabilities)}]


def test_a_database_that_calls_a_weak_version_safe_is_not_believed(
    pip_audit: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    """A mirror without the database answers like a world without vulnerabilities."""
    pip_audit(weak=_package(), locked=_package())
    assert audit.main([]) == audit.UNREACHABLE
    assert f"It called {audit.WEAK} safe." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("weak", "errors", "said"),
    [
        ([{"name": "pyyaml", "skip_reason": "Not found"}], "", "Not found."),
        (None, "first\nConnection refused", "Connection refused"),
        (None, "", "ended with status 1"),
    ],
)
def test_what_was_not_audited_is_not_called_safe(
    pip_audit: Callable[..., None], capsys: pytest.CaptureFixture[str], weak: Any, errors: str, said: str
) -> None:
    """A package that was skipped, no connection, and no word at all are the same: nothing is known."""
    pip_audit(weak=weak, locked=_package(), errors=errors)
    assert audit.main([]) == audit.UNREACHABLE
    assert said in capsys.readouterr().err


def test_a_finding_without_an_explanation_fails(pip_audit: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    """It is named with its package, all its names and the version that mends it."""
    pip_audit(weak=_package(WEAKNESS), locked=_package(WEAKNESS))
    assert audit.main([]) == audit.FINDINGS
    assert "container/requirements-gpu.txt: thing 1.0: PYSEC-1, CVE-1, GHSA-1; fixed in 2.0" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["PYSEC-1", "CVE-1", "GHSA-1"])
def test_an_explained_finding_passes_under_any_of_its_names(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Databases name the same thing differently."""
    finding = Finding("thing", "1.0", "PYSEC-1", ("CVE-1", "GHSA-1"), (), "lock")
    assert audit.report([finding], {name: "nobody calls it"}) == 0
    assert "1 known vulnerabilities" in capsys.readouterr().out


def test_an_explanation_that_is_needed_no_longer_fails() -> None:
    """Else the list would only grow, and hide what comes back."""
    assert audit.report([], {"PYSEC-1": "nobody calls it"}) == audit.FINDINGS


def test_the_table_of_explanations_can_be_read() -> None:
    """Each entry has a name and a reason."""
    explained = audit.read_explained(audit.EXPLAINED.read_text(encoding="utf-8"))
    assert all(name and why for name, why in explained.items())
    assert audit.read_explained('[[finding]]\nid = "A"\nwhy = "b"\n') == {"A": "b"}
