"""What goes wrong at night, and the commands that mend it, on the running local cloud."""

from __future__ import annotations

import json
import re
import shlex
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from local_kit import ASSEMBLY, ROOT, SAMPLES, LocalKit, labelled_rows

from contract.deployment import Function, function_name
from contract.events import BATCH_STATE_CHANGE, SCHEDULED, TRAINING_STATE_CHANGE
from contract.records import Job, JobKind
from stacks.endpoints import MONTHLY_USD as ENDPOINTS_MONTHLY_USD
from stacks.prices import ALARM_USD, HOURS_PER_MONTH, SERVING_USD_PER_HOUR
from tests.aws_commands import run_command, run_lines

RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
COMMANDS = {line.split(" #")[0].strip() for block in re.findall(r"```\n(.*?)```", RUNBOOK, re.DOTALL) for line in block.splitlines()} | set(
    re.findall(r"`(kit [^`]+)`", RUNBOOK)
)
CHANGING = ("up", "collect", "label", "promote", "rollback", "retry", "replay", "user")  # each has a test of its own


@contextmanager
def broken(local_kit: LocalKit, function: Function, **variables: str) -> Iterator[None]:
    """A function whose environment is wrong for a while."""
    functions, name = local_kit.session.client("lambda"), function_name("dev", function)
    right = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": {**right, **variables}})
    try:
        yield
    finally:
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": right})


def until(condition: Callable[[], object], what: str, seconds: float = 60) -> None:
    """Wait for something."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"{what} did not happen"
        time.sleep(0.2)


def ailments(local_kit: LocalKit) -> dict[str, str]:
    """What `kit doctor` finds broken or worth a look, by its subject."""
    findings = local_kit("doctor", "--json").json
    return {finding["what"]: finding["sentence"] for finding in findings if finding["level"] in ("broken", "look")}


def test_an_event_that_was_lost_is_found_and_replayed(local_kit: LocalKit, first_model: Job) -> None:
    """The doctor counts it, a dry run shows why, and once the cause is mended one command brings the file back classified."""
    with broken(local_kit, Function.START_PREDICTION, LEDGER_TABLE="nowhere"):
        job_id = local_kit.put(local_kit.deployment.predict_bucket, "lost.csv", b"text\nthe fan rattles\n")
        assert local_kit.wait_for_dead_letters(Function.START_PREDICTION, 1) == 1
        assert "1 event could not be handled by start_prediction" in ailments(local_kit)["dead letters"]
        (found,) = local_kit("replay", "--dry-run", "--json").json
        assert (found["event"], found["outcome"]) == ("'lost.csv' was dropped", "found")
        assert local_kit("replay", "--queue", "start_prediction").status == 1  # one queue, for each is waited at
    replayed = local_kit("replay")
    assert replayed.status == 0, replayed.output + replayed.errors
    assert local_kit.wait(job_id).status == "done"
    assert local_kit("replay", "--queue", "start_prediction", "--json").json == []


def test_a_training_that_was_stopped_is_retried(local_kit: LocalKit) -> None:
    """It is told as failed with the command that starts it once more, and the second run makes the model."""
    job_id = local_kit.put_training("classifiers/retried/train.csv", labelled_rows(300))
    running = local_kit.wait(job_id, "running")
    local_kit.session.client("sagemaker").stop_training_job(TrainingJobName=running.platform_id)
    stopped = local_kit.wait(job_id)
    assert stopped.status == "failed"
    assert f"'kit retry {job_id} --local' starts it once more" in local_kit("jobs", job_id).output
    retried = local_kit("retry", job_id, "--wait")
    assert retried.status == 0, retried.output + retried.errors
    done = local_kit.ledger.job(job_id)
    assert (done.run, done.platform_id) == (2, f"{running.platform_id}-2")
    assert local_kit.ledger.current("retried") is not None


def test_an_end_that_nobody_heard_is_told_by_a_retry(local_kit: LocalKit, first_model: Job) -> None:
    """While the rule is switched off a job ends unheard: the doctor sees it, and the retry brings its result to the ledger."""
    events = local_kit.session.client("events")
    (rule,) = (rule["Name"] for rule in events.list_rules()["Rules"] if BATCH_STATE_CHANGE in rule.get("EventPattern", ""))
    events.disable_rule(Name=rule)
    try:
        job_id = local_kit.put(local_kit.deployment.predict_bucket, "unheard.csv", b"text\nthe fan rattles\n")
        local_kit.wait(job_id, "running")
        until(lambda: f"job {job_id}" in ailments(local_kit), "the doctor's finding")
    finally:
        events.enable_rule(Name=rule)
    assert local_kit.ledger.job(job_id).status == "running"
    retried = local_kit("retry", job_id, "--wait")
    assert retried.status == 0, retried.output + retried.errors
    done = local_kit.ledger.job(job_id)
    assert (done.status, done.run) == ("done", 1)


@pytest.mark.parametrize("kind", list(JobKind))
def test_an_end_whose_event_is_lost_is_told_by_the_hour(local_kit: LocalKit, first_model: Job, kind: JobKind) -> None:
    """Nobody types a command: the hourly event, which is sent by hand here, brings model or result to the ledger and to the owner."""
    events = local_kit.session.client("events")
    change, function = {
        JobKind.TRAIN: (TRAINING_STATE_CHANGE, Function.PUBLISH_MODEL),
        JobKind.PREDICT: (BATCH_STATE_CHANGE, Function.REPORT_PREDICTION),
    }[kind]
    (rule,) = (
        rule["Name"]
        for rule in events.list_rules()["Rules"]
        if change in rule.get("EventPattern", "")
        and events.list_targets_by_rule(Rule=rule["Name"])["Targets"][0]["Arn"].endswith(function_name("dev", function))
    )
    events.disable_rule(Name=rule)
    try:
        if kind == JobKind.TRAIN:
            job_id = local_kit.put_training("classifiers/unheard/train.csv", labelled_rows(300))
        else:
            job_id = local_kit.put(local_kit.deployment.predict_bucket, "unheard by the hour.csv", b"text\nthe fan rattles\n")
        local_kit.wait(job_id, "running")
        until(lambda: f"job {job_id}" in ailments(local_kit), "the doctor's finding")
        by_the_hour(local_kit, function)
        assert local_kit.wait(job_id).status == "done"
    finally:
        events.enable_rule(Name=rule)


def by_the_hour(local_kit: LocalKit, function: Function) -> None:
    """Send the event of the hour, which never comes by itself here."""
    event = json.dumps({"source": "aws.events", "detail-type": SCHEDULED, "detail": {}})
    answer = local_kit.session.client("lambda").invoke(FunctionName=function_name("dev", function), Payload=event)
    assert "FunctionError" not in answer, answer["Payload"].read()


def test_the_hourly_look_leaves_alone_what_runs(local_kit: LocalKit, first_model: Job) -> None:
    """Schedules never fire here, so the event is sent by hand: the function asks Batch, and a file under way is classified."""
    job_id = local_kit.put(local_kit.deployment.predict_bucket, "hourly.csv", b"text\nthe fan rattles\n")
    local_kit.wait(job_id, "running")
    by_the_hour(local_kit, Function.REPORT_PREDICTION)
    assert local_kit.wait(job_id).status == "done"


def test_the_doctor_and_the_bill_work_without_an_account(local_kit: LocalKit, first_model: Job) -> None:
    """What cannot be seen here is said, nothing is broken, and the jobs have a price."""
    answer = local_kit("doctor", "--json")
    assert answer.status == 0, answer.output
    assert {finding["what"] for finding in answer.json if finding["level"] == "unseen"} == {"quotas", "alarms"}
    cost = local_kit("cost", "--json", "--assembly", ASSEMBLY).json
    key_usd, endpoint_usd = 1, HOURS_PER_MONTH * SERVING_USD_PER_HOUR["ml.c5.large"] + ALARM_USD
    assert 0 < cost["idle"]["idle_usd_per_month"] - ENDPOINTS_MONTHLY_USD - key_usd - endpoint_usd < 1
    assert next(one for one in cost["jobs"] if one["kind"] == "train")["usd"] > 0


def test_the_first_job_on_a_gpu_is_submitted_as_written(local_kit: LocalKit) -> None:
    """The lines of the runbook find queue and definition and run the smoke test; here on a CPU, for want of the other."""
    (block,) = (block for block in re.findall(r"```\n(.*?)```", RUNBOOK, re.DOTALL) if "submit-job" in block)
    *lines, question = block.replace('"gpu"', '"cpu"').splitlines()
    job_id = run_lines(local_kit.session, lines)["JOB"]
    ended: list[Any] = []

    def has_ended() -> bool:
        ended[:] = run_command(local_kit.session, question.replace("$JOB", job_id))
        return ended[0] in ("SUCCEEDED", "FAILED")

    until(has_ended, "the end of the smoke test")
    assert (ended[0], ended[2]) == ("SUCCEEDED", 0)
    (definition,) = local_kit.session.client("batch").describe_jobs(jobs=[job_id])["jobs"]
    assert definition["container"]["command"] == ["smoke", "--accelerator", "cpu"]


@pytest.mark.parametrize(
    "command", sorted(line for line in COMMANDS if line.startswith("kit ") and not line.split()[1].startswith(CHANGING))
)
def test_the_runbooks_commands_run(local_kit: LocalKit, first_model: Job, command: str, tmp_path: Path) -> None:
    """Whoever copies a command that only looks gets an answer, not a traceback."""
    file = tmp_path / "file.csv"
    file.write_bytes((SAMPLES / "warranty_train.csv").read_bytes())
    words = [{"JOB": first_model.job_id, "FILE": str(file)}.get(word, word) for word in shlex.split(command)[1:]]
    answer = local_kit(*words)
    status = 1 if words == ["residue"] else 0  # something is left, for the deployment stands
    assert answer.status == status, answer.output + answer.errors
