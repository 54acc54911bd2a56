"""An account with a deployment in it, in this process, and `kit` as a person types it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest
from kit_account import REGION, VALUES, Account, Answer, create_table, intercept
from kit_patient import Patient
from moto import mock_aws
from pretended_functions import Functions
from tuning_service import SageMaker

from contract.deployment import Deployment, Function, output_name, stack_name
from kit.__main__ import main


@pytest.fixture(scope="session")
def session() -> boto3.Session:
    """One session for all tests: it reads the descriptions of the services once."""
    with mock_aws():
        return boto3.Session(region_name=REGION)


@pytest.fixture
def no_account(session: boto3.Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """AWS without any deployment."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("KIT_STATE", str(tmp_path / "state"))
    for name in ("AWS_REGION", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(boto3, "Session", lambda region_name=None: session)
    with mock_aws():
        yield


@pytest.fixture
def account(no_account: None, session: boto3.Session, monkeypatch: pytest.MonkeyPatch) -> Account:
    """AWS with the deployment `dev`."""
    s3 = session.client("s3")
    for name in ("train_bucket", "predict_bucket", "results_bucket", "models_bucket"):
        s3.create_bucket(Bucket=VALUES[name], CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_bucket_versioning(Bucket=VALUES[name], VersioningConfiguration={"Status": "Enabled"})
    create_table(session)
    for stack in Deployment.stacks():
        outputs = {output_name(name): {"Value": VALUES[name]} for name in Deployment.outputs_of(stack)}
        template = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}, "Outputs": outputs}
        session.client("cloudformation").create_stack(StackName=stack_name("dev", stack), TemplateBody=json.dumps(template))
    account = Account(session, Deployment(**VALUES))
    monkeypatch.setattr("kit.follow.time.sleep", account.tick)
    monkeypatch.setattr("kit.model_trainer.time.sleep", account.tick)
    return account


@pytest.fixture
def functions(account: Account, monkeypatch: pytest.MonkeyPatch) -> Functions:
    """The deployment's functions, which do nothing but remember."""
    pretended = Functions(account.session)
    monkeypatch.setattr("kit.dead_letters.POLL_SECONDS", 0)  # all that is in a pretended queue is seen at once
    intercept(monkeypatch, pretended.answer)
    return pretended


@pytest.fixture
def kit(capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """Runs a command as `kit ARGUMENTS` does."""

    def type_in(*arguments: object) -> Answer:
        capsys.readouterr()
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as stop:
            status = int(stop.code or 0)
        said = capsys.readouterr()
        return Answer(status, said.out, said.err)

    return type_in


@pytest.fixture
def patient(account: Account, functions: Functions, monkeypatch: pytest.MonkeyPatch) -> Patient:
    """The deployment `dev`, complete and well."""
    session = account.session
    template = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
    for stack in ("registry", "monitoring"):
        session.client("cloudformation").create_stack(StackName=stack_name("dev", stack), TemplateBody=template)
    session.client("ssm").put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Value="30", Type="String")
    ecr = session.client("ecr")
    ecr.create_repository(repositoryName="tck-dev")
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json"}
    ecr.put_image(repositoryName="tck-dev", imageManifest=json.dumps(manifest), imageTag="cpu-0123456789abcdef")
    topic = session.client("sns").create_topic(Name="told")["TopicArn"]
    session.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:{REGION}:123456789012:inbox")
    for function in Function:
        functions.make_queue(function)
    pretended = Patient(account)
    intercept(monkeypatch, pretended.answer)
    return pretended


@pytest.fixture
def claims(tmp_path: Path) -> Path:
    """A small file to drop."""
    path = tmp_path / "claims (2).csv"
    path.write_text("text\nit leaks\n")
    return path


@pytest.fixture
def sagemaker(account: Account, monkeypatch: pytest.MonkeyPatch) -> SageMaker:
    """A service that tunes, in place of AWS's."""
    service = SageMaker(account)
    intercept(monkeypatch, service.answer)
    return service


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    """A labelled file for a training."""
    path = tmp_path / "A file with a rather long name of its own.csv"
    path.write_text("text,kind\nIt leaks,Leak\nIt drips,Leak\nIt hums,Noise\nIt rattles,Noise\n")
    return path
