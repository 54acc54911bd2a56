"""How a verb ends: statuses, sentences and logs."""

from __future__ import annotations

import errno
import io

import pytest

from container import failures
from container.progress import Progress
from container.stopping import StoppedError
from contract.documents import Failure
from contract.errors import AlgorithmError, PlatformError, UserError


@pytest.mark.parametrize(
    ("error", "status", "said", "has_traceback"),
    [
        (UserError("Mend row 3."), 2, "Mend row 3.", False),
        (PlatformError("S3 is away."), 1, "PlatformError: S3 is away.", True),
        (AlgorithmError("Rows were lost."), 1, "AlgorithmError: Rows were lost.", True),
        (OSError(errno.ENOSPC, "No space left"), 1, "PlatformError: The disk is full. Give the job a larger volume.", True),
        (MemoryError(), 1, "PlatformError: The machine has too little memory", True),
        (ZeroDivisionError("by zero"), 1, "AlgorithmError: A defect of the kit stopped the job (ZeroDivisionError: by zero)", True),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_each_error_ends_by_whose_fault_it_is(
    error: Exception, status: int, said: str, has_traceback: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """The exit status, the sentence and the traceback follow from the branch that the error belongs to."""
    reported: list[Failure] = []

    def verb() -> None:
        raise error

    assert failures.run(verb, reported.append) == status
    log = capsys.readouterr().err
    assert log.splitlines()[-1].startswith(said)
    assert ("Traceback" in log) is has_traceback
    assert failures.sentence(reported[0]).startswith(said)


def test_a_verb_that_was_stopped_reports_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """Its next attempt may end well, and whoever stopped it knows why: only the log tells."""
    reported: list[Failure] = []

    def verb() -> None:
        raise StoppedError("The job was stopped.")

    assert failures.run(verb, reported.append) == 1
    assert reported == []
    assert "PlatformError: The job was stopped." in capsys.readouterr().err


def test_a_verb_that_ends_well_reports_nothing() -> None:
    """Status 0, and no failure."""
    reported: list[Failure] = []
    assert failures.run(lambda: None, reported.append) == 0
    assert reported == []


def test_progress_writes_lines_into_a_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody watches there is a line now and then and one at the end, not one per portion."""
    moments = iter([0.0, 1.0, 31.0, 31.0, 32.0, 40.0])
    monkeypatch.setattr("container.progress.time.monotonic", lambda: next(moments))
    log = io.StringIO()
    with Progress("predict", "rows", 100, log) as progress:
        progress.advance(10)
        progress.advance(52)
        progress.advance(18)
    assert log.getvalue() == "predict: 62 rows, 2 rows/s\npredict: 80 rows, 2 rows/s\n"


def test_progress_draws_a_bar_for_a_person() -> None:
    """At a terminal there is a bar with a share of the whole."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    with Progress("predict", "rows", 4, terminal) as progress:
        progress.advance(4)
    assert "100%" in terminal.getvalue()


def test_a_long_sentence_keeps_its_remedy() -> None:
    """SageMaker cuts a reason in the middle of a word; ours is cut before, between what is wrong and what to do."""
    cut = failures.shortened("The file is wrong. " + "x" * 5000 + " Drop it again.")
    assert len(cut) < 1000
    assert cut.startswith("The file is wrong.")
    assert cut.endswith("Drop it again.")
    assert failures.shortened("Short.") == "Short."
