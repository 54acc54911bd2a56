"""Whatever fits the document of the HTTP API, or does not, is answered as the document says: schemathesis on the local front.

EXAMPLES of each operation; the long version asks more.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
import schemathesis
from api_client import Person
from hypothesis import HealthCheck, Phase, given, settings
from local_kit import LocalKit
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance
from signed_in import sign_in

from contract.api import OPERATIONS, Operation
from contract.openapi import document

EXAMPLES = int(os.environ.get("EXAMPLES", "12"))
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture(scope="module")
def stranger(local_kit: LocalKit) -> Person:
    """An owner who sends anything at all."""
    return sign_in(local_kit, "anything@example.com", "--owner")


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode), ids=lambda mode: mode.value)
def test_every_answer_is_the_documents(
    local_kit: LocalKit, stranger: Person, operation: Operation, mode: schemathesis.GenerationMode
) -> None:
    """No answer is a defect, and each has a status, a type and a shape that the document gives it."""
    schema = schemathesis.openapi.from_dict(document())
    described = schema[operation.path][operation.method]
    strategy = described.as_strategy(generation_mode=mode)
    if strategy.is_empty:
        pytest.skip("nothing can be wrong with a request that says nothing")

    bounds = {"max_examples": EXAMPLES, "deadline": None, "database": None, "phases": [Phase.generate], "derandomize": True}

    @settings(**bounds, suppress_health_check=list(HealthCheck))
    @given(case=strategy)
    def answers(case: Any) -> None:
        headers = {"Authorization": f"Bearer {stranger.id_token}"}
        case.call_and_validate(base_url=local_kit.deployment.api_url, headers=headers, checks=CHECKS)

    answers()
