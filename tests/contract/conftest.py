"""What the tests of the contract share: files written on the spot and a ledger of its own for each test."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest
from checked_files import AS_IT_COMES, Checked, as_csv
from hypothesis import settings
from moto import mock_aws

from contract.check import Check, Request, check_table
from contract.ledger import BY_CREATED, BY_WAITING, Ledger
from contract.table import TableReader

settings.register_profile("kit", deadline=None, derandomize=True, database=None)  # the same examples on every machine
settings.load_profile("kit")


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., TableReader]:
    """Write bytes to a file and open it as the table `claims.csv`."""

    def read(content: bytes, name: str = "claims.csv") -> TableReader:
        path = tmp_path / "table"
        path.write_bytes(content)
        return TableReader(path, name)

    return read


@pytest.fixture(scope="session")
def event() -> Callable[[str], dict[str, Any]]:
    """An event of EventBridge by the name of its file."""

    def event(name: str) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads((Path(__file__).parent / "events" / f"{name}.json").read_text(encoding="utf-8"))
        return parsed

    return event


@pytest.fixture(scope="session")
def makers() -> dict[str, Callable[..., Any]]:
    """boto3's makers of clients, which give out each client once: making one takes longer than a whole test."""
    return {"client": cache(boto3.client), "resource": cache(boto3.resource)}


@pytest.fixture
def aws(makers: Mapping[str, Callable[..., Any]], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A pretended AWS account, empty for each test."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    for name, maker in makers.items():
        monkeypatch.setattr(boto3, name, maker)
    with mock_aws():
        yield


@pytest.fixture
def table(aws: None) -> Any:
    """The ledger's table, with the keys and indexes that the code relies on."""
    names = ("pk", "sk", "created_at", "waiting_since")
    return boto3.resource("dynamodb").create_table(
        TableName="ledger",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
        LocalSecondaryIndexes=[
            {
                "IndexName": index,
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": key, "KeyType": "RANGE"}],
                "Projection": {"ProjectionType": "ALL"},
            }
            for index, key in ((BY_CREATED, "created_at"), (BY_WAITING, "waiting_since"))
        ],
        BillingMode="PAY_PER_REQUEST",
    )


@pytest.fixture
def ledger(table: Any) -> Ledger:
    """A ledger without records."""
    return Ledger(table)


@pytest.fixture
def checked(tmp_path: Path) -> Checked:
    """Write rows or bytes to a file and check it."""

    def checked(
        content: Sequence[str] | bytes, request: Request = AS_IT_COMES, name: str = "claims.csv", against: Sequence[str] = ()
    ) -> Check:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else as_csv(content))
        other = None
        if against:
            other = tmp_path / "test.csv"
            other.write_bytes(as_csv(against))
        return check_table(path, request, other)

    return checked
