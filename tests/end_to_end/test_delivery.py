"""Events come twice, late, in any order, many at once: one job and one result for each version of each object.

`make test-faults` drops hundreds of files: their number comes from the variable FILES.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from local_kit import LocalKit

from contract.deployment import Function, function_name
from contract.documents import Summary
from contract.events import ObjectCreated
from contract.layout import ResultKeys, parse_drop, parse_s3_uri
from contract.records import Job, JobKind

FILES = int(os.environ.get("FILES", "4"))


def table(number: int) -> bytes:
    """A file that no other is like."""
    return f"id,text\n{number},the pump leaks\n{number + 1},claim {number}\n".encode()


def deliver(local_kit: LocalKit, event: ObjectCreated) -> None:
    """Hand an event to start_prediction and wait until it has seen it."""
    answer = local_kit.functions.invoke(
        FunctionName=function_name("dev", Function.START_PREDICTION), Payload=json.dumps(event.to_event()).encode()
    )
    assert "FunctionError" not in answer, answer["Payload"].read()


def event_of(job: Job, size: int = 50) -> ObjectCreated:
    """The event of a job's object version, once more."""
    return ObjectCreated(job.bucket, job.key, job.object_version, size, job.sequencer)


def rows_of(local_kit: LocalKit, job: Job) -> tuple[bytes, Summary]:
    """What a job's result holds, and its summary."""
    bucket, prefix = parse_s3_uri(job.results)
    s3 = local_kit.session.client("s3")
    summary = Summary.from_json(s3.get_object(Bucket=bucket, Key=f"{prefix}summary.json")["Body"].read())
    body = s3.get_object(Bucket=bucket, Key=f"{prefix}{summary.results}", VersionId=summary.results_version)["Body"].read()
    return bytes(body), summary


def submitted(local_kit: LocalKit) -> Counter[str]:
    """How many Batch jobs there are of each name."""
    batch = local_kit.session.client("batch")
    pages = batch.get_paginator("list_jobs").paginate(
        jobQueue=local_kit.deployment.job_queue_arn, filters=[{"name": "JOB_NAME", "values": ["tck-dev-*"]}]
    )
    return Counter(entry["jobName"] for page in pages for entry in page["jobSummaryList"])


def test_many_files_at_once_are_one_job_and_one_result_each(local_kit: LocalKit, first_model: Job) -> None:
    """Half of them share their name with another in a second folder; every event comes twice."""
    bucket = local_kit.deployment.predict_bucket
    keys = [f"{folder}/burst {number}.csv" for number in range(FILES // 2) for folder in ("north", "south/march")]
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda entry: local_kit.put(bucket, entry[1], table(entry[0])), enumerate(keys)))
        jobs = [local_kit.wait(job_id, seconds=120 + 5 * FILES) for job_id in ids]
        list(pool.map(lambda job: deliver(local_kit, event_of(job)), jobs))
    assert [job.status for job in jobs] == ["done"] * len(keys)
    counts = submitted(local_kit)
    assert [counts[f"tck-dev-{job.job_id}"] for job in jobs] == [1] * len(keys)
    for number, (key, job) in enumerate(zip(keys, jobs, strict=True)):
        body, summary = rows_of(local_kit, job)
        assert (job.key, job.results) == (key, f"s3://{local_kit.deployment.results_bucket}/{key}/")
        assert body.decode("utf-8-sig").splitlines()[2].startswith(f"{number + 1},claim {number},")
        assert (summary.input_version, summary.rows_in, summary.rows_out) == (job.object_version, 2, 2)
    after = [local_kit.wait(job_id) for job_id in ids]
    assert [(job.attempts, job.told_at, job.platform_id) for job in after] == [(job.attempts, job.told_at, job.platform_id) for job in jobs]


def test_a_file_that_is_overwritten_meanwhile_is_classified_as_it_was(local_kit: LocalKit, first_model: Job) -> None:
    """Each event's version is what is classified, once; the newest lies in the usual place, the others beside or below it."""
    bucket, key = local_kit.deployment.predict_bucket, "overwritten.csv"
    ids = [local_kit.put(bucket, key, table(100 * number)) for number in range(2)]
    jobs = [local_kit.wait(job_id) for job_id in ids]
    assert [job.status for job in jobs] == ["done"] * 2
    s3, results_bucket, keys = local_kit.session.client("s3"), local_kit.deployment.results_bucket, ResultKeys(parse_drop(key))
    listed = s3.list_object_versions(Bucket=results_bucket, Prefix=f"{key}/")["Versions"]
    found = {}
    for entry in listed:
        if entry["Key"].endswith("/summary.json"):
            body = s3.get_object(Bucket=results_bucket, Key=entry["Key"], VersionId=entry["VersionId"])["Body"].read()
            summary = Summary.from_json(body)
            assert summary.input_version not in found
            found[summary.input_version] = (entry["Key"].removesuffix("summary.json"), summary)
            if entry["Key"] == keys.summary and entry["IsLatest"]:
                assert summary.input_version == jobs[-1].object_version
    for number, job in enumerate(jobs):
        prefix, summary = found.pop(job.object_version)
        rows = s3.get_object(Bucket=results_bucket, Key=f"{prefix}{summary.results}", VersionId=summary.results_version)["Body"].read()
        assert rows.decode("utf-8-sig").splitlines()[1].startswith(f"{100 * number},the pump leaks,")
    assert not found


def test_events_late_and_in_the_wrong_order_start_nothing_anew(local_kit: LocalKit, first_model: Job) -> None:
    """The older version's event comes once more after the newer one was classified, and changes no result."""
    bucket, key = local_kit.deployment.predict_bucket, "late.csv"
    older = local_kit.wait(local_kit.put(bucket, key, table(1)))
    newer = local_kit.wait(local_kit.put(bucket, key, table(2)))
    before = rows_of(local_kit, newer)
    for job in (newer, older, newer):
        deliver(local_kit, event_of(job))
    counts = submitted(local_kit)
    assert [counts[f"tck-dev-{job.job_id}"] for job in (older, newer)] == [1, 1]
    assert rows_of(local_kit, newer) == before


def test_an_event_that_comes_after_its_file_was_deleted_is_refused(local_kit: LocalKit, first_model: Job) -> None:
    """Its owner took it back; the sentence says so, and there is no result."""
    bucket, key = local_kit.deployment.predict_bucket, "taken back.csv"
    s3 = local_kit.session.client("s3")
    first = local_kit.wait(local_kit.put(bucket, key, table(7)))
    s3.delete_object(Bucket=bucket, Key=key)
    gone = ObjectCreated(bucket, key, "never-was", 50, "FF" + first.sequencer)
    deliver(local_kit, gone)
    job = local_kit.wait(Job.of_drop(JobKind.PREDICT, gone).job_id)
    assert job.status == "refused"
    assert "was deleted before its job started" in job.message
