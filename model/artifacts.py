"""The artifact of whichever engine: read, and written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from contract.blazingtext import MODEL_FILE as MODEL_BIN
from model import artifact as of_kit
from model.artifact import Artifact

if TYPE_CHECKING:
    from model.blazingtext_artifact import BlazingTextArtifact

AnyArtifact: TypeAlias = "Artifact | BlazingTextArtifact"

# ruff: noqa: PLC0415  # a small file need not wait for the engine that it has no use for


def load(folder: Path) -> AnyArtifact:
    """Read and check an artifact. Raises UserError that says what is wrong and how to go on."""
    if not (folder / MODEL_BIN).exists():
        return of_kit.load(folder)
    from model import blazingtext_artifact as of_blazingtext

    return of_blazingtext.load(folder)


def save(artifact: AnyArtifact, folder: Path) -> None:
    """Write its files, `model.json` last."""
    if isinstance(artifact, Artifact):
        of_kit.save(artifact, folder)
    else:
        from model import blazingtext_artifact as of_blazingtext

        of_blazingtext.save(artifact, folder)


def save_entries(artifact: AnyArtifact, folder: Path) -> None:
    """Write `model.json` alone, beside the other files of the same model."""
    if isinstance(artifact, Artifact):
        of_kit.save_entries(artifact, folder)
    else:
        from model import blazingtext_artifact as of_blazingtext

        of_blazingtext.save_entries(artifact, folder)
