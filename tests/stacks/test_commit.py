"""Which commit a deployment says it was made from."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from stacks import commit


def _git(root: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false", "-c", "core.hooksPath=/dev/null"]
    subprocess.run(["git", "-C", str(root), *identity, *arguments], check=True, capture_output=True)


def test_the_commit_is_named_and_unsaved_changes_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clean checkout gives the abbreviated commit, a changed one says `-dirty`, whatever tags there are."""
    monkeypatch.setattr(commit, "ROOT", tmp_path)
    (tmp_path / "a").write_text("1")
    _git(tmp_path, "init", "--quiet")
    _git(tmp_path, "add", "a")
    _git(tmp_path, "commit", "--quiet", "--message", "first")
    _git(tmp_path, "tag", "v1")
    clean = commit.current_commit()
    assert re.fullmatch(r"[0-9a-f]{12}", clean)
    (tmp_path / "a").write_text("2")
    assert commit.current_commit() == f"{clean}-dirty"


def test_an_unpacked_archive_has_no_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside a checkout, also below somebody else's, the commit is unknown."""
    monkeypatch.setattr(commit, "ROOT", tmp_path)
    assert commit.current_commit() == "unknown"


def test_without_git_the_commit_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Synthesis needs no git."""
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert commit.current_commit() == "unknown"
