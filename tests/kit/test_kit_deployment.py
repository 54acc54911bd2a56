"""Finding the deployment, and what a person is told when something around the kit is amiss."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from botocore import exceptions as aws
from kit_account import REGION, VALUES, Account, Answer

from contract.deployment import output_name, stack_name
from contract.errors import AlgorithmError, PlatformError, UserError
from kit import jobs
from kit.__main__ import COMMANDS, make_parser
from kit.aws_errors import explain
from kit.deployment import find_target

Kit = Callable[..., Answer]
OUTPUTS = {output_name(name): value for name, value in VALUES.items()}


def test_the_outputs_of_all_stacks_are_found(account: Account) -> None:
    """On AWS a target has every output of the stage's stacks."""
    target = find_target(argparse.Namespace(local=False, stage="dev"))
    assert target.deployment == account.deployment
    assert not target.is_local


def test_no_deployment_is_a_sentence_with_the_remedy(no_account: None, kit: Kit) -> None:
    """Where nothing is deployed, the stage, the region and the command that deploys are named."""
    answer = kit("jobs", "--stage", "prod")
    assert answer.status == 2
    for words in ("no deployment 'prod'", REGION, "tck-prod-storage", "cdk deploy --all", "--local"):
        assert words in answer.errors


def test_a_stack_without_its_outputs_is_incomplete(account: Account, kit: Kit) -> None:
    """A deployment that broke off is told from none."""
    cloudformation = account.session.client("cloudformation")
    cloudformation.update_stack(
        StackName=stack_name("dev", "training"), TemplateBody='{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}'
    )
    answer = kit("jobs")
    assert answer.status == 2
    assert "lacks the outputs TrainingRoleArn" in answer.errors


def test_no_local_cloud_is_a_sentence(no_account: None, kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """--local without a running cloud names 'kit up'."""
    monkeypatch.setattr("local.cloud.find", lambda state: None)
    answer = kit("jobs", "--local")
    assert answer.status == 2
    assert "No local cloud is running. 'kit up' starts one" in answer.errors


def test_a_local_cloud_is_used_when_asked_for(account: Account, kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """--local takes session and outputs from the running cloud of the state folder."""
    seen = []

    def find(state: object) -> SimpleNamespace:
        seen.append(str(state))
        return SimpleNamespace(outputs=OUTPUTS, session=lambda: account.session)

    monkeypatch.setattr("local.cloud.find", find)
    assert kit("jobs", "--local", "--json").json == []
    assert seen == [os.environ["KIT_STATE"]]


def test_a_local_cloud_of_another_stage_is_refused(account: Account, kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """Events for another stage would reach nobody, so the stages must agree."""
    cloud = SimpleNamespace(outputs=OUTPUTS, session=lambda: account.session)
    monkeypatch.setattr("local.cloud.find", lambda state: cloud)
    answer = kit("jobs", "--local", "--stage", "prod")
    assert answer.status == 2
    assert "runs the stage 'dev'" in answer.errors


def refusal(code: str, message: str = "no") -> aws.ClientError:
    """What boto3 raises for an answer of a service."""
    return aws.ClientError({"Error": {"Code": code, "Message": message}}, "DescribeStacks")


@pytest.mark.parametrize(
    ("error", "branch", "words"),
    [
        (aws.NoRegionError(), UserError, "No AWS region is set"),
        (aws.NoCredentialsError(), UserError, "no usable AWS credentials"),
        (aws.PartialCredentialsError(provider="env", cred_var="key"), UserError, "no usable AWS credentials"),
        (aws.TokenRetrievalError(provider="sso", error_msg="expired"), UserError, "aws sso login"),
        (aws.ProfileNotFound(profile="work"), UserError, "AWS_PROFILE"),
        (aws.EndpointConnectionError(endpoint_url="x"), PlatformError, "cannot be reached"),
        (aws.ReadTimeoutError(endpoint_url="x"), PlatformError, "cannot be reached"),
        (aws.DataNotFoundError(data_path="x"), PlatformError, "could not be asked"),
        (refusal("ExpiredToken"), UserError, "have expired"),
        (refusal("InvalidClientTokenId"), UserError, "does not accept your credentials"),
        (refusal("AccessDenied", "no permission for x."), UserError, "does not allow DescribeStacks: no permission for x."),
        (refusal("ThrottlingException", "slow down."), PlatformError, "AWS refused DescribeStacks: slow down (ThrottlingException)."),
    ],
)
def test_what_aws_says_becomes_a_sentence(error: Exception, branch: type[Exception], words: str) -> None:
    """Each kind of trouble with AWS is blamed rightly and names its remedy."""
    explained = explain(error)
    assert type(explained) is branch
    assert words in str(explained)
    assert str(explained).endswith(".")


def test_other_errors_are_not_explained_away() -> None:
    """A defect of the kit keeps its traceback."""
    assert explain(KeyError("x")) is None


@pytest.mark.parametrize(
    ("error", "status"),
    [(UserError("mend it"), 2), (PlatformError("later"), 1), (AlgorithmError("ours"), 1), (aws.NoRegionError(), 2)],
)
def test_errors_become_a_line_and_an_exit_status(kit: Kit, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int) -> None:
    """The kit's own errors and those of AWS are printed without a traceback."""

    def fail(given: argparse.Namespace) -> int:
        raise error

    monkeypatch.setattr(jobs, "find_target", fail)
    answer = kit("jobs")
    assert answer.status == status
    assert len(answer.errors.splitlines()) == 1


def test_a_defect_shows_its_traceback(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody foresaw is not hidden."""
    monkeypatch.setattr(jobs, "find_target", lambda given: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        kit("jobs")


def test_an_interrupt_ends_quietly(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C is no traceback."""

    def interrupt(given: argparse.Namespace) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(jobs, "find_target", interrupt)
    assert kit("jobs") == Answer(1, "", "Interrupted.\n")


def test_every_verb_has_help(kit: Kit) -> None:
    """`kit --help` lists all verbs, and each has its own help with the common options."""
    listed = kit("--help")
    assert listed.status == 0
    for command in COMMANDS:
        verb = command.__name__.rpartition(".")[2]
        assert f"    {verb} " in listed.output
        own = kit(verb, "--help")
        assert own.status == 0
        assert "--local" in own.output


@pytest.mark.parametrize("arguments", [[], ["fly"], ["jobs", "--limit", "few"], ["drop"]])
def test_bad_usage_is_2(kit: Kit, arguments: list[str]) -> None:
    """What the parser does not know is bad usage."""
    answer = kit(*arguments)
    assert answer.status == 2
    assert "usage: kit" in answer.errors


def test_the_common_options_have_defaults() -> None:
    """AWS and the stage dev are the defaults."""
    given = make_parser().parse_args(["jobs"])
    assert (given.local, given.stage, given.json) == (False, "dev", False)


def test_help_loads_nothing_heavy() -> None:
    """`kit --help` answers without boto3, the SageMaker SDK or the local cloud."""
    program = (
        "import sys\nfrom kit.__main__ import make_parser\nmake_parser()\n"
        "print(sorted({'boto3', 'botocore', 'sagemaker', 'local', 'moto', 'numpy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "[]\n"
