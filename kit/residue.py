"""What is left of a stage in the account, and how to delete it.

Looks by name and by tag, in one region, and needs no stack to stand: it is for after 'cdk destroy --all'. What AWS keeps
and cannot be deleted, such as finished training jobs, is listed too, and does not count. Exit status 0 when nothing is left
to delete, 1 when something is.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict

from contract.errors import KitError
from contract.wording import counted
from kit import printing
from kit.deployment import find_session
from kit.leftover import Fate, Leftover
from kit.leftovers import find_leftovers
from kit.searched_account import SearchedAccount


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It takes nothing of its own."""


def run(given: argparse.Namespace) -> int:
    """List what is left."""
    session = find_session(given)
    with printing.waiting("Looking through the account"):
        found = list(find_leftovers(SearchedAccount(session, given.stage)))
    is_left = any(entry.fate == Fate.LEFT for entry in found)
    if given.json:
        printing.show_json({"stage": given.stage, "region": session.region_name, "is_left": is_left, "found": [asdict(e) for e in found]})
    else:
        _show(found, f"stage '{given.stage}' in {session.region_name}")
        if is_left and given.local:
            printing.show("On the local cloud 'kit down' deletes all of it.")
    return KitError.exit_status if is_left else 0


def _show(found: Sequence[Leftover], where: str) -> None:
    left = [entry for entry in found if entry.fate == Fate.LEFT]
    if left:
        printing.show(f"{counted(len(left), 'thing')} of {where} can be deleted:")
        rows = [(entry.kind, entry.name, "\n".join(part for part in (entry.note, entry.command) if part)) for entry in left]
        printing.show_table(("kind", "name", "how"), rows, wrapped=("name", "how"))
    else:
        printing.show(f"Nothing of {where} is left to delete.")
    kept = [entry for entry in found if entry.fate != Fate.LEFT]
    if kept:
        printing.show("\nNothing to do about:")
        printing.show_table(("kind", "name", "why"), _together(kept), wrapped=("name", "why"))


def _together(kept: Sequence[Leftover]) -> list[tuple[str, str, str]]:
    """One row for all of a kind of which the same is to be said: there may be hundreds of finished jobs."""
    names: dict[tuple[str, str], list[str]] = {}
    for entry in kept:
        names.setdefault((entry.kind, entry.note), []).append(entry.name)
    return [(kind, all_[0] + (f" and {len(all_) - 1} more" if len(all_) > 1 else ""), note) for (kind, note), all_ in names.items()]
