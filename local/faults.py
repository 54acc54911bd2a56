"""Faults on demand: the weather of a cloud, for tests of what stands in it.

A file in the state folder, `faults.json`, holds rules and a seed, and is read again whenever it changes. Each request of the
product's own code (its functions and jobs, not the local cloud itself nor a person at the keyboard) that a rule is about
may be answered with an error, late, half, or not at all. Product code knows nothing of it.
"""

from __future__ import annotations

import json
import logging
import random
import re
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, NoReturn

from local.operations import read_caller, read_request

FAULTS_FILE = "faults.json"
SPARED = "local-cloud"  # stands in the user agent of clients that faults spare

log = logging.getLogger(__name__)

StartResponse = Callable[..., Any]
Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


class Kind(StrEnum):
    """What happens to a request."""

    REFUSE = "refuse"  # it is answered with an error and not carried out
    DROP = "drop"  # the connection breaks before it is carried out
    LOSE = "lose"  # it is carried out, and the connection breaks before the answer
    CUT = "cut"  # it is carried out, and the connection breaks in the middle of the answer
    DELAY = "delay"  # it is carried out, and answered late


@dataclass(frozen=True)
class Rule:
    """Which requests fare how."""

    kind: Kind
    service: str  # as it signs: s3, dynamodb, batch, sagemaker, sns ...
    operation: str = ""  # as its API names it, for instance PutObject; empty: any
    path: str = ""  # a regular expression that the path must hold, for instance a part of a key
    calls: Sequence[int] = ()  # which of the requests that it is about, from 1; none: all of them
    probability: float = 1.0  # of those
    status: int = 503
    code: str = "ServiceUnavailable"
    delay_seconds: float = 0.0

    def is_about(self, service: str, operation: str, path: str) -> bool:
        """Whether a request is one of those that it is about."""
        is_right = service == self.service and (not self.operation or operation.lower() == self.operation.lower())
        return is_right and bool(re.search(self.path, path))


@dataclass
class _Weather:
    """The rules in force, and how often each was asked."""

    rules: list[Rule]
    seed: int
    counts: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.counts = [0] * len(self.rules)
        self._random = random.Random(self.seed)  # noqa: S311  # whether a fault strikes is no secret

    def strike(self, service: str, operation: str, path: str) -> Rule | None:
        """The rule that strikes a request, if one does."""
        for number, rule in enumerate(self.rules):
            if rule.is_about(service, operation, path):
                self.counts[number] += 1
                is_chosen = not rule.calls or self.counts[number] in rule.calls
                if is_chosen and self._random.random() < rule.probability:
                    return rule
        return None


def set_faults(state: Path, rules: Sequence[Rule], seed: int = 0) -> None:
    """Put rules in force for the local cloud of a state folder; none ends all faults."""
    draft = state / f".{FAULTS_FILE}.draft"
    content = {"seed": seed, "rules": [asdict(rule) for rule in rules], "set_at": time.time_ns()}
    draft.write_text(json.dumps(content, indent=2), encoding="utf-8")
    draft.replace(state / FAULTS_FILE)


class Faults:
    """A WSGI application around the local cloud's own; it has no effect while there is no file."""

    def __init__(self, application: Application, state: Path) -> None:
        self._application = application
        self._file = state / FAULTS_FILE
        self._file.unlink(missing_ok=True)  # of a server before this one
        self._lock = threading.Lock()
        self._read_at = 0
        self._weather = _Weather([], 0)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request, or see that it goes wrong."""
        rule = self._rule_for(environ)
        if rule is None:
            return self._application(environ, start_response)
        service, operation = call_of(environ)
        log.warning("fault: %s of %s %s %s", rule.kind, service, operation, environ.get("PATH_INFO"))
        if rule.kind == Kind.REFUSE:
            return _refused(rule, service, environ, start_response)
        if rule.kind == Kind.DROP:
            _read_all(environ)
            _break(environ)
        if rule.kind == Kind.CUT:
            return self._cut(environ, start_response)
        answer = self._application(environ, start_response)
        if rule.kind == Kind.LOSE:
            for _ in answer:
                pass
            _break(environ)
        time.sleep(rule.delay_seconds)
        return answer

    def _rule_for(self, environ: dict[str, Any]) -> Rule | None:
        if SPARED in environ.get("HTTP_USER_AGENT", ""):
            return None
        with self._lock:
            self._refresh()
            if not self._weather.rules:
                return None
            return self._weather.strike(*call_of(environ), environ.get("PATH_INFO", ""))

    def _refresh(self) -> None:
        try:
            changed_at = self._file.stat().st_mtime_ns
        except FileNotFoundError:
            return
        if changed_at != self._read_at:
            content = json.loads(self._file.read_text(encoding="utf-8"))
            rules = [Rule(**{**entry, "kind": Kind(entry["kind"])}) for entry in content["rules"]]
            self._read_at, self._weather = changed_at, _Weather(rules, content["seed"])
            log.warning("faults: %d rules, seed %d", len(rules), content["seed"])

    def _cut(self, environ: dict[str, Any], start_response: StartResponse) -> Iterator[bytes]:
        content = b"".join(self._application(environ, start_response))
        yield content[: len(content) // 2]
        _break(environ)


def call_of(environ: dict[str, Any]) -> tuple[str, str]:
    """The service and the operation that a request is for; empty where nobody signed it, as with an address that was signed before."""
    caller = read_caller(environ)
    return (caller.service, read_request(environ, caller.service).operation.partition(":")[2]) if caller else ("", "")


def _refused(rule: Rule, service: str, environ: dict[str, Any], start_response: StartResponse) -> list[bytes]:
    """An error in the form of the service's protocol."""
    _read_all(environ)
    message = "injected by the tests"
    error = f"<Error><Code>{rule.code}</Code><Message>{message}</Message></Error>"
    if service in ("s3", "sns"):
        body = (error if service == "s3" else f"<ErrorResponse>{error}<RequestId>0</RequestId></ErrorResponse>").encode()
        headers = [("Content-Type", "application/xml")]
    else:
        body = json.dumps({"__type": rule.code, "message": message}).encode()
        headers = [("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-errortype", rule.code)]
    start_response(f"{rule.status} Fault", [*headers, ("Content-Length", str(len(body)))])
    return [b"" if environ.get("REQUEST_METHOD") == "HEAD" else body]


def _read_all(environ: dict[str, Any]) -> None:
    """Take the request's body, so that its sender is not stopped while sending."""
    left = int(environ.get("CONTENT_LENGTH") or 0)
    while left > 0 and (data := environ["wsgi.input"].read(min(left, 1 << 20))):
        left -= len(data)


def _break(environ: dict[str, Any]) -> NoReturn:
    """Close the connection; the server takes it for a client that went away."""
    environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    raise ConnectionResetError("broken on purpose")
