"""Stop the local cloud and forget what it held."""

from __future__ import annotations

import argparse

from kit import printing
from kit.deployment import state_folder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It takes nothing of its own; --local is accepted, for it is always local."""


def run(given: argparse.Namespace) -> int:
    """Stop it if it runs."""
    from local.cloud import find  # noqa: PLC0415  # other commands do without it

    cloud = find(state_folder())
    if cloud is not None:
        cloud.stop()
    if given.json:
        printing.show_json({"stopped": cloud is not None})
    else:
        printing.show("No local cloud was running." if cloud is None else "The local cloud is stopped.")
    return 0
