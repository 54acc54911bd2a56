"""The four Lambdas, loaded from their files, in an account that is empty for each test."""

from __future__ import annotations

import importlib
import io
import json
import logging
import sys
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from types import ModuleType, SimpleNamespace
from typing import Any

import boto3
import pytest
from collecting_runs import timeline
from deployed_functions import LAMBDAS, Deployed, create_table, load
from function_environments import ENVIRONMENTS
from moto import mock_aws
from posts_server import PostsServer, serving
from reviewed_jobs import classified
from tear_down_account import Account

from contract import collection_ledger
from contract.deployment import TRAINING_LOGS
from contract.ledger import Ledger
from contract.records import Model, ModelStatus
from contract.review_ledger import ReviewLedger


@pytest.fixture(scope="session")
def modules() -> Iterator[Mapping[str, ModuleType]]:
    """The handlers' modules by the functions' names; they set the level of all logging, which is put back."""
    level = logging.getLogger().level
    yield {name: load(name) for name in ENVIRONMENTS}
    logging.getLogger().setLevel(level)


@pytest.fixture(scope="session")
def makers() -> dict[str, Callable[..., Any]]:
    """boto3's makers of clients, which give out each client once: making one takes longer than a whole test."""
    return {"client": cache(boto3.client), "resource": cache(boto3.resource)}


@pytest.fixture
def deployed(
    modules: Mapping[str, ModuleType], makers: Mapping[str, Callable[..., Any]], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Deployed]:
    """Everything the functions touch, pretended."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    for name, maker in makers.items():
        monkeypatch.setattr(boto3, name, maker)
    with mock_aws():
        yield Deployed(monkeypatch, modules)


@pytest.fixture(scope="session")
def reviews() -> Iterator[ModuleType]:
    """The module of answer_api, with its folder's other files at hand, as in its zip."""
    folder = str(LAMBDAS / "answer_api")
    sys.path.insert(0, folder)
    try:
        import reviews as module  # type: ignore[import-not-found]  # noqa: PLC0415  # it is a file of a Lambda

        yield module
    finally:
        sys.path.remove(folder)


@pytest.fixture
def desk(reviews: ModuleType, makers: Mapping[str, Callable[..., Any]], monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """What the functions work with, in an account with a model and a file that it classified."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with mock_aws():
        table, s3 = create_table(), makers["client"]("s3")
        for bucket in ("train", "predict", "results"):
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
            s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        made = reviews.Desk(Ledger(table), ReviewLedger(table), s3, "train", 0)
        version = s3.put_object(Bucket="train", Key="labelled.csv", Body=b"text,label\n", Metadata={"hyperparameters": "{}"})["VersionId"]
        model = Model(
            classifier="main",
            version=2,
            status=ModelStatus.PUBLISHED,
            artifact_uri="s3://models/m",
            job_id="train-1",
            training_object="s3://train/labelled.csv",
            training_object_version=version,
            labels=["leak", "noise"],
        )
        made.ledger.add_model(model)
        made.ledger.make_current(model, by="gate", before=None)
        yield made


@pytest.fixture
def job(desk: Any) -> str:
    """The id of a job that classified a file."""
    return classified(desk)


@pytest.fixture(scope="session")
def handler() -> ModuleType:
    """The module of tear_down."""
    return load("tear_down")


@pytest.fixture
def account(handler: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """An account in which nothing is."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setattr(boto3, "client", cache(boto3.client))
    with mock_aws():
        yield Account(monkeypatch, handler)


@pytest.fixture
def furnished(account: Account) -> Account:
    """An account with a rule, a function, buckets and a log group of SageMaker's; the calls that made them do not count."""
    for name in ("train", "results"):
        boto3.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        boto3.client("s3").put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    for name in ("dropped", "ended"):
        boto3.client("events").put_rule(Name=name, EventPattern='{"source": ["aws.s3"]}')
    boto3.client("logs").create_log_group(logGroupName=TRAINING_LOGS)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as content:
        content.writestr("handler.py", "")
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    role = boto3.client("iam").create_role(RoleName="starter", AssumeRolePolicyDocument=policy)["Role"]["Arn"]
    boto3.client("lambda").create_function(
        FunctionName="starter", Runtime="python3.14", Role=role, Handler="handler.handle", Code={"ZipFile": archive.getvalue()}
    )
    account.calls.clear()
    return account


# collect_posts


@pytest.fixture(scope="session")
def room() -> Iterator[dict[str, ModuleType]]:
    """The modules of collect_posts."""
    names = (
        "source",
        "connections",
        "web",
        "descent",
        "x",
        "mastodon",
        "bluesky",
        "rss",
        "feed",
        "near_copies",
        "recent",
        "moments",
        "markup",
    )
    folder = str(LAMBDAS / "collect_posts")
    sys.path.insert(0, folder)
    try:
        yield {name: importlib.import_module(name) for name in names}
    finally:
        sys.path.remove(folder)


@pytest.fixture
def server() -> Iterator[PostsServer]:
    """A server that knows nothing yet."""
    with serving() as running:
        yield running


@pytest.fixture
def x(room: dict[str, ModuleType], server: PostsServer) -> Any:
    """X, with a dollar to spend."""
    return room["x"].X("secret-token", ("refund",), usd_per_run=1.0, usd_per_post=0.005, server=server.address)


@pytest.fixture
def mastodon(room: dict[str, ModuleType], server: PostsServer) -> Any:
    """A Mastodon server."""
    return room["mastodon"].Mastodon(server.address, ("refund",))


@pytest.fixture
def bluesky(room: dict[str, ModuleType], server: PostsServer) -> Any:
    """Bluesky, with an account."""
    return room["bluesky"].Bluesky("me.example", "app-password", ("refund",), server=server.address)


@pytest.fixture
def collects(deployed: Deployed, server: PostsServer) -> Deployed:
    """The account with the function, and a server with posts."""
    server.answer = timeline
    deployed.monkeypatch.setattr(collection_ledger, "time", SimpleNamespace(time=time.time))
    return deployed
