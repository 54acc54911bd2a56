"""The ledger: one DynamoDB table of jobs and models, and which model is current.

| pk           | sk              | item                                                       |
|--------------|-----------------|------------------------------------------------------------|
| job          | JOB ID          | a Job; index by_created (all), by_waiting (waiting, running, untold) |
| model#NAME   | version, padded | a Model of the classifier NAME                             |
| current      | NAME            | the current model of NAME, and those before it             |
| counter      | NAME            | the last version number given out                          |
| turn         | WHAT            | how often something happened in the present period         |

Every change is a conditional write, so that an event delivered twice changes nothing the second time. Records of endpoints and reviews:
live_ledger.py, review_ledger.py. The table is a boto3 Table resource, handed in: this room imports the standard library alone.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import accumulate, islice
from typing import Any

from contract.errors import PlatformError, UserError
from contract.records import START_ATTEMPTS, Current, Job, JobKind, JobStatus, Model, ModelStatus, decimals, now
from contract.wording import bounded

BY_CREATED = "by_created"
BY_WAITING = "by_waiting"
LEASE_SECONDS = 120  # longer than any Lambda that claims a job may run
MAX_LABELS_CHARS = 50_000  # of a model's labels together: an item has 400 KB, and a character up to four bytes
HISTORY = 50  # publications remembered for a rollback
ERASED = "(erased)"  # in place of the name of a file that was erased


class Ledger:
    """Reads and writes the table."""

    def __init__(self, table: Any) -> None:
        self._table = table
        self._is_refused = table.meta.client.exceptions.ConditionalCheckFailedException

    # jobs

    def claim(self, job: Job) -> Job | None:
        """Claim an object version for the caller; None when its job has been started already.

        Raises PlatformError while another delivery of the same event is at work: try again later.
        """
        moment = now()
        job = replace(
            job, status=JobStatus.RECEIVED, attempts=1, created_at=moment, updated_at=moment, lease_until=int(time.time()) + LEASE_SECONDS
        )
        try:
            self._table.put_item(Item={"pk": "job", "sk": job.job_id, **job.to_item()}, ConditionExpression="attribute_not_exists(sk)")
            return job
        except self._is_refused:
            held = self.job(job.job_id)
        return self.lease(held) if held.status in (JobStatus.RECEIVED, JobStatus.WAITING) else None

    def lease(self, job: Job) -> Job:
        """Take the sole right to start a job that is received or waiting, for LEASE_SECONDS.

        Raises PlatformError while another holds it.
        """
        second = int(time.time())
        changes = {"lease_until": second + LEASE_SECONDS, "attempts": job.attempts + 1}
        if job.lease_until < second:
            with suppress(self._is_refused):
                condition = "#status = :status AND lease_until = :old"
                return self._write(job, changes, condition, {":status": job.status, ":old": job.lease_until})
        raise PlatformError(f"Job {job.job_id} is being started by another delivery of an event.")

    def note(self, job: Job, **changes: Any) -> Job:
        """Change fields of a job whose lease the caller holds."""
        return self._write(job, changes, "lease_until = :old", {":old": job.lease_until})

    def release(self, job: Job, error: Exception) -> None:
        """Give the lease back after a failure that may pass, so that the next try need not wait for its end."""
        message = f"It could not be started yet and is tried again ({error})."
        if job.attempts >= START_ATTEMPTS:
            message = f"It could not be started ({error}). Its event is kept: 'kit replay' starts it once the cause is mended."
        with suppress(self._is_refused):
            self._write(job, {"lease_until": 0, "message": message}, "lease_until = :old", {":old": job.lease_until})

    def job(self, job_id: str) -> Job:
        """The job as it stands. Raises UserError when there is none."""
        item = self._get("job", job_id)
        if item is None:
            raise UserError(f"There is no job '{job_id}'. 'kit jobs' lists them.")
        return Job.from_item(item)

    def move(self, job: Job, status: JobStatus, **changes: Any) -> Job | None:
        """Change a job's status and fields and end its lease; None when the status is no longer what `job` says."""
        moment = now()
        since = "" if status == JobStatus.RECEIVED else job.waiting_since or moment  # its place among those that are waited for
        changes = {"status": str(status), "updated_at": moment, "waiting_since": since, "lease_until": 0, **changes}
        try:
            return self._write(job, changes, "#status = :old", {":old": job.status})
        except self._is_refused:
            return None

    def reopen(self, job: Job, message: str) -> Job | None:
        """Begin another run of a job that has ended; None when its state is no longer what `job` says.

        What the earlier run found out is forgotten, but not what it cost.
        """
        forgotten = {
            "platform_id": "",
            "details": "",
            "told_at": "",
            "model_version": 0,
            "champion_version": 0,
            "seconds": 0.0,
            "cost_usd": 0.0,
        }
        earlier_usd = job.earlier_usd + job.cost_usd
        return self.move(job, JobStatus.RECEIVED, run=job.run + 1, attempts=0, message=message, earlier_usd=earlier_usd, **forgotten)

    def acknowledge(self, job: Job) -> bool:
        """Remember that the owner is told that the job is under way; False when that was done before."""
        try:
            self._write(job, {"acknowledged_at": now()}, "attribute_not_exists(acknowledged_at)", {})
        except self._is_refused:
            return False
        return True

    def mark_told(self, job: Job) -> None:
        """Remember that the owner knows how the job ended, unless another run of it has begun since."""
        with suppress(self._is_refused):
            self._write(job, {"told_at": now(), "waiting_since": ""}, "#status = :old", {":old": job.status})

    def forget(self, job: Job) -> None:
        """Delete the record of a job that is over or never began. Raises PlatformError when its state is no longer what `job` says."""
        try:
            self._table.delete_item(
                Key={"pk": "job", "sk": job.job_id},
                ConditionExpression="attribute_not_exists(sk) OR #status = :old",
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues={":old": str(job.status)},
            )
        except self._is_refused as error:
            raise PlatformError(f"The state of job {job.job_id} changed at this moment. Try again.") from error

    def jobs(self, limit: int = 0) -> Iterator[Job]:
        """All jobs, newest first; at most `limit` unless it is 0."""
        newest = self._query("job", IndexName=BY_CREATED, ScanIndexForward=False)
        yield from map(Job.from_item, islice(newest, limit or None))

    def waiting(self, classifier: str) -> list[Job]:
        """The jobs of a classifier that wait for its first model; oldest first."""
        return [job for job in self._open_jobs() if job.classifier == classifier and job.status == JobStatus.WAITING]

    def running(self, kind: JobKind) -> list[Job]:
        """The jobs that were handed to SageMaker or Batch and whose end nobody has written down; oldest first."""
        return [job for job in self._open_jobs() if job.kind == kind and job.status == JobStatus.RUNNING]

    def untold(self, kind: JobKind) -> list[Job]:
        """The jobs that wait or ended without their owner's hearing of it; oldest first."""
        return [job for job in self._open_jobs() if job.kind == kind and job.is_untold(time.time())]

    # models

    def next_version(self, classifier: str) -> int:
        """A version number never given out before; 10 follows 9."""
        answer = self._table.update_item(
            Key={"pk": "counter", "sk": classifier},
            UpdateExpression="ADD #last :one",
            ExpressionAttributeNames={"#last": "last"},
            ExpressionAttributeValues={":one": 1},
            ReturnValues="UPDATED_NEW",
        )
        return int(answer["Attributes"]["last"])

    def add_model(self, model: Model) -> bool:
        """Record a model once, with as many of its labels as a record holds; False when it was there."""
        sizes = accumulate(map(len, model.labels))
        labels = [label for label, size in zip(model.labels, sizes, strict=True) if size <= MAX_LABELS_CHARS]
        if left := len(model.labels) - len(labels):
            labels.append(f"(and {left} more)")
        item = {"pk": f"model#{model.classifier}", "sk": f"{model.version:08d}", **replace(model, labels=labels).to_item()}
        try:
            self._table.put_item(Item=item, ConditionExpression="attribute_not_exists(sk)")
            return True
        except self._is_refused:
            return False

    def set_model_status(self, model: Model, status: ModelStatus, message: str) -> None:
        """Say what the gate or a person decided."""
        self._table.update_item(
            Key={"pk": f"model#{model.classifier}", "sk": f"{model.version:08d}"},
            UpdateExpression="SET #status = :status, #message = :message",
            ExpressionAttributeNames={"#status": "status", "#message": "message"},
            ExpressionAttributeValues={":status": str(status), ":message": bounded(message)},
        )

    def forget_training(self, model: Model) -> None:
        """Take out of a model's record on which file it was trained, and in which job."""
        self._table.update_item(
            Key={"pk": f"model#{model.classifier}", "sk": f"{model.version:08d}"},
            UpdateExpression="SET training_object = :erased, training_object_version = :erased, job_id = :erased",
            ExpressionAttributeValues={":erased": ERASED},
        )

    def model(self, classifier: str, version: int) -> Model:
        """One model. Raises UserError when there is none."""
        item = self._get(f"model#{classifier}", f"{version:08d}")
        if item is None:
            raise UserError(f"Classifier '{classifier}' has no model v{version}. 'kit models' lists them.")
        return Model.from_item(item)

    def models(self, classifier: str) -> Iterator[Model]:
        """All models of a classifier, newest first."""
        for item in self._query(f"model#{classifier}", ScanIndexForward=False):
            yield Model.from_item(item)

    def classifiers(self) -> list[str]:
        """The classifiers for which a training was ever started."""
        return sorted(item["sk"] for item in self._query("counter"))

    def current(self, classifier: str) -> Current | None:
        """The model in use, if there is one."""
        item = self._get("current", classifier)
        return None if item is None else Current.from_item(item)

    def make_current(self, model: Model, by: str, before: Current | None) -> Current | None:
        """Put a model in use in place of `before`; None when another one came in between."""
        history = [*before.history, before.version][-HISTORY:] if before else []
        current = Current(
            classifier=model.classifier, version=model.version, artifact_uri=model.artifact_uri, since=now(), by=by, history=history
        )
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(sk)"}
        if before:
            condition = {
                "ConditionExpression": "#version = :before",
                "ExpressionAttributeNames": {"#version": "version"},
                "ExpressionAttributeValues": {":before": before.version},
            }
        try:
            self._table.put_item(Item={"pk": "current", "sk": model.classifier, **current.to_item()}, **condition)
            return current
        except self._is_refused:
            return None

    # turns

    def take_turn(self, what: str, *, limit: int, period_seconds: int) -> bool:
        """Whether something may happen now that may happen `limit` times in a period; it is counted if so."""
        period = int(time.time()) // period_seconds
        one_more = ("SET #count = #count + :one", "#period = :period AND #count < :limit", {":period": period, ":one": 1, ":limit": limit})
        is_new = "attribute_not_exists(#period) OR #period < :period"
        first = ("SET #period = :period, #count = :one", is_new, {":period": period, ":one": 1})
        for expression, condition, values in (one_more, first, one_more):  # the last: somebody else was first meanwhile
            with suppress(self._is_refused):
                self._table.update_item(
                    Key={"pk": "turn", "sk": what},
                    UpdateExpression=expression,
                    ConditionExpression=condition,
                    ExpressionAttributeNames={"#period": "period", "#count": "count"},
                    ExpressionAttributeValues=values,
                )
                return True
        return False

    # DynamoDB

    def _open_jobs(self) -> list[Job]:
        return [Job.from_item(item) for item in self._query("job", IndexName=BY_WAITING, ConsistentRead=True)]

    def _get(self, pk: str, sk: str) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self._table.get_item(Key={"pk": pk, "sk": sk}, ConsistentRead=True).get("Item")
        return found

    def _query(self, pk: str, **query: Any) -> Iterator[dict[str, Any]]:
        query |= {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": pk}}
        while True:
            page = self._table.query(**query)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            query["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _write(self, job: Job, changes: dict[str, Any], condition: str, values: dict[str, Any]) -> Job:
        """Set the changed attributes and remove those that became empty, under a condition."""
        changes = {name: bounded(value) if isinstance(value, str) else value for name, value in changes.items()}
        kept = {name: decimals(value) for name, value in changes.items() if value != ""}
        gone = [name for name, value in changes.items() if value == ""]
        expression = "SET " + ", ".join(f"#{name} = :{name}" for name in kept)
        if gone:
            expression += " REMOVE " + ", ".join(f"#{name}" for name in gone)
        self._table.update_item(
            Key={"pk": "job", "sk": job.job_id},
            UpdateExpression=expression,
            ConditionExpression=condition,
            ExpressionAttributeNames={f"#{name}": name for name in {*changes, *(["status"] if "#status" in condition else [])}},
            ExpressionAttributeValues={**{f":{name}": value for name, value in kept.items()}, **values},
        )
        return replace(job, **changes)
