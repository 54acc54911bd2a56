"""answer_api: single texts, by what the endpoint answers or does not."""

from __future__ import annotations

import io
import json
from typing import Any

import boto3
import pytest
from api_events import ask, put_live
from botocore.exceptions import ReadTimeoutError
from deployed_functions import Deployed
from service_models import service_error

from contract.hosting import LiveStatus

CLASSIFY = "POST /classifiers/{classifier}/classifications"


def endpoint_says(deployed: Deployed, *entries: dict[str, Any]) -> list[dict[str, Any]]:
    """Let the endpoint answer so; the list that its questions go to."""
    asked: list[dict[str, Any]] = []

    def answer(given: dict[str, Any]) -> dict[str, Any]:
        asked.append({**given, "Body": json.loads(given["Body"])})
        return {"Body": io.BytesIO(json.dumps(entries).encode())}

    deployed.services["InvokeEndpoint"] = answer
    return asked


def endpoint_fails(deployed: Deployed, error: Exception) -> None:
    """Let the endpoint not answer."""

    def answer(given: dict[str, Any]) -> dict[str, Any]:
        raise error

    deployed.services["InvokeEndpoint"] = answer


def test_texts_are_classified_by_the_endpoint(deployed: Deployed) -> None:
    """It is asked for labels, reasons and words; its answers and the version that gave them come back under their names."""
    put_live(LiveStatus.SERVING, version=3)
    asked = endpoint_says(
        deployed,
        {
            "label": ["leak", "noise"],
            "prob": [0.9, 0.1],
            "needs_review": True,
            "review_reason": "low confidence",
            "words": [["drips", 1.5], ["loud", -0.25]],
            "model_version": "v2",
        },
    )
    answer = ask(deployed, CLASSIFY, {"texts": ["It drips loudly"], "explain": True}, classifier="main")
    assert answer.status == 200
    (question,) = asked
    assert question["EndpointName"] == "tck-dev-main"
    assert question["Body"] == {"instances": ["It drips loudly"], "configuration": {"k": 2, "explain": True, "review": True}}
    assert answer.content == {
        "model_version": 2,
        "answers": [
            {
                "labels": [{"label": "leak", "confidence": 0.9}, {"label": "noise", "confidence": 0.1}],
                "needs_review": True,
                "review_reason": "low confidence",
                "words": [{"word": "drips", "weight": 1.5}, {"word": "loud", "weight": -0.25}],
            }
        ],
    }


@pytest.mark.parametrize(("status", "version"), [(LiveStatus.SERVING, 3), (LiveStatus.STARTING, 0)])
def test_an_engine_that_knows_labels_only_is_enough(deployed: Deployed, status: LiveStatus, version: int) -> None:
    """Real BlazingText says neither reasons nor words; the version is the ledger's, and unknown while another is on its way."""
    put_live(status, version=3)
    endpoint_says(deployed, {"label": ["leak"], "prob": [0.9]})
    answer = ask(deployed, CLASSIFY, {"texts": ["It drips"], "k": 1}, classifier="main").content
    assert answer["model_version"] == version
    assert answer["answers"] == [
        {"labels": [{"label": "leak", "confidence": 0.9}], "needs_review": False, "review_reason": "", "words": []}
    ]


@pytest.mark.parametrize(
    ("code", "seconds", "said"),
    [
        ("ThrottlingException", "2", "too much to do"),
        ("ServiceUnavailable", "15", "warming up"),
        ("ModelNotReadyException", "15", "warming up"),
        ("InternalFailure", "15", "warming up"),
    ],
)
def test_an_endpoint_that_cannot_now_is_asked_again_later(deployed: Deployed, code: str, seconds: str, said: str) -> None:
    """503 with the seconds after which to try again."""
    endpoint_fails(deployed, service_error(boto3.client("sagemaker-runtime"), code, "InvokeEndpoint"))
    answer = ask(deployed, CLASSIFY, {"texts": ["a"]}, classifier="main")
    assert (answer.status, answer.headers["Retry-After"]) == (503, seconds)
    assert said in answer.sentence


def test_an_endpoint_that_is_still_starting_its_container_is_waited_for(deployed: Deployed) -> None:
    """A serverless one answers nothing for so long; whoever asked tries again."""
    endpoint_fails(deployed, ReadTimeoutError(endpoint_url="https://runtime"))
    answer = ask(deployed, CLASSIFY, {"texts": ["a"]}, classifier="main")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "15")


@pytest.mark.parametrize(
    ("status", "message", "said", "seconds"),
    [
        (None, "", "Model v1 is being put behind its endpoint", "15"),
        (LiveStatus.STARTING, "", "Model v1 is being put behind its endpoint", "15"),
        (LiveStatus.FAILED, "Model v1 did not come up.", "Model v1 did not come up.", None),
    ],
)
def test_why_there_is_no_endpoint_is_told(
    deployed: Deployed, status: LiveStatus | None, message: str, said: str, seconds: str | None
) -> None:
    """By the ledger: it is on its way, or it did not come up, for which nobody is told to wait."""
    deployed.add_model(1)
    if status:
        put_live(status, message=message)
    endpoint_fails(deployed, service_error(boto3.client("sagemaker-runtime"), "ValidationError", "InvokeEndpoint"))
    answer = ask(deployed, CLASSIFY, {"texts": ["a"]}, classifier="main")
    assert (answer.status, said in answer.sentence, answer.headers.get("Retry-After")) == (503, True, seconds)


def test_a_classifier_without_a_model_is_not_waited_for(deployed: Deployed) -> None:
    """Trying again would not help; a training would."""
    endpoint_fails(deployed, service_error(boto3.client("sagemaker-runtime"), "ValidationError", "InvokeEndpoint"))
    answer = ask(deployed, CLASSIFY, {"texts": ["a"]}, classifier="urgency")
    assert (answer.status, "'urgency' has no model in use" in answer.sentence) == (404, True)


@pytest.mark.parametrize(("original", "expected"), [(400, 400), (413, 413), (422, 400), (500, 503)])
def test_what_the_model_refuses_is_told_in_its_words(deployed: Deployed, original: int, expected: int) -> None:
    """A text that it cannot read is the sender's matter; a container that broke down is started anew."""
    error = service_error(boto3.client("sagemaker-runtime"), "ModelError", "InvokeEndpoint")
    error.response |= {"OriginalStatusCode": original, "OriginalMessage": json.dumps({"error": "Text 1 is no text."})}  # type: ignore[attr-defined]
    endpoint_fails(deployed, error)
    answer = ask(deployed, CLASSIFY, {"texts": ["a"]}, classifier="main")
    assert answer.status == expected
    assert (answer.sentence == "Text 1 is no text.") == (expected != 503)
