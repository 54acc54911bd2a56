"""One Lambda execution environment: a child under AWS's runtime client, and the Runtime API it asks.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import contextlib
import json
import queue
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from local.child import Child
from local.logs import follow

INIT_SECONDS = 120.0  # AWS grants 10; a busy laptop needs longer to import boto3
_TAIL_LINES = 100
_READ_SECONDS = 5.0  # for the rest of what a child printed
_PREFIX = "/2018-06-01/runtime"


@dataclass(frozen=True)
class Outcome:
    """What became of one invocation."""

    payload: bytes  # the function's JSON answer, or the error as JSON
    error: str = ""  # Lambda's X-Amz-Function-Error: empty, or Unhandled
    tail: str = ""  # the last lines of the log
    request_id: str = ""


@dataclass
class _Invocation:
    payload: bytes
    function_arn: str
    deadline_ms: int
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))


class ExecutionEnvironment:
    """A child that answers one invocation at a time. `start_child` receives the address of the Runtime API."""

    def __init__(self, start_child: Callable[[str], Child], write_log: Callable[[str], None]) -> None:
        self._invocations: queue.Queue[_Invocation | None] = queue.Queue()
        self._answers: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self._is_ready = threading.Event()
        self._tail: deque[str] = deque(maxlen=_TAIL_LINES)
        self._write_log = write_log
        self._mark = f"\0{uuid.uuid4()}"  # no line of a function
        self._has_read_all = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True, name="runtime-api").start()
        self._child = start_child(f"127.0.0.1:{self._server.server_address[1]}")
        if self._child.process.stdout:
            self._reader = follow(self._child.process.stdout, self._take)
        threading.Thread(target=self._await_end, daemon=True, name="await-lambda").start()

    @property
    def is_alive(self) -> bool:
        """Whether it can take another invocation."""
        return self._child.is_running

    def invoke(self, payload: bytes, function_arn: str, timeout_seconds: float) -> Outcome:
        """Run one invocation; one that takes too long kills the child."""
        self._tail.clear()
        if not self._wait_until_ready():
            return self._failed_init()
        invocation = _Invocation(payload, function_arn, int((time.time() + timeout_seconds) * 1000))
        self._log(f"START RequestId: {invocation.request_id} Version: $LATEST")
        started = time.monotonic()
        self._invocations.put(invocation)
        try:
            kind, answer = self._answers.get(timeout=timeout_seconds)
        except queue.Empty:
            self.close()
            kind, answer = (
                "timeout",
                _error("Sandbox.Timedout", f"RequestId: {invocation.request_id} Error: Task timed out after {timeout_seconds:.2f} seconds"),
            )
        self._read_all()
        if kind == "exit":
            answer = _error("Runtime.ExitError", f"RequestId: {invocation.request_id} Error: Runtime exited with error: {answer.decode()}")
        if kind in ("timeout", "exit"):
            self._log(json.loads(answer)["errorMessage"])
        self._log(f"END RequestId: {invocation.request_id}")
        self._log(f"REPORT RequestId: {invocation.request_id}\tDuration: {(time.monotonic() - started) * 1000:.2f} ms")
        return Outcome(answer, "" if kind == "response" else "Unhandled", "\n".join(self._tail), invocation.request_id)

    def close(self) -> None:
        """Kill the child and stop the Runtime API."""
        self._invocations.put(None)
        self._child.kill()
        self._server.shutdown()
        self._server.server_close()

    def next_invocation(self) -> _Invocation | None:
        """Block until there is work; None at the end."""
        self._is_ready.set()
        return self._invocations.get()

    def answer(self, kind: str, body: bytes) -> None:
        """Take the child's answer: of kind response, error or init."""
        self._answers.put((kind, body))

    def _wait_until_ready(self) -> bool:
        deadline = time.monotonic() + INIT_SECONDS
        while not self._is_ready.wait(0.05):
            if not self._child.is_running or time.monotonic() > deadline:
                return False
        return True

    def _failed_init(self) -> Outcome:
        """The error that the function's module raised on import, or that the child died or hung."""
        self._child.kill()
        self._reader.join(_READ_SECONDS)
        request_id = str(uuid.uuid4())
        answer = _error("Runtime.ExitError", f"RequestId: {request_id} Error: Runtime exited before it was ready")
        with contextlib.suppress(queue.Empty):
            while True:
                kind, body = self._answers.get_nowait()
                if kind == "init":
                    answer = body
        return Outcome(answer, "Unhandled", "\n".join(self._tail), request_id)

    def _await_end(self) -> None:
        status = self._child.process.wait()
        self._answers.put(("exit", f"exit status {status}".encode() if status >= 0 else f"signal {-status}".encode()))

    def _read_all(self) -> None:
        """Wait until all is in the log that the child has printed: the answer comes by another way and may outrun it."""
        self._has_read_all.clear()
        try:
            with Path(f"/proc/{self._child.process.pid}/fd/1").open("wb") as output:
                output.write(f"{self._mark}\n".encode())
        except OSError:  # it has ended, and so has what it prints
            self._reader.join(_READ_SECONDS)
        else:
            self._has_read_all.wait(_READ_SECONDS)

    def _take(self, line: str) -> None:
        """A line that the child printed; without a line end of its own the mark is on its line."""
        printed, mark, _ = line.partition(self._mark)
        if printed or not mark:
            self._log(printed)
        if mark:
            self._has_read_all.set()

    def _log(self, line: str) -> None:
        self._tail.append(line)
        self._write_log(line)


def _error(error_type: str, message: str) -> bytes:
    return json.dumps({"errorType": error_type, "errorMessage": message}).encode()


def _handler_for(environment: ExecutionEnvironment) -> type[BaseHTTPRequestHandler]:
    """The Runtime API of one execution environment."""

    class RuntimeApi(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            """The next invocation."""
            if self.path != f"{_PREFIX}/invocation/next":
                self._answer(404, b"")
                return
            invocation = environment.next_invocation()
            if invocation is None:
                self.close_connection = True
                return
            self._answer(
                200,
                invocation.payload,
                {
                    "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
                    "Lambda-Runtime-Deadline-Ms": str(invocation.deadline_ms),
                    "Lambda-Runtime-Invoked-Function-Arn": invocation.function_arn,
                    "Lambda-Runtime-Trace-Id": "Root=1-00000000-000000000000000000000000;Sampled=0",
                },
            )

        def do_POST(self) -> None:
            """The answer, or an error."""
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            environment.answer("init" if "/init/" in self.path else self.path.rsplit("/", 1)[-1], body)
            self._answer(202, b"{}")

        def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Not into the server's log: the function's own log says it all."""

    return RuntimeApi
