"""Lambda functions: the deployed zips, run in a bounded pool of warm execution environments."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import logging
import sys
import sysconfig
import threading
import time
import zipfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.models import LambdaFunction

from contract.errors import PlatformError
from local.child import Child
from local.delivery import text_attributes
from local.host import Host, file_name
from local.lambda_runtime import ExecutionEnvironment, Outcome
from local.logs import LogStream, log_file

CONCURRENCY = 2  # execution environments per function
RETRY_SECONDS = (0.5, 1.0)  # AWS waits one minute, then two

log = logging.getLogger(__name__)


class Throttled(LambdaClientError):
    """The function may run zero times at once, which is how one is switched off."""

    code = 429

    def __init__(self) -> None:
        super().__init__("TooManyRequestsException", "Rate Exceeded.")


class Functions:
    """Runs functions; each has its own pool."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._lock = threading.Lock()
        self._pools: dict[str, _Pool] = {}

    def invoke(self, function: LambdaFunction, payload: str) -> Outcome:
        """Invoke and wait. Raises PlatformError for a runtime other than Python, and Throttled."""
        if function.reserved_concurrency == 0:
            raise Throttled
        return self._pool(function).invoke(function, payload.encode())

    def wake(self, function: LambdaFunction, payload: str) -> None:
        """Invoke asynchronously: two retries, or none when it is switched off, then the dead-letter queue or the on-failure destination."""
        self._pool(function).queue.submit(self._run_event, function, payload)

    def answer(self, function: LambdaFunction, body: str, request_headers: Any, response_headers: Any) -> str | bytes:
        """Lambda's Invoke, with the signature of moto's method."""
        payload = body if isinstance(body, str) else (body or b"{}").decode()
        kind = request_headers.get("x-amz-invocation-type", "RequestResponse")
        if kind == "Event":
            self.wake(function, payload or "{}")
            return b""
        if kind == "DryRun":
            return b""
        outcome = self.invoke(function, payload or "{}")
        if outcome.error:
            response_headers["x-amz-function-error"] = outcome.error
        response_headers["x-amz-log-result"] = base64.b64encode(outcome.tail.encode()[-4096:]).decode()
        return outcome.payload

    def close(self) -> None:
        """End all execution environments."""
        with self._lock:
            pools = list(self._pools.values())
        for pool in pools:
            pool.close()

    def _pool(self, function: LambdaFunction) -> _Pool:
        if not (function.run_time or "").startswith("python"):
            raise PlatformError(
                f"The local cloud runs Python functions only; {function.function_name} wants {function.run_time or 'an image'}."
            )
        with self._lock:
            if function.function_arn not in self._pools:
                self._pools[function.function_arn] = _Pool(self._host, function.function_name)
            return self._pools[function.function_arn]

    def _run_event(self, function: LambdaFunction, payload: str) -> None:
        settings = function.event_invoke_config[0].config if function.event_invoke_config else {}
        pauses = RETRY_SECONDS[: int(settings.get("MaximumRetryAttempts", len(RETRY_SECONDS)))]
        outcome = Outcome(b"")
        for pause in (0.0, *pauses):
            time.sleep(pause)
            try:
                outcome = self.invoke(function, payload)
            except OSError:
                return  # the local cloud is stopping
            except Throttled as error:
                outcome = Outcome(json.dumps({"errorMessage": str(error.message)}).encode(), "Unhandled")
                break
            if not outcome.error:
                break
            log.warning("%s failed: %s", function.function_name, outcome.payload.decode("utf-8", "replace"))
        destinations = settings.get("DestinationConfig", {})
        if outcome.error:
            self._bury(function, payload, outcome)
        destination = destinations.get("OnFailure" if outcome.error else "OnSuccess", {}).get("Destination")
        if destination:
            self._send(destination, json.dumps(_record(function, payload, outcome, len(pauses) + 1)), {})

    def _bury(self, function: LambdaFunction, payload: str, outcome: Outcome) -> None:
        target = getattr(function, "dead_letter_arn", "")
        if target:
            message = json.loads(outcome.payload).get("errorMessage", "")
            self._send(target, payload, {"RequestID": outcome.request_id, "ErrorCode": "200", "ErrorMessage": message[:1024] or "unknown"})

    def _send(self, arn: str, body: str, attributes: Mapping[str, str]) -> None:
        service = arn.split(":")[2]
        if service == "sqs":
            from moto.sqs.models import sqs_backends  # noqa: PLC0415 # needed after a failure only

            sqs_backends[self._host.account][self._host.region].send_message(
                arn.rsplit(":", 1)[-1], body, message_attributes=text_attributes(attributes)
            )
        elif service == "sns":
            from moto.sns.models import sns_backends  # noqa: PLC0415 # as above

            sns_backends[self._host.account][self._host.region].publish(message=body, arn=arn)
        else:
            log.error("The local cloud sends no failed event to %s", arn)


class _Pool:
    """The execution environments of one function: at most CONCURRENCY, the warmest first."""

    def __init__(self, host: Host, name: str) -> None:
        self._host = host
        self._name = name
        self._slots = threading.BoundedSemaphore(CONCURRENCY)
        self._lock = threading.Lock()
        self._idle: list[tuple[str, ExecutionEnvironment]] = []  # with the version of code and settings each one runs
        self._all: set[ExecutionEnvironment] = set()
        self._started = 0
        self.queue = ThreadPoolExecutor(CONCURRENCY, thread_name_prefix=f"lambda-{name}")

    def invoke(self, function: LambdaFunction, payload: bytes) -> Outcome:
        with self._slots:
            version = _version(function)
            environment = self._take(function, version)
            outcome = environment.invoke(payload, function.function_arn, float(function.timeout))
            if environment.is_alive:
                with self._lock:
                    self._idle.append((version, environment))
            else:
                self._drop(environment)
            return outcome

    def close(self) -> None:
        self.queue.shutdown(wait=False, cancel_futures=True)
        for environment in list(self._all):
            self._drop(environment)

    def _take(self, function: LambdaFunction, version: str) -> ExecutionEnvironment:
        with self._lock:
            while self._idle:
                of_version, environment = self._idle.pop()
                if of_version == version and environment.is_alive:
                    return environment
                self._drop(environment)
            self._started += 1
            number = self._started
        stream = f"{datetime.now(UTC):%Y/%m/%d}/[$LATEST]{number:032x}"
        log_stream = LogStream(self._host, function.logs_group_name, stream, log_file(self._host, "lambda", function.function_name))
        environment = ExecutionEnvironment(lambda address: self._start(function, address, number, stream), log_stream.write)
        self._all.add(environment)
        return environment

    def _drop(self, environment: ExecutionEnvironment) -> None:
        self._all.discard(environment)
        environment.close()

    def _start(self, function: LambdaFunction, address: str, number: int, stream: str) -> Child:
        folder = self._host.scratch("lambda", f"{self._name}-{number}")
        task_root = unpacked(self._host, function)
        environment = {
            **{name: str(value) for name, value in function.environment_vars.items()},
            **self._host.environment(folder, function.role),  # last: no setting of a function may open a way to a real account
            "AWS_LAMBDA_RUNTIME_API": address,
            "LAMBDA_TASK_ROOT": str(task_root),
            "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
            "AWS_LAMBDA_LOG_GROUP_NAME": function.logs_group_name,
            "AWS_LAMBDA_LOG_STREAM_NAME": stream,
            "AWS_EXECUTION_ENV": "AWS_Lambda_python3.11",  # what runs here, whatever the function's runtime says
            "_HANDLER": function.handler or "",
        }
        bootstrap = str(Path(__file__).with_name("lambda_bootstrap.py"))
        packages = sysconfig.get_path("purelib")
        command = [sys.executable, "-S", bootstrap, function.handler or "", packages]
        return self._host.children.start(command, environment=environment, folder=task_root)


def unpacked(host: Host, function: LambdaFunction) -> Path:
    """The folder with the function's code; one per content."""
    folder = host.state / "code" / file_name(function.code_sha_256)
    if not folder.exists():
        draft = host.scratch("code", f"{file_name(function.code_sha_256)}-{threading.get_ident()}")
        with zipfile.ZipFile(io.BytesIO(function.code_bytes)) as archive:
            archive.extractall(draft)  # the deployer zipped it from the assembly
        folder.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(OSError):  # another thread was faster
            draft.rename(folder)
    return folder


def _version(function: LambdaFunction) -> str:
    """Changes with anything that a warm execution environment would not notice."""
    return json.dumps([function.code_sha_256, function.handler, function.environment_vars], sort_keys=True, default=str)


def _record(function: LambdaFunction, payload: str, outcome: Outcome, invocations: int) -> dict[str, Any]:
    """The record of an asynchronous invocation that a destination receives."""
    return {
        "version": "1.0",
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "requestContext": {
            "requestId": outcome.request_id,
            "functionArn": f"{function.function_arn}:$LATEST",
            "condition": "RetriesExhausted" if outcome.error else "Success",
            "approximateInvokeCount": invocations if outcome.error else 1,
        },
        "requestPayload": json.loads(payload),
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", **({"functionError": outcome.error} if outcome.error else {})},
        "responsePayload": json.loads(outcome.payload or b"null"),
    }
