"""SageMaker endpoints whose models answer as processes of this machine: one `serve` for each endpoint.

https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
"""

from __future__ import annotations

import contextlib
import http
import http.client
import json
import logging
import shutil
import socket
import tarfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from botocore.exceptions import ClientError
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import FakeEndpoint, Model

from contract.deployment import ENDPOINT_LOGS
from contract.events import ENDPOINT_STATE_CHANGE
from contract.layout import parse_s3_uri
from local.batch_jobs import Publish
from local.child import Child
from local.host import Host
from local.images import CannotPull, command_for
from local.logs import LogStream, follow, log_file

PING_SECONDS = 60.0  # for a container to become healthy
INVOKE_SECONDS = 60.0

log = logging.getLogger(__name__)


class Reply(NamedTuple):
    """What a container answered."""

    status: int
    content_type: str
    body: bytes


class ContainerFailed(Exception):
    """The container of an endpoint did not become healthy; the message is SageMaker's reason."""


@dataclass
class _Server:
    """A process that serves one endpoint configuration."""

    child: Child
    port: int
    folder: Path

    def close(self) -> None:
        """Let it answer what it was asked, and end."""
        self.child.terminate()
        shutil.rmtree(self.folder, ignore_errors=True)


class Endpoints:
    """Starts, moves, asks and ends them."""

    def __init__(self, host: Host, publish: Publish) -> None:
        self._host = host
        self._publish = publish
        self._lock = threading.Lock()
        self._endpoints: dict[str, FakeEndpoint] = {}  # that were not deleted
        self._servers: dict[str, _Server] = {}

    def start(self, endpoint: FakeEndpoint, model: Model, config_name: str) -> None:
        """Bring an endpoint to a configuration, whose one model this is: what it served before goes on until the new one is healthy."""
        with self._lock:
            self._endpoints[endpoint.endpoint_name] = endpoint
            is_serving = endpoint.endpoint_name in self._servers
        self._announce(endpoint, "Updating" if is_serving else "Creating")
        threading.Thread(
            target=self._bring_up, args=(endpoint, model, config_name), daemon=True, name=f"endpoint-{endpoint.endpoint_name}"
        ).start()

    def invoke(self, endpoint: FakeEndpoint, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Ask the container. Raises ValidationError while there is none that is healthy."""
        server = self._servers.get(endpoint.endpoint_name)
        if server is None:
            raise ValidationError(f"Endpoint {endpoint.endpoint_name} of account {self._host.account} not found.")
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=INVOKE_SECONDS)
        with contextlib.closing(connection):
            connection.request("POST", "/invocations", body, dict(headers))
            answer = connection.getresponse()
            return Reply(answer.status, answer.getheader("Content-Type", ""), answer.read())

    def delete(self, name: str) -> None:
        """End the process of an endpoint."""
        with self._lock:
            self._endpoints.pop(name, None)
            server = self._servers.pop(name, None)
        if server:
            server.close()

    def close(self) -> None:
        """End all of them."""
        for name in list(self._endpoints):
            self.delete(name)

    def _bring_up(self, endpoint: FakeEndpoint, model: Model, config_name: str) -> None:
        name = endpoint.endpoint_name
        try:
            server = self._serve(name, config_name, model)
        except (CannotPull, ContainerFailed, ClientError) as error:
            return self._give_up(endpoint, str(error))
        except Exception as error:
            log.exception("endpoint %s", name)
            return self._give_up(endpoint, f"The local cloud failed: {type(error).__name__}: {error}")
        with self._lock:
            is_deleted = self._endpoints.get(name) is not endpoint
            before = self._servers.get(name)
            if not is_deleted:
                self._servers[name] = server
        if is_deleted:
            return server.close()
        endpoint.endpoint_config_name = config_name
        endpoint.failure_reason = None
        self._announce(endpoint, "InService")
        if before:
            before.close()
        return None

    def _give_up(self, endpoint: FakeEndpoint, reason: str) -> None:
        """A new endpoint has failed; one that served goes on as it was, as after a roll-back."""
        endpoint.failure_reason = reason  # type: ignore[assignment]  # moto knows no endpoint that failed
        self._announce(endpoint, "InService" if endpoint.endpoint_name in self._servers else "Failed")

    def _serve(self, name: str, config_name: str, model: Model) -> _Server:
        """Start the container and wait until it is healthy. Raises CannotPull, ContainerFailed, and ClientError of S3."""
        container = model.primary_container
        prefix = command_for(self._host, container.get("Image", ""))
        folder = self._host.scratch("endpoints", f"{name}-{config_name}")
        root = folder / "ml"
        self._unpack(container["ModelDataUrl"], folder / "model.tar.gz", root / "model")
        port = _free_port()
        stream = LogStream(self._host, f"{ENDPOINT_LOGS}{name}", f"all/{config_name}", log_file(self._host, "endpoint", config_name))
        child = self._host.children.start(
            [*prefix, "serve", "--root", str(root), "--port", str(port)],
            environment={
                **(container.get("Environment") or {}),
                **self._host.container_environment(folder, model.execution_role_arn),  # last: no setting may open a way out
            },
            folder=folder,
        )
        if child.process.stdout:
            follow(child.process.stdout, stream.write)
        server = _Server(child, port, folder)
        try:
            _await_health(server)
        except ContainerFailed:
            server.close()
            raise
        return server

    def _unpack(self, uri: str, archive: Path, folder: Path) -> None:
        bucket, key = parse_s3_uri(uri)
        with archive.open("wb") as file:
            self._host.client("s3").download_fileobj(bucket, key, file)
        folder.mkdir(parents=True)
        with tarfile.open(archive) as opened:
            opened.extractall(folder, filter="data")
        archive.unlink()

    def _announce(self, endpoint: FakeEndpoint, status: str) -> None:
        endpoint.endpoint_status = status
        endpoint.last_modified_time = datetime.now(UTC)
        detail = {
            "EndpointName": endpoint.endpoint_name,
            "EndpointArn": endpoint.arn,
            "EndpointConfigName": endpoint.endpoint_config_name,
            "EndpointStatus": _EVENT_STATUS.get(status, status),
            "FailureReason": endpoint.failure_reason or "",
            "Tags": {tag["Key"]: tag["Value"] for tag in endpoint.tags},
        }
        self._publish("aws.sagemaker", ENDPOINT_STATE_CHANGE, detail, [endpoint.arn])


def model_of(backend: Any, config_name: str) -> Model:
    """The one model of an endpoint configuration of moto's. Raises ValidationError when there is none."""
    (variant,) = backend.describe_endpoint_config(config_name)["ProductionVariants"]
    model: Model | None = backend._models.get(variant["ModelName"])
    if model is None:
        raise ValidationError(f"Could not find model {variant['ModelName']}.")
    return model


def invoked(reply: Reply) -> tuple[int, dict[str, str], bytes]:
    """A container's answer as SageMaker passes it on: what it refuses or breaks at is an error of the model."""
    if reply.status < http.HTTPStatus.BAD_REQUEST:
        return 200, {"Content-Type": reply.content_type, "x-Amzn-Invoked-Production-Variant": "all"}, reply.body
    said = reply.body.decode("utf-8", "replace")
    message = f'Received client error ({reply.status}) from primary with message "{said}".'
    error = {"Message": message, "OriginalStatusCode": reply.status, "OriginalMessage": said}
    status = http.HTTPStatus.FAILED_DEPENDENCY
    return status, {"status": str(status.value), "x-amzn-ErrorType": "ModelError"}, json.dumps(error).encode()  # moto reads the header


_EVENT_STATUS = {"Creating": "CREATING", "Updating": "UPDATING", "InService": "IN_SERVICE", "Failed": "FAILED"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await_health(server: _Server) -> None:
    """Ping until it answers. Raises ContainerFailed when it ends or when time is up."""
    end = time.monotonic() + PING_SECONDS
    while time.monotonic() < end and server.child.is_running:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=2)
        with contextlib.suppress(OSError), contextlib.closing(connection):
            connection.request("GET", "/ping")
            if connection.getresponse().status == http.HTTPStatus.OK:
                return
        time.sleep(0.05)
    raise ContainerFailed(
        "The primary container for production variant all did not pass the ping health check."
        " Please check CloudWatch logs for this endpoint."
    )
