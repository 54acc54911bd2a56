"""How long a job will take and what it will cost, about, from nothing but the size of its file.

The rates are the lower ones of those measured on two cores (benchmarks/README.md: AG News and DBpedia for trainings, AG News
and IMDb for classifications). How long a machine takes to start was not measured on AWS: that figure is assumed.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    most_seconds: float  # of each part
    usd_per_hour: float  # on average
    most_usd_per_hour: float  # of any part
    parts: int = 1

    @classmethod
    def of(cls, job: Job, *, most_seconds: float, prices: Sequence[float], parts: int = 1) -> Estimate:
        """The estimate for a job of which each part is stopped after `most_seconds`.

        There are several `prices`, in USD per hour, when its machines start one after the other; their time is taken to be the same.
        """
        size_bytes = job.size * (GZIP_RATIO if Drop(job.classifier, job.key).has_suffix((".gz",)) else 1)
        seconds = len(prices) * START_SECONDS + size_bytes / BYTES_PER_SECOND[JobKind(job.kind)]
        parts = max(parts, len(prices))
        return cls(min(seconds, parts * most_seconds), most_seconds, sum(prices) / len(prices), max(prices), parts)

    def sentence(self) -> str:
        """In words."""
        what = f"each of its {self.parts} parts" if self.parts > 1 else "it"
        return (
            f"That takes about {_minutes(self.seconds)} once a machine is free and costs {usd(self.seconds / 3600 * self.usd_per_hour)};"
            f" after {_minutes(self.most_seconds)} ({usd(self.most_seconds / 3600 * self.most_usd_per_hour)}) {what} would be stopped."
        )


def _minutes(seconds: float) -> str:
    return counted(max(1, round(seconds / 60)), "minute")
