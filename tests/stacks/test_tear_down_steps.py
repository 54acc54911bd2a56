"""The step in each stack that ends what was made at run time: when it is called, and what it is told."""

from __future__ import annotations

import json
from typing import Any

from assemblies import Assembly, Resource
from template_policies import listed

from contract.function_environments import TearDownEnvironment


def with_step(assembly: Assembly) -> list[str]:
    """The stacks that have the step: all but Monitoring, which makes nothing at run time."""
    return [stack for stack in assembly.stacks if stack != "Monitoring"]


def environment(assembly: Assembly, stack: str) -> dict[str, Any]:
    """The variables of a stack's step."""
    variables: dict[str, Any] = assembly.only("AWS::Lambda::Function", stack, "TearDown").properties["Environment"]["Variables"]
    assert {*variables} == {name.upper() for name in TearDownEnvironment.names()}
    return variables


def named(variable: Any) -> set[str]:
    """The logical ids to whose names a variable refers."""
    return {word.split('"')[0] for word in json.dumps(variable).split('{"Ref": "')[1:]}


def is_custom(resource: Resource) -> bool:
    """Whether a function of the stack answers for the resource."""
    return resource.kind.startswith("Custom::") or resource.kind == "AWS::CloudFormation::CustomResource"


def test_the_step_is_deleted_before_everything_else(assembly: Assembly) -> None:
    """It depends on every other resource of its stack, so that CloudFormation calls it while all of them are still there."""
    for stack in with_step(assembly):
        step = assembly.only("Custom::TearDown", stack)
        others = {resource.logical_id for resource in assembly.resources(stack=stack) if resource.kind != "AWS::CDK::Metadata"}
        assert {*listed(step.body["DependsOn"])} == others - {step.logical_id}


def test_the_step_silences_all_that_starts_work_in_its_stack(assembly: Assembly) -> None:
    """Each rule and each function of the stack is named to it, but for those whose answer CloudFormation still needs."""

    def logical_ids(kind: str, stack: str) -> set[str]:
        return {resource.logical_id for resource in assembly.resources(kind, stack)}

    for stack in with_step(assembly):
        tokens = [resource.properties["ServiceToken"] for resource in assembly.resources(stack=stack) if is_custom(resource)]
        answering = {token["Fn::GetAtt"][0] for token in tokens}
        variables = environment(assembly, stack)
        assert named(variables["RULES"]) == logical_ids("AWS::Events::Rule", stack)
        assert named(variables["FUNCTIONS"]) == logical_ids("AWS::Lambda::Function", stack) - answering


def test_some_function_must_go_on_answering(assembly: Assembly) -> None:
    """The test above looks at something: the images are custom resources, and are deleted after the step of their stack."""
    assert {resource.kind for resource in assembly.resources(stack="Registry") if is_custom(resource)} == {
        "Custom::TearDown",
        "Custom::ContainerImage",
    }
    assert environment(assembly, "Registry")["FUNCTIONS"] == ""


def test_each_kind_of_work_is_ended_by_the_stack_that_runs_it(assembly: Assembly) -> None:
    """Jobs of the queue by Prediction, builds by Registry, what SageMaker runs by Training, and what it hosts by Realtime."""
    variables = {stack: environment(assembly, stack) for stack in with_step(assembly)}
    queue = assembly.only("AWS::Batch::JobQueue").logical_id
    assert variables["Prediction"]["JOB_QUEUE"] == {"Fn::GetAtt": [queue, "JobQueueArn"]}
    assert named(variables["Registry"]["BUILD_PROJECT"]) == {assembly.only("AWS::CodeBuild::Project").logical_id}
    assert [stack for stack in variables if variables[stack]["HAS_TRAININGS"] == "true"] == ["Training"]
    assert [stack for stack in variables if variables[stack]["HAS_ENDPOINTS"] == "true"] == ["Realtime"]
    labelling = [stack for stack in variables if variables[stack]["HAS_LABELLING_JOBS"] == "true"]
    assert labelling == (["Labeling"] if "LabelingRole" in str(assembly.templates.get("Labeling")) else [])
    assert {variables[stack]["STAGE"] for stack in variables} == {assembly.stage}


def test_what_is_emptied_is_what_goes_with_its_stack(dev: Assembly, prod: Assembly) -> None:
    """All buckets, and SageMaker's logs, in dev; none where the settings keep data."""
    buckets = {bucket.logical_id for bucket in dev.resources("AWS::S3::Bucket", "Storage")}  # the page's is emptied by who fills it
    assert named(environment(dev, "Storage")["BUCKETS"]) == buckets
    assert environment(dev, "Training")["IS_LOG_DELETED"] == "true"
    assert {environment(prod, stack)["BUCKETS"] for stack in with_step(prod)} == {""}
    assert {environment(prod, stack)["IS_LOG_DELETED"] for stack in with_step(prod)} == {"false"}


def test_an_answer_comes_before_patience_ends(assembly: Assembly) -> None:
    """CloudFormation waits longer than the function may run, and minutes instead of its usual hour."""
    for stack in with_step(assembly):
        timeout = assembly.only("AWS::Lambda::Function", stack, "TearDown").properties["Timeout"]
        patience = int(assembly.only("Custom::TearDown", stack).properties["ServiceTimeout"])
        assert 600 <= timeout < patience <= 1800


def test_a_step_outlasts_what_its_functions_had_begun(assembly: Assembly) -> None:
    """Where functions are silenced it looks for jobs longer than any of their invocations may go on, and has the time for it."""
    for stack in ("Training", "Prediction"):
        settling = float(environment(assembly, stack)["SETTLING_SECONDS"])
        others = [function for function in assembly.resources("AWS::Lambda::Function", stack) if "TearDown" not in function.logical_id]
        step = assembly.only("AWS::Lambda::Function", stack, "TearDown").properties["Timeout"]
        assert max(function.properties["Timeout"] for function in others) < settling < step / 4
    assert {float(environment(assembly, stack)["SETTLING_SECONDS"]) for stack in ("Storage", "Registry")} == {0}


def test_no_function_but_the_kits_own_is_deployed(assembly: Assembly) -> None:
    """Helper functions of CDK would bring wide rights, and log groups that outlive their stack."""

    def is_own(function: Resource) -> bool:
        return (assembly.asset_folder(function) / "contract" / "environment.py").is_file()

    assert [function.logical_id for function in assembly.resources("AWS::Lambda::Function") if not is_own(function)] == []
