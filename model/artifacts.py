"""The artifact of whichever engine: read, and written."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

from contract.blazingtext import MODEL_FILE as MODEL_BIN
from model import artifact as of_kit
from model import blazingtext_artifact as of_blazingtext
from model.artifact import Artifact
from model.blazingtext_artifact import BlazingTextArtifact

AnyArtifact: TypeAlias = Artifact | BlazingTextArtifact


def load(folder: Path) -> AnyArtifact:
    """Read and check an artifact. Raises UserError that says what is wrong and how to go on."""
    return of_blazingtext.load(folder) if (folder / MODEL_BIN).exists() else of_kit.load(folder)


def save(artifact: AnyArtifact, folder: Path) -> None:
    """Write its files, `model.json` last."""
    if isinstance(artifact, BlazingTextArtifact):
        of_blazingtext.save(artifact, folder)
    else:
        of_kit.save(artifact, folder)


def save_entries(artifact: AnyArtifact, folder: Path) -> None:
    """Write `model.json` alone, beside the other files of the same model."""
    if isinstance(artifact, BlazingTextArtifact):
        of_blazingtext.save_entries(artifact, folder)
    else:
        of_kit.save_entries(artifact, folder)
