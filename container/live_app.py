"""The endpoint as a WSGI application: SageMaker's two paths, `GET /ping` and `POST /invocations`.

Whatever is wrong with a request is answered by a status between 400 and 499 and `{"error": "a sentence"}`. The log has a line
of JSON for each request, without its texts.
"""

from __future__ import annotations

import json
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from threading import Lock
from typing import Any, NamedTuple

from container.micro_batches import MicroBatches
from contract.errors import UserError
from contract.live import JSON, MAX_BODY_BYTES, TYPES, Question, Reply, parse, render

PING, INVOCATIONS = "/ping", "/invocations"
MAX_SECONDS = 55.0  # SageMaker waits for 60
RETRY_SECONDS = "5"


class Answer(NamedTuple):
    """What is sent back."""

    status: HTTPStatus
    content: str = ""
    content_type: str = JSON
    headers: Mapping[str, str] = {}
    instances: int = 0  # for the log


class LiveApp:
    """Answers requests until it is told to stop; then those that are under way, and no more."""

    def __init__(self, batches: MicroBatches) -> None:
        self._batches = batches
        self._lock = Lock()
        self._active = 0
        self._is_stopping = False

    def stop(self) -> None:
        """Take no more requests."""
        self._is_stopping = True

    @property
    def is_idle(self) -> bool:
        """Whether no request is under way."""
        return not self._active

    def __call__(self, environ: Mapping[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        """WSGI's protocol."""
        started = time.monotonic()
        with self._lock:
            self._active += 1
        try:
            answer = self._answer(environ)
        finally:
            with self._lock:
                self._active -= 1
        body = answer.content.encode("utf-8", "replace")
        headers = {"Content-Type": answer.content_type, "Content-Length": str(len(body)), **answer.headers}
        if environ["PATH_INFO"] != PING:
            _log(environ, answer, time.monotonic() - started)
        start_response(f"{answer.status.value} {answer.status.phrase}", list(headers.items()))
        return [body]

    def _answer(self, environ: Mapping[str, Any]) -> Answer:
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        wanted = {PING: "GET", INVOCATIONS: "POST"}.get(path)
        if wanted is None:
            return _refusal(HTTPStatus.NOT_FOUND, f"There is nothing at '{path}'. Ask {PING} or {INVOCATIONS}.")
        if method != wanted:
            return _refusal(HTTPStatus.METHOD_NOT_ALLOWED, f"{path} takes {wanted} only.", {"Allow": wanted})
        if self._is_stopping:
            said = "This server is being stopped. Ask again."
            return _refusal(HTTPStatus.SERVICE_UNAVAILABLE, said, {"Retry-After": RETRY_SECONDS})
        return Answer(HTTPStatus.OK) if path == PING else self._classified(environ)

    def _classified(self, environ: Mapping[str, Any]) -> Answer:
        content_type = _media_type(environ.get("CONTENT_TYPE", "")) or JSON
        accepted = [_media_type(entry) for entry in environ.get("HTTP_ACCEPT", "").split(",")]
        size = int(environ.get("CONTENT_LENGTH") or 0)
        if content_type not in TYPES:
            return _refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"'{content_type}' cannot be read. Send {', '.join(TYPES)}.")
        if size > MAX_BODY_BYTES:
            said = f"The body has {size:,} bytes; {MAX_BODY_BYTES:,} are allowed. Send it in portions, or drop a file."
            return _refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, said)
        try:
            questions = parse(environ["wsgi.input"].read(size), content_type)
            replies = self._replies(questions)
        except UserError as error:
            return _refusal(HTTPStatus.BAD_REQUEST, str(error))
        except TimeoutError:
            said = "Too many texts wait for an answer. Ask again later, or drop a file."
            return _refusal(HTTPStatus.SERVICE_UNAVAILABLE, said, {"Retry-After": RETRY_SECONDS})
        except Exception as error:
            traceback.print_tb(error.__traceback__, file=sys.stderr)  # without the error's own words, which may be the text's
            print(f"AlgorithmError: {type(error).__name__}", file=sys.stderr, flush=True)
            return _refusal(HTTPStatus.INTERNAL_SERVER_ERROR, "A defect of the kit prevented the answer. Please report it with the log.")
        answer_type = next((entry for entry in accepted if entry in TYPES), content_type)
        return Answer(HTTPStatus.OK, render(replies, answer_type), answer_type, instances=len(questions))

    def _replies(self, questions: Sequence[Question]) -> list[Reply]:
        answer = self._batches.submit(questions)
        try:
            return answer.result(MAX_SECONDS)
        except TimeoutError:
            answer.cancel()  # texts whose answer nobody awaits would keep others waiting
            raise


def _media_type(value: str) -> str:
    return value.partition(";")[0].strip().lower()


def _refusal(status: HTTPStatus, said: str, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, json.dumps({"error": said}, ensure_ascii=False), JSON, headers or {})


def _log(environ: Mapping[str, Any], answer: Answer, seconds: float) -> None:
    path = environ["PATH_INFO"]
    entry = {
        "method": environ["REQUEST_METHOD"],
        "path": path if path in (PING, INVOCATIONS) else "another",
        "status": answer.status.value,
        "bytes": int(environ.get("CONTENT_LENGTH") or 0),
        "instances": answer.instances,
        "milliseconds": round(seconds * 1000, 1),
    }
    print(json.dumps(entry), flush=True)
