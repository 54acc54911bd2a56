"""`kit tune` while it waits: what it tells, how it is stopped, and how one goes on with it."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from kit_account import Account, Answer
from tuning_service import SageMaker

from contract.records import JobKind, JobStatus

Kit = Callable[..., Answer]


def test_who_interrupts_a_tuning_stops_it(account: Account, kit: Kit, sagemaker: SageMaker, rows: Path) -> None:
    """It costs money, and nobody waits for it any more."""
    sagemaker.breaks_off = KeyboardInterrupt()
    answer = kit("tune", rows)
    assert answer.status != 0
    (stopped,) = sagemaker.requests("StopHyperParameterTuningJob")
    assert "is being stopped" in answer.errors
    assert f"'kit tune --resume {stopped['HyperParameterTuningJobName']}'" in answer.errors


def test_each_training_that_ends_is_told(account: Account, kit: Kit, sagemaker: SageMaker, rows: Path) -> None:
    """Once, with the best so far, also to whoever comes back; of failures the first with its reason, and a tuning that is being stopped."""
    counts = {"Completed": 0, "InProgress": 1, "RetryableError": 0, "NonRetryableError": 0, "Stopped": 0}
    best = {"FinalHyperParameterTuningJobObjectiveMetric": {"MetricName": "m", "Value": 0.94}}
    one = {"TrainingJobStatusCounters": counts | {"Completed": 1}, "BestTrainingJob": best}
    two = {"TrainingJobStatusCounters": counts | {"Completed": 1, "NonRetryableError": 1}, "BestTrainingJob": best}
    sagemaker.steps = [
        each | {"HyperParameterTuningJobStatus": status}
        for each, status in (
            ({"TrainingJobStatusCounters": counts}, "InProgress"),
            (one, "InProgress"),
            (one, "InProgress"),
            (two, "InProgress"),
            (two, "Stopping"),
            (two, "Stopped"),
        )
    ]
    assert kit("tune", rows, "--no-drop").status == 0
    (name,) = {each["HyperParameterTuningJobName"] for each in sagemaker.requests("CreateHyperParameterTuningJob")}
    sagemaker.steps = [one | {"HyperParameterTuningJobStatus": "Stopping"}, two | {"HyperParameterTuningJobStatus": "Stopped"}]
    lines = kit("tune", "--resume", name, "--no-drop").errors.splitlines()
    assert lines[:4] == [
        f"The tuning {name} is followed to its end.",
        f"{name}: 1 of 12 trainings done, the best is right on 94.0%; it is being stopped, and ends with those under way",
        f"{name}: 2 of 12 trainings done, the best is right on 94.0%",
        f"{name}: a first training has failed. A training said: The file has one class only.",
    ]


def test_who_is_asked_to_end_stops_the_tuning(account: Account, kit: Kit, sagemaker: SageMaker, rows: Path) -> None:
    """As by Ctrl-C; afterwards a signal means what it meant."""
    for each in (signal.SIGTERM, signal.SIGHUP):

        def nothing(*_: object) -> None:
            """In place of what would end this process."""

        before = signal.signal(each, nothing)
        try:
            sagemaker.signal = each
            answer = kit("tune", rows)
            assert (answer.status, "is being stopped" in answer.errors) == (1, True), answer.errors
            assert signal.getsignal(each) is nothing
        finally:
            signal.signal(each, before)
    assert len(sagemaker.requests("StopHyperParameterTuningJob")) == 2


def test_who_interrupts_the_writing_of_lines_stops_it(account: Account, kit: Kit, sagemaker: SageMaker, rows: Path) -> None:
    """It costs money, too, and no tuning follows."""
    sagemaker.breaks_off = KeyboardInterrupt()
    answer = kit("tune", rows, "-p", "engine=blazingtext")
    assert answer.status != 0
    (stopped,) = sagemaker.requests("StopTrainingJob")
    assert f"No tuning has begun; the first job was the training job {stopped['TrainingJobName']}" in answer.errors
    assert not sagemaker.requests("CreateHyperParameterTuningJob")


def test_a_tuning_out_of_sight_is_resumed(account: Account, kit: Kit, sagemaker: SageMaker, rows: Path) -> None:
    """Whatever breaks off the waiting names the command that goes on, and that drops the very file with what was given and found."""
    expired = {"Error": {"Code": "ExpiredTokenException", "Message": "expired"}}
    sagemaker.breaks_off = ClientError(expired, "DescribeHyperParameterTuningJob")  # type: ignore[arg-type]  # all that is read of it
    lost = kit("tune", rows, "--classifier", "tone", "-p", "dropout=0.4")
    assert lost.status == 2
    assert "have expired" in lost.errors
    sagemaker.breaks_off = None
    content = rows.read_bytes()
    rows.unlink()
    (name,) = re.findall(r"'kit tune --resume (\S+)' follows it", lost.errors)
    sagemaker.trials = [({"batch_size": "32"}, 0.9)]
    key = f"classifiers/tone/{rows.name}"
    account.then.append(lambda: account.end(JobKind.TRAIN, key, JobStatus.DONE, "Model v1 is in use now."))
    resumed = kit("tune", "--resume", name)
    assert (resumed.status, "Model v1 is in use now." in resumed.output) == (0, True), resumed.errors
    dropped = account.s3.get_object(Bucket="the-train", Key=key)
    assert dropped["Body"].read() == content
    assert json.loads(dropped["Metadata"]["hyperparameters"]) == {"dropout": "0.4", "batch_size": "32"}
    assert len(sagemaker.requests("CreateHyperParameterTuningJob")) == 1


def test_what_cannot_be_resumed_is_told(account: Account, kit: Kit, sagemaker: SageMaker, rows: Path) -> None:
    """A tuning that nobody knows, and one that is given what it was started with."""
    for arguments, words in {
        ("--resume", "tck-dev-tune-x"): "There is no tuning 'tck-dev-tune-x' to resume",
        ("--resume", "x", "-p", "epochs=3"): "Leave out -p",
        (str(rows), "--resume", "x"): "but not both",
        (): "Name a labelled file",
    }.items():
        answer = kit("tune", *arguments)
        assert (answer.status, words in answer.errors) == (2, True), answer.errors


@pytest.mark.parametrize("status", ["Stopped", "Failed"])
def test_what_a_tuning_found_before_it_ended_early_counts(
    account: Account, kit: Kit, sagemaker: SageMaker, rows: Path, status: str
) -> None:
    """Its trainings are paid for."""
    sagemaker.status = status
    answer = kit("tune", rows, "--no-drop", "--classifier", "tone")
    assert answer.status == 0, answer.errors
    assert f"kit drop '{rows}' --to train --classifier tone -p dropout=0.51234 -p batch_size=64" in answer.output
    assert f"ended early (its status is {status}): 2 trainings had been done" in answer.errors
