"""Where an interrupted training goes on: one file, written whole, in which nothing can execute code."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from model.artifact_files import write_whole

CHECKPOINT_FILE = "checkpoint.npz"
_STATE = "state.json"

Arrays = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Checkpoint:
    """A training between two steps: plain values and arrays."""

    state: dict[str, Any]
    arrays: Arrays


class Checkpoints:
    """The checkpoint of one training, known by the fingerprint of its data and hyperparameters."""

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self._path = folder / CHECKPOINT_FILE
        self._fingerprint = fingerprint

    def save(self, checkpoint: Checkpoint) -> None:
        """Replace the checkpoint; a crash on the way leaves the one before."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        state = json.dumps({"fingerprint": self._fingerprint, "state": checkpoint.state}).encode()
        content = {_STATE: np.frombuffer(state, np.uint8), **checkpoint.arrays}
        write_whole(self._path, lambda file: np.savez(file, **content))

    def load(self) -> tuple[Checkpoint | None, str]:
        """The checkpoint, or None and why it cannot be used; ("" when there is none)."""
        if not self._path.is_file():
            return None, ""
        try:
            with self._path.open("rb") as file, np.load(file, allow_pickle=False) as content:
                arrays = {name: content[name] for name in content.files}
            saved = json.loads(arrays.pop(_STATE).tobytes())
            checkpoint = Checkpoint(saved["state"], arrays)
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            return None, f"it is damaged ({error})"
        if saved.get("fingerprint") != self._fingerprint:
            return None, "it belongs to other data or other hyperparameters"
        return checkpoint, ""
