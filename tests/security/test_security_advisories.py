"""A clone of the database of advisories answers as the package index would."""

from __future__ import annotations

from pathlib import Path

import pytest

from security import audit
from security.advisories import advisories_for

RANGE = """
id: PYSEC-2
aliases: [CVE-2]
affected:
- package: {name: Some_Thing, ecosystem: PyPI}
  ranges:
  - {type: GIT, events: [{introduced: '0'}, {fixed: c0ffee}]}
  - {type: ECOSYSTEM, events: [{introduced: 1.0.1}, {fixed: '1.2'}, {introduced: '2.0'}, {last_affected: '2.5'}]}
  versions: [0.5rc1]
"""
WEAK = "{id: PYSEC-1, affected: [{package: {name: pyyaml}, versions: ['5.3']}]}"


def _advise(folder: Path, package: str, name: str, text: str) -> None:
    path = folder / "vulns" / package / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("version", "is_affected"),
    [("0.5rc1", True), ("1.0", False), ("1.0.1", True), ("1.10", False), ("1.2", False), ("2.0", True), ("2.5", True), ("2.6", False)],
)
def test_ranges_and_versions_are_compared_as_versions(tmp_path: Path, version: str, is_affected: bool) -> None:
    """Also under another spelling of the package's name; commits say nothing of a release."""
    _advise(tmp_path, "some-thing", "PYSEC-2", RANGE)
    found = list(advisories_for(f"some.thing=={version} \\\n    --hash=sha256:0\nother==1.1\n", tmp_path, "lock"))
    assert [(one.id, one.aliases, one.fixed_in) for one in found] == [("PYSEC-2", ("CVE-2",), ("1.2",))] * is_affected


def test_what_was_withdrawn_is_none(tmp_path: Path) -> None:
    """It stays in the database, marked."""
    _advise(tmp_path, "some-thing", "PYSEC-2", f"{RANGE}withdrawn: '2024-01-01T00:00:00Z'\n")
    assert list(advisories_for("some-thing==1.1", tmp_path, "lock")) == []


def test_a_clone_is_asked_in_place_of_the_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """About every lock; a folder that holds no such database is not believed."""
    (tmp_path / "lock.txt").write_text("some-thing==1.1\n")
    monkeypatch.setattr(audit, "ROOT", tmp_path)
    monkeypatch.setattr(audit, "LOCKS", ("lock.txt",))
    assert audit.main(["--advisories", str(tmp_path)]) == audit.UNREACHABLE
    _advise(tmp_path, "pyyaml", "PYSEC-1", WEAK)
    assert audit.main(["--advisories", str(tmp_path)]) == 0
    _advise(tmp_path, "some-thing", "PYSEC-2", RANGE)
    assert audit.main(["--advisories", str(tmp_path)]) == audit.FINDINGS
    assert "lock.txt: some-thing 1.1: PYSEC-2, CVE-2; fixed in 1.2" in capsys.readouterr().out
