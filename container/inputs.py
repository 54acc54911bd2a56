"""The table that a prediction reads: a file, or one version of an object."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from container import objects
from container.objects import Address
from contract.drop_metadata import text_column_of
from contract.errors import UserError
from contract.layout import EXPLAIN_METADATA, MAX_ERROR_METADATA
from contract.table import YES


class Input(NamedTuple):
    """A table that is here."""

    path: Path
    version: str  # of the object; empty for a file
    is_explained: bool  # who dropped it asked for the words that moved each decision
    text_column: str = ""  # that who dropped it named
    max_error: str = ""  # ... or asked for this error rate among the rows that need no review, per cent; empty: for none in particular


def input_name(address: str) -> str:
    """What the input's owner calls it: the object's key, or the file's name."""
    return Address.parse(address).key if address.startswith(objects.SCHEME) else Path(address).name


def fetch(address: str, wanted_version: str, to: Path) -> Input:
    """The input as a file; of an object the wanted version, or else the latest."""
    if not address.startswith(objects.SCHEME):
        path = Path(address)
        if not path.is_file():
            raise UserError(f"There is no file '{address}'.")
        return Input(path, "", is_explained=False, max_error="")
    place = Address.parse(address)
    latest = objects.latest_version(place)
    version = wanted_version or latest or ""
    if latest is None or not objects.download(place, version, to):
        raise deleted(place)
    metadata = objects.metadata(place, version)
    return Input(
        to,
        version,
        is_explained=metadata.get(EXPLAIN_METADATA) == YES,
        text_column=text_column_of(metadata),
        max_error=metadata.get(MAX_ERROR_METADATA, ""),
    )


def deleted(place: Address) -> UserError:
    """What to say of an input that is gone."""
    return UserError(f"'{place.key}' was deleted before its job started. Drop it again if it is still to be classified.")
