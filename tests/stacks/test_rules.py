"""Which events wake which function."""

from __future__ import annotations

from typing import Any

import pytest
from assemblies import Assembly, Resource
from event_matching import matches
from template_policies import readable, without_hash

from contract.deployment import TrainingStep, run_time_name, training_step_name
from contract.events import BATCH_STATE_CHANGE, ENDPOINT_STATE_CHANGE, OBJECT_CREATED, TRAINING_STATE_CHANGE, ModelPublished
from contract.layout import RESERVED_TRAIN_PREFIXES
from stacks.settings import Settings


def resolved(value: Any, stage: str) -> Any:
    """A pattern with references in words: `<Train>`, `<Queue.JobQueueArn>`."""
    if isinstance(value, dict):
        if len(value) == 1 and next(iter(value)) in ("Ref", "Fn::GetAtt", "Fn::ImportValue"):
            return readable(value, stage)
        return {name: resolved(entry, stage) for name, entry in value.items()}
    return [resolved(entry, stage) for entry in value] if isinstance(value, list) else value


def woken(assembly: Assembly, event: dict[str, Any]) -> list[str]:
    """The functions that an event wakes, by their constructs."""
    found = []
    for rule in assembly.resources("AWS::Events::Rule"):
        if matches(resolved(rule.properties.get("EventPattern", {"source": []}), assembly.stage), event):
            found += [without_hash(target["Arn"]["Fn::GetAtt"][0]).removesuffix("Function") for target in rule.properties["Targets"]]
    return found


def dropped(bucket: str, key: str) -> dict[str, Any]:
    """S3's event for an object."""
    thing = {"key": key, "size": 5, "etag": "e", "version-id": "v", "sequencer": "0A"}
    return {"source": "aws.s3", "detail-type": OBJECT_CREATED, "detail": {"version": "0", "bucket": {"name": bucket}, "object": thing}}


@pytest.mark.parametrize(
    "key", ["train.csv", "march/claims (2).CSV", "classifiers/tone/é.csv.gz", "report.xlsx", "unlabelled.csv", "_work/x.csv"]
)
def test_a_labelled_file_starts_a_training(assembly: Assembly, key: str) -> None:
    """Every name does, also one with an unknown suffix: the function refuses it in a sentence."""
    assert woken(assembly, dropped("<Train>", key)) == ["StartTraining"]


@pytest.mark.parametrize("prefix", RESERVED_TRAIN_PREFIXES)
def test_reserved_prefixes_start_no_training(assembly: Assembly, prefix: str) -> None:
    """What lies there is not a training set."""
    assert woken(assembly, dropped("<Train>", f"{prefix}a.csv")) == []


@pytest.mark.parametrize("key", ["claims.csv", "corrections/claims.csv", "a b/+.TSV", "picture.png", "_work/x.csv"])
def test_a_file_to_classify_starts_a_prediction(assembly: Assembly, key: str) -> None:
    """Every name does."""
    assert woken(assembly, dropped("<Predict>", key)) == ["StartPrediction"]


def test_the_kits_own_work_starts_nothing(assembly: Assembly) -> None:
    """Neither results nor models wake anybody."""
    assert woken(assembly, dropped("<Results>", "claims.csv/claims_results.csv")) == []
    assert woken(assembly, dropped("<Models>", "models/x/evaluation.json")) == []
    assert woken(assembly, dropped("somebody-elses-bucket", "claims.csv")) == []


@pytest.mark.parametrize(
    ("status", "expected"),
    [("Completed", ["PublishModel"]), ("Failed", ["PublishModel"]), ("Stopped", ["PublishModel"]), ("InProgress", [])],
)
def test_the_end_of_a_training_wakes_the_gate(assembly: Assembly, status: str, expected: list[str]) -> None:
    """Every way to end does, a step in between does not."""
    detail = {"TrainingJobName": run_time_name(assembly.stage, "train-claims-0123456789ab"), "TrainingJobStatus": status}
    assert woken(assembly, {"source": "aws.sagemaker", "detail-type": TRAINING_STATE_CHANGE, "detail": detail}) == expected


@pytest.mark.parametrize("step", TrainingStep)
@pytest.mark.parametrize(
    ("status", "expected"), [("Completed", {"StartTraining", "PublishModel"}), ("Failed", {"PublishModel"}), ("InProgress", set())]
)
def test_the_end_of_a_step_wakes_who_starts_the_next(assembly: Assembly, step: TrainingStep, status: str, expected: set[str]) -> None:
    """What went wrong is told by the gate's function, which also hears of a good end and leaves it to the other."""
    name = training_step_name(run_time_name(assembly.stage, "train-claims-0123456789ab"), step)
    detail = {"TrainingJobName": name, "TrainingJobStatus": status}
    assert set(woken(assembly, {"source": "aws.sagemaker", "detail-type": TRAINING_STATE_CHANGE, "detail": detail})) == expected


def test_trainings_of_others_wake_nobody(assembly: Assembly) -> None:
    """Another stage's job, or a stranger's, is not ours."""
    others = run_time_name("dev" if assembly.stage == "prod" else "prod", "train-x")
    for name in (others, f"{others}-prepare", "somebody-elses-job-prepare"):
        detail = {"TrainingJobName": name, "TrainingJobStatus": "Completed"}
        assert woken(assembly, {"source": "aws.sagemaker", "detail-type": TRAINING_STATE_CHANGE, "detail": detail}) == []


def test_a_published_model_runs_what_waited(assembly: Assembly) -> None:
    """The kit's own event wakes those of its stage who work with models, and not those of another stage."""

    def event(stage: str) -> dict[str, Any]:
        published = ModelPublished(stage, "main", 1, "s3://models/m.tar.gz")
        return {"source": published.to_entry()["Source"], "detail-type": published.to_entry()["DetailType"], "detail": vars(published)}

    assert woken(assembly, event(assembly.stage)) == ["StartPrediction", "DeployModel"]
    assert woken(assembly, event("another")) == []


@pytest.mark.parametrize(("name", "expected"), [("tck-{}-main", ["DeployModel"]), ("another-{}-main", [])])
def test_every_state_of_an_endpoint_is_looked_at(assembly: Assembly, name: str, expected: list[str]) -> None:
    """Of the stage's own endpoints: what its end leads to depends on what should be, not on the state."""
    event = {"source": "aws.sagemaker", "detail-type": ENDPOINT_STATE_CHANGE, "detail": {"EndpointName": name.format(assembly.stage)}}
    assert woken(assembly, event) == expected


@pytest.mark.parametrize(("status", "expected"), [("SUCCEEDED", ["ReportPrediction"]), ("FAILED", ["ReportPrediction"]), ("RUNNING", [])])
def test_the_end_of_a_prediction_job_is_reported(assembly: Assembly, status: str, expected: list[str]) -> None:
    """Both ends of a job of our queue are, no step in between, and no job of another queue."""
    detail = {"jobQueue": "<Queue.JobQueueArn>", "status": status}
    assert woken(assembly, {"source": "aws.batch", "detail-type": BATCH_STATE_CHANGE, "detail": detail}) == expected
    assert woken(assembly, {"source": "aws.batch", "detail-type": BATCH_STATE_CHANGE, "detail": detail | {"jobQueue": "other"}}) == []


def test_jobs_that_never_start_and_ends_that_nobody_heard_are_looked_for_by_the_hour(assembly: Assembly) -> None:
    """Four functions are woken without an event; that of the predictions knows the queue and the limit of the settings."""
    scheduled = [rule for rule in assembly.resources("AWS::Events::Rule") if "ScheduleExpression" in rule.properties]
    rules = [rule for rule in scheduled if rule.stack != "Labeling"]  # posts come as often as the settings say
    assert {rule.properties["ScheduleExpression"] for rule in rules} == {"rate(1 hour)"}
    woken_rules = {without_hash(target["Arn"]["Fn::GetAtt"][0]): rule for rule in rules for target in rule.properties["Targets"]}
    assert set(woken_rules) == {"StartTrainingFunction", "PublishModelFunction", "ReportPredictionFunction", "DeployModelFunction"}
    rule = woken_rules["ReportPredictionFunction"]
    variables = assembly.only("AWS::Lambda::Function", rule.stack, "ReportPredictionFunction").properties["Environment"]["Variables"]
    assert readable(variables["JOB_QUEUE"], assembly.stage) == "<Queue.JobQueueArn>"
    assert int(variables["RUNNABLE_LIMIT_SECONDS"]) == 60 * Settings.of(assembly.stage).runnable_limit_minutes


@pytest.mark.parametrize("status", ["SUCCEEDED", "FAILED", "FAULT", "STOPPED", "TIMED_OUT"])
def test_every_end_of_a_build_is_answered(assembly: Assembly, status: str) -> None:
    """However a build ends, the deployment that waits for it hears of it."""
    event = {
        "source": "aws.codebuild",
        "detail-type": "CodeBuild Build State Change",
        "detail": {"project-name": "<BuilderProject>", "build-status": status},
    }
    assert woken(assembly, event) == ["BuilderStarter"]


def _rules(assembly: Assembly) -> list[Resource]:
    return list(assembly.resources("AWS::Events::Rule"))


def test_what_cannot_be_delivered_is_kept(assembly: Assembly) -> None:
    """Every rule retries for a day and then puts the event into the dead-letter queue of its function, in its own stack."""
    for rule in _rules(assembly):
        (target,) = rule.properties["Targets"]
        function = next(entry for entry in assembly.resources(stack=rule.stack) if entry.logical_id == target["Arn"]["Fn::GetAtt"][0])
        assert target["DeadLetterConfig"]["Arn"] == function.properties["DeadLetterConfig"]["TargetArn"]
        assert target["RetryPolicy"]["MaximumEventAgeInSeconds"] == 24 * 3600


def test_every_rule_may_call_its_function(assembly: Assembly) -> None:
    """Each rule has the permission for its target, bound to the rule's own ARN."""
    permitted = {
        (entry.properties["SourceArn"]["Fn::GetAtt"][0], entry.properties["FunctionName"]["Fn::GetAtt"][0])
        for entry in assembly.resources("AWS::Lambda::Permission")
        if entry.properties["Principal"] == "events.amazonaws.com"
    }
    assert permitted == {
        (rule.logical_id, target["Arn"]["Fn::GetAtt"][0]) for rule in _rules(assembly) for target in rule.properties["Targets"]
    }
