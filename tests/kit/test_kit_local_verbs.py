"""`kit up`, `kit down` and `kit demo` on a stand-in for the local cloud; end_to_end runs the real one."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from kit_account import VALUES, Account, Answer, make_summary

from contract.deployment import output_name
from contract.errors import PlatformError
from contract.layout import ResultKeys, parse_drop, s3_uri
from contract.records import JobKind, JobStatus
from contract.table import PREDICTION_COLUMNS
from kit import demo
from kit.deployment import state_folder

Kit = Callable[..., Answer]


class FakeCloud:
    """Has what local.cloud.Cloud has, on the tests' account."""

    endpoint, region, pid = "http://cloud:5000", "us-east-1", 4711

    def __init__(self, account: Account) -> None:
        self.outputs = {output_name(name): value for name, value in VALUES.items()}
        self.recorded_only = ["AWS::Budgets::Budget"]
        self.not_evaluated = ["IAM policies are recorded, not enforced."]
        self.account, self.is_running, self.assembly = account, False, Path()

    def session(self) -> Any:
        """The account's session."""
        return self.account.session

    def stop(self) -> None:
        """Remember that it was stopped."""
        self.is_running = False


@pytest.fixture
def cloud(account: Account, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeCloud:
    """Stands where local.cloud stands, with an assembly that needs no synth."""
    cloud = FakeCloud(account)

    def start(assembly: Path, state: Path, *, say: Callable[[str], None]) -> FakeCloud:
        cloud.is_running, cloud.assembly = True, assembly
        say("Deploying tck-dev-storage (16 resources).")
        return cloud

    def synthesize(**settings: Any) -> Path:
        (tmp_path / "context.json").write_text(json.dumps(settings.get("context")))
        (tmp_path / "cost.json").write_text('{"idle_usd_per_month": 0.31}')
        return tmp_path

    monkeypatch.setattr("local.cloud.start", start)
    monkeypatch.setattr("local.cloud.find", lambda state: cloud if cloud.is_running else None)
    monkeypatch.setattr("kit.up.synthesize", synthesize)
    monkeypatch.setattr("kit.demo.synthesize", synthesize)
    return cloud


def test_up_starts_and_tells(cloud: FakeCloud, kit: Kit) -> None:
    """The first `kit up` names each stack as it deploys it, then endpoint, buckets, what is only recorded, and last the page."""
    answer = kit("up", "--local")
    assert answer.status == 0
    assert cloud.is_running
    for words in ("http://cloud:5000", "s3://the-train/", "AWS::Budgets::Budget", "IAM policies are recorded", "kit drop"):
        assert words in answer.output
    assert answer.errors.splitlines() == ["Starting the local cloud.", "Deploying tck-dev-storage (16 resources)."]
    assert answer.output.splitlines()[-1].split() == ["page", "http://d0123456789abc.cloudfront.net/"]


def test_up_again_starts_nothing(cloud: FakeCloud, kit: Kit) -> None:
    """A running cloud is shown with its page, not started a second time, and what differs from AWS was said the first time."""
    kit("up")
    cloud.assembly = Path("untouched")
    again = kit("up")
    assert again.status == 0
    assert again.output.startswith("It is already running;")
    assert "IAM policies are recorded" not in again.output
    assert again.output.splitlines()[-1].split() == ["page", "http://d0123456789abc.cloudfront.net/"]
    assert cloud.assembly == Path("untouched")
    assert kit("up", "--json").json["outputs"] == cloud.outputs


def test_up_of_another_stage_is_synthesized_as_such(cloud: FakeCloud, kit: Kit, tmp_path: Path) -> None:
    """--stage reaches synth; without it cdk.json decides."""
    kit("up")
    assert json.loads((tmp_path / "context.json").read_text()) == {"accelerator": "cpu"}
    cloud.is_running = False
    kit("up", "--stage", "prod")
    assert json.loads((tmp_path / "context.json").read_text()) == {"accelerator": "cpu", "stage": "prod"}


def test_down_stops(cloud: FakeCloud, kit: Kit) -> None:
    """`kit down` stops what runs, and is content when nothing does."""
    kit("up")
    assert "stopped" in kit("down").output
    assert not cloud.is_running
    assert "No local cloud was running" in kit("down", "--local").output
    assert kit("down", "--json").json == {"stopped": False}


def _train(account: Account) -> None:
    job = account.claim_latest(JobKind.TRAIN, "warranty_train.csv")
    account.add_model(1)
    account.ledger.move(
        job, JobStatus.DONE, message="Published as the first model.", model_version=1, seconds=12.0, cost_usd=0.0004, rows_in=1200
    )


def _classify(account: Account) -> None:
    """Answer the first claims rightly and the rest wrongly."""
    job = account.claim_latest(JobKind.PREDICT, "claims.csv")
    with (demo.SAMPLES / "claims.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = list(csv.reader(file))
    with (demo.SAMPLES / "claims_labels.csv").open(encoding="utf-8", newline="") as file:
        truth = {row["claim_id"]: row["category"] for row in csv.DictReader(file)}
    path = state_folder() / "results.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*header, *PREDICTION_COLUMNS])
        for number, row in enumerate(rows):
            writer.writerow([*row, truth[row[0]] if number < 45 else "nothing", "0.91", "", "", "no", "", "v1"])
    keys, bucket = ResultKeys(parse_drop("claims.csv")), account.deployment.results_bucket
    for key in (keys.results, keys.rejected):
        version = account.s3.put_object(Bucket=bucket, Key=key, Body=path.read_bytes())["VersionId"]
        if key == keys.results:
            summary = make_summary(job, results="claims_results.csv", results_version=version)
    account.s3.put_object(Bucket=bucket, Key=keys.summary, Body=summary.to_json().encode())
    account.ledger.move(
        job, JobStatus.DONE, message="60 rows classified.", results=s3_uri(bucket, keys.prefix), seconds=3.0, cost_usd=0.0001
    )


def test_demo_walks_tells_and_tears_down(account: Account, cloud: FakeCloud, kit: Kit) -> None:
    """The demo trains, classifies, prints predictions, accuracy, results, cost and next steps, and stops its cloud."""
    account.then = [partial(_train, account), partial(_classify, account)]
    answer = kit("demo")
    assert answer.status == 0, answer.errors
    assert not cloud.is_running
    for words in (
        "The first 8 of 60 claims",
        "87.5% of 120 held-out rows; 45 of these 60 claims",
        "0.31 USD a month",
        "less than 0.01 USD for the 12 s of training",
        "kit up",
    ):
        assert words in answer.output
    results = state_folder() / "demo" / "claims_results.csv"
    assert str(results) in answer.output
    assert results.exists()


def test_demo_that_fails_tears_down_too(account: Account, cloud: FakeCloud, kit: Kit) -> None:
    """A refused training ends the demo with the ledger's sentence and without a cloud."""
    account.then = [partial(account.end, JobKind.TRAIN, "warranty_train.csv", JobStatus.FAILED, "Out of memory.")]
    answer = kit("demo")
    assert answer.status == PlatformError.exit_status
    assert "Out of memory." in answer.errors
    assert not cloud.is_running


def test_demo_that_is_interrupted_tears_down_too(account: Account, cloud: FakeCloud, kit: Kit) -> None:
    """Ctrl-C and a termination leave nothing running."""

    def interrupt() -> None:
        demo._interrupt(15, None)

    account.then = [interrupt]
    assert kit("demo").status == 1
    assert not cloud.is_running
