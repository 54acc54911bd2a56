"""The figures that CloudWatch reads from the logs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from contract.embedded_metrics import KIND, NAMESPACE, STAGE, Metric, metric_line
from contract.records import Job, JobKind, JobStatus

MOMENT = 1_763_647_590.5


def _line(status: JobStatus, kind: JobKind = JobKind.PREDICT, **fields: Any) -> dict[str, Any]:
    job = Job(job_id="j", kind=kind, classifier="main", status=status, bucket="b", key="März.csv", object_version="v", **fields)
    parsed: dict[str, Any] = json.loads(metric_line("dev", job, MOMENT))
    return parsed


def test_every_metric_that_is_declared_has_a_value_and_the_dimensions() -> None:
    """What CloudWatch's format asks for: each name and dimension of the directive stands beside it, and no metric undeclared."""
    line = _line(JobStatus.DONE, rows_in=900, rows_to_review=9, queued_seconds=40.0, seconds=9.0, cost_usd=0.001)
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert (directive["Namespace"], directive["Dimensions"]) == (NAMESPACE, [[STAGE, KIND]])
    assert (line[STAGE], line[KIND], line["_aws"]["Timestamp"]) == ("dev", "predict", 1_763_647_590_500)
    names = {metric["Name"] for metric in directive["Metrics"]}
    assert names == set(Metric)
    assert all(isinstance(line[name], int | float) for name in names)
    assert (line[Metric.ROWS_PER_SECOND], line[Metric.QUEUE_WAIT], line[Metric.COST]) == (100, 40, 0.001)


@pytest.mark.parametrize(("status", "counts"), [(JobStatus.DONE, (1, 0, 0)), (JobStatus.FAILED, (0, 1, 0)), (JobStatus.REFUSED, (0, 0, 1))])
def test_each_end_counts_once_and_the_others_as_nought(status: JobStatus, counts: tuple[int, int, int]) -> None:
    """An alarm on failures sees a nought where all went well, not a gap."""
    line = _line(status)
    assert (line[Metric.DONE], line[Metric.FAILED], line[Metric.REFUSED]) == counts


def test_what_is_not_known_is_left_out() -> None:
    """A job that never began has no rate and waited for nothing that was measured; a training has no rows to review."""
    assert not {Metric.QUEUE_WAIT, Metric.ROWS, Metric.ROWS_PER_SECOND, Metric.ROWS_TO_REVIEW} & _line(JobStatus.FAILED).keys()
    trained = _line(JobStatus.DONE, JobKind.TRAIN, rows_in=10, seconds=2.0)
    assert trained[Metric.ROWS_PER_SECOND] == 5
    assert Metric.ROWS_TO_REVIEW not in trained


def test_no_name_of_a_file_reaches_the_metrics() -> None:
    """A line names the job's id; what people call their files, and what stands in them, it does not hold."""
    assert "rz.csv" not in json.dumps(_line(JobStatus.REFUSED, message="'März.csv' has no text column."))
