"""What a labelling request is made of, before any service is asked."""

from __future__ import annotations

import re

import pytest
from botocore.session import Session

from contract.errors import UserError
from contract.ground_truth import ACCOUNTS, CONSOLIDATION, PRE_ANNOTATION, function_arn
from kit.label_texts import COPY, LONG, MAX_CHARS, NO_TEXT, UNREADABLE, InputManifest


def test_a_text_is_asked_about_once_and_if_anybody_can_read_it() -> None:
    """What is left out is counted by its reason; without any text there is no job."""
    made = InputManifest.of(["a", "A ", None, " ", "x" * (MAX_CHARS + 1), "b"])
    assert made.left_out == {COPY: 1, UNREADABLE: 1, NO_TEXT: 1, LONG: 1}
    assert made.to_bytes() == b'{"source": "a"}\n{"source": "b"}\n'
    with pytest.raises(UserError, match="no text to be labelled"):
        InputManifest.of([None, ""])


def test_the_functions_are_those_of_the_documentation() -> None:
    """Of every region, as botocore's own copy of AWS's documentation lists them."""
    model = Session().get_service_model("sagemaker")
    documented = {
        PRE_ANNOTATION: model.shape_for("HumanTaskConfig").members["PreHumanTaskLambdaArn"].documentation,
        CONSOLIDATION: model.shape_for("AnnotationConsolidationConfig").members["AnnotationConsolidationLambdaArn"].documentation,
    }
    for function, text in documented.items():
        assert {function_arn(region, function) for region in ACCOUNTS} == set(re.findall(rf"arn:aws:lambda:[\w:-]+:{function}\b", text))
    with pytest.raises(UserError, match="classifies no texts in the region sa-east-1"):
        function_arn("sa-east-1", CONSOLIDATION)
