"""A stack is being deleted: end what it made at run time, before CloudFormation deletes what it declared.

Nothing new may start, then what runs is stopped, then what is left of it is deleted, and the buckets are emptied last.
Every step may be repeated, and finds without complaint that something is gone already.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import boto3
from buckets import empty_bucket
from deadline import Deadline
from hosting import delete_hosting
from jobs import LABELLING, Builds, Jobs, QueuedJobs, SageMakerJobs, stop_all
from silence import silence
from traces import delete_endpoint_logs, delete_training_logs
from tunings import delete_tunings

from contract.custom_resources import ECHOED, answer
from contract.errors import PlatformError
from contract.function_environments import TearDownEnvironment

DONE = "Nothing that was made at run time is left."

logging.getLogger().setLevel(logging.INFO)
log = logging.getLogger("tear_down")


def handle(event: Mapping[str, Any], context: Any) -> None:
    """Lambda's entry point: the request of a custom resource, of which only Delete has something to do."""
    fields = {name: event.get(name, "") for name in ECHOED}
    fields["PhysicalResourceId"] = fields["PhysicalResourceId"] or fields["LogicalResourceId"]
    problem = ""
    if event["RequestType"] == "Delete":
        try:
            tear_down(TearDownEnvironment.from_env(), fields["StackId"], Deadline(context.get_remaining_time_in_millis))
        except PlatformError as error:
            problem = str(error)
        except Exception as error:  # answered and not raised: the stack would wait for an answer that never comes
            log.exception("the tear-down failed")
            problem = f"The tear-down of this stack failed: {error}. Delete the stack again; what is done already stays done."
    answer(fields, problem, done=DONE)


def tear_down(environment: TearDownEnvironment, stack_id: str, deadline: Deadline) -> None:
    """End everything of the stack that the environment names. Raises PlatformError when that takes too long."""
    if is_being_updated(stack_id):
        log.warning("the step itself is being replaced or taken away, the stack lives: nothing is done")
        return
    silence(rules=environment.listed(environment.rules), functions=environment.listed(environment.functions))
    stop_all(_jobs(environment), deadline, settling_seconds=environment.settling_seconds)
    if environment.has_trainings:
        delete_tunings(environment.stage)
    if environment.has_endpoints:
        delete_hosting(environment.stage, deadline)
    if environment.is_log_deleted and environment.has_trainings:
        delete_training_logs(environment.stage)
    if environment.is_log_deleted and environment.has_endpoints:
        delete_endpoint_logs(environment.stage)
    for bucket in environment.listed(environment.buckets):
        empty_bucket(bucket, deadline)


def is_being_updated(stack_id: str) -> bool:
    """Whether the Delete comes from an update that no longer has this step, and not from the end of the stack."""
    (stack,) = boto3.client("cloudformation").describe_stacks(StackName=stack_id)["Stacks"]
    return str(stack["StackStatus"]).startswith("UPDATE_")


def _jobs(environment: TearDownEnvironment) -> list[Jobs]:
    kinds: list[Jobs] = []
    if environment.job_queue:
        kinds.append(QueuedJobs(environment.job_queue, environment.stage))
    if environment.has_trainings:
        kinds += [SageMakerJobs(kind, environment.stage) for kind in ("HyperParameterTuningJob", "TrainingJob")]  # those would start these
    if environment.has_labelling_jobs:
        kinds.append(SageMakerJobs(LABELLING, environment.stage))
    if environment.build_project:
        kinds.append(Builds(environment.build_project))
    return kinds
