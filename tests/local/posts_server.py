"""A server of posts on this machine, which answers what a test tells it and remembers what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass(frozen=True)
class Asked:
    """A request."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """An answer; `announced` is a false Content-Length."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    announced: int | None = None

    @classmethod
    def json(cls, content: Any, status: int = 200, **headers: str) -> Reply:
        """JSON, as APIs answer; the underscores of a header's name are hyphens."""
        return cls(json.dumps(content).encode(), status, {name.replace("_", "-"): value for name, value in headers.items()})


@dataclass
class PostsServer:
    """A running server. `answer` is called with each request; a list of replies answers them in turn, the last one from then on."""

    address: str
    answer: Callable[[Asked], Reply] = lambda asked: Reply(status=404)
    asked: list[Asked] = field(default_factory=list)

    def reply(self, *replies: Reply) -> None:
        """Answer the next requests so."""
        rest = list(replies)
        self.answer = lambda asked: rest.pop(0) if len(rest) > 1 else rest[0]

    @property
    def queries(self) -> list[Mapping[str, str]]:
        """What the addresses of all requests asked for."""
        return [asked.query for asked in self.asked]


@contextmanager
def serving() -> Iterator[PostsServer]:
    """A server until the context ends."""

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
            asked = Asked(self.command, unquote(parts.path), query, dict(self.headers.items()), body)
            server.asked.append(asked)
            reply = server.answer(asked)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body) if reply.announced is None else reply.announced))
            self.end_headers()
            self.wfile.write(reply.body)

        do_GET = do_POST = _serve  # http.server's names

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server = PostsServer(f"http://127.0.0.1:{http.server_port}")
    thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()
