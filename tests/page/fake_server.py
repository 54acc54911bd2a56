"""The pretended service as the page meets it: over HTTP, in this process."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from fake_service import Answer, FakeService


@contextmanager
def served(service: FakeService) -> Iterator[FakeService]:
    """The service, asked at its address for the time of the block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(service))
    server.daemon_threads = True
    service.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield service
    server.shutdown()
    server.server_close()


def _handler(service: FakeService) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_OPTIONS(self) -> None:
            self._answer(204, None)

        def do_GET(self) -> None:
            self._answer(*self._asked())

        do_POST = do_PUT = do_DELETE = do_GET

        def _asked(self) -> Answer:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            url = urlsplit(self.path)
            if target := self.headers.get("X-Amz-Target"):
                return service.sign_in(target.split(".")[-1], json.loads(content))
            if url.path == "/bucket" and service.forms_over:
                service.forms_over -= 1
                return 403, {"error": "Invalid according to Policy: Policy expired."}
            if url.path == "/bucket":
                service.uploads.append(_form(self.headers["Content-Type"], content))
                return 204, None
            if url.path.startswith("/files/"):
                return 200, {"a": "file"}
            token = (self.headers.get("Authorization") or "").removeprefix("Bearer token-")
            if not token or token.startswith("Bearer") or service.is_session_over:
                return 401, {"message": "Unauthorized"}
            query = {name: values[0] for name, values in parse_qs(url.query).items()}
            return service.api(self.command, unquote(url.path), query, json.loads(content) if content else None, token)

        def _answer(self, status: int, body: Any) -> None:
            content = b"" if body is None else json.dumps(body).encode()
            self.send_response(status)
            headers = {
                "Access-Control-Allow-Origin": self.headers.get("Origin") or "*",
                "Access-Control-Allow-Headers": "authorization, content-type, x-amz-target",
                "Access-Control-Allow-Methods": "GET, POST, PUT, DELETE",
                "Access-Control-Expose-Headers": "retry-after, x-amz-version-id",
                "Content-Type": "application/json",
                "x-amz-version-id": "v1",
                **({"Retry-After": str(service.retry_after)} if status == 503 and service.retry_after else {}),
                **({"Content-Length": str(len(content))} if status != 204 else {}),
            }
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Not into the tests' output."""

    return Handler


def _form(content_type: str, content: bytes) -> tuple[dict[str, str], bytes]:
    """The fields of a form in their order, and the file."""
    message = BytesParser().parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + content)
    fields: dict[str, str] = {}
    file = b""
    for part in message.get_payload():
        name = str(part.get_param("name", header="content-disposition"))
        payload = part.get_payload(decode=True)
        fields[name] = "" if name == "file" else payload.decode()
        file = payload if name == "file" else file
    return fields, file
