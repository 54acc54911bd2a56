"""API Gateway's HTTP APIs: a server for each, in front of the functions.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api.html
"""

from __future__ import annotations

import http
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from moto.apigatewayv2.models import Api, Authorizer, apigatewayv2_backends
from moto.awslambda.models import lambda_backends
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from local.api_events import answered, expanded, request_event, stringified
from local.api_routes import Match, match
from local.delivery import may_invoke
from local.host import Host
from local.lambda_functions import Functions, Throttled
from local.logs import LogStream, log_file
from local.tokens import Unauthorized, claims_of, keys_of

STAGE = "$default"
MAX_BODY_BYTES = 10 * 1024**2  # API Gateway's limit

Environ = dict[str, Any]


class HttpApis:
    """The servers of all APIs."""

    def __init__(self, host: Host, functions: Functions) -> None:
        self._host = host
        self._functions = functions
        self._servers: list[BaseWSGIServer] = []

    def open(self, api_id: str) -> str:
        """Answer for an API from now on; its address."""
        api = apigatewayv2_backends[self._host.account][self._host.region].apis[api_id]
        server = make_server("127.0.0.1", 0, _Front(self._host, self._functions, api), threaded=True, request_handler=_QuietHandler)
        self._servers.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True, name=f"api-{api_id}").start()
        return f"http://127.0.0.1:{server.server_port}"

    def close(self) -> None:
        """Take no more requests."""
        for server in self._servers:
            server.shutdown()
            server.server_close()


class _QuietHandler(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """The access log is the API's own."""


class _Refused(Exception):
    """What API Gateway answers by itself."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.headers = int(status), dict(headers or {})


@dataclass
class _Bucket:
    """The tokens of one route: `burst` at most, and so many more each second."""

    tokens: float
    at: float = field(default_factory=time.monotonic)

    def take(self, rate: float, burst: float) -> bool:
        now = time.monotonic()
        self.tokens, self.at = min(burst, self.tokens + (now - self.at) * rate), now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class _Front:
    """A WSGI application that does for one API what API Gateway does: match, throttle, authorize, call, answer, log."""

    def __init__(self, host: Host, functions: Functions, api: Api) -> None:
        self._host, self._functions, self._api = host, functions, api
        self._lock = threading.Lock()
        self._buckets: dict[str, _Bucket] = {}
        self._stream: LogStream | None = None

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        request, started, moment = Request(environ), time.monotonic(), datetime.now(UTC)
        request.max_content_length = MAX_BODY_BYTES
        context = {
            "requestId": uuid.uuid4().hex[:16],
            "requestTime": f"{moment:%d/%b/%Y:%H:%M:%S +0000}",
            "identity.sourceIp": request.remote_addr or "",
        }
        response = self._preflight(request)
        if response is None:
            try:
                response = self._respond(request, moment, context)
            except _Refused as refused:
                context["error.message"] = str(refused)
                response = Response(f'{{"message":"{refused}"}}', refused.status, refused.headers, content_type="application/json")
            self._allow_origin(request, response)
            context |= {"status": str(response.status_code), "responseLength": str(len(response.get_data()))}
            context["responseLatency"] = str(round((time.monotonic() - started) * 1000))
            self._log(context)
        return response(environ, start_response)

    def _respond(self, request: Request, moment: datetime, context: dict[str, str]) -> Response:
        found = match(self._api.routes.values(), request.method, request.path)
        if found is None:
            raise _Refused(http.HTTPStatus.NOT_FOUND, "Not Found")
        context["routeKey"] = found.route.route_key
        self._throttle(found.route.route_key)
        claims = self._authorize(request, found, context)
        try:
            request.get_data()
        except RequestEntityTooLarge as error:
            raise _Refused(http.HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Request Entity Too Large") from error
        return self._invoke(
            found, request_event(self._host, self._api.api_id, request, found, claims, moment, context["requestId"]), context
        )

    def _throttle(self, route_key: str) -> None:
        settings = self._api.stages[STAGE].default_route_settings
        rate, burst = settings.get("throttlingRateLimit"), settings.get("throttlingBurstLimit")
        if not rate or not burst:
            return
        with self._lock:
            bucket = self._buckets.setdefault(route_key, _Bucket(float(burst)))
            if not bucket.take(float(rate), float(burst)):
                raise _Refused(http.HTTPStatus.TOO_MANY_REQUESTS, "Too Many Requests")

    def _authorize(self, request: Request, found: Match, context: dict[str, str]) -> dict[str, str] | None:
        """The claims as a function sees them; None on a route that is open to everybody."""
        if found.route.authorization_type in (None, "NONE"):
            return None
        authorizer: Authorizer = self._api.authorizers[found.route.authorizer_id or ""]
        jwt: dict[str, Any] = authorizer.jwt_config  # type: ignore[assignment]  # moto calls every field a text
        try:
            claims = claims_of(
                request.headers.get("Authorization", ""),
                issuer=jwt["issuer"],
                audience=jwt["audience"],
                keys=keys_of(self._host, jwt["issuer"]),
            )
        except Unauthorized as error:
            context["authorizer.error"] = str(error)
            raise _Refused(http.HTTPStatus.UNAUTHORIZED, "Unauthorized", {"WWW-Authenticate": "Bearer"}) from error
        written = {name: stringified(value) for name, value in claims.items()}
        context |= {f"authorizer.claims.{name}": value for name, value in written.items()}
        return written

    def _invoke(self, found: Match, event: str, context: dict[str, str]) -> Response:
        integration = self._api.integrations[found.route.target.removeprefix("integrations/")]
        function = lambda_backends[self._host.account][self._host.region].get_function(integration.integration_uri)
        source = f"arn:aws:execute-api:{self._host.region}:{self._host.account}:{self._api.api_id}/{STAGE}/{found.route.route_key}"
        problem = ""
        if not may_invoke(function, "apigateway.amazonaws.com", source):
            problem = "The function has no permission that lets the API invoke it."
        else:
            try:
                outcome = self._functions.invoke(function, event)
                if not outcome.error:
                    return answered(outcome.payload)
                problem = "The function failed."
            except (Throttled, OSError) as error:  # it is switched off, or the local cloud is stopping
                context["integrationErrorMessage"] = type(error).__name__
                raise _Refused(http.HTTPStatus.SERVICE_UNAVAILABLE, "Service Unavailable") from error
        context["integrationErrorMessage"] = problem
        raise _Refused(http.HTTPStatus.INTERNAL_SERVER_ERROR, "Internal Server Error")

    def _preflight(self, request: Request) -> Response | None:
        """The answer to a browser that asks whether it may ask; None when this is no such question."""
        cors = self._cors
        if not cors or request.method != "OPTIONS" or "Access-Control-Request-Method" not in request.headers:
            return None
        response = Response(status=http.HTTPStatus.NO_CONTENT)
        if self._allow_origin(request, response):
            response.headers["Access-Control-Allow-Methods"] = ",".join(cors.get("allowMethods", []))
            response.headers["Access-Control-Allow-Headers"] = ",".join(cors.get("allowHeaders", []))
            response.headers["Access-Control-Max-Age"] = str(cors.get("maxAge", 0))
        return response

    def _allow_origin(self, request: Request, response: Response) -> bool:
        """Whether a page of this origin may read the answer; then the answer says so."""
        origin, cors = request.headers.get("Origin", ""), self._cors
        if not origin or not {origin, "*"} & {_as_served(allowed) for allowed in cors.get("allowOrigins", [])}:
            return False
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Vary"] = "Origin"
        if exposed := cors.get("exposeHeaders"):
            response.headers["Access-Control-Expose-Headers"] = ",".join(exposed)
        return True

    @property
    def _cors(self) -> dict[str, Any]:
        return self._api.cors_configuration or {}  # type: ignore[return-value]  # as above

    def _log(self, context: Mapping[str, str]) -> None:
        settings: Mapping[str, str] = self._api.stages[STAGE].access_log_settings or {}
        if "destinationArn" not in settings:
            return
        with self._lock:
            if self._stream is None:
                group = settings["destinationArn"].partition(":log-group:")[2].removesuffix(":*")
                self._stream = LogStream(self._host, group, self._api.api_id, log_file(self._host, "api", self._api.name))
        self._stream.write(expanded(settings["format"], context))


def _as_served(origin: str) -> str:
    """A page of this machine comes without TLS, whatever the template says of it."""
    return origin.replace("https://127.0.0.1:", "http://127.0.0.1:", 1)
