"""What `kit tune --resume` has to know of a tuning that it did not start itself; it lies, and expires, with the tuning's inputs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from contract.engines import Engine
from contract.errors import UserError
from contract.training_work import tuning_key


@dataclass(frozen=True)
class TuningRecord:
    """Which file is tuned for, and how."""

    file: str  # its name
    classifier: str
    engine: Engine
    hyperparameters: Mapping[str, str]  # that all trainings have, and the file is dropped with beside the best values

    def save(self, s3: Any, bucket: str, name: str) -> None:
        """Write it down for the tuning of that name."""
        s3.put_object(Bucket=bucket, Key=tuning_key(name), Body=json.dumps(asdict(self)).encode())

    @classmethod
    def load(cls, s3: Any, bucket: str, name: str) -> TuningRecord:
        """The inverse of `save`. Raises UserError when there is none."""
        try:
            found = json.loads(s3.get_object(Bucket=bucket, Key=tuning_key(name))["Body"].read())
        except s3.exceptions.NoSuchKey as error:
            raise UserError(f"There is no tuning '{name}' to resume: none of that name was started, or its files have expired.") from error
        return cls(**found | {"engine": Engine(found["engine"])})
