"""Services in trouble, for the tests of what stands in their weather."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable

from local_kit import SAMPLES, LocalKit

from contract.deployment import Function
from contract.layout import ResultKeys, parse_drop
from contract.records import Job
from local.faults import Kind, Rule

SEED = int(os.environ.get("FAULTS_SEED", "1"))
CLAIMS = (SAMPLES / "claims.csv").read_bytes()
WEATHER = (
    Rule(Kind.REFUSE, "s3", code="SlowDown", probability=0.15),
    Rule(Kind.REFUSE, "s3", status=500, code="InternalError", probability=0.05),
    Rule(Kind.DROP, "s3", probability=0.05),
    Rule(Kind.CUT, "s3", "GetObject", probability=0.1),
    Rule(Kind.REFUSE, "dynamodb", status=400, code="ThrottlingException", probability=0.2),
    Rule(Kind.REFUSE, "batch", status=429, code="TooManyRequestsException", probability=0.2),
    Rule(Kind.REFUSE, "sagemaker", status=400, code="ThrottlingException", probability=0.2),
    Rule(Kind.REFUSE, "sns", status=503, probability=0.1),
)

SetFaults = Callable[..., None]


def results(local_kit: LocalKit, key: str) -> dict[str, bytes]:
    """The result of a drop, byte for byte; nothing while it has no summary."""
    keys = ResultKeys(parse_drop(key))
    s3, bucket = local_kit.session.client("s3"), local_kit.deployment.results_bucket
    found = {}
    try:
        summary = json.loads(s3.get_object(Bucket=bucket, Key=keys.summary)["Body"].read())
    except s3.exceptions.NoSuchKey:
        return {}
    for name, kind in ((keys.results, "results"), (keys.rejected, "rejected"), (keys.review, "review")):
        if version := summary[f"{kind}_version"]:
            found[name.rsplit("/", 1)[-1]] = s3.get_object(Bucket=bucket, Key=name, VersionId=version)["Body"].read()
    return found


def settled(local_kit: LocalKit, job_id: str, seconds: float = 280) -> Job:
    """A job's good end, brought about as an operator would: what no function could handle is replayed, a failed job retried."""
    end = time.monotonic() + seconds
    while (job := local_kit.find(job_id)) is None or job.status != "done":
        assert time.monotonic() < end, job
        if any(map(local_kit.dead_letters, Function)):
            local_kit("replay")
        if job and job.status == "failed":
            local_kit("retry", job_id)
        time.sleep(0.5)
    return job
