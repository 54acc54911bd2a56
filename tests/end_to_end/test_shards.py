"""A large file is classified by several jobs at once, and nobody can tell from the result.

`make test-faults` runs this with far more shards: their numbers come from the variable SHARDS.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from local_kit import LocalKit

from contract.documents import Summary
from contract.layout import ResultKeys, parse_drop
from contract.records import Job
from local.reclaims import RECLAIMED, set_reclaims

COUNTS = [int(count) for count in os.environ.get("SHARDS", "1,2,7").split(",")]
SENTENCES = ("the pump leaks", 'it said ""error"", twice', "two\r\nlines", "écrasé", "", "=SUM(A1)")
ROWS = [f'{number},"{SENTENCES[number % 6]}, case {number * 7919 % 1009}"\r\n' for number in range(6000)]
ODD = {3: "too,many,columns\r\n", 2500: "\r\n", 4000: '1,"bad" quote\r\n', 5999: "=1+1\r\n"}
TABLE = "id,text\r\n" + "".join(row + ODD.get(number, "") for number, row in enumerate(ROWS))


@pytest.fixture
def shard_bytes(local_kit: LocalKit) -> Iterator[Callable[[int], None]]:
    """Changes the size above which a file is cut, as a deployment with another setting would have it."""
    functions = local_kit.session.client("lambda")
    (name,) = (
        function["FunctionName"]
        for function in functions.list_functions()["Functions"]
        if "SHARD_BYTES" in function.get("Environment", {}).get("Variables", {})
    )
    variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]

    def change(size: int) -> None:
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables | {"SHARD_BYTES": str(size)}})

    yield change
    change(int(variables["SHARD_BYTES"]))


def classified(local_kit: LocalKit, key: str, body: bytes) -> tuple[Job, tuple[bytes, ...], Summary]:
    """Drop a file; its job, its results with its rejected rows and its review list, and its summary."""
    job = local_kit.wait(local_kit.put(local_kit.deployment.predict_bucket, key, body), seconds=900)
    assert job.status == "done", job.message
    keys = ResultKeys(parse_drop(key))
    s3 = local_kit.session.client("s3")
    *files, summary = (
        s3.get_object(Bucket=local_kit.deployment.results_bucket, Key=each)["Body"].read()
        for each in (keys.results, keys.rejected, keys.review, keys.summary)
    )
    return job, tuple(files), Summary.from_json(summary)


def jobs_of(local_kit: LocalKit, job: Job) -> list[str]:
    """The names of a prediction's Batch jobs, without the part that all share."""
    return sorted(entry["jobName"].removeprefix(f"tck-dev-{job.job_id}") for entry in local_kit.batch_jobs(job))


def described_jobs(local_kit: LocalKit, job: Job) -> list[dict[str, Any]]:
    """A prediction's plan, its parts, and its last job."""
    batch = local_kit.session.client("batch")
    described = batch.describe_jobs(jobs=[entry["jobId"] for entry in local_kit.batch_jobs(job)])["jobs"]
    array = next(entry for entry in described if entry["jobName"].endswith("_shards"))
    size = array["arrayProperties"]["size"]
    parts = batch.describe_jobs(jobs=[f"{array['jobId']}:{index}" for index in range(size)])["jobs"]
    assert len(parts) == size
    return [*(entry for entry in described if entry is not array), *parts]


@pytest.fixture(scope="module")
def whole(local_kit: LocalKit, first_model: Job) -> tuple[Job, tuple[bytes, ...], Summary]:
    """What one job makes of the table."""
    return classified(local_kit, "whole.csv", TABLE.encode())


@pytest.mark.parametrize("count", COUNTS)
def test_the_result_is_that_of_a_single_job(
    local_kit: LocalKit, whole: tuple[Job, tuple[bytes, ...], Summary], shard_bytes: Callable[[int], None], count: int
) -> None:
    """Byte for byte, rejected rows with their numbers and the review list included; the ledger tells of one job."""
    body = TABLE.encode()
    single, expected, summary = whole
    shard_bytes(-(-len(body) // count))
    job, found, found_summary = classified(local_kit, f"in {count} shards.csv", body)
    assert found == expected
    assert (job.rows_in, job.rows_out, job.rows_rejected, job.rows_to_review) == (6003, 6000, 3, single.rows_to_review)
    assert (found_summary.labels, found_summary.engine) == (summary.labels, summary.engine)
    assert set(jobs_of(local_kit, job)) == ({""} if count == 1 else {"", "_plan", "_shards"})


def test_machines_that_are_taken_back_change_nothing(
    local_kit: LocalKit, whole: tuple[Job, tuple[bytes, ...], Summary], shard_bytes: Callable[[int], None]
) -> None:
    """Each job of a prediction loses its spot machine once, is tried again by Batch's own rule, and the bytes are the same."""
    body = TABLE.encode()
    shard_bytes(-(-len(body) // 2))
    set_reclaims(local_kit.state, "predict-reclaimed", after_seconds=0.3)
    try:
        job, found, _ = classified(local_kit, "reclaimed.csv", body)
    finally:
        set_reclaims(local_kit.state, "")
    assert (found, job.run) == (whole[1], 1)
    for described in described_jobs(local_kit, job):
        reasons = [attempt["statusReason"] for attempt in described["attempts"]]
        assert reasons == [RECLAIMED, "Essential container in task exited"], described["jobName"]


def test_a_large_file_is_refused_once_in_the_words_of_a_single_job(
    local_kit: LocalKit, first_model: Job, shard_bytes: Callable[[int], None]
) -> None:
    """What one of several jobs finds out is what the owner is told, whatever the others then say."""
    body = TABLE.encode() + b'6001,"never closed\r\n'
    shard_bytes(len(body) // 3)
    job = local_kit.wait(local_kit.put(local_kit.deployment.predict_bucket, "never closed.csv", body))
    assert job.status == "refused"
    assert "a quotation mark opened in row 6006 is never closed" in job.message
