"""tear_down: what a stack made at run time is ended before the stack's deletion goes on.

S3, EventBridge, Lambda, logs, CloudFormation and SageMaker's hosting are moto's. Batch, CodeBuild and training jobs are
pretended, for they have to end by and by.
"""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from tear_down_account import TAGS, Account, Work, host

from contract.custom_resources import MAX_REASON_CHARS
from contract.deployment import TRAINING_LOGS
from contract.function_environments import TearDownEnvironment
from contract.scaling import Scaling
from contract.tags import stage_tags


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_nothing_happens_before_the_end(account: Account, kind: str) -> None:
    """Creation and updates are answered, with a name that stays, and no service is asked anything."""
    answer = account.request(kind)
    assert (answer["Status"], answer["PhysicalResourceId"], answer["RequestId"]) == ("SUCCESS", "Step", "request-1")
    assert account.calls == []


def test_the_order_is_silence_jobs_traces_buckets(furnished: Account) -> None:
    """Nothing new can start before jobs are stopped; what they may still write is deleted only after they have ended."""
    furnished.batch = [Work("tck-dev-a", "RUNNING")]
    furnished.trainings = [Work("tck-dev-b", "InProgress")]
    furnished.builds = [Work("builder:1", "IN_PROGRESS")]
    boto3.client("logs").create_log_stream(logGroupName=TRAINING_LOGS, logStreamName="tck-dev-b/algo-1")
    boto3.client("s3").put_object(Bucket="train", Key="a.csv", Body=b"a")
    furnished.calls.clear()
    assert furnished.request("Delete")["Status"] == "SUCCESS"
    assert list(dict.fromkeys(furnished.calls)) == [
        "DisableRule",
        "PutFunctionConcurrency",
        "TerminateJob",
        "StopTrainingJob",
        "StopBuild",
        "DeleteLogStream",
        "PutBucketPolicy",
        "DeleteObjects",
    ]
    assert {rule["State"] for rule in boto3.client("events").list_rules()["Rules"]} == {"DISABLED"}
    assert boto3.client("lambda").get_function_concurrency(FunctionName="starter")["ReservedConcurrentExecutions"] == 0
    assert [work.status for work in (*furnished.batch, *furnished.trainings, *furnished.builds)] == ["FAILED", "Stopped", "STOPPED"]


def test_tunings_start_no_more_trainings_and_are_forgotten(furnished: Account) -> None:
    """One under way is stopped before its trainings, for it would start others; ended ones go, too, and nobody else's."""
    furnished.trainings = [Work("tck-dev-tune-1-003", "InProgress")]
    furnished.tunings = [Work("tck-dev-tune-1", "InProgress"), Work("tck-dev-tune-0", "Completed"), Work("tck-dev-theirs", "Completed", {})]
    assert furnished.request("Delete")["Status"] == "SUCCESS"
    assert furnished.calls.index("StopHyperParameterTuningJob") < furnished.calls.index("StopTrainingJob")
    assert [job.name for job in furnished.tunings] == ["tck-dev-theirs"]


def test_labelling_jobs_ask_nobody_any_more(furnished: Account) -> None:
    """Those of Ground Truth that run or are prepared are stopped and awaited; another's, and what has ended, is left alone."""
    furnished.labellings = [
        Work("tck-dev-label-main-a", "InProgress"),
        Work("tck-dev-label-main-b", "Initializing"),
        Work("tck-dev-label-main-c", "Completed"),
        Work("tck-dev-theirs", "InProgress", {}),
    ]
    environment = TearDownEnvironment(stage="dev", has_labelling_jobs=True)
    assert furnished.request("Delete", environment)["Status"] == "SUCCESS"
    assert [job.status for job in furnished.labellings] == ["Stopped", "Stopped", "Completed", "InProgress"]


def test_jobs_in_every_state_are_stopped_and_awaited(furnished: Account) -> None:
    """Those that wait for a host or for another job too; each is asked once, however long it takes to end."""
    states = ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING")
    furnished.batch = [Work(f"tck-dev-{state}", state, looks_until_stopped=number) for number, state in enumerate(states)]
    assert furnished.request("Delete")["Status"] == "SUCCESS"
    assert {job.status for job in furnished.batch} == {"FAILED"}
    assert furnished.calls.count("TerminateJob") == len(states)


def test_a_job_that_was_just_being_started_is_found(furnished: Account) -> None:
    """A function at work when it was switched off may submit its job after the first look."""
    furnished.on_sleep = [lambda: furnished.batch.append(Work("tck-dev-late", "SUBMITTED"))]
    assert furnished.request("Delete")["Status"] == "SUCCESS"
    assert [job.status for job in furnished.batch] == ["FAILED"]


def test_an_invocation_may_start_its_job_in_its_last_second(furnished: Account) -> None:
    """The step looks until no invocation from before the silence can be at work, and stops what the last of them started."""
    furnished.on_sleep = [lambda: None] * 29 + [lambda: furnished.trainings.append(Work("tck-dev-late", "InProgress"))]
    environment = TearDownEnvironment(stage="dev", functions="starter", has_trainings=True, settling_seconds=90)
    assert furnished.request("Delete", environment)["Status"] == "SUCCESS"
    assert [job.status for job in furnished.trainings] == ["Stopped"]
    assert 900 - furnished.seconds_left < 120  # and not for ever


def test_what_has_not_the_stages_name_and_tags_is_left_alone(furnished: Account) -> None:
    """Neither the tags of another stage, nor a name alone, nor tags alone make anything this stage's."""
    strangers = [("tck-dev-a", {}), ("tck-dev-b", stage_tags("prod")), ("mine-tck-dev-c", TAGS)]
    furnished.batch = [Work(name, "RUNNING", tags) for name, tags in strangers]
    furnished.trainings = [Work(name, "InProgress", tags) for name, tags in strangers]
    sagemaker = boto3.client("sagemaker")
    for name in ("tck-dev-theirs", "ours"):
        host(sagemaker, name)
    boto3.client("logs").create_log_stream(logGroupName=TRAINING_LOGS, logStreamName="another/tck-dev-")
    furnished.calls.clear()
    assert furnished.request("Delete")["Status"] == "SUCCESS"
    assert {"TerminateJob", "StopTrainingJob", "DeleteEndpoint", "DeleteModel", "DeleteLogStream"} & {*furnished.calls} == set()
    assert len(sagemaker.list_endpoints()["Endpoints"]) == len(sagemaker.list_endpoint_configs()["EndpointConfigs"]) == 2


def test_a_training_that_ends_at_that_moment_is_no_failure(furnished: Account) -> None:
    """SageMaker refuses to stop what has ended between the two calls."""
    furnished.trainings = [Work("tck-dev-a", "InProgress")]
    furnished.faults = {"StopTrainingJob": "ValidationException"}
    furnished.on_sleep = [lambda: setattr(furnished.trainings[0], "status", "Completed")]
    assert furnished.request("Delete")["Status"] == "SUCCESS"


def test_when_the_time_is_up_the_answer_says_what_is_left(furnished: Account) -> None:
    """Before Lambda ends the function CloudFormation hears which jobs have not ended, and what to do; buckets are untouched."""
    furnished.batch = [Work(f"tck-dev-{number}", "RUNNING", looks_until_stopped=10_000) for number in range(7)]
    answer = furnished.request("Delete")
    assert answer["Status"] == "FAILED"
    assert answer["Reason"] == (
        "Jobs have not ended yet (tck-dev-0, tck-dev-1, tck-dev-2, tck-dev-3, tck-dev-4 and 2 more), and the time is up."
        " Delete the stack again: it goes on where it stopped."
    )
    assert furnished.seconds_left > 30  # which the answer itself may take
    assert "PutBucketPolicy" not in furnished.calls


def test_an_unforeseen_error_is_answered(furnished: Account) -> None:
    """The stack does not wait an hour for nothing: the reason comes at once, cut to what an answer may hold."""
    furnished.faults = {"TerminateJob": "ServerException"}
    furnished.batch = [Work("tck-dev-a", "RUNNING")]
    answer = furnished.request("Delete")
    assert answer["Status"] == "FAILED"
    assert "ServerException" in answer["Reason"]
    assert "Delete the stack again" in answer["Reason"]
    furnished.faults = {"TerminateJob": "E" * 5000}
    assert len(furnished.request("Delete")["Reason"]) == MAX_REASON_CHARS


def test_everything_may_be_gone_already(account: Account) -> None:
    """Rules, functions, queue, project, log group and buckets that somebody deleted by hand are no reason to fail."""
    account.has_queue = account.has_project = False
    assert account.request("Delete")["Status"] == "SUCCESS"


def test_a_second_delete_finds_nothing_to_do(furnished: Account) -> None:
    """CloudFormation may send a request twice, and people repeat a deletion that failed."""
    furnished.batch = [Work("tck-dev-a", "RUNNING")]
    boto3.client("s3").put_object(Bucket="train", Key="a.csv", Body=b"a")
    assert furnished.request("Delete")["Status"] == "SUCCESS"
    furnished.calls.clear()
    assert furnished.request("Delete")["Status"] == "SUCCESS"
    assert {"TerminateJob", "DeleteObjects"} & {*furnished.calls} == set()
    statements = json.loads(boto3.client("s3").get_bucket_policy(Bucket="train")["Policy"])["Statement"]
    assert len(statements) == 1


@pytest.mark.parametrize("status", ["UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS"])
def test_an_update_that_drops_the_step_destroys_nothing(furnished: Account, status: str) -> None:
    """CloudFormation sends Delete also when a template no longer has the step, while the stack and its data live on."""
    furnished.stack_status = status
    furnished.batch = [Work("tck-dev-a", "RUNNING")]
    assert furnished.request("Delete")["Status"] == "SUCCESS"
    assert furnished.calls == []


def test_a_stack_that_keeps_its_data_stops_its_jobs_only(furnished: Account) -> None:
    """As in prod: no bucket is named and no log deleted, but nothing runs on at somebody's expense."""
    furnished.trainings = [Work("tck-dev-a", "InProgress")]
    boto3.client("logs").create_log_stream(logGroupName=TRAINING_LOGS, logStreamName="tck-dev-a/algo-1")
    boto3.client("s3").put_object(Bucket="train", Key="a.csv", Body=b"a")
    host(boto3.client("sagemaker"), "tck-dev-ours")
    environment = TearDownEnvironment(stage="dev", has_trainings=True, has_endpoints=True)
    assert furnished.request("Delete", environment)["Status"] == "SUCCESS"
    assert furnished.trainings[0].status == "Stopped"
    assert boto3.client("sagemaker").list_endpoints()["Endpoints"] == []
    assert len(boto3.client("logs").describe_log_streams(logGroupName=TRAINING_LOGS)["logStreams"]) == 1
    assert "Contents" in boto3.client("s3").list_objects_v2(Bucket="train")


def test_endpoints_go_before_what_they_are_made_of(furnished: Account) -> None:
    """One that is being made is awaited, for it cannot be deleted before; its scaling, alarm and log group go too."""
    sagemaker, logs = boto3.client("sagemaker"), boto3.client("logs")
    host(sagemaker, "tck-dev-ours")
    logs.create_log_group(logGroupName="/aws/sagemaker/Endpoints/tck-dev-ours")
    logs.create_log_group(logGroupName="/aws/sagemaker/Endpoints/another")
    states = iter(["Creating", "Creating", "InService", "Deleting"])
    furnished._ListEndpoints = lambda client, given: {  # type: ignore[attr-defined]  # looked up by name
        "Endpoints": [
            {"EndpointName": "tck-dev-ours", "EndpointArn": "arn:aws:sagemaker:r:1:endpoint/tck-dev-ours", "EndpointStatus": status}
            for status in [next(states, None)]
            if status
        ]
    }
    autoscaling = boto3.client("application-autoscaling")
    _register(autoscaling, "tck-dev-ours")
    furnished.calls.clear()
    assert furnished.request("Delete")["Status"] == "SUCCESS"
    assert autoscaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"] == []
    assert [name for name in furnished.calls if name.startswith("Delete")] == [
        "DeleteEndpoint",
        "DeleteAlarms",
        "DeleteEndpointConfig",
        "DeleteModel",
        "DeleteLogGroup",
    ]
    assert sagemaker.list_models()["Models"] == sagemaker.list_endpoint_configs()["EndpointConfigs"] == []
    assert [group["logGroupName"] for group in logs.describe_log_groups(logGroupNamePrefix="/aws/sagemaker/E")["logGroups"]] == [
        "/aws/sagemaker/Endpoints/another"
    ]


def test_what_scaled_an_endpoint_that_was_deleted_by_hand_goes_too(furnished: Account) -> None:
    """Its registration and its alarm are the stage's by their names; another's stays."""
    autoscaling, cloudwatch = boto3.client("application-autoscaling"), boto3.client("cloudwatch")
    for name in ("tck-dev-ours", "another"):
        host(boto3.client("sagemaker"), name)
        _register(autoscaling, name)
        Scaling(autoscaling, cloudwatch).watch(name, TAGS)
        boto3.client("sagemaker").delete_endpoint(EndpointName=name)
    assert furnished.request("Delete")["Status"] == "SUCCESS"
    targets = autoscaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    assert [target["ResourceId"] for target in targets] == ["endpoint/another/variant/all"]
    assert [alarm["AlarmName"] for alarm in cloudwatch.describe_alarms()["MetricAlarms"]] == ["another-errors"]


def _register(autoscaling: Any, endpoint: str) -> None:
    autoscaling.register_scalable_target(
        ServiceNamespace="sagemaker",
        ResourceId=f"endpoint/{endpoint}/variant/all",
        ScalableDimension="sagemaker:variant:DesiredInstanceCount",
        MinCapacity=1,
        MaxCapacity=2,
    )


def test_a_broken_environment_is_answered(account: Account) -> None:
    """Even then the stack does not wait."""
    account.monkeypatch.setenv("HAS_SAGEMAKER", "perhaps")
    with account.monkeypatch.context() as patch:
        patch.setattr(TearDownEnvironment, "to_env", lambda self: {})
        answer = account.request("Delete")
    assert answer["Status"] == "FAILED"
    assert "STAGE is missing" in answer["Reason"]
