"""The runbook's commands that bring back what was deleted or overwritten do so, as they are written."""

from __future__ import annotations

import re
import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest
from kit_account import Account

from contract.layout import ResultKeys, parse_drop
from contract.records import JobKind, JobStatus
from kit.results import download
from tests.aws_commands import run_lines

RUNBOOK = Path(__file__).parent.parent.parent / "docs" / "runbook.md"
SECTION = RUNBOOK.read_text(encoding="utf-8").partition("\n## Restore\n")[2].partition("\n## ")[0]
LOOK, TAKE_AWAY, BRING_BACK, COPY, MERGE, DROP, _ = re.findall(r"```\n(.*?)```", SECTION, re.DOTALL)
MODEL = "models/tck-dev-train-claims-0123456789ab/output/model.tar.gz"


def _look(account: Account, bucket: str = "ModelsBucket", key: str = MODEL) -> dict[str, object]:
    """Run the lines that show the versions; the variables, and the two lists as ''."""
    return run_lines(account.session, LOOK.replace("ModelsBucket", bucket).replace(MODEL, key).splitlines())


def _take_away(account: Account, version: str, folder: Path, bucket: str, key: str) -> None:
    """Fetch a version, unless it is a mark, and delete it."""
    fetch, delete = TAKE_AWAY.replace("$BUCKET", bucket).replace("$KEY", key).replace("VERSION", version).splitlines()
    kept = folder / "kept"
    run_lines(account.session, [fetch.replace("wrong-one", str(kept)), delete])
    assert kept.stat().st_size


def test_a_model_that_was_overwritten_is_the_one_before_again(account: Account, tmp_path: Path) -> None:
    """The newest version goes, and is kept in a file; the address is the same."""
    bucket = account.deployment.models_bucket
    for body in (b"right", b"wrong"):
        account.s3.put_object(Bucket=bucket, Key=MODEL, Body=body)
    contents, marks = _look(account)[""]  # type: ignore[misc]  # the two lists
    assert (len(contents), marks) == (2, None)
    (wrong,) = (version for version, _, is_latest, _ in contents if is_latest)
    _take_away(account, wrong, tmp_path, bucket, MODEL)
    assert account.s3.get_object(Bucket=bucket, Key=MODEL)["Body"].read() == b"right"
    assert (tmp_path / "kept").read_bytes() == b"wrong"


def test_a_model_that_was_deleted_comes_back(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the mark that hides it, or with all others below a prefix; what lies elsewhere stays deleted."""
    bucket, s3 = account.deployment.models_bucket, account.s3
    for key in (MODEL, "inputs/a"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"right")
        s3.delete_object(Bucket=bucket, Key=key)
    _, ((mark, _, is_latest),) = _look(account)[""]  # type: ignore[misc]  # the two lists
    assert is_latest
    delete = TAKE_AWAY.splitlines()[1].replace("$BUCKET", bucket).replace("$KEY", MODEL).replace("VERSION", mark)
    run_lines(account.session, [delete])
    assert s3.get_object(Bucket=bucket, Key=MODEL)["Body"].read() == b"right"
    s3.delete_object(Bucket=bucket, Key=MODEL)
    monkeypatch.setattr(boto3, "resource", account.session.resource)
    exec(shlex.split(BRING_BACK.replace("$BUCKET", bucket))[2])  # noqa: S102  # what the person would paste
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [MODEL]


def test_a_result_that_was_overwritten_is_the_one_before_again(account: Account, tmp_path: Path) -> None:
    """Its summary names versions, which a deletion leaves as they are: what people fetch is whole."""
    account.s3.put_object(Bucket=account.deployment.predict_bucket, Key="claims.csv", Body=b"text\na\n")
    account.classify("claims.csv")  # which leaves a later version of the results, as a person's upload would
    bucket, key = account.deployment.results_bucket, ResultKeys(parse_drop("claims.csv")).results
    contents, _ = _look(account, "ResultsBucket", key)[""]  # type: ignore[misc]  # the two lists
    (wrong,) = (version for version, _, is_latest, _ in contents if is_latest)
    _take_away(account, wrong, tmp_path, bucket, key)
    read = account.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    results, *_ = download(account.s3, next(account.ledger.jobs()), tmp_path)
    assert results.read_bytes() == read
    assert read.startswith(b"text,predicted_label")


def test_records_that_are_missing_from_the_ledger_come_back(
    account: Account, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A model and a job that somebody deleted are there again; what has changed since stays as it is; the copy goes."""
    account.s3.put_object(Bucket=account.deployment.predict_bucket, Key="claims.csv", Body=b"text\na\n")
    running = account.ledger.move(account.claim_latest(JobKind.PREDICT, "claims.csv"), JobStatus.RUNNING)
    assert running
    model = account.add_model(1)
    copy = COPY.replace("2026-11-22T08:00:00Z", datetime.now(UTC).isoformat())
    lines = [line for line in copy.splitlines() if " wait " not in line]
    table = run_lines(account.session, lines)["TABLE"]
    account.ledger.move(running, JobStatus.DONE)
    account.session.resource("dynamodb").Table(table).delete_item(Key={"pk": "model#main", "sk": "00000001"})
    monkeypatch.setattr(boto3, "resource", account.session.resource)
    monkeypatch.setattr(sys, "argv", ["-", table, "tck-dev-ledger-copy"])
    exec(MERGE.partition("\n")[2].removesuffix("END\n"))  # noqa: S102  # what the person would paste
    assert capsys.readouterr().out == "brought back: model#main 00000001\n"
    assert account.ledger.model("main", 1) == model
    assert account.ledger.job(running.job_id).status == JobStatus.DONE
    run_lines(account.session, DROP.splitlines())
    assert account.session.client("dynamodb").list_tables()["TableNames"] == [table]
