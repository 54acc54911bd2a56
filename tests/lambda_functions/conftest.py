"""The four Lambdas, loaded from their files, in an account that is empty for each test."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from types import ModuleType

import pytest
from deployed_functions import ENVIRONMENTS, Deployed, load
from moto import mock_aws


@pytest.fixture(scope="session")
def modules() -> Iterator[Mapping[str, ModuleType]]:
    """The handlers' modules by the functions' names; they set the level of all logging, which is put back."""
    level = logging.getLogger().level
    yield {name: load(name) for name in ENVIRONMENTS}
    logging.getLogger().setLevel(level)


@pytest.fixture
def deployed(modules: Mapping[str, ModuleType], monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployed]:
    """Everything the functions touch, pretended."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with mock_aws():
        yield Deployed(monkeypatch, modules)
