"""Faults on demand: whom they strike, how, and how often."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from local.faults import FAULTS_FILE, SPARED, Faults, Kind, Rule, call_of, set_faults

CREDENTIAL = "AWS4-HMAC-SHA256 Credential=local/20261122/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0"


class Wire:
    """A socket that only remembers whether it was shut."""

    is_shut = False

    def shutdown(self, how: int) -> None:
        """Close both directions."""
        self.is_shut = True


class Body:
    """A request without a body."""

    def read(self, size: int) -> bytes:
        """Nothing."""
        return b""


class Service:
    """An application that answers everything and counts."""

    def __init__(self) -> None:
        self.requests = 0

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer."""
        self.requests += 1
        start_response("200 OK", [("Content-Length", "10")])
        return [b"0123456789"]


def request(service: str = "s3", method: str = "GET", path: str = "/bucket/key.csv", query: str = "", **headers: str) -> dict[str, Any]:
    """A request as a WSGI server hands it on."""
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "HTTP_HOST": "localhost:5000",
        "HTTP_AUTHORIZATION": CREDENTIAL.format(service=service),
        "wsgi.input": Body(),
        "werkzeug.socket": Wire(),
        **headers,
    }


class Answer:
    """What a client gets."""

    def __init__(self, faults: Faults, environ: dict[str, Any]) -> None:
        self.status, self.headers, self.body, self.is_broken = "", {}, b"", False

        def start_response(status: str, headers: list[tuple[str, str]], *_: object) -> None:
            self.status, self.headers = status, dict(headers)

        try:
            for part in faults(environ, start_response):
                self.body += part
        except ConnectionResetError:
            self.is_broken = environ["werkzeug.socket"].is_shut


@pytest.fixture
def service() -> Service:
    """The application behind the faults."""
    return Service()


@pytest.fixture
def faults(service: Service, tmp_path: Path) -> Faults:
    """The faults of a state folder without rules."""
    return Faults(service, tmp_path)


def test_without_rules_nothing_happens(faults: Faults, tmp_path: Path) -> None:
    """The local cloud is as it was before anybody asked for faults, and again after they end."""
    assert Answer(faults, request()).body == b"0123456789"
    set_faults(tmp_path, [Rule(Kind.DROP, "s3")])
    assert Answer(faults, request()).is_broken
    set_faults(tmp_path, [])
    assert Answer(faults, request()).body == b"0123456789"


def test_rules_of_an_earlier_server_are_forgotten(service: Service, tmp_path: Path) -> None:
    """Weather does not outlast the cloud that it was made for."""
    set_faults(tmp_path, [Rule(Kind.DROP, "s3")])
    assert not Answer(Faults(service, tmp_path), request()).is_broken
    assert not (tmp_path / FAULTS_FILE).exists()


@pytest.mark.parametrize(
    ("kind", "carried_out", "is_broken", "body"),
    [
        (Kind.REFUSE, 0, False, b"<Error><Code>SlowDown</Code><Message>injected by the tests</Message></Error>"),
        (Kind.DROP, 0, True, b""),
        (Kind.LOSE, 1, True, b""),
        (Kind.CUT, 1, True, b"01234"),
        (Kind.DELAY, 1, False, b"0123456789"),
    ],
)
def test_each_kind_of_fault(
    faults: Faults, service: Service, tmp_path: Path, kind: Kind, carried_out: int, is_broken: bool, body: bytes
) -> None:
    """A request is carried out or not, and its answer comes, breaks off or never comes."""
    set_faults(tmp_path, [Rule(kind, "s3", code="SlowDown")])
    answer = Answer(faults, request())
    assert (service.requests, answer.is_broken, answer.body) == (carried_out, is_broken, body)


def test_an_error_has_the_form_of_its_service(faults: Faults, tmp_path: Path) -> None:
    """JSON names the code in body and header; a HEAD has no body; SNS wraps its XML."""
    set_faults(tmp_path, [Rule(Kind.REFUSE, name, status=400, code="Throttling") for name in ("dynamodb", "s3", "sns")])
    table = Answer(faults, request("dynamodb", "POST", "/", HTTP_X_AMZ_TARGET="DynamoDB_20120810.PutItem"))
    assert (table.status, json.loads(table.body)["__type"], table.headers["x-amzn-errortype"]) == ("400 Fault", "Throttling", "Throttling")
    assert Answer(faults, request(method="HEAD")).body == b""
    assert Answer(faults, request("sns", "POST", "/")).body.startswith(b"<ErrorResponse><Error><Code>Throttling</Code>")


def test_the_kits_own_hands_are_spared(faults: Faults, tmp_path: Path) -> None:
    """The local cloud's own requests, and a person's, never suffer."""
    set_faults(tmp_path, [Rule(Kind.DROP, "s3")])
    assert not Answer(faults, request(HTTP_USER_AGENT=f"Boto3/1 {SPARED}")).is_broken


def test_a_rule_strikes_the_calls_that_it_names(faults: Faults, tmp_path: Path) -> None:
    """By operation, by path, by number; others pass and are not counted."""
    set_faults(tmp_path, [Rule(Kind.DROP, "s3", "GetObject", path=r"key\.csv$", calls=[2])])
    others = [request(method="PUT"), request(path="/bucket/other.csv"), request("sqs", "POST", "/")]
    assert [Answer(faults, environ).is_broken for environ in (*others, request(), *others, request(), request())] == [False] * 7 + [
        True,
        False,
    ]


def test_the_same_seed_makes_the_same_weather(faults: Faults, tmp_path: Path) -> None:
    """A failure that chance found can be found again."""

    def weather(seed: int) -> list[bool]:
        set_faults(tmp_path, [Rule(Kind.DROP, "s3", probability=0.5)], seed)
        return [Answer(faults, request()).is_broken for _ in range(40)]

    first = weather(3)
    assert weather(3) == first
    assert weather(4) != first
    assert {True, False} == {*first}


@pytest.mark.parametrize(
    ("environ", "call"),
    [
        (request("dynamodb", "POST", "/", HTTP_X_AMZ_TARGET="DynamoDB_20120810.UpdateItem"), ("dynamodb", "UpdateItem")),
        (request("sagemaker", "POST", "/", HTTP_X_AMZ_TARGET="SageMaker.CreateTrainingJob"), ("sagemaker", "CreateTrainingJob")),
        (request("batch", "POST", "/v1/submitjob"), ("batch", "SubmitJob")),
        (request(), ("s3", "GetObject")),
        (request(path="/bucket"), ("s3", "ListObjects")),
        (request(method="PUT", HTTP_X_AMZ_COPY_SOURCE="/a/b"), ("s3", "CopyObject")),
        (request(method="PUT", query="partNumber=1&uploadId=x"), ("s3", "UploadPart")),
        (request(method="PUT", query="partNumber=1&uploadId=x", HTTP_X_AMZ_COPY_SOURCE="/a/b"), ("s3", "UploadPartCopy")),
        (request(method="POST", query="uploads"), ("s3", "CreateMultipartUpload")),
        (request(method="POST", query="uploadId=x"), ("s3", "CompleteMultipartUpload")),
    ],
)
def test_calls_are_known_by_their_requests(environ: dict[str, Any], call: tuple[str, str]) -> None:
    """Service and operation, from what a signed request shows."""
    assert call_of(environ) == call
