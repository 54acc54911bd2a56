"""A bucket handed out as CloudFront does: GET and HEAD, to anybody, with the headers of a policy."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from botocore.exceptions import ClientError

from local.host import Host

_FROM_OBJECT = {"ContentType": "Content-Type", "CacheControl": "Cache-Control", "ETag": "ETag"}


def serve_bucket(host: Host, bucket: str, *, root: str, headers: Mapping[str, str]) -> int:
    """Serve a bucket of this cloud as long as the process lives; the port. `root` is the object that answers for `/`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(host, bucket, root, headers))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True, name=f"bucket-{bucket}").start()
    return int(server.server_address[1])


def _handler(host: Host, bucket: str, root: str, headers: Mapping[str, str]) -> type[BaseHTTPRequestHandler]:
    class BucketHandler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            """One object."""
            key = unquote(urlsplit(self.path).path).lstrip("/") or root
            try:
                found = host.client("s3").get_object(Bucket=bucket, Key=key)
            except ClientError:  # a distribution may not list the bucket, so S3 does not say that nothing is there
                self._send(HTTPStatus.FORBIDDEN, b"Access denied", {"Content-Type": "text/plain"})
                return
            own = {name: str(found[field]) for field, name in _FROM_OBJECT.items() if field in found}
            if self.headers.get("If-None-Match") == own.get("ETag"):
                self._send(HTTPStatus.NOT_MODIFIED, b"", own)
            else:
                self._send(HTTPStatus.OK, found["Body"].read(), own)

        do_HEAD = do_GET

        def _send(self, status: HTTPStatus, body: bytes, own: Mapping[str, str]) -> None:
            self.send_response(status)
            for name, value in {**own, **headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Not into the server's log."""

    return BucketHandler
