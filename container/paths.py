"""Where SageMaker puts things: the one module that knows /opt/ml.

input/config/hyperparameters.json   strings, chosen by whoever started the training
input/data/CHANNEL/...              what the training job reads
model/                              becomes model.tar.gz
checkpoints/                        kept by S3 while a spot training is interrupted
output/failure                      why the training gave up, shown by DescribeTrainingJob
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = "/opt/ml"
ROOT_VARIABLE = "SAGEMAKER_BASE_DIR"


def default_root(environ: Mapping[str, str] | None = None) -> Path:
    """The folder that has SageMaker's shape: what the environment says, or SageMaker's own."""
    return Path((os.environ if environ is None else environ).get(ROOT_VARIABLE, ROOT))


@dataclass(frozen=True)
class Paths:
    """The places below one root."""

    root: Path

    @property
    def hyperparameters(self) -> Path:
        """A JSON object of strings; absent when `train` runs by hand with the defaults."""
        return self.root / "input" / "config" / "hyperparameters.json"

    def channel(self, name: str) -> Path:
        """The folder of a channel; absent when the job has no such channel."""
        return self.root / "input" / "data" / name

    def files(self, channel: str) -> tuple[Path, ...]:
        """The files of a channel, in order of their names; none when the job has no such channel."""
        folder = self.channel(channel)
        visible = (path for path in folder.rglob("*") if not path.name.startswith("."))
        return tuple(sorted(path for path in visible if path.is_file()))

    @property
    def model(self) -> Path:
        """The model artifact's files."""
        return self.root / "model"

    @property
    def checkpoints(self) -> Path:
        """Where an interrupted training resumes."""
        return self.root / "checkpoints"

    @property
    def failure(self) -> Path:
        """The sentence that says why the training gave up."""
        return self.root / "output" / "failure"
