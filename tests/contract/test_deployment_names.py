"""Names of stacks, run-time objects and outputs."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.deployment import (
    Deployment,
    Function,
    Run,
    Step,
    dead_letters_name,
    function_name,
    is_step,
    output_name,
    run_of,
    run_time_name,
    stack_name,
)
from contract.errors import UserError
from contract.records import JobKind, make_job_id

LONGEST_STAGE = "production-eu"
TRAINING_JOB_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")  # SageMaker's


@given(st.sampled_from(JobKind), st.text(max_size=60), st.text(max_size=10))
def test_every_job_has_a_name_that_sagemaker_and_batch_take(kind: JobKind, key: str, version: str) -> None:
    """Whatever a file is called, in any script: at most 63 characters of the allowed ones, also for a long stage."""
    job_id = make_job_id(kind, "bucket", key.encode("utf-8", "replace").decode(), version.encode("utf-8", "replace").decode())
    assert len(job_id) <= 45
    name = run_time_name(LONGEST_STAGE, job_id)
    assert TRAINING_JOB_NAME.fullmatch(name)
    assert run_of(LONGEST_STAGE, name) == Run(job_id, 1)


@pytest.mark.parametrize("step", Step)
def test_a_step_has_a_name_of_its_own_and_the_job_id_of_its_job(step: Step) -> None:
    """All Batch jobs of a prediction lead to its record, and the last one is told from those before it."""
    job_id = make_job_id(JobKind.PREDICT, "bucket", "plan_shards.csv", "v1")
    name, step_name = run_time_name("dev", job_id), run_time_name("dev", job_id, step)
    assert run_of("dev", step_name) == run_of("dev", name) == Run(job_id, 1)
    assert (is_step(step_name), is_step(name)) == (True, False)
    assert len(step_name) <= 128  # Batch's limit


@given(st.sampled_from(JobKind), st.text(max_size=60), st.integers(1, 999))
def test_a_run_is_told_by_every_name_that_it_makes(kind: JobKind, key: str, number: int) -> None:
    """From a retried job's name the job and the run are read again, whatever the file is called, and SageMaker takes it."""
    run = Run(make_job_id(kind, "bucket", key.encode("utf-8", "replace").decode(), "v"), number)
    name = run_time_name("prod", run.id)
    assert run_of("prod", name) == run_of("prod", run_time_name("prod", run.id, Step.PLAN)) == run
    assert TRAINING_JOB_NAME.fullmatch(name)


def test_functions_and_their_queues_have_names_that_aws_takes() -> None:
    """Names are known without asking the deployment, and are as long as Lambda and SQS allow."""
    assert function_name("dev", Function.START_TRAINING) == "tck-dev-start-training"
    assert dead_letters_name("dev", "start_training") == "tck-dev-start-training-dead-letters"
    assert all(len(function_name(LONGEST_STAGE, function)) <= 64 for function in Function)
    assert all(len(dead_letters_name(LONGEST_STAGE, function)) <= 80 for function in Function)


def test_a_job_id_is_one_for_each_object_version() -> None:
    """The same version always has the same id; another bucket, key, version or kind has another."""
    ids = [
        make_job_id(JobKind.TRAIN, "b", "claims.csv", "v1"),
        make_job_id(JobKind.TRAIN, "b", "claims.csv", "v2"),
        make_job_id(JobKind.TRAIN, "c", "claims.csv", "v1"),
        make_job_id(JobKind.TRAIN, "b", "march/claims.csv", "v1"),
        make_job_id(JobKind.PREDICT, "b", "claims.csv", "v1"),
    ]
    assert len(set(ids)) == len(ids)
    assert make_job_id(JobKind.TRAIN, "b", "claims.csv", "v1") == ids[0]
    assert ids[0].startswith("train-claims-")


@pytest.mark.parametrize(
    ("key", "slug"), [("Größe & Maß.csv", "gr-e-ma"), ("a/b/März 2026.csv", "m-rz-2026"), ("文.csv", "file"), (".csv", "file")]
)
def test_a_job_id_shows_the_files_name(key: str, slug: str) -> None:
    """People recognise their file in lists, and a name without any plain letter still gives an id."""
    assert re.fullmatch(rf"train-{slug}-[0-9a-f]{{12}}", make_job_id(JobKind.TRAIN, "b", key, "v"))


@pytest.mark.parametrize("name", ["other-dev-train-x", "tck-prod-train-x", "tck-devtrain-x", "tck-dev"])
def test_names_of_others_have_no_job_id(name: str) -> None:
    """Jobs of another stage or another product are not ours."""
    assert run_of("dev", name) is None


def test_outputs_round_trip() -> None:
    """What the stacks put out is what the kit finds."""
    outputs = {output_name(name): f"value of {name}" for name in Deployment.names()}
    deployment = Deployment.from_outputs({**outputs, "Unrelated": "x"})
    assert all(getattr(deployment, name) == f"value of {name}" for name in Deployment.names())
    assert len(outputs) == len(Deployment.names())
    assert output_name("training_usd_per_hour") == "TrainingUsdPerHour"


def test_a_deployment_that_lacks_outputs_names_all_of_them() -> None:
    """A half-finished deployment is told apart from a broken kit, with the remedy."""
    outputs = {output_name(name): "x" for name in Deployment.names() if name not in ("topic_arn", "job_queue_arn")}
    with pytest.raises(UserError, match=r"lacks the outputs TopicArn, JobQueueArn\. Deploy all stacks again"):
        Deployment.from_outputs(outputs)


def test_every_output_belongs_to_one_stack() -> None:
    """The stacks' outputs, taken together, are the deployment."""
    assert sorted(name for stack in Deployment.stacks() for name in Deployment.outputs_of(stack)) == sorted(Deployment.names())
    assert stack_name("dev", "storage") == "tck-dev-storage"
