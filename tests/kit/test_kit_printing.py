"""What a person sees on a terminal, and how figures are put into words."""

from __future__ import annotations

import io
import time

import pytest
from rich.console import Console

from kit import printing


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """A terminal of 80 columns in place of both streams."""
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=80, markup=False, color_system=None)
    monkeypatch.setattr(printing, "stderr", lambda: console)
    monkeypatch.setattr(printing, "stdout", lambda: console)
    return screen


def test_a_spinner_shows_changing_texts(terminal: io.StringIO) -> None:
    """Where a person watches, the latest text is on the screen, brackets and all."""
    with printing.waiting("starting") as say:
        say("training [bold] (12 s)")
    assert "training [bold] (12 s)" in terminal.getvalue()


def test_lines_stay_above_a_spinner(terminal: io.StringIO) -> None:
    """What is said while somebody watches is a line of its own, which the spinner does not wipe out."""
    with printing.following("deploying") as (spin, say):
        say("epoch [1] of 5")
        spin("training")
    assert "epoch [1] of 5\n" in terminal.getvalue()
    assert "training" in terminal.getvalue()


def test_a_progress_bar_shows_name_and_bytes(terminal: io.StringIO) -> None:
    """An upload shows whose it is and how far it is."""
    with printing.progress("claims [2].csv", 2_000_000) as advance:
        advance(2_000_000)
    assert "claims [2].csv" in terminal.getvalue()
    assert "2.0/2.0 MB" in terminal.getvalue()


def test_a_table_fits_its_terminal(terminal: io.StringIO) -> None:
    """Long sentences wrap within their column, and nothing of them is lost."""
    sentence = "The file has one class only, so there is nothing to tell apart: add rows of another class and drop it again."
    printing.show_table(("file", "what happened"), [("claims [2].csv", sentence)], wrapped=("what happened",))
    lines = terminal.getvalue().splitlines()
    assert max(len(line) for line in lines) <= 80
    assert "claims [2].csv" in lines[2]
    assert " ".join(line.partition("│")[2].strip() for line in lines[2:]).strip() == sentence


def test_moments_by_the_local_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger's UTC becomes the time of this machine; an empty moment stays empty."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert printing.local_time("2026-11-21T20:30:00.000+00:00") == "2026-11-22 05:30"
    finally:
        monkeypatch.undo()
        time.tzset()
    assert printing.local_time("") == ""


def test_where_nobody_watches_no_line_ends_in_blanks(capsys: pytest.CaptureFixture[str]) -> None:
    """A log or a pager would wrap lines that are filled up to a width."""
    printing.show_table(("file", "what happened"), [("claims.csv", "Published."), ("b.csv", "")])
    printing.show_pairs([("job", "train-x")])
    lines = capsys.readouterr().out.splitlines()
    assert "claims.csv" in "".join(lines)
    assert [line for line in lines if line != line.rstrip()] == []
