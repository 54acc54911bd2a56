"""The clients that put an endpoint under load."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from benchmarks.clients import Load, load, request


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    bodies: dict[object, list[bytes]]  # by client
    status = 200

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.bodies.setdefault(self.client_address, []).append(body)
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with suppress(OSError):  # of a client that has seen enough
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def handler() -> type[_Handler]:
    """A server's behaviour, and what it was asked."""
    return type("Handler", (_Handler,), {"bodies": {}})


@pytest.fixture
def port(handler: type[_Handler]) -> Iterator[int]:
    """A server that answers with what it was asked."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def test_every_client_asks_and_every_answer_counts(port: int, handler: type[_Handler]) -> None:
    """Three clients begin at different requests, and no request is counted that was not answered."""
    asked = [f"text {number}".encode() * 1000 for number in range(6)]
    found = load(port, [request("/", body, "text/plain") for body in asked], clients=3, seconds=0.3)
    assert {bodies[0] for bodies in handler.bodies.values()} == {asked[0], asked[2], asked[4]}
    assert 3 <= len(found.latencies) <= sum(map(len, handler.bodies.values()))
    assert found.seconds_per_request * len(found.latencies) == pytest.approx(0.3, abs=0.2)


def test_an_answer_that_is_no_success_ends_the_measurement(port: int, handler: type[_Handler]) -> None:
    """A server that refuses quickly must not look fast."""
    handler.status = 503
    with pytest.raises(RuntimeError, match="503"):
        load(port, [request("/", b"text", "text/plain")], clients=2, seconds=0.3)


def test_percentiles_are_of_all_requests() -> None:
    """Half of a hundred and one requests took no longer than the fifty-first."""
    found = Load(1.0, [float(number) for number in range(101)])
    assert (found.percentile(50), found.percentile(99)) == (50.0, 99.0)
