"""The local cloud's server: moto as the control plane, executors behind it, one process."""

from __future__ import annotations

import gc
import json
import logging
import os
import shutil
import signal
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from contract.errors import KitError
from local.access_keys import AccessKeys
from local.calls import CALLS_FILE, CallRecorder
from local.cloud import CLOUD_FILE, claim
from local.coverage import NOT_EVALUATED, STAND_INS

BATCH_CONCURRENCY = 2
TRAINING_CONCURRENCY = 1

log = logging.getLogger(__name__)


def serve(assembly: Path, state: Path, *, port: int = 0, entry_point: tuple[str, ...], code: Path) -> int:
    """Serve the deployed assembly until SIGTERM or SIGINT; the exit status."""
    is_over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: is_over.set())
    _forget_environment()
    try:
        lock = claim(state)
    except KitError as error:
        say(str(error))
        return 1
    shutil.rmtree(state / "scratch", ignore_errors=True)  # of a server that was killed
    gc.disable()  # moto's imports make so many objects that collecting among them takes a third of their time
    keys = AccessKeys()
    server = _listen(port, state, keys)
    services = _Services(server, state, entry_point, code, keys)
    gc.freeze()
    gc.enable()
    file = state / CLOUD_FILE
    try:
        threading.Thread(target=services.deploy, args=(assembly, file, is_over), daemon=True, name="deploy").start()
        is_over.wait()
    finally:
        file.unlink(missing_ok=True)
        services.close()
        server.shutdown()
        lock.close()
    return services.exit_status


class _Services:
    """Everything behind the server."""

    def __init__(self, server: Any, state: Path, entry_point: tuple[str, ...], code: Path, keys: AccessKeys) -> None:
        from local.child import Children  # noqa: PLC0415 # moto and all that needs it come late: the socket is bound first
        from local.host import Host  # noqa: PLC0415 # as above
        from local.installation import Executors  # noqa: PLC0415 # as above

        self.exit_status = 0
        self.host = Host(
            state=state,
            endpoint=f"http://localhost:{server.server_port}",
            children=Children(),
            entry_point=entry_point,
            code=code,
            keys=keys,
        )
        self.executors = Executors(self.host, batch_concurrency=BATCH_CONCURRENCY, training_concurrency=TRAINING_CONCURRENCY)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True, name="serve").start()

    def deploy(self, assembly: Path, file: Path, is_over: threading.Event) -> None:
        """Deploy and write the file by which the cloud is found; a failure ends the server."""
        from local.deploy import deploy  # noqa: PLC0415 # as above

        try:
            deployed = deploy(self.host, assembly, say)
        except KitError as error:
            return self._give_up(str(error), is_over)
        except Exception as error:
            log.exception("the deployment failed")
            return self._give_up(f"The local cloud failed while deploying: {type(error).__name__}: {error}", is_over)
        stood_in = [f"{kind}: {STAND_INS[kind]}" for kind in deployed.stand_ins]
        for kind in deployed.recorded_only:
            say(f"recorded only: {kind}")
        for sentence in (*stood_in, *NOT_EVALUATED):
            say(f"not as on AWS: {sentence}")
        content = {
            "pid": os.getpid(),
            "endpoint": self.host.endpoint,
            "region": self.host.region,
            "account": self.host.account,
            "outputs": deployed.outputs,
            "recorded_only": deployed.recorded_only,
            "not_evaluated": [*stood_in, *NOT_EVALUATED],
            "started_at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        draft = file.with_suffix(".draft")
        draft.write_text(json.dumps(content, indent=2), encoding="utf-8")
        draft.replace(file)
        say(f"ready at {self.host.endpoint}")
        return None

    def close(self) -> None:
        """End all children and executors."""
        self.executors.close()
        self.host.children.close()

    def _give_up(self, message: str, is_over: threading.Event) -> None:
        say(message)
        self.exit_status = 1
        is_over.set()


def say(line: str) -> None:
    """A line for the server's log, which is its standard output."""
    print(line, flush=True)  # the log is the standard output


def _listen(port: int, state: Path, keys: AccessKeys) -> Any:
    from moto.moto_server.werkzeug_app import (  # noqa: PLC0415 # as above
        DomainDispatcherApplication,
        MotoRequestHandler,
        create_backend_app,
    )
    from werkzeug.serving import make_server  # noqa: PLC0415 # late, as moto: `python -m local --help` is quick

    from local.faults import Faults  # noqa: PLC0415 # as above

    class QuietHandler(MotoRequestHandler):
        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Failures only; every request would drown them."""
            if str(code).startswith("5"):
                super().log_request(code, size)

    application = Faults(CallRecorder(DomainDispatcherApplication(create_backend_app), keys, state / CALLS_FILE), state)
    return make_server("127.0.0.1", port, application, threaded=True, request_handler=QuietHandler)


def _forget_environment() -> None:
    """Leave no credential, profile, proxy or endpoint of the caller in this process."""
    for name in list(os.environ):
        if name.startswith("AWS_") or name.lower().endswith("_proxy"):
            del os.environ[name]
    os.environ.update(AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull, AWS_EC2_METADATA_DISABLED="true")
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # the log is a text stream
