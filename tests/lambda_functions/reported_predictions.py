"""Predictions under way, as report_prediction finds them."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from deployed_functions import Deployed, Event

from contract.documents import Summary
from contract.layout import ResultKeys, parse_drop
from contract.promise import Promise
from contract.records import Job

SUMMARY = Summary(
    job_id="",
    classifier="main",
    input="s3://predict/claims.csv",
    input_version="",
    input_sequencer="",
    results="claims_results.csv",
    results_version="r1",
    rejected_version="",
    rejected="",
    rows_in=10,
    rows_out=10,
    rows_rejected=0,
    rows_to_review=2,
    labels={"a": 10},
    encoding="utf-8",
    delimiter=",",
    text_column="text",
    model_version="v1",
    model="s3://models/models/job/output/model.tar.gz",
    training_object="s3://train/claims.csv",
    training_object_version="t1",
    image_tag="cpu-0123456789ab",
    commit="abcdef0",
    engine="numpy",
    started_at="2026-11-21T08:00:00.000+00:00",
    seconds=1.5,
    cost_usd=0.0001,
    promise=asdict(Promise(0.05, 0.9, 0.83, [0.05, 0.1]).outcome(8, 10)),
)


def predict(deployed: Deployed, key: str = "März/claims.csv") -> Job:
    """Drop a file and start its prediction, by a model that is made if there is none."""
    if deployed.ledger.current("main") is None:
        deployed.add_model(1)
    event = deployed.drop("predict", key)
    deployed.invoke("start_prediction", event)
    return deployed.job(event)


def put_summary(deployed: Deployed, job: Job, *, is_older: bool = False, **fields: Any) -> ResultKeys:
    """Leave the summary of a good result; where it lies."""
    keys = ResultKeys(parse_drop(job.key), job.object_version if is_older else "")
    summary = replace(SUMMARY, job_id=job.job_id, input_version=job.object_version, input_sequencer=job.sequencer, **fields)
    deployed.put("results", keys.summary, summary)
    return keys


def of_step(event: Event, step: str, status: str = "SUCCEEDED", reason: str = "") -> Event:
    """The event of one of the jobs before the last."""
    detail = event["detail"] | {"jobName": f"{event['detail']['jobName']}_{step}", "status": status, "statusReason": reason}
    return {**event, "detail": detail}
