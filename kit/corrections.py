"""The corrections that came from a dropped file, and how they are taken away for good."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from contract.corrections import Correction
from contract.errors import AlgorithmError
from contract.layout import correction_key
from contract.records import Job, Model
from contract.review_ledger import Answer
from kit.deployment import Target


@dataclass(frozen=True)
class Corrections:
    """What people said of the rows of some jobs."""

    target: Target
    jobs: Sequence[Job]

    def answers(self) -> list[Answer]:
        """The ledger's records."""
        return [answer for job in self.jobs for answer in self.target.reviews.answers(job.job_id)]

    def versions(self) -> list[dict[str, str]]:
        """The versions of objects that hold the texts; a delete marker where it would hide nothing any more.

        Another file may have the same text: what was said of it there stays.
        """
        s3, bucket = self.target.client("s3"), self.target.deployment.train_bucket
        ids = {job.job_id for job in self.jobs}
        return [version for key in sorted(self._keys()) for version in _ours(s3, bucket, key, ids)]

    def taught(self) -> list[Model]:
        """The models that may have learned from them: those with corrections that were trained since the first was made."""
        first = min((answer.at for answer in self.answers()), default="")
        models = [model for name in sorted({job.classifier for job in self.jobs}) for model in self.target.ledger.models(name)]
        return [model for model in models if first and model.corrections and model.created_at >= first]

    def _keys(self) -> set[str]:
        return {correction_key(job.classifier, answer.digest) for job in self.jobs for answer in self.target.reviews.answers(job.job_id)}


def _ours(s3: Any, bucket: str, key: str, job_ids: set[str]) -> Iterator[dict[str, str]]:
    pages = list(s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=key))
    versions = [entry["VersionId"] for page in pages for entry in page.get("Versions", [])]
    ours = [version for version in versions if _job_of(s3, bucket, key, version) in job_ids]
    markers = [entry["VersionId"] for page in pages for entry in page.get("DeleteMarkers", [])]
    for version in [*ours, *(markers if len(ours) == len(versions) else [])]:
        yield {"Key": key, "VersionId": version}


def _job_of(s3: Any, bucket: str, key: str, version: str) -> str:
    """The job from whose rows a version came; empty when it is no correction."""
    try:
        return Correction.from_json(s3.get_object(Bucket=bucket, Key=key, VersionId=version)["Body"].read()).job_id
    except AlgorithmError:
        return ""
