"""A job with a review list, and what the API's functions for reviews work with."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from contract.corrections import Correction
from contract.documents import Summary
from contract.layout import ResultKeys, parse_drop, s3_uri
from contract.records import Job, JobKind, JobStatus, make_job_id
from contract.review_list import ReviewKind, ReviewRow

KEY = "march/claims.csv"
BY_REVIEWER, BY_OTHER = "ann@example.org", "bob@example.org"


def listed_row(number: int, kind: ReviewKind = ReviewKind.DOUBTFUL, text: str = "") -> ReviewRow:
    """A row as a list has it."""
    return ReviewRow(
        row=number,
        text=text or f"Text {number}",
        predicted_label="leak",
        confidence=0.6,
        second_label="noise",
        second_confidence=0.3,
        review_reason="low confidence",
        kind=kind,
        value=0.7,
    )


ROWS = [
    *(listed_row(number) for number in (3, 17)),
    listed_row(5, ReviewKind.DISAGREES),
    *(listed_row(number, ReviewKind.SPOT_CHECK) for number in (20, 21, 22)),
]


def classified(desk: Any, key: str = KEY, rows: list[ReviewRow] = ROWS, model_version: int = 2) -> str:
    """Classify a file; returns its job's id."""
    version = desk.s3.put_object(Bucket="predict", Key=key, Body=b"text\n")["VersionId"]
    keys = ResultKeys(parse_drop(key))
    listed = desk.s3.put_object(Bucket="results", Key=keys.review, Body=b"".join(row.to_line() for row in rows))["VersionId"]
    summary = replace(SUMMARY, input_version=version, review=keys.review.rsplit("/", 1)[-1], review_version=listed)
    desk.s3.put_object(Bucket="results", Key=keys.summary, Body=summary.to_json().encode())
    job = Job(
        job_id=make_job_id(JobKind.PREDICT, "predict", key, version),
        kind=JobKind.PREDICT,
        classifier="main",
        status=JobStatus.RECEIVED,
        bucket="predict",
        key=key,
        object_version=version,
        model_version=model_version,
    )
    claimed = desk.ledger.claim(job)
    desk.ledger.move(claimed, JobStatus.DONE, results=s3_uri("results", keys.prefix), model_version=model_version)
    return job.job_id


SUMMARY = Summary(
    job_id="j",
    classifier="main",
    input="s3://predict/march/claims.csv",
    input_version="v",
    input_sequencer="",
    results="claims_results.csv",
    results_version="",
    rejected="",
    rejected_version="",
    rows_in=40,
    rows_out=40,
    rows_rejected=0,
    rows_to_review=9,
    labels={"leak": 40},
    encoding="utf-8",
    delimiter=",",
    text_column="text",
    model_version="v2",
    model="m",
    training_object="",
    training_object_version="",
    image_tag="",
    commit="",
    engine="numpy",
    started_at="",
    seconds=1.0,
    cost_usd=0.0,
)


def corrections_in(desk: Any) -> dict[str, Correction]:
    """The corrections that a training would find, by their texts."""
    listed = desk.s3.list_objects_v2(Bucket="train", Prefix="corrections/main/").get("Contents", [])
    bodies = [desk.s3.get_object(Bucket="train", Key=entry["Key"])["Body"].read() for entry in listed]
    return {correction.text: correction for correction in map(Correction.from_json, bodies)}
