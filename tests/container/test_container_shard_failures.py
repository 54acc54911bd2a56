"""A job in shards that fails says why once, and publishes nothing."""

from __future__ import annotations

from unittest.mock import Mock

import pytest
from container_cases import PREDICT_BUCKET, RESULTS_BUCKET, Cloud
from shard_cases import RAGGED, TABLE, Shards, dropped

from contract.documents import Failure
from contract.errors import PlatformError, UserError
from contract.layout import failure_key
from contract.shard_keys import ShardKeys

pytestmark = pytest.mark.usefixtures("small_parts")


def test_a_failed_shard_leaves_its_reason(shards: Shards, cloud: Cloud) -> None:
    """The object is deleted while its shards wait: the reason is that of a single job."""
    job = dropped(cloud, TABLE)
    assert shards.plan(job, 2).status == 0
    cloud.client.delete_object(Bucket=PREDICT_BUCKET, Key=job.key, VersionId=job.version)
    assert shards.predict(job, 1).status == 2
    failure = Failure.from_json(cloud.get(failure_key("predict-1")) or b"")
    assert failure.message.startswith("'march/claims.csv' was deleted before its job started.")


def test_of_several_reasons_the_first_stays_unless_one_is_the_owners(shards: Shards, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """One file tells why, whichever of the jobs fails, and in whatever order."""
    job = dropped(cloud, TABLE)
    assert shards.plan(job, 3).status == 0
    reasons = []
    for shard, error in enumerate([PlatformError("first"), PlatformError("second"), UserError("mend it")]):
        monkeypatch.setattr("container.shard.predict_shard", Mock(side_effect=error))
        shards.predict(job, shard)
        reasons.append(Failure.from_json(cloud.get(failure_key("predict-1")) or b"").message)
    assert reasons == ["first", "first", "mend it"]


@pytest.mark.parametrize("missing", ["plan", "outcome", "rejected", "review"])
def test_what_is_missing_is_never_joined(shards: Shards, cloud: Cloud, missing: str) -> None:
    """A result with a hole in it is not published."""
    job = dropped(cloud, RAGGED)
    assert shards.plan(job, 2).status == shards.predict(job, 0).status == shards.predict(job, 1).status == 0
    keys = ShardKeys("predict-1")
    gone = {"plan": keys.plan, "outcome": keys.outcome(1), "rejected": keys.rejected(1), "review": keys.review(1)}[missing]
    cloud.client.delete_object(Bucket=RESULTS_BUCKET, Key=gone)
    joined = shards.join(job)
    assert (joined.status, "AlgorithmError" in joined.log) == (1, True)
    assert job.keys.summary not in cloud.result_keys()


def test_shards_need_a_job(shards: Shards, cloud: Cloud) -> None:
    """By hand, the variable that is missing is named."""
    ended = shards.plan(dropped(cloud, TABLE), 2, job_id="")
    assert (ended.status, "set the variable JOB_ID" in ended.log) == (2, True)
