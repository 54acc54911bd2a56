"""The folder in which results are made: hidden, deleted at the end, and not left for ever by a run that was killed."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from container.staging import PREFIX, staging_folder


def test_it_is_deleted_at_the_end(tmp_path: Path) -> None:
    """Nothing of it stays, whether it lies in a folder or wherever there is room."""
    for within in (tmp_path, None):
        with staging_folder(within) as folder:
            (folder / "results.csv").write_text("x")
            assert folder.name.startswith(PREFIX)
        assert not folder.exists()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_is_cleared_away(tmp_path: Path) -> None:
    """The next run finds a folder that nobody uses and deletes it."""
    child = os.fork()
    if not child:
        with staging_folder(tmp_path) as folder:
            (folder / "results.csv").write_text("x")
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    assert len(list(tmp_path.iterdir())) == 1
    with staging_folder(tmp_path) as folder:
        assert list(tmp_path.iterdir()) == [folder]


def test_what_another_run_is_using_stays(tmp_path: Path) -> None:
    """Two predictions of one file at once do not take each other's folder away."""
    child = os.fork()
    if not child:
        with staging_folder(tmp_path) as folder:
            (folder / "in use").write_text("x")
            time.sleep(60)  # until it is killed
    while not list(tmp_path.glob("*/in use")):
        time.sleep(0.01)
    try:
        with staging_folder(tmp_path):
            assert len(list(tmp_path.iterdir())) == 2
        assert list(tmp_path.glob("*/in use"))
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_other_files_stay(tmp_path: Path) -> None:
    """Only folders of this kind are anybody's to delete."""
    (tmp_path / "summary.json").write_text("{}")
    (tmp_path / ".hidden").mkdir()
    with staging_folder(tmp_path):
        pass
    assert sorted(path.name for path in tmp_path.iterdir()) == [".hidden", "summary.json"]
