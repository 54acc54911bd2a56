"""A table in shards through the verbs `plan`, `predict` and `join`: the same bytes as in one piece."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from container_cases import RESULTS_BUCKET, Cloud, Ended, Job, table_bytes
from shard_cases import NEW, OLD, RAGGED, ROWS, TABLE, Shards, dropped

from contract.documents import Summary
from contract.layout import failure_key
from contract.promise import Promise
from contract.shard_keys import ShardKeys
from contract.shards import Plan, ShardOutcome
from model.classifier import Classifier

pytestmark = pytest.mark.usefixtures("small_parts")

Run = Callable[..., Ended]
Predict = Callable[..., Ended]


@pytest.fixture
def predict(run: Run, trained: Path) -> Predict:
    """The verb `predict` for a whole table, with the same model."""

    def run_predict(source: object, output: object, **environment: object) -> Ended:
        arguments = ("predict", "--root", trained, "--input", source, "--output", output, "--workers", 1)
        return run(*arguments, **{"aws_batch_job_array_index": -1} | environment)

    return run_predict


def published(cloud: Cloud, job: Job) -> tuple[bytes | None, bytes | None, bytes | None, Summary]:
    """Results, rejected rows, review list and summary, the summary without what differs between any two runs."""
    summary = cloud.summary(job.keys)
    same = replace(summary, results_version="", rejected_version="", review_version="", started_at="", seconds=0.0, cost_usd=0.0)
    return cloud.get(job.keys.results), cloud.get(job.keys.rejected), cloud.get(job.keys.review), same


def in_one_piece(predict: Predict, cloud: Cloud, job: Job) -> tuple[bytes | None, bytes | None, bytes | None, Summary]:
    """What a single job publishes; it is taken away again."""
    ended = predict(job.source, job.output, **job.environment)
    assert ended.status == 0, ended.log
    found = published(cloud, job)
    for key in cloud.result_keys():
        cloud.client.delete_object(Bucket=RESULTS_BUCKET, Key=key)
    return found


TABLES = {
    "claims.csv": TABLE,
    "bom.csv": b"\xef\xbb\xbf" + TABLE,
    "ragged.csv": RAGGED,
    f"{'r' * 250}agged.csv": RAGGED,  # a longer name than a file may have here
    "blank lines above.csv": b"\r\n\r\n\r\n" + TABLE,
    "semicolons.csv": table_bytes([["id", "text", "remark"], *ROWS], "cp1252", ";"),
    "tabs.tsv": table_bytes([["id", "text", "remark"], *ROWS], delimiter="\t"),
    "wide.csv": table_bytes([["id", "text", "remark"], *ROWS], "utf-16"),
    "no last line end.csv": TABLE.rstrip(b"\r\n"),
}


@pytest.mark.parametrize("count", [1, 2, 7])
@pytest.mark.parametrize("key", TABLES)
def test_the_same_bytes_as_in_one_piece(predict: Predict, shards: Shards, cloud: Cloud, key: str, count: int) -> None:
    """Results, rejected rows, review list and counts do not tell how many shards there were, whatever the table looks like."""
    job = dropped(cloud, TABLES[key], key)
    expected = in_one_piece(predict, cloud, job)
    shards.all(job, count)
    assert published(cloud, job) == expected


def test_shards_explain_what_the_owner_wants_explained(predict: Predict, shards: Shards, cloud: Cloud) -> None:
    """The wish stands on the object; the plan passes it on, and the bytes are those of a single job."""
    job = Job("claims.csv", cloud.drop("claims.csv", table_bytes([["id", "text", "remark"], *ROWS[:40]]), explain="yes"), NEW)
    expected = in_one_piece(predict, cloud, job)
    shards.all(job, 3)
    assert published(cloud, job) == expected
    assert expected[0] is not None
    assert expected[0].splitlines()[0].endswith(b",model_version,explanation")


def test_shards_keep_the_promise_that_the_owner_wants(
    predict: Predict, shards: Shards, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error rate stands on the object and goes before the deployment's; shards and summary are those of a single job."""
    monkeypatch.setattr(Classifier, "promise", lambda self, asked: Promise(float(asked) / 100, 0.9, 0.0 if asked == "10" else None, [0.1]))
    version = cloud.drop("claims.csv", table_bytes([["id", "text", "remark"], *ROWS[:40]]), **{"max-error": "10"})
    job = Job("claims.csv", version, NEW)
    expected = in_one_piece(predict, cloud, job)
    shards.all(job, 3)
    assert published(cloud, job) == expected
    promise = cloud.summary(job.keys).promise_outcome
    assert promise is not None
    assert (promise.max_error, promise.is_kept, promise.accepted > 0) == (0.1, True, True)


def test_an_error_rate_that_nobody_can_promise_is_refused(predict: Predict, cloud: Cloud) -> None:
    """Whoever wrote the object's metadata by hand is told which ones there are."""
    version = cloud.drop("claims.csv", table_bytes([["id", "text"], ["1", "late"]]), **{"max-error": "none"})
    job = Job("claims.csv", version, NEW)
    ended = predict(job.source, job.output, **job.environment)
    assert ended.status == 2
    assert "'none' is no error rate that can be promised. Choose one of" in ended.log


def test_a_compressed_table_is_cut_too(predict: Predict, shards: Shards, cloud: Cloud) -> None:
    """Its shards are objects of their own, and about equal."""
    rows = [[f"{number * 7919 % 10_007} {number * 104_729 % 1_000_003}", "a"] for number in range(20_000)]
    job = dropped(cloud, gzip.compress(table_bytes([["text", "remark"], *rows])), "claims.csv.gz")
    expected = in_one_piece(predict, cloud, job)
    shards.all(job, 3)
    assert published(cloud, job) == expected
    outcomes = [ShardOutcome.from_json(cloud.get(ShardKeys("predict-1").outcome(number)) or b"") for number in range(3)]
    assert min(outcome.rows_in for outcome in outcomes) > 5000


def test_shards_are_about_equal(shards: Shards, cloud: Cloud) -> None:
    """No job has far more to do than another."""
    job = dropped(cloud, TABLE)
    assert shards.plan(job, 7).status == 0
    plan = Plan.from_json(cloud.get(ShardKeys("predict-1").plan) or b"")
    sizes = [part.end - part.start for part in plan.shards]
    assert sum(sizes) == len(TABLE) - len(b"id,text,remark\r\n")
    assert max(sizes) < 1.5 * min(sizes)


def test_more_shards_than_rows(predict: Predict, shards: Shards, cloud: Cloud) -> None:
    """Shards without a row are no failure: nobody knew how many there would be."""
    job = dropped(cloud, b"text\r\nthe parcel came late\r\nthe motor hums\r\n")
    expected = in_one_piece(predict, cloud, job)
    shards.all(job, 5)
    assert published(cloud, job) == expected


def test_shards_are_no_results(shards: Shards, cloud: Cloud) -> None:
    """All that is on its way lies below _work/, apart from what is published."""
    job = dropped(cloud, TABLE)
    shards.all(job, 2)
    made = [job.keys.results, job.keys.review, job.keys.summary]
    assert [key for key in cloud.result_keys() if not key.startswith("_work/predict-1/")] == made


def test_a_shard_may_run_again(predict: Predict, shards: Shards, cloud: Cloud) -> None:
    """A reclaimed host makes a shard, the plan or the join run twice; the result is the same."""
    job = dropped(cloud, RAGGED)
    expected = in_one_piece(predict, cloud, job)
    assert shards.plan(job, 3).status == shards.plan(job, 3).status == 0
    for shard in (2, 0, 1, 2):
        assert shards.predict(job, shard).status == 0
    assert shards.join(job).status == shards.join(job).status == 0
    assert published(cloud, job) == expected


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"text,remark\n" + b"a,b\n" * 50 + b'"never closed,b\nc,d\n', "a quotation mark opened in row 52 is never closed"),
        (b"one,two\na,b\n", "has no column that is known to hold the text"),
        (b"", "is empty"),
    ],
    ids=["open-quote", "no-text-column", "empty"],
)
def test_the_plan_refuses_what_predict_refuses(predict: Predict, shards: Shards, cloud: Cloud, body: bytes, words: str) -> None:
    """In the same words, before any shard begins."""
    job = dropped(cloud, body)
    ended = predict(job.source, job.output, **job.environment)
    refused = shards.plan(job, 3)
    assert (refused.status, words in refused.log) == (2, True)
    assert ended.log.endswith(refused.log)
    assert cloud.result_keys() == [failure_key("predict-1")]


def test_a_table_without_rows_is_refused_at_the_end(predict: Predict, shards: Shards, cloud: Cloud) -> None:
    """Only blank lines below the header: no job sees all of them but the last."""
    job = dropped(cloud, b"text,remark\n" + b"\n" * 500)
    ended = predict(job.source, job.output, **job.environment)
    assert shards.plan(job, 2).status == shards.predict(job, 0).status == shards.predict(job, 1).status == 0
    joined = shards.join(job)
    assert (joined.status, "has no rows below the header" in joined.log) == (2, True)
    assert ended.log.endswith(joined.log)


def test_an_older_version_in_shards_stands_aside(predict: Predict, shards: Shards, cloud: Cloud) -> None:
    """The races of single jobs are those of shards: a newer result is never replaced."""
    old, new = dropped(cloud, TABLE, sequencer=OLD), dropped(cloud, b"text\nlate\n", sequencer=NEW)
    assert predict(new.source, new.output, **new.environment).status == 0
    shards.all(old, 2)
    assert cloud.summary(new.keys).input_version == new.version
    assert cloud.summary(old.older_keys).input_version == old.version


def test_seconds_and_cost_are_those_of_all_jobs(shards: Shards, cloud: Cloud) -> None:
    """What a sharded prediction took is the sum of what its machines did."""
    job = dropped(cloud, TABLE)
    assert shards.plan(job, 2).status == shards.predict(job, 0).status == shards.predict(job, 1).status == 0
    keys = ShardKeys("predict-1")
    outcome = ShardOutcome.from_json(cloud.get(keys.outcome(1)) or b"")
    cloud.drop(keys.outcome(1), json.dumps(vars(outcome) | {"seconds": 3600.0}).encode(), RESULTS_BUCKET)
    assert shards.join(job, usd_per_hour=2.0).status == 0
    summary = cloud.summary(job.keys)
    assert summary.seconds > 3600
    assert summary.cost_usd == pytest.approx(summary.seconds / 1800, rel=1e-3)
