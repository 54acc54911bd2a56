"""The HTTP server in front of the endpoint's application."""

from __future__ import annotations

from waitress import create_server  # type: ignore[import-untyped]  # ships no types
from waitress.server import BaseWSGIServer  # type: ignore[import-untyped]  # likewise

from container.live_app import MAX_SECONDS, LiveApp
from contract.errors import UserError
from contract.live import MAX_BODY_BYTES

HOST = "0.0.0.0"  # noqa: S104  # SageMaker asks from outside the container
THREADS = 32  # requests that are answered at once; nearly all wait for their micro-batch


def open_server(app: LiveApp, port: int, threads: int = THREADS) -> BaseWSGIServer:
    """A server that answers once its `run` is called; on a free port when `port` is 0. Raises UserError when the port is taken."""
    try:
        return create_server(
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
