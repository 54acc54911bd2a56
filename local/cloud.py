"""The local cloud from outside: start it, find it, use it, stop it. Importing this is quick: no moto, no boto3."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from contract.errors import PlatformError

if TYPE_CHECKING:
    import boto3

CLOUD_FILE = "cloud.json"
LOCK_FILE = "server.lock"
SERVER_LOG = "logs/server.log"
DEPLOYING = "Deploying "  # begins the line of the log that names a stack
CLAIM_SECONDS = 1.0  # that a server waits for its folder
STOP_SECONDS = 20.0  # between SIGTERM and SIGKILL

_LOG_LINES_SHOWN = 20
_POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Cloud:
    """A running local cloud with an app deployed to it."""

    pid: int
    endpoint: str
    region: str
    account: str
    outputs: dict[str, str]  # of all stacks
    recorded_only: list[str]  # resource types of which only a record was made
    not_evaluated: list[str]  # sentences: what differs from AWS
    started_at: str

    def session(self) -> boto3.Session:
        """A session with fake keys whose clients and resources reach this cloud and nothing else."""
        from local.session import LocalSession  # noqa: PLC0415 # boto3 takes a third of a second

        return LocalSession(self.endpoint, self.region)

    def stop(self) -> None:
        """Stop it; nothing of it survives."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
            if not _is_gone_within(self.pid, STOP_SECONDS):
                os.killpg(self.pid, signal.SIGKILL)
                _is_gone_within(self.pid, STOP_SECONDS)


def start(
    assembly: Path,
    state: Path,
    *,
    say: Callable[[str], None] = lambda line: None,
    timeout_seconds: float = 180,
    entry_point: Sequence[str] = (),
) -> Cloud:
    """Start a local cloud in a process of its own and wait until the assembly is deployed to it.

    `say` receives a line for each stack. `entry_point` is the command that stands
    for the container image's entry point; by default the kit's own container. Raises PlatformError,
    with the end of the server's log, when it does not come up.
    """
    if find(state) is not None:
        raise PlatformError(f"A local cloud is running already on {state}. Stop it first.")
    log = state / SERVER_LOG
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "local", "--assembly", str(assembly.resolve()), "--state", str(state.resolve())]
    if entry_point:
        command += ["--entry-point", shlex.join(entry_point)]
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 # this interpreter and our own module
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=Path(__file__).resolve().parent.parent,
        )
    try:
        cloud = _await_ready(process, state, log, say, time.monotonic() + timeout_seconds)
        process.returncode = 0  # meant to outlive its Popen object, which would warn that it still runs
        return cloud
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise


def find(state: Path) -> Cloud | None:
    """The cloud that runs on this state folder; None when there is none. What a dead one left behind is removed."""
    file = state / CLOUD_FILE
    try:
        content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    if not _is_served(state):
        file.unlink(missing_ok=True)
        return None
    return Cloud(**content)


def claim(state: Path) -> IO[str]:
    """Hold a state folder for one server; the operating system lets go when the process ends, however it ends.

    Keep the file that is returned. Raises PlatformError when another server holds the folder.
    """
    lock = (state / LOCK_FILE).open("w", encoding="utf-8")
    deadline = time.monotonic() + CLAIM_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:  # another server, or `find` looking for a moment
            if time.monotonic() > deadline:
                lock.close()
                raise PlatformError(f"A local cloud is running already on {state}. Stop it first.") from None
            time.sleep(_POLL_SECONDS)
        else:
            return lock


def _is_served(state: Path) -> bool:
    """Whether a server holds the folder; a process id alone would not tell, for it may be another's by now."""
    try:
        with (state / LOCK_FILE).open(encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def _await_ready(process: subprocess.Popen[bytes], state: Path, log: Path, say: Callable[[str], None], deadline: float) -> Cloud:
    with log.open(encoding="utf-8", errors="replace") as lines:
        while True:
            cloud, has_ended = find(state), process.poll() is not None  # before its last lines are read
            for line in lines:
                if line.startswith(DEPLOYING):
                    say(line.rstrip("\n"))
            if cloud is not None:
                return cloud
            if has_ended:
                raise PlatformError(f"The local cloud did not start. The end of its log, {log}:\n{_end_of(log)}")
            if time.monotonic() > deadline:
                raise PlatformError(f"The local cloud was not ready in time. The end of its log, {log}:\n{_end_of(log)}")
            time.sleep(_POLL_SECONDS)


def _end_of(log: Path) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LOG_LINES_SHOWN:])


def _is_running(pid: int) -> bool:
    """Whether the process lives and leads its own group, as a server does."""
    try:
        return os.getpgid(pid) == pid and not _is_zombie(pid)
    except ProcessLookupError:
        return False


def _is_zombie(pid: int) -> bool:
    """Whether a process has ended and its parent, perhaps this process, has not yet asked how."""
    with contextlib.suppress(ChildProcessError):
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[0] == "Z"
    return False


def _is_gone_within(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while _is_running(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True
