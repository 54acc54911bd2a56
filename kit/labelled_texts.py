"""Texts without a label that people were asked about, and how they are taken out of the labelling jobs again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from contract.errors import PlatformError
from contract.labelling import Task, labelling_prefix, manifest_drop, tasks_key, tasks_of, to_content
from contract.labelling_ledger import LabellingJob, LabellingStatus
from contract.layout import UNLABELLED_PREFIX
from contract.records import JobKind
from kit.deployment import Target
from kit.erasure import Dropped, Trace, delete


class _Touched(NamedTuple):
    """A labelling job with texts of the object."""

    job: LabellingJob
    kept: list[Task]  # also those that another object holds, too
    gone: list[str]  # digests


@dataclass(frozen=True)
class LabelledTexts:
    """What labelling jobs hold of an object of the train bucket; nothing unless it has texts without labels."""

    target: Target
    key: str

    def manifests(self) -> Iterator[Dropped]:
        """The augmented manifests that hold them, to be erased as any training file: before the jobs forget whose the texts were."""
        for job, _, gone in self._touched():
            if gone and job.manifest_version:
                yield Dropped(self.target, JobKind.TRAIN, manifest_drop(job.classifier, job.name).key)

    def traces(self, *, is_dry: bool) -> list[Trace]:
        """Take the texts and what was said of them away unless it is dry; what was found.

        Raises PlatformError when a job changes at the same moment.
        """
        touched, earlier = list(self._touched()), self._earlier_versions()
        texts = sum(len(gone) for _, _, gone in touched)
        answers = sum(len(state.answers) for job, _, gone in touched for state in self.target.labelling.states(job) if state.digest in gone)
        if not is_dry:
            for each in touched:
                self._rewrite(each)
            delete(self.target.client("s3"), self._bucket, self._earlier_versions())
        counts = {
            ("texts of labelling jobs", self._bucket): texts,
            ("answers to them", self.target.deployment.ledger_table): answers,
            ("earlier versions of a labelling job's texts", self._bucket): len(earlier),
        }
        return [Trace(what, where, count) for (what, where), count in counts.items() if count]

    def remains(self) -> Iterator[str]:
        """What can be done with labelling jobs whose manifest goes; to be asked for before it is gone."""
        for dropped in self.manifests():
            yield (
                f"'{dropped.key}' held its texts beside others, and goes with them. Finish its labelling job once more on the page,"
                " and it is made of what was said of the others."
            )

    @property
    def _bucket(self) -> str:
        return self.target.deployment.train_bucket

    @property
    def _classifier(self) -> str:
        return Dropped(self.target, JobKind.TRAIN, self.key).classifier

    def _jobs(self) -> list[LabellingJob]:
        if not self.key.startswith(UNLABELLED_PREFIX):
            return []
        return [job for job in self.target.labelling.jobs() if job.classifier == self._classifier]

    def _touched(self) -> Iterator[_Touched]:
        s3 = self.target.client("s3")
        for job in self._jobs():
            thing = {"Bucket": self._bucket, "Key": tasks_key(job.classifier, job.name), "VersionId": job.tasks_version}
            try:
                tasks = tasks_of(s3.get_object(**thing)["Body"].read())
            except s3.exceptions.ClientError as error:
                if error.response["Error"]["Code"] in ("NoSuchKey", "NoSuchVersion"):
                    continue  # they were kept long enough
                raise
            if not any(self.key in task.objects for task in tasks):
                continue
            left = [replace(task, objects=[key for key in task.objects if key != self.key]) for task in tasks]
            yield _Touched(job, [task for task in left if task.objects], [task.digest for task in left if not task.objects])

    def _rewrite(self, touched: _Touched) -> None:
        """Write the texts that stay, let the job know them alone, and forget what was said of the others."""
        job, kept, gone = touched
        put = self.target.client("s3").put_object(
            Bucket=self._bucket, Key=tasks_key(job.classifier, job.name), Body=to_content(kept), ContentType="application/jsonlines"
        )
        manifest = {"manifest_version": ""} if gone else {}  # which is erased
        if self.target.labelling.change(job, tasks_version=put["VersionId"], texts=len(kept), **manifest) is None:
            raise PlatformError(f"The labelling job '{job.name}' changed at this moment. Erase the file again.")
        self.target.labelling.forget_texts(job, gone)

    def _earlier_versions(self) -> list[dict[str, str]]:
        """Versions of jobs' texts that no job knows: an erasure that broke off leaves them, or the making of a job."""
        if not self.key.startswith(UNLABELLED_PREFIX):
            return []
        known = {job.tasks_version for job in self._jobs() if job.status != LabellingStatus.DELETING}
        prefix, name = labelling_prefix(self._classifier), tasks_key("", "").rpartition("/")[2]
        pages = self.target.client("s3").get_paginator("list_object_versions").paginate(Bucket=self._bucket, Prefix=prefix)
        return [
            {"Key": entry["Key"], "VersionId": entry["VersionId"]}
            for page in pages
            for entry in (*page.get("Versions", []), *page.get("DeleteMarkers", []))
            if entry["Key"].endswith(f"/{name}") and entry["VersionId"] not in known
        ]
