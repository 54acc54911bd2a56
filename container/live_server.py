"""The HTTP server in front of the endpoint's application."""

from __future__ import annotations

import json
from http import HTTPStatus

from waitress import create_server  # type: ignore[import-untyped]  # ships no types
from waitress.channel import HTTPChannel  # type: ignore[import-untyped]  # likewise
from waitress.server import BaseWSGIServer  # type: ignore[import-untyped]  # likewise
from waitress.task import ErrorTask  # type: ignore[import-untyped]  # likewise

from container.live_app import MAX_SECONDS, LiveApp
from contract.errors import UserError
from contract.live import JSON, MAX_BODY_BYTES

HOST = "0.0.0.0"  # noqa: S104  # SageMaker asks from outside the container
THREADS = 32  # requests that are answered at once; nearly all wait for their micro-batch


def open_server(app: LiveApp, port: int, threads: int = THREADS) -> BaseWSGIServer:
    """A server that answers once its `run` is called; on a free port when `port` is 0. Raises UserError when the port is taken."""
    try:
        server = create_server(
            app,
            host=HOST,
            port=port,
            threads=threads,
            ident=None,
            channel_timeout=int(MAX_SECONDS) + 10,
            inbuf_overflow=2 * MAX_BODY_BYTES,  # a body lies in memory, never in a file
            max_request_body_size=2 * MAX_BODY_BYTES,  # between the two limits the application says what is wrong
        )
    except OSError as error:
        raise UserError(f"Port {port} cannot be opened ({error.strerror}). Name another with --port.") from error
    server.channel_class = _Channel
    return server


class _Refusal(ErrorTask):  # type: ignore[misc]  # of a package without types
    """Answers what never reaches the application, a far too large body or no HTTP at all, as the application would."""

    def execute(self) -> None:
        """Write the answer, and close the connection: what still comes over it cannot be read."""
        status = HTTPStatus(self.request.error.code)
        said = f"The request cannot be read as HTTP ({status.phrase})."
        if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            said = f"The body is far beyond the {MAX_BODY_BYTES:,} bytes that are allowed. Send it in portions, or drop a file."
        body = json.dumps({"error": said}).encode()
        self.status = f"{status.value} {status.phrase}"
        self.response_headers.append(("Content-Type", JSON))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class _Channel(HTTPChannel):  # type: ignore[misc]  # of a package without types
    """A client's connection."""

    error_task_class = _Refusal
