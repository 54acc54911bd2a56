"""`kit cost`: what it costs idle, per job and per million rows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kit_account import Account, Answer

from contract.records import JobKind, JobStatus

Kit = Callable[..., Answer]


@pytest.fixture
def assembly(tmp_path: Path) -> Path:
    """What synth left of the stage dev."""
    content = {
        "region": "us-east-1",
        "prices_as_of": "2026-11",
        "idle_usd_per_month": 0.75,
        "stacks": {"tck-dev-storage": 0.25, "tck-dev-monitoring": 0.5},
    }
    (tmp_path / "cost.json").write_text(json.dumps(content))
    return tmp_path


def _end(account: Account, kind: JobKind, key: str, **changes: Any) -> None:
    bucket = account.deployment.train_bucket if kind == JobKind.TRAIN else account.deployment.predict_bucket
    account.s3.put_object(Bucket=bucket, Key=key, Body=b"text\na\n")
    account.end(kind, key, JobStatus.DONE, "Done.", **changes)


def test_jobs_and_rows_have_a_price(account: Account, kit: Kit, assembly: Path) -> None:
    """Means over jobs that ran, earlier runs of a retried job included; those that never started cost nothing and do not count."""
    _end(account, JobKind.PREDICT, "a.csv", seconds=60.0, cost_usd=0.25, rows_in=500_000)
    _end(account, JobKind.PREDICT, "b.csv", seconds=60.0, cost_usd=0.5, earlier_usd=0.25, rows_in=1_500_000)
    _end(account, JobKind.PREDICT, "never-started.csv")
    answer = kit("cost", "--json", "--assembly", assembly).json
    trained, predicted = answer["jobs"]
    assert answer["usd_per_hour"] == {"train": 0.046, "predict": 0.096}
    assert predicted == {
        "kind": "predict",
        "jobs": 2,
        "seconds": 120,
        "rows": 2_000_000,
        "usd": 1.0,
        "usd_per_job": 0.5,
        "usd_per_million_rows": 0.5,
    }
    assert (trained["jobs"], trained["usd_per_job"], trained["usd_per_million_rows"]) == (0, 0, 0)


def test_the_report_is_for_people(account: Account, kit: Kit, assembly: Path) -> None:
    """Idle cost by stack with region and date of its prices, and a line for each kind of jobs."""
    _end(account, JobKind.TRAIN, "a.csv", seconds=3600.0, cost_usd=0.29, rows_in=1000)
    answer = kit("cost", "--assembly", assembly)
    assert answer.status == 0
    for words in ("tck-dev-monitoring │ 0.50 USD", "all                │ 0.75 USD", "us-east-1, 2026-11", "about 0.29 USD", "290.00 USD"):
        assert words in answer.output


def test_only_jobs_of_the_last_days_count(account: Account, kit: Kit, assembly: Path) -> None:
    """--days bounds them; 0 takes all."""
    _end(account, JobKind.TRAIN, "a.csv", seconds=1.0, cost_usd=0.1, created_at="2020-01-01T00:00:00.000+00:00")
    assert kit("cost", "--json", "--assembly", assembly).json["jobs"][0]["jobs"] == 0
    assert kit("cost", "--json", "--assembly", assembly, "--days", "0").json["jobs"][0]["jobs"] == 1


def test_templates_of_another_stage_are_refused(account: Account, kit: Kit, assembly: Path) -> None:
    """The idle cost of prod is no answer for dev."""
    text = (assembly / "cost.json").read_text().replace("tck-dev", "tck-prod")
    (assembly / "cost.json").write_text(text)
    answer = kit("cost", "--assembly", assembly)
    assert answer.status == 2
    assert "not about the stage dev" in answer.errors
    assert "cdk synth --quiet -c stage=dev" in answer.errors


def test_without_templates_the_jobs_are_shown_all_the_same(
    account: Account, kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has not synthesized is told how, and still sees what the jobs cost."""
    monkeypatch.setattr("kit.cost.ROOT", tmp_path)
    answer = kit("cost")
    assert answer.status == 0
    assert "'make synth' writes it" in answer.output
    assert "classifications" in answer.output
    assert kit("cost", "--json").json["idle"] is None
