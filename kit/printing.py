"""What is printed: results on stdout, remarks on stderr, tables that nothing in a file name can disturb."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

PIPED_WIDTH = 240  # columns where nobody watches: rather wide than cut


def stdout() -> Console:
    """Where results go. Texts are shown as they are: square brackets mean nothing."""
    return _console(is_error=False)


def stderr() -> Console:
    """Where remarks and progress go."""
    return _console(is_error=True)


def _console(*, is_error: bool) -> Console:
    is_watched = (sys.stderr if is_error else sys.stdout).isatty()
    return Console(stderr=is_error, markup=False, emoji=False, highlight=False, soft_wrap=False, width=None if is_watched else PIPED_WIDTH)


def say(text: str) -> None:
    """A remark."""
    stderr().print(text, soft_wrap=True)


def show(text: str) -> None:
    """A result in words."""
    stdout().print(text, soft_wrap=True)


def show_json(value: Any) -> None:
    """A result for scripts."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


def show_table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, wrapped: Sequence[str] = (), title: str | None = None) -> None:
    """A table; only the `wrapped` columns may break their lines."""
    table = Table(title=title, title_justify="left", header_style="bold", show_edge=False, pad_edge=False)
    for name in columns:
        table.add_column(name, no_wrap=name not in wrapped, overflow="fold" if name in wrapped else "ellipsis")
    for row in rows:
        table.add_row(*row)
    _show_table(table)


def show_pairs(pairs: Sequence[tuple[str, str]]) -> None:
    """Names and values below each other; empty values are left out."""
    table = Table(show_header=False, show_edge=False, pad_edge=False, box=None)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in pairs:
        if value:
            table.add_row(name, value)
    _show_table(table)


def _show_table(table: Table) -> None:
    console = stdout()
    if console.is_terminal:
        console.print(table)
        return
    with console.capture() as captured:
        console.print(table)
    for line in captured.get().splitlines():  # without the blanks up to the width, which a log or a pager would wrap
        print(line.rstrip())


@contextmanager
def following(text: str) -> Iterator[tuple[Callable[[str], None], Callable[[str], None]]]:
    """A spinner where a person watches; yields what changes its text, and what says a line that stays above it or in a log."""
    console = stderr()

    def say(line: str) -> None:
        console.print(line, soft_wrap=True)

    if not console.is_terminal:
        yield lambda _: None, say
        return
    with console.status(Text(text)) as status:
        yield lambda changed: status.update(Text(changed)), say


@contextmanager
def waiting(text: str) -> Iterator[Callable[[str], None]]:
    """A spinner where a person watches, nothing elsewhere; yields what changes its text."""
    with following(text) as (spin, _):
        yield spin


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar of bytes where a person watches; yields what to call with the bytes just done."""
    console = stderr()
    if not console.is_terminal:
        yield lambda _: None
        return
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.advance(task, done)


def local_time(moment: str) -> str:
    """The ledger's UTC moment as this machine's clock shows it: 2026-11-21 14:05."""
    return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M") if moment else ""
