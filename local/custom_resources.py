"""Custom resources: their Python handlers run for real; declared stand-ins answer for the Node ones.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html
"""

from __future__ import annotations

import json
import queue
import threading
import uuid
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from moto.awslambda.models import lambda_backends

from contract.errors import PlatformError
from local.coverage import STAND_INS
from local.host import Host
from local.lambda_functions import Functions
from local.resources.model import Made

ANSWER_SECONDS = 120.0  # CloudFormation waits an hour


class CustomResources:
    """Sends requests to handlers and takes their answers at an address of its own."""

    def __init__(self, host: Host, functions: Functions) -> None:
        self._host = host
        self._functions = functions
        self._answers: dict[str, queue.Queue[dict[str, Any]]] = {}
        self._server: ThreadingHTTPServer | None = None

    def create(self, kind: str, stack_id: str, logical_id: str, name: str, properties: Mapping[str, Any]) -> Made:
        """Send Create and wait for the answer. Raises PlatformError when the handler fails or is silent."""
        if kind in STAND_INS:
            return Made(name)
        answer = self.request("Create", kind, stack_id, logical_id, properties)
        return Made(answer.get("PhysicalResourceId") or name, {key: str(value) for key, value in (answer.get("Data") or {}).items()})

    def request(self, request_type: str, kind: str, stack_id: str, logical_id: str, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Send one request to the handler; its answer. Raises PlatformError when it fails or is silent."""
        function = lambda_backends[self._host.account][self._host.region].get_function(properties["ServiceToken"])
        request_id = str(uuid.uuid4())
        self._answers[request_id] = queue.Queue()
        request = {
            "RequestType": request_type,
            "ServiceToken": properties["ServiceToken"],
            "ResponseURL": f"{self._address()}/{request_id}",
            "StackId": stack_id,
            "RequestId": request_id,
            "LogicalResourceId": logical_id,
            "ResourceType": kind,
            "ResourceProperties": as_text(properties),
        }
        outcome = self._functions.invoke(function, json.dumps(request))
        try:
            # A handler that failed has answered by now or never will; one that ended well may answer later.
            answer = self._answers[request_id].get(timeout=1.0 if outcome.error else ANSWER_SECONDS)
        except queue.Empty:
            problem = outcome.payload.decode("utf-8", "replace") if outcome.error else f"it did not answer within {ANSWER_SECONDS:.0f} s"
            raise PlatformError(f"The handler of {logical_id} failed: {problem}") from None
        finally:
            del self._answers[request_id]
        if answer.get("Status") != "SUCCESS":
            raise PlatformError(f"The handler of {logical_id} answered {answer.get('Status')}: {answer.get('Reason')}")
        return answer

    def close(self) -> None:
        """Take no more answers."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()

    def _address(self) -> str:
        if self._server is None:
            self._server = ThreadingHTTPServer(("127.0.0.1", 0), _answer_handler(self._answers))
            self._server.daemon_threads = True
            threading.Thread(target=self._server.serve_forever, daemon=True, name="custom-resource-answers").start()
        return f"http://localhost:{self._server.server_address[1]}"


def as_text(value: Any) -> Any:
    """Properties as CloudFormation sends them: every number and boolean is a string."""
    if isinstance(value, Mapping):
        return {name: as_text(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [as_text(entry) for entry in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


def _answer_handler(answers: Mapping[str, queue.Queue[dict[str, Any]]]) -> type[BaseHTTPRequestHandler]:
    """Takes the answers: the last part of the path is the request's id."""

    class AnswerHandler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            """One answer."""
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
            waiting = answers.get(self.path.rsplit("/", 1)[-1])
            if waiting is not None:
                waiting.put(body)
            self.send_response(200 if waiting is not None else 403)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Not into the server's log."""

    return AnswerHandler
