"""The four Lambdas, loaded from their files, in an account that is empty for each test."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from types import ModuleType
from typing import Any

import boto3
import pytest
from deployed_functions import Deployed, load
from function_environments import ENVIRONMENTS
from moto import mock_aws


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
