"""How long a job will take and what it will cost, about, from nothing but the size of its file.

The rates are the lower ones of those measured on two cores (benchmarks/README.md: AG News and DBpedia for trainings, AG News
and IMDb for classifications). How long a machine takes to start was not measured on AWS: that figure is assumed.
"""

from __future__ import annotations

from dataclasses import dataclass

from contract.layout import Drop
from contract.records import Job, JobKind
from contract.shards import GZIP_RATIO
from contract.wording import counted, usd

START_SECONDS = 300  # assumed: a machine starts and pulls the image
BYTES_PER_SECOND = {JobKind.TRAIN: 18_000, JobKind.PREDICT: 19_000_000}


@dataclass(frozen=True)
class Estimate:
    """What a job will probably take, from its start on, and what it may take at most."""

    seconds: float
    most_seconds: float
    usd_per_hour: float
    parts: int = 1

    @classmethod
    def of(cls, job: Job, *, most_seconds: float, usd_per_hour: float, parts: int = 1, starts: int = 1) -> Estimate:
        """The estimate for a job of which each part is stopped after `most_seconds`; `starts` machines start one after the other."""
        size_bytes = job.size * (GZIP_RATIO if Drop(job.classifier, job.key).has_suffix((".gz",)) else 1)
        seconds = starts * START_SECONDS + size_bytes / BYTES_PER_SECOND[JobKind(job.kind)]
        return cls(min(seconds, max(parts, starts) * most_seconds), most_seconds, usd_per_hour, parts)

    def sentence(self) -> str:
        """In words."""
        what = f"each of its {self.parts} parts" if self.parts > 1 else "it"
        return (
            f"That takes about {_minutes(self.seconds)} once a machine is free and costs {self._usd(self.seconds)};"
            f" after {_minutes(self.most_seconds)} ({self._usd(self.most_seconds)}) {what} would be stopped."
        )

    def _usd(self, seconds: float) -> str:
        return usd(seconds / 3600 * self.usd_per_hour)


def _minutes(seconds: float) -> str:
    return counted(max(1, round(seconds / 60)), "minute")
