"""Predict: the same rows come back with labels, whatever the file looks like."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from local_kit import SAMPLES, LocalKit

from contract.deployment import Function, function_name
from contract.encoding import DELIMITERS
from contract.layout import parse_s3_uri
from contract.records import Job
from contract.table import PREDICTION_COLUMNS


def _result(local_kit: LocalKit, job: Job) -> tuple[list[list[str]], dict[str, object]]:
    """The result's rows as a stranger's parser reads them, and the summary."""
    bucket, prefix = parse_s3_uri(job.results)
    s3 = local_kit.session.client("s3")
    summary = json.loads(s3.get_object(Bucket=bucket, Key=f"{prefix}summary.json")["Body"].read())
    body = s3.get_object(Bucket=bucket, Key=f"{prefix}{summary['results']}")["Body"].read().decode("utf-8-sig")
    delimiters = {name: delimiter for delimiter, name in DELIMITERS.items()} | {"tab": ","}  # a .csv is never written with tabs
    return list(csv.reader(io.StringIO(body, newline=""), delimiter=delimiters[str(summary["delimiter"])])), summary


def test_kit_drop_brings_the_same_rows_back(local_kit: LocalKit, first_model: Job, tmp_path: Path) -> None:
    """`kit drop --wait --out` ends with 0, and the result has every row and column of the input, in order."""
    answer = local_kit("drop", SAMPLES / "claims.csv", "--to", "predict", "--wait", "--out", tmp_path)
    assert answer.status == 0, answer.output + answer.errors
    with (SAMPLES / "claims.csv").open(encoding="utf-8-sig", newline="") as file:
        before = list(csv.reader(file))
    results = next(tmp_path.rglob("claims_results.csv"))
    with results.open(encoding="utf-8-sig", newline="") as file:
        after = list(csv.reader(file))
    assert after[0] == [*before[0], *PREDICTION_COLUMNS]
    assert [row[: len(before[0])] for row in after[1:]] == before[1:]
    labels = set(local_kit.ledger.model("main", first_model.model_version).labels)
    assert {row[len(before[0])] for row in after[1:]} <= labels


@pytest.mark.parametrize("key", ["march/claims (2).csv", "a+b é%20ü.CSV", "wörk & co/täglich.csv"])
def test_odd_names_lie_where_their_results_lie(local_kit: LocalKit, first_model: Job, key: str) -> None:
    """Spaces, plus signs, accents and .CSV survive from the drop to the result's name."""
    job = local_kit.wait(local_kit.put(local_kit.deployment.predict_bucket, key, b"text\nthe pump leaks\n"))
    assert job.status == "done", job.message
    assert parse_s3_uri(job.results)[1] == f"{key}/"
    rows, summary = _result(local_kit, job)
    assert len(rows) == 2
    assert summary["input_version"] == job.object_version


def test_windows_1252_semicolons_and_quoted_newlines(local_kit: LocalKit, first_model: Job) -> None:
    """What a German Excel writes is read right, and the answer keeps its semicolons."""
    body = 'Nr;text\r\n1;"Tür öffnet nicht,\r\nGriff fehlt"\r\n2;Spülmaschine läuft aus\r\n'.encode("cp1252")
    job = local_kit.wait(local_kit.put(local_kit.deployment.predict_bucket, "excel.csv", body))
    rows, summary = _result(local_kit, job)
    assert summary["encoding"] == "cp1252"
    assert rows[1][:2] == ["1", "Tür öffnet nicht,\r\nGriff fehlt"]
    assert rows[2][1] == "Spülmaschine läuft aus"


def test_utf_16_is_read(local_kit: LocalKit, first_model: Job) -> None:
    """Excel's 'Unicode Text' is UTF-16 with tabs."""
    body = "id\ttext\r\n7\tété froid\r\n".encode("utf-16")
    job = local_kit.wait(local_kit.put(local_kit.deployment.predict_bucket, "unicode.csv", body))
    rows, _ = _result(local_kit, job)
    assert rows[1][:2] == ["7", "été froid"]


def test_ragged_rows_and_rows_without_text_are_accounted_for(local_kit: LocalKit, first_model: Job) -> None:
    """A row with a column too many lands in its list with its number; one without text asks for a person."""
    body = b"id,text\n1,the drum is loud\n2,too,many\n3,\n4,door broken\n"
    job = local_kit.wait(local_kit.put(local_kit.deployment.predict_bucket, "ragged.csv", body))
    rows, summary = _result(local_kit, job)
    assert (job.rows_in, job.rows_out, job.rows_rejected) == (4, 3, 1)
    assert [row[0] for row in rows[1:]] == ["1", "3", "4"]
    empty = dict(zip(rows[0], rows[2], strict=True))
    assert (empty["predicted_label"], empty["needs_review"]) == ("", "yes")
    bucket, prefix = parse_s3_uri(job.results)
    rejected = local_kit.session.client("s3").get_object(Bucket=bucket, Key=f"{prefix}{summary['rejected']}")["Body"].read()
    (refusal,) = csv.DictReader(io.StringIO(rejected.decode("utf-8-sig")))
    assert refusal["row"] == "3"
    assert "3 columns" in refusal["reason"]


@pytest.mark.parametrize(
    ("key", "body", "words"),
    [
        ("claims.xlsx", b"PK\x03\x04", "CSV UTF-8"),
        ("really a workbook.csv", b"PK\x03\x04" + bytes(range(200)), "Excel"),
        ("empty.csv", b"", "empty"),
        ("no text column.csv", b"id,price\n1,2\n", "'price'"),
        ("two text columns.csv", b"text,review\na,b\n", "'review'"),
        ("never closed.csv", b'text\nfine\n"open\nand on\n', "row 3"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_a_sentence(
    local_kit: LocalKit, first_model: Job, key: str, body: bytes, words: str
) -> None:
    """Each refusal names the file and what to mend, leaves no result, and is told to the owner without a traceback."""
    job = local_kit.wait(local_kit.put(local_kit.deployment.predict_bucket, key, body))
    assert job.status == "refused", job
    assert f"'{key}'" in job.message
    assert words in job.message
    assert "Traceback" not in job.message
    assert job.told_at
    listed = local_kit.session.client("s3").list_objects_v2(Bucket=local_kit.deployment.results_bucket, Prefix=f"{key}/")
    assert listed["KeyCount"] == 0


def test_kit_says_refused_with_status_2(local_kit: LocalKit, first_model: Job, tmp_path: Path) -> None:
    """`kit drop --wait` prints the sentence and ends with 2, and `kit jobs` shows it too."""
    bad = tmp_path / "bad.csv"
    bad.write_text("id,price\n1,2\n")
    answer = local_kit("drop", bad, "--to", "predict", "--wait")
    assert answer.status == 2
    said = answer.output + answer.errors
    assert "'price'" in said
    assert "Traceback" not in said
    assert "bad.csv" in local_kit("jobs").output


def test_the_same_event_twice_is_one_job(local_kit: LocalKit, first_model: Job) -> None:
    """A second delivery of a drop's event finds its job done and starts nothing."""
    bucket, key = local_kit.deployment.predict_bucket, "twice.csv"
    job = local_kit.wait(local_kit.put(bucket, key, b"text\nno light\n"))
    event = {
        "detail-type": "Object Created",
        "source": "aws.s3",
        "detail": {
            "bucket": {"name": bucket},
            "object": {"key": key, "version-id": job.object_version, "size": 14, "sequencer": job.sequencer},
        },
    }
    functions = local_kit.session.client("lambda")
    name = function_name("dev", Function.START_PREDICTION)
    answer = functions.invoke(FunctionName=name, Payload=json.dumps(event).encode())
    assert "FunctionError" not in answer
    after = local_kit.wait(job.job_id)
    assert (after.attempts, after.updated_at, after.platform_id) == (job.attempts, job.updated_at, job.platform_id)
    batch = local_kit.session.client("batch")
    jobs = batch.list_jobs(jobQueue=local_kit.deployment.job_queue_arn, filters=[{"name": "JOB_NAME", "values": [f"tck-dev-{job.job_id}"]}])
    assert len(jobs["jobSummaryList"]) == 1
