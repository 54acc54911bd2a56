"""Everything that a dropped object left in the buckets and the ledger, and how it is taken away for good."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from contract.deployment import Run, run_time_name
from contract.errors import PlatformError, UserError
from contract.layout import (
    DEFAULT_CLASSIFIER,
    INPUTS_PREFIX,
    RESERVED_TRAIN_PREFIXES,
    WORK_PREFIX,
    checkpoints_key,
    model_prefix,
    parse_drop,
    parse_result,
    s3_uri,
)
from contract.records import Job, JobKind, JobStatus, Model, make_job_id
from kit.deployment import Target

VERSIONS_AT_ONCE = 1000  # that S3 takes for a deletion


@dataclass(frozen=True)
class Place:
    """Objects of one kind: those below a prefix for which `is_meant` says so."""

    what: str  # in the plural
    bucket: str
    prefix: str
    is_meant: Callable[[str], bool] = lambda key: True


@dataclass(frozen=True)
class Trace:
    """What was found of one kind."""

    what: str  # in the plural
    where: str
    count: int


@dataclass(frozen=True)
class Dropped:
    """An object that was dropped to be trained on or to be classified, in all its versions."""

    target: Target
    kind: JobKind
    key: str

    @property
    def bucket(self) -> str:
        """The bucket that it was dropped into."""
        deployment = self.target.deployment
        return deployment.train_bucket if self.kind == JobKind.TRAIN else deployment.predict_bucket

    @property
    def classifier(self) -> str:
        """Whose it is: in the train bucket's reserved areas a folder says so. Of a key that no drop may have it is as in the ledger."""
        for area in RESERVED_TRAIN_PREFIXES if self.kind == JobKind.TRAIN else ():
            if self.key.startswith(area):
                return self.key.removeprefix(area).partition("/")[0]
        try:
            return parse_drop(self.key).classifier
        except UserError:
            return DEFAULT_CLASSIFIER

    def jobs(self) -> list[Job]:
        """The jobs that the ledger knows of it. Raises UserError while one is at work."""
        found = [job for job in self.target.ledger.jobs() if (job.bucket, job.key) == (self.bucket, self.key)]
        for job in found:
            if not (job.is_final or job.status == JobStatus.WAITING or job.is_stranded(time.time())):
                raise UserError(
                    f"Job {job.job_id} is at work on '{self.key}' and would leave new traces."
                    f" Erase it when the job has ended: 'kit jobs {job.job_id}' tells."
                )
        return found

    def models(self, jobs: Sequence[Job]) -> list[Model]:
        """The models that learned from it; also those whose records name it no longer, after an erasure that broke off."""
        if self.kind != JobKind.TRAIN:
            return []
        address = s3_uri(self.bucket, self.key)
        made = tuple(s3_uri(self.target.deployment.models_bucket, model_prefix(name)) for name in self._training_jobs(jobs))
        models = self.target.ledger.models(self.classifier)
        return [model for model in models if model.training_object == address or model.artifact_uri.startswith(made)]

    def places(self, jobs: Sequence[Job], models: Sequence[Model]) -> Iterator[Place]:
        """Where it lies and what was made of it but the models, the object itself last: it tells which jobs there were."""
        deployment = self.target.deployment
        if self.kind == JobKind.TRAIN:
            kept = [model.artifact_uri for model in models]
            for name in self._training_jobs(jobs):
                yield Place("copies for a training", deployment.models_bucket, f"{INPUTS_PREFIX}{name}/")
                yield Place("checkpoints", deployment.models_bucket, checkpoints_key(name))
                made = Place("remains of trainings without a model", deployment.models_bucket, model_prefix(name))
                if not any(uri.startswith(s3_uri(made.bucket, made.prefix)) for uri in kept):
                    yield made
        else:
            yield Place("results", deployment.results_bucket, f"{self.key}/", lambda key: _is_result_of(key, self.key))
            for run in self._run_ids(jobs):
                yield Place("parts and reasons of failures", deployment.results_bucket, f"{WORK_PREFIX}{run}/")
        yield Place("versions of the file", self.bucket, self.key, lambda key: key == self.key)

    def _training_jobs(self, jobs: Sequence[Job]) -> list[str]:
        return [run_time_name(self.target.stage, run) for run in self._run_ids(jobs)]

    def _run_ids(self, jobs: Sequence[Job]) -> list[str]:
        return sorted({run.id for run in self._runs(jobs)})

    def _runs(self, jobs: Sequence[Job]) -> Iterator[Run]:
        """Every time that some version of it was worked on: by the ledger, and by the versions themselves."""
        for job in jobs:
            yield from (Run(job.job_id, number) for number in range(1, job.run + 1))
        listed = self.target.client("s3").get_paginator("list_object_versions").paginate(Bucket=self.bucket, Prefix=self.key)
        for page in listed:
            for version in page.get("Versions", []):
                if version["Key"] == self.key:
                    yield Run(make_job_id(self.kind, self.bucket, self.key, version["VersionId"]), 1)


def look(s3: Any, place: Place) -> int:
    """How many versions, delete markers and unfinished uploads lie there."""
    return sum(len(page) for page in _versions(s3, place)) + sum(1 for _ in _uploads(s3, place))


def empty(s3: Any, place: Place) -> int:
    """Delete them for good; how many there were. Raises PlatformError when S3 refuses one."""
    count = 0
    for page in list(_versions(s3, place)):  # all, before the first is deleted
        delete(s3, place.bucket, page)
        count += len(page)
    for upload in list(_uploads(s3, place)):
        s3.abort_multipart_upload(Bucket=place.bucket, **upload)
        count += 1
    return count


def delete(s3: Any, bucket: str, versions: Sequence[dict[str, str]]) -> None:
    """Delete versions for good. Raises PlatformError when S3 refuses one."""
    for start in range(0, len(versions), VERSIONS_AT_ONCE):
        some = list(versions[start : start + VERSIONS_AT_ONCE])
        refused = s3.delete_objects(Bucket=bucket, Delete={"Objects": some, "Quiet": True}).get("Errors", [])
        if refused:
            raise PlatformError(
                f"{len(refused)} objects in '{bucket}' could not be deleted, first '{refused[0].get('Key')}':"
                f" {refused[0].get('Message')}. Erase the file again when that is mended; what is gone stays gone."
            )


def _versions(s3: Any, place: Place) -> Iterator[list[dict[str, str]]]:
    """Page by page."""
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=place.bucket, Prefix=place.prefix):
        found = [
            {"Key": entry["Key"], "VersionId": entry["VersionId"]}
            for entry in (*page.get("Versions", []), *page.get("DeleteMarkers", []))
            if place.is_meant(entry["Key"])
        ]
        if found:
            yield found


def _uploads(s3: Any, place: Place) -> Iterator[dict[str, str]]:
    for page in s3.get_paginator("list_multipart_uploads").paginate(Bucket=place.bucket, Prefix=place.prefix):
        for upload in page.get("Uploads", []):
            if place.is_meant(upload["Key"]):
                yield {"Key": upload["Key"], "UploadId": upload["UploadId"]}


def _is_result_of(key: str, dropped: str) -> bool:
    """Whether a key in the results bucket belongs to a drop: `a.csv/b.csv/...` is another drop's than `a.csv/...`."""
    try:
        return parse_result(key).drop.key == dropped
    except UserError:
        return False
