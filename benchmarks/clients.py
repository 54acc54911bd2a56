"""Clients that ask an endpoint at the same time, each its next text as soon as it has the answer to its last."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import cycle, islice
from statistics import quantiles
from typing import NamedTuple

END_OF_HEAD = b"\r\n\r\n"
LENGTH = b"content-length:"


class Load(NamedTuple):
    """What an endpoint did under some load."""

    seconds_per_request: float  # of wall time, all clients together
    latencies: list[float]  # seconds, one for each request

    def percentile(self, share: int) -> float:
        """So many per cent of the requests were answered within these seconds."""
        return quantiles(self.latencies, n=100, method="inclusive")[share - 1]


@dataclass
class _Client:
    """One connection that is kept; raises RuntimeError for an answer that is no success."""

    connection: socket.socket
    requests: Iterator[bytes]
    asked: float = 0.0
    received: bytearray = field(default_factory=bytearray)

    def ask(self) -> None:
        self.received.clear()
        self.asked = time.perf_counter()
        self.connection.sendall(next(self.requests))

    def is_answered(self) -> bool:
        """Take what has arrived."""
        part = self.connection.recv(1 << 20)
        if not part:
            raise RuntimeError("The server closed a connection.")
        self.received += part
        head, found, body = bytes(self.received).partition(END_OF_HEAD)
        if not found:
            return False
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"The server answered: {self.received[:500].decode(errors='replace')}")
        length = next(int(line[len(LENGTH) :]) for line in head.lower().split(b"\r\n") if line.startswith(LENGTH))
        return len(body) >= length


def request(path: str, body: bytes, content_type: str) -> bytes:
    """A POST as it goes over the wire."""
    head = f"POST {path} HTTP/1.1\r\nHost: endpoint\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def load(port: int, requests: Sequence[bytes], clients: int, seconds: float) -> Load:
    """Let some clients of 127.0.0.1 ask for some seconds; each begins elsewhere among the requests and goes round."""
    latencies: list[float] = []
    with ExitStack() as stack, selectors.DefaultSelector() as ready:
        for number in range(clients):
            first = number * len(requests) // clients
            mine = islice(cycle(requests), first, None)
            client = _Client(stack.enter_context(socket.create_connection(("127.0.0.1", port))), mine)
            client.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            ready.register(client.connection, selectors.EVENT_READ, client)
        everyone = [key.data for key in ready.get_map().values()]
        started = time.perf_counter()
        for client in everyone:
            client.ask()
        while (now := time.perf_counter()) - started < seconds:
            for key, _ in ready.select(timeout=1):
                client = key.data
                if client.is_answered():
                    latencies.append(time.perf_counter() - client.asked)
                    client.ask()
    if len(latencies) < clients:
        raise RuntimeError(f"{clients} clients had {len(latencies)} answers in {seconds:.0f} seconds.")
    return Load((now - started) / len(latencies), latencies)
