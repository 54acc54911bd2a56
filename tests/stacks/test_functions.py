"""The Lambdas as the stacks declare them."""

from __future__ import annotations

import pytest
from assemblies import Assembly, Resource

from contract import collection_ledger
from contract.environment import Environment
from contract.function_environments import (
    DeployModelEnvironment,
    PublishModelEnvironment,
    ReportPredictionEnvironment,
    StartPredictionEnvironment,
    StartTrainingEnvironment,
)
from contract.ledger import LEASE_SECONDS
from stacks.sources import CONTRACT

ENVIRONMENTS: dict[str, type[Environment]] = {
    "StartTraining": StartTrainingEnvironment,
    "PublishModel": PublishModelEnvironment,
    "StartPrediction": StartPredictionEnvironment,
    "ReportPrediction": ReportPredictionEnvironment,
    "DeployModel": DeployModelEnvironment,
}
SOURCES = {
    "StartTraining": "start_training",
    "PublishModel": "publish_model",
    "StartPrediction": "start_prediction",
    "ReportPrediction": "report_prediction",
    "DeployModel": "deploy_model",
}


def function_of(assembly: Assembly, name: str) -> Resource:
    """The function of that construct."""
    return assembly.only("AWS::Lambda::Function", starting=f"{name}Function")


def event_functions(assembly: Assembly) -> list[Resource]:
    """All functions that events wake: all but what answers the HTTP API, and what CloudFormation alone calls."""
    others = ("AnswerApi", "TearDown", "PublishPage")
    return [function for function in assembly.resources("AWS::Lambda::Function") if not function.logical_id.startswith(others)]


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_the_environment_is_exactly_that_of_its_type(assembly: Assembly, name: str) -> None:
    """The stack sets every variable that the handler reads, no other, and each is readable as its type."""
    variables = function_of(assembly, name).properties["Environment"]["Variables"]
    environment = ENVIRONMENTS[name]
    assert set(variables) == {field.upper() for field in environment.names()}
    known_at_synth = {variable: value if isinstance(value, str) else "at deployment" for variable, value in variables.items()}
    environment.from_env(known_at_synth)


def test_every_function_belongs_to_a_handler(assembly: Assembly) -> None:
    """There are the functions of the kit, the one that builds images, and that of posts where the settings name sources of them."""
    names = {function.logical_id.removesuffix(function.logical_id[-8:]) for function in event_functions(assembly)}
    collecting = {"CollectPostsFunction"} if "Labeling" in assembly.stacks else set()
    assert names == {*(f"{name}Function" for name in ENVIRONMENTS), "BuilderStarterFunction"} | collecting


@pytest.mark.parametrize("name", SOURCES)
def test_the_asset_is_the_handler_with_the_contract_beside_it(dev: Assembly, name: str) -> None:
    """The zip holds the Lambda's own files and contract/ at its root, and no compiled file."""
    function = function_of(dev, name)
    folder = dev.asset_folder(function)
    assert function.properties["Handler"] == "handler.handle"
    source = CONTRACT.parent / "lambda" / SOURCES[name]
    own = {path.name for path in source.iterdir() if path.suffix == ".py"}
    assert {path.name for path in folder.iterdir()} == {*own, "contract"}
    assert {path.name for path in (folder / "contract").iterdir()} == {path.name for path in CONTRACT.glob("*.py")}


def test_a_function_ends_before_its_claim_on_a_job_does(assembly: Assembly) -> None:
    """No function may run longer than the lease in the ledger, or two would work on one job; that of posts has a longer one."""
    leases = {"CollectPosts": collection_ledger.LEASE_SECONDS}
    for function in event_functions(assembly):
        lease = next((seconds for name, seconds in leases.items() if function.logical_id.startswith(name)), LEASE_SECONDS)
        assert function.properties["Timeout"] < lease


def test_every_function_has_its_own_log_group_and_dead_letters(assembly: Assembly) -> None:
    """No two functions share a log or a dead-letter queue."""
    functions = event_functions(assembly)
    log_groups = [function.properties["LoggingConfig"]["LogGroup"]["Ref"] for function in functions]
    queues = [function.properties["DeadLetterConfig"]["TargetArn"]["Fn::GetAtt"][0] for function in functions]
    assert len(set(log_groups)) == len(set(queues)) == len(functions)


def test_no_log_is_left_to_lambda(assembly: Assembly) -> None:
    """Every function writes to a group that its template declares, so that the log expires and goes with the stack."""
    functions = assembly.resources("AWS::Lambda::Function")
    log_groups = [function.properties["LoggingConfig"]["LogGroup"]["Ref"] for function in functions]
    declared = {group.logical_id: group.properties["RetentionInDays"] for group in assembly.resources("AWS::Logs::LogGroup")}
    assert all(declared[group] for group in log_groups)


def test_every_function_is_tried_again_before_its_event_is_a_dead_letter(assembly: Assembly) -> None:
    """Each function's asynchronous calls have two retries."""
    configured = {
        config.properties["FunctionName"]["Ref"]: config.properties for config in assembly.resources("AWS::Lambda::EventInvokeConfig")
    }
    assert set(configured) == {function.logical_id for function in event_functions(assembly)}
    assert {config["MaximumRetryAttempts"] for config in configured.values()} == {2}


def test_dead_letters_are_kept_and_encrypted(assembly: Assembly) -> None:
    """A dead letter waits as long as SQS allows, encrypted."""
    for queue in assembly.resources("AWS::SQS::Queue"):
        assert queue.properties["MessageRetentionPeriod"] == 14 * 24 * 3600
        assert queue.properties["SqsManagedSseEnabled"] is True


def test_functions_run_on_one_current_python(assembly: Assembly) -> None:
    """The runtime is the one for which contract/ and lambda/ are written."""
    assert {function.properties["Runtime"] for function in assembly.resources("AWS::Lambda::Function")} == {"python3.14"}
