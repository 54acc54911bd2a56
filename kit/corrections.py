"""The corrections that came from a dropped file, and how they are taken away for good."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
        """All versions and delete markers of the objects that hold the texts.

        Another file may have the same text: what was said of it there is an object of its own, and stays.
        """
        pages = self.target.client("s3").get_paginator("list_object_versions")
        return [
            {"Key": key, "VersionId": entry["VersionId"]}
            for key in sorted(self._keys())
            for page in pages.paginate(Bucket=self.target.deployment.train_bucket, Prefix=key)
            for entry in (*page.get("Versions", []), *page.get("DeleteMarkers", []))
        ]

    def taught(self) -> list[Model]:
        """The models that may have learned from them: those with corrections that were trained since the first was made."""
        first = min((answer.at for answer in self.answers()), default="")
        models = [model for name in sorted({job.classifier for job in self.jobs}) for model in self.target.ledger.models(name)]
        return [model for model in models if first and model.corrections and model.created_at >= first]

    def _keys(self) -> set[str]:
        return {
            correction_key(job.classifier, answer.digest, job.job_id, answer.row)
            for job in self.jobs
            for answer in self.target.reviews.answers(job.job_id)
        }
