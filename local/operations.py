"""Which operation of which API a request is, and its parameters, read off the request as it came over HTTP.

JSON and query APIs name the operation in the request. REST APIs do not: there the address is compared with botocore's own
description of the service.
"""

from __future__ import annotations

import functools
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import parse_qs
from xml.etree import ElementTree as Xml

from botocore.loaders import Loader

_SCOPE = re.compile(r"Credential=(?P<key>[^/]+)/\d+/[^/]+/(?P<service>[^/]+)/aws4_request")
_UNDER_ONE_NAME = {"sagemaker": "sagemaker-runtime"}  # the REST API that signs as another one does, which is none
_BODIES_OF_CALLERS = ("InvokeEndpoint",)  # the body holds no parameters
_FORM = "multipart/form-data"
_FIELD = re.compile(rb'name="([^"]+)"\r\n\r\n(.*?)\r\n', re.DOTALL)  # of a form; a file's has more lines
_SIGNED_AS = {"monitoring": "cloudwatch"}  # where a signature names a service otherwise than IAM does
_REST_PROTOCOLS = ("rest-json", "rest-xml")


class Caller(NamedTuple):
    """What a signature says: whose access key, and which service was meant."""

    access_key: str
    service: str


class Request(NamedTuple):
    """One call of an API."""

    operation: str  # `s3:CopyObject`: the service and the operation's name in its API, which is not always IAM's
    parameters: Mapping[str, Any]  # by the names that boto3 knows them by


def read_caller(environ: dict[str, Any]) -> Caller | None:
    """Who signed a request, or the address or form by which it came; None when nobody did."""
    match = _SCOPE.search(environ.get("HTTP_AUTHORIZATION") or _signed_credential(environ))
    return Caller(match["key"], _SIGNED_AS.get(match["service"], match["service"])) if match else None


def read_request(environ: dict[str, Any], service: str) -> Request:
    """The call that a request to a service is; its name is `?` when the service has no such operation.

    The body is read where it holds parameters, and put back for those who read it after this.
    """
    model = _model(service if "HTTP_X_AMZ_TARGET" in environ else _UNDER_ONE_NAME.get(service, service))
    if set(model.protocols) & set(_REST_PROTOCOLS):
        name, parameters = model.match(environ)
        if service == "s3" and environ.get("CONTENT_TYPE", "").startswith(_FORM):  # which botocore does not describe
            name, parameters = "PostObject", {"Bucket": environ["PATH_INFO"].strip("/"), "Key": _form(environ).get("key", "")}
        if "rest-json" in model.protocols and name not in _BODIES_OF_CALLERS:
            parameters |= _json(environ)
        elif name == "DeleteObjects":
            parameters["Delete"] = _deletions(_body(environ))
    elif "HTTP_X_AMZ_TARGET" in environ:
        name, parameters = environ["HTTP_X_AMZ_TARGET"].rpartition(".")[2], _json(environ)
    else:
        form = {key: values[0] for key, values in parse_qs(_body(environ).decode(), keep_blank_values=True).items()}
        name, parameters = form.pop("Action", "?"), form
    return Request(f"{service}:{name}", parameters)


def _signed_credential(environ: dict[str, Any]) -> str:
    """The credential in a signed address or a signed form, as an Authorization header has it; empty when there is none."""
    if "X-Amz-Credential" in environ.get("QUERY_STRING", ""):
        return f"Credential={parse_qs(environ['QUERY_STRING'])['X-Amz-Credential'][0]}"
    if environ.get("CONTENT_TYPE", "").startswith(_FORM):
        return f"Credential={_form(environ).get('x-amz-credential', '')}"
    return ""


@dataclass(frozen=True)
class _Route:
    """Where an operation of a REST API is reached, and which parameters travel where."""

    name: str
    method: str
    path: re.Pattern[str]
    query: frozenset[tuple[str, str]]  # that the address holds as it stands
    locations: Mapping[str, Mapping[str, str]]  # `querystring` and `header`: parameters by their names there
    needed: frozenset[tuple[str, str]]  # location and name there

    def match(self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> dict[str, Any] | None:
        """The parameters of a request to this operation; None when it is another one's."""
        found = self.path.fullmatch(path) if method == self.method else None
        values = {"querystring": query, "header": headers}
        if not found or not self.query <= query.items() or any(name not in values[location] for location, name in self.needed):
            return None
        given = {
            parameter: values[location][name]
            for location, names in self.locations.items()
            for name, parameter in names.items()
            if name in values[location]
        }
        return found.groupdict() | given

    @property
    def weight(self) -> tuple[int, int]:
        """Of several operations that fit, the one that asks for most is meant."""
        return len(self.query) + len(self.needed), len(self.path.pattern)


class _Model:
    """A service as botocore describes it."""

    def __init__(self, service: str) -> None:
        described = Loader().load_service_model(service, "service-2")
        self.protocols: tuple[str, ...] = tuple(described["metadata"].get("protocols") or [described["metadata"]["protocol"]])
        self._routes = sorted(_routes(described), key=lambda route: route.weight, reverse=True)

    def match(self, environ: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """The operation of a REST API, and the parameters in its address and headers."""
        path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")  # WSGI's form of bytes
        query = {key: values[0] for key, values in parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True).items()}
        headers = {name[5:].replace("_", "-").lower(): str(value) for name, value in environ.items() if name.startswith("HTTP_")}
        for route in self._routes:
            parameters = route.match(environ["REQUEST_METHOD"], path, query, headers)
            if parameters is not None:
                return route.name, parameters
        return "?", {}


@functools.cache
def _model(service: str) -> _Model:
    return _Model(service)


def _routes(described: Mapping[str, Any]) -> Iterator[_Route]:
    for name, operation in described["operations"].items():
        path, _, query = operation["http"]["requestUri"].partition("?")
        shape = described["shapes"][operation["input"]["shape"]] if "input" in operation else {}
        locations: dict[str, dict[str, str]] = {"querystring": {}, "header": {}}
        needed = set()
        for parameter, member in shape.get("members", {}).items():
            location, there = member.get("location"), member.get("locationName", parameter)
            if location in locations:
                there = there.lower() if location == "header" else there
                locations[location][there] = parameter
                if parameter in shape.get("required", ()):
                    needed.add((location, there))
        literal = frozenset((key, values[0]) for key, values in parse_qs(query, keep_blank_values=True).items())
        yield _Route(name, operation["http"]["method"], _pattern(path), literal, locations, frozenset(needed))


def _pattern(path: str) -> re.Pattern[str]:
    """`/{Bucket}/{Key+}` as an expression: a name with a plus may hold slashes."""
    parts = re.split(r"\{(\w+)(\+?)\}", path.rstrip("/"))
    text = re.escape(parts[0])
    for name, greedy, literal in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        text += f"(?P<{name}>{'.+' if greedy else '[^/]+'}){re.escape(literal)}"
    return re.compile(f"{text}/?", re.DOTALL)


def _body(environ: dict[str, Any]) -> bytes:
    body: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _form(environ: dict[str, Any]) -> dict[str, str]:
    """The fields of a form before its file, by their names in lower case."""
    head = _body(environ).partition(b"; filename=")[0]
    return {name.decode().lower(): value.decode("utf-8", "replace") for name, value in _FIELD.findall(head)}


def _json(environ: dict[str, Any]) -> dict[str, Any]:
    parsed = json.loads(_body(environ) or b"{}")
    return parsed if isinstance(parsed, dict) else {}


def _deletions(body: bytes) -> list[dict[str, str]]:
    """The objects that a DeleteObjects names: `Key`, and `VersionId` where there is one."""
    root = Xml.fromstring(body)  # noqa: S314  # written by boto3 on this machine
    entries = [entry for entry in root if entry.tag.endswith("Object")]
    return [{field.tag.rpartition("}")[2]: field.text or "" for field in entry} for entry in entries]
