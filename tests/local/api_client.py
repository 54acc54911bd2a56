"""Somebody who is signed in to a local cloud and calls its HTTP API, as a browser would: over HTTP, with a token."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

PASSWORD = "Chosen-By-Her-2026"  # noqa: S105  # of a pool on this machine, which ends with the test


@dataclass(frozen=True)
class Reply:
    """What came back; the names of headers are in lower case."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def json(self) -> Any:
        """The parsed body."""
        return json.loads(self.body)


def send(url: str, method: str = "GET", body: bytes | Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None) -> Reply:
    """One request; a body that is no bytes goes as JSON."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    sent = dict(headers or {})
    if body is not None and not isinstance(body, bytes):
        body, sent = json.dumps(body).encode(), {"Content-Type": "application/json", **sent}
    try:
        connection.request(method, f"{parts.path}?{parts.query}" if parts.query else parts.path, body, sent)
        answer = connection.getresponse()
        return Reply(answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()})
    finally:
        connection.close()


@dataclass(frozen=True)
class Person:
    """Somebody with tokens of a user pool."""

    api_url: str
    tokens: Mapping[str, Any]

    @classmethod
    def signed_in(cls, sign_in_url: str, api_url: str, client_id: str, email: str, temporary_password: str) -> Person:
        """Sign in for the first time and choose a password, as the page does: no request is signed."""

        def ask(operation: str, **given: Any) -> Any:
            target = {"X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation}", "Content-Type": "application/x-amz-json-1.1"}
            reply = send(sign_in_url, "POST", json.dumps({"ClientId": client_id, **given}).encode(), target)
            assert reply.status == 200, reply.body
            return reply.json

        first = ask("InitiateAuth", AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": email, "PASSWORD": temporary_password})
        assert first["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
        chosen = {"USERNAME": email, "NEW_PASSWORD": PASSWORD}
        second = ask("RespondToAuthChallenge", ChallengeName="NEW_PASSWORD_REQUIRED", Session=first["Session"], ChallengeResponses=chosen)
        return cls(api_url, second["AuthenticationResult"])

    @property
    def id_token(self) -> str:
        """The token that the API asks for."""
        return str(self.tokens["IdToken"])

    def __call__(self, method: str, path: str, body: Mapping[str, Any] | bytes | None = None, **headers: str) -> Reply:
        """Call the API."""
        return send(f"{self.api_url}{path}", method, body, {"Authorization": f"Bearer {self.id_token}", **headers})


def post_form(upload: Mapping[str, Any], content: bytes, file_name: str = "file.csv", **replaced: str) -> Reply:
    """Send a file with a signed form, its fields first and the file last; `replaced` are fields that somebody changed."""
    boundary = "between-the-parts"
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in {**upload["fields"], **replaced}.items()
    ]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{file_name}"\r\nContent-Type: text/csv\r\n\r\n'
    body = b"".join(parts) + head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}", "Origin": "https://page.invalid"}
    return send(upload["url"], "POST", body, headers)
