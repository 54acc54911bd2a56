"""Child processes: a clean environment, a process group each, and none outlives the server."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

ACCESS_KEY = "local"
SECRET_KEY = "local"  # noqa: S105 # a key to nothing
STOP_SECONDS = 30.0  # between SIGTERM and SIGKILL; SageMaker grants 120, Batch 30

_INHERITED = ("LANG", "LC_ALL", "TZ")
# Numerical libraries start a thread per core in every process; the server sets a share instead.
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def clean_environment(endpoint: str, region: str, folder: Path, access_key: str = ACCESS_KEY) -> dict[str, str]:
    """All that a child sees of this machine: fake keys, one endpoint, no AWS files, no proxies.

    `folder` is its home and place for temporary files; `access_key` says under which role it works. Nothing in here can
    reach a real account.
    """
    return {
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin")),
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "AWS_ENDPOINT_URL": endpoint,
        # by its number: under an IP address S3's clients keep the bucket in the path, and bucket.localhost is found by few resolvers
        "AWS_ENDPOINT_URL_S3": endpoint.replace("//localhost", "//127.0.0.1"),
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ACCESS_KEY_ID": access_key,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "*",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "LC_CTYPE": "C.UTF-8",
        **{name: os.environ[name] for name in (*_INHERITED, *_THREADS) if name in os.environ},
    }


class Child:
    """A running child and its process group."""

    def __init__(self, process: subprocess.Popen[bytes], children: Children) -> None:
        self.process = process
        self._children = children

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return self.process.poll() is None

    def wait(self, timeout_seconds: float | None = None) -> int:
        """Its exit status, 128 + N for signal N. Raises subprocess.TimeoutExpired."""
        status = self.process.wait(timeout_seconds)
        self._signal(signal.SIGKILL)  # what it left behind in its group
        self._children.forget(self)
        return status if status >= 0 else 128 - status

    def terminate(self, grace_seconds: float = STOP_SECONDS) -> int:
        """SIGTERM to the group, SIGKILL after the grace time; the exit status."""
        self._signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.wait(grace_seconds)
        return self.kill()

    def kill(self) -> int:
        """SIGKILL to the group; the exit status."""
        self._signal(signal.SIGKILL)
        return self.wait()

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, number)


class Children:
    """Starts child processes and ends them all; the guardian ends them when the server cannot."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[int, Child] = {}
        self._is_closed = False
        self._guardian = subprocess.Popen(  # noqa: S603 # this interpreter and our own script
            [sys.executable, "-I", "-S", str(Path(__file__).with_name("guardian.py"))],
            stdin=subprocess.PIPE,
            start_new_session=True,
            cwd=tempfile.gettempdir(),
        )

    def start(self, command: Sequence[str], *, environment: Mapping[str, str], folder: Path) -> Child:
        """Start a process whose standard output and error come together through one pipe.

        It leads a process group of its own and runs in `folder`. Raises OSError when it cannot be started.
        """
        with self._lock:
            if self._is_closed:
                raise OSError("The local cloud is stopping.")
            process = subprocess.Popen(  # noqa: S603 # the command comes from the server's own tables
                list(command),
                env=dict(environment),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            child = Child(process, self)
            self._running[process.pid] = child
            self._tell(f"+{process.pid}")
        return child

    def forget(self, child: Child) -> None:
        """The child has ended."""
        with self._lock:
            if self._running.pop(child.process.pid, None):
                self._tell(f"-{child.process.pid}")

    def close(self) -> None:
        """Kill every child; nothing can be started after it."""
        with self._lock:
            self._is_closed = True
            running = list(self._running.values())
        for child in running:
            child.kill()
        if self._guardian.stdin:
            self._guardian.stdin.close()
        self._guardian.wait()

    def _tell(self, line: str) -> None:
        if self._guardian.stdin:
            self._guardian.stdin.write(f"{line}\n".encode())
            self._guardian.stdin.flush()
