"""Asking a server: bounded in bytes and in time, only over HTTP, and without taking credentials to another one."""

from __future__ import annotations

import gzip
import http.client
import io
import json
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Mapping
from email.message import Message
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from connections import Connections
from fields import as_object, as_text
from markup import on_one_line
from moments import reset_of
from source import Denied, Ended, Forbidden, RateLimited, Refused, Stopped

MAX_BODY_BYTES = 8 * 1024 * 1024  # a page of a hundred posts has some hundred kilobytes
REQUEST_SECONDS = 10.0  # for one answer, however slowly it comes
BLOCK_BYTES = 64 * 1024
USER_AGENT = "text-classification-kit/1 (collects public posts by hashtag)"
PRIVATE_HEADERS = ("authorization", "cookie")  # for the server that was asked alone
OK, NOT_MODIFIED, UNPAID, TOO_MANY, SERVER_ERROR = 200, 304, 402, 429, 500
UNAUTHORIZED, FORBIDDEN = 401, 403
SAID_IN = ("title", "detail", "reason", "error", "error_description", "message")  # X, Mastodon and Bluesky, in this order
MAX_SAID_CHARS, MAX_WORD_CHARS = 200, 30
TOO_SLOW = "{who} answers too slowly. The next run asks again."


class BadRequest(Stopped):
    """The server does not like a parameter; `body` is what it says of it."""

    def __init__(self, message: str, body: Any) -> None:
        super().__init__(message)
        self.body = body


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: Message
    body: bytes

    def json(self, who: str) -> Any:
        """The body, parsed. Raises Stopped."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise Stopped(f"{who} answered with what is no JSON. The next run asks again.") from error


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows to web servers alone, and leaves what is private behind when another one is meant."""

    max_redirections = 5

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        old, new = urlsplit(req.full_url), urlsplit(newurl)
        if new.scheme not in ("http", "https") or (old.scheme == "https" and new.scheme == "http"):
            return None
        follows = super().redirect_request(req, fp, code, msg, headers, newurl)
        if follows is not None and (old.scheme, old.netloc) != (new.scheme, new.netloc):
            for name in PRIVATE_HEADERS:
                follows.headers.pop(name.capitalize(), None)
        return follows


def _opener(connections: Connections) -> urllib.request.OpenerDirector:
    """HTTP and HTTPS, and no other way that urllib knows, such as files of this machine."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.UnknownHandler(),
        *connections.handlers(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        _Redirects(),
    ):
        opener.add_handler(handler)
    return opener


def ask(
    who: str,
    address: str,
    query: Mapping[str, str] | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    body: Mapping[str, str] | None = None,
    deadline: float,
) -> Answer:
    """What `address` answers to a GET, or to a POST of a JSON body; `who` is the server's name in sentences.

    Raises Stopped: RateLimited, Forbidden, BadRequest, or what else is not 200 or 304.
    """
    if time.time() >= deadline:
        raise Ended("The time of the run was up. The next one goes on.")
    url = f"{address}?{urlencode(query)}" if query else address
    sent = {"User-Agent": USER_AGENT, "Accept-Encoding": "gzip", **(headers or {})}
    data = None if body is None else json.dumps(body).encode()
    if data is not None:
        sent["Content-Type"] = "application/json"
    request = urllib.request.Request(url, data=data, headers=sent)  # noqa: S310  # the opener knows HTTP alone
    with Connections(min(deadline, time.time() + REQUEST_SECONDS)) as connections:
        try:
            answer = _fetched(who, request, connections)
        except (OSError, http.client.HTTPException, ValueError) as error:  # URLError and time-outs are an OSError
            if connections.is_cut:
                raise Stopped(TOO_SLOW.format(who=who)) from error
            reason = getattr(error, "reason", error)
            why = reason if isinstance(reason, str) else type(reason).__name__
            raise Stopped(f"{who} could not be reached ({why}). The next run asks again.") from error
    _check(who, answer)
    return answer


def _fetched(who: str, request: urllib.request.Request, connections: Connections) -> Answer:
    try:
        response = _opener(connections).open(request, timeout=REQUEST_SECONDS)
    except urllib.error.HTTPError as error:
        response = error  # an answer like any other
    with response:
        content = _read(who, response)
        if connections.is_cut:  # which looks like an end
            raise Stopped(TOO_SLOW.format(who=who))
        if response.headers.get("Content-Encoding", "").lower() in ("gzip", "x-gzip"):
            content = _unzipped(who, content)
        return Answer(response.status, response.headers, content)


def _read(who: str, response: Any) -> bytes:
    """The whole body, which must be as long as the server says."""
    blocks, size = [], 0
    while block := response.read1(BLOCK_BYTES):
        blocks.append(block)
        size += len(block)
        if size > MAX_BODY_BYTES:
            raise Stopped(f"{who} answered with more than {MAX_BODY_BYTES // 1024**2} MB, which is no page of posts.")
    announced = response.headers.get("Content-Length", "")
    if announced.isdigit() and size < int(announced):
        raise Stopped(f"The answer of {who} broke off. The next run asks again.")
    return b"".join(blocks)


def _unzipped(who: str, content: bytes) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            plain = file.read(MAX_BODY_BYTES + 1)
    except (EOFError, zlib.error) as error:
        raise Stopped(f"The answer of {who} broke off. The next run asks again.") from error
    if len(plain) > MAX_BODY_BYTES:
        raise Stopped(f"{who} answered with more than {MAX_BODY_BYTES // 1024**2} MB, which is no page of posts.")
    return plain


def quoted(said: Any) -> str:
    """What a server says of an error, as the end of a sentence: plain, short, without links and numbers; empty if it says nothing.

    Numbers may be those of a request: then the same refusal would be another one in each run, and told again. A long word may be a token.
    """
    texts = dict.fromkeys(on_one_line(as_text(as_object(said).get(name)))[:MAX_SAID_CHARS] for name in SAID_IN)
    words = ". ".join(text.rstrip(". ") for text in texts if text).replace('"', "'").split()
    plain = " ".join("…" if "/" in word or len(word) > MAX_WORD_CHARS or any(map(str.isdigit, word)) else word for word in words)
    return f': "{plain[:MAX_SAID_CHARS]}"' if plain else ""


def _check(who: str, answer: Answer) -> None:
    """Raises Stopped for everything that is no page."""
    if answer.status in (OK, NOT_MODIFIED):
        return
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        said = None
    if answer.status == TOO_MANY or (answer.status >= SERVER_ERROR and "Retry-After" in answer.headers):
        until = reset_of(answer.headers, time.time())
        moment = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(until))
        raise RateLimited(f"{who} wants to be asked no more before {moment} UTC.", until, said)
    if answer.status == UNAUTHORIZED:
        raise Refused(f"{who} refuses the credentials or asks for some (HTTP {answer.status}){quoted(said)}.")
    if answer.status == FORBIDDEN:
        raise Denied(f"{who} does not allow this (HTTP {answer.status}){quoted(said)}.")
    if answer.status == UNPAID:
        raise Forbidden(f"{who} wants to be paid first (HTTP {answer.status}): its credits are used up. Buy some there.")
    if 400 <= answer.status < SERVER_ERROR:  # noqa: PLR2004  # where HTTP's errors of the client begin
        remedy = "Are the hashtag and its address in the settings right?"
        raise BadRequest(f"{who} does not take the request (HTTP {answer.status}). {remedy}", said)
    raise Stopped(f"{who} is in trouble (HTTP {answer.status}). The next run asks again.")
