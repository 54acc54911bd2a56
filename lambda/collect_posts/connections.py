"""Connections of one question: they end when its time is over, and none leads out of the internet into a private network.

A time-out of urllib's is that of each single byte, so that a server which sends one now and then would hold it for ever.
"""

from __future__ import annotations

import http.client
import socket
import threading
import time
import urllib.request
from contextlib import suppress
from ipaddress import ip_address
from types import TracebackType
from typing import Any, Self

from source import Stopped

CONNECT_SECONDS = 3.0  # for one of a server's addresses, so that others have their turn


class Connections:
    """A context that cuts its connections at `end` (seconds since the epoch) and tells it by `is_cut`."""

    def __init__(self, end: float) -> None:
        self._end = end
        self._timer = threading.Timer(max(0.0, end - time.time()), self._cut)
        self._timer.daemon = True
        self._sockets: list[socket.socket] = []
        self._is_public = False
        self.is_cut = False

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._timer.cancel()
        self._timer.join()
        for each in self._sockets:
            each.close()

    def handlers(self) -> tuple[urllib.request.BaseHandler, ...]:
        """HTTP and HTTPS, as urllib opens them."""
        return _OverHttp(self), _OverHttps(self)

    def connect(self, address: tuple[str, int], timeout: float, source_address: None = None) -> socket.socket:
        """A connection to a host and port, as http.client asks for it. Raises OSError; Stopped where none may lead."""
        failure: OSError = TimeoutError("its time is over")
        for *_, target in socket.getaddrinfo(*address, type=socket.SOCK_STREAM):
            self._allow(str(target[0]))
            try:
                made = socket.create_connection((str(target[0]), address[1]), min(CONNECT_SECONDS, self._end - time.time()))
            except (OSError, ValueError) as error:  # the latter: no time is left
                failure = error if isinstance(error, OSError) else failure
                continue
            made.settimeout(timeout)
            self._sockets.append(made.dup())  # encryption takes the socket itself away
            if time.time() >= self._end:
                self._cut()
            return made
        raise failure

    def _allow(self, host: str) -> None:
        is_public = ip_address(host.partition("%")[0]).is_global
        if self._is_public and not is_public:
            raise Stopped("A redirect leads from the internet into a private network. It is not followed.")
        self._is_public = is_public

    def _cut(self) -> None:
        self.is_cut = True
        for each in list(self._sockets):
            with suppress(OSError):  # it has ended already
                each.shutdown(socket.SHUT_RDWR)


class _OverHttp(urllib.request.HTTPHandler):
    def __init__(self, connections: Connections) -> None:
        super().__init__()
        self._connections = connections

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(self._made, req)

    def _made(self, host: str, **given: Any) -> http.client.HTTPConnection:
        return _connecting(http.client.HTTPConnection(host, **given), self._connections)


class _OverHttps(urllib.request.HTTPSHandler):
    def __init__(self, connections: Connections) -> None:
        super().__init__()
        self._connections = connections

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(self._made, req)

    def _made(self, host: str, **given: Any) -> http.client.HTTPConnection:
        return _connecting(http.client.HTTPSConnection(host, **given), self._connections)


def _connecting(connection: http.client.HTTPConnection, connections: Connections) -> http.client.HTTPConnection:
    """Let a connection be made by `connections`, through the seam that http.client has had for tests of its own."""
    connection._create_connection = connections.connect  # type: ignore[attr-defined]
    return connection
