"""Log lines of children: to CloudWatch Logs in moto and to a file a person can open."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from moto.logs.models import logs_backends

from local.host import Host, file_name

MAX_LINE_BYTES = 256 * 1024  # the limit of CloudWatch Logs for one event


class LogStream:
    """One log stream and its file."""

    def __init__(self, host: Host, group: str, stream: str, file: Path) -> None:
        self.group, self.stream, self.file = group, stream, file
        self._backend = logs_backends[host.account][host.region]
        self._backend.ensure_log_group(group)
        self._backend.ensure_log_stream(group, stream)
        self._lock = threading.Lock()
        file.parent.mkdir(parents=True, exist_ok=True)

    def write(self, line: str) -> None:
        """Append one line."""
        with self._lock:
            with self.file.open("a", encoding="utf-8") as file:
                file.write(f"{line}\n")
            self._backend.put_log_events(self.group, self.stream, [{"timestamp": int(time.time() * 1000), "message": line}])


def log_file(host: Host, kind: str, name: str) -> Path:
    """The file with the log of one function or job."""
    return host.logs / kind / f"{file_name(name)}.log"


def follow(output: IO[bytes], *listeners: Callable[[str], None]) -> threading.Thread:
    """Hand every line of a child's output to the listeners until it closes; the thread that does it."""

    def read() -> None:
        with output:
            for line in iter(lambda: output.readline(MAX_LINE_BYTES), b""):
                text = line.decode("utf-8", "replace").rstrip("\r\n")
                for listener in listeners:
                    listener(text)

    thread = threading.Thread(target=read, daemon=True, name="follow-log")
    thread.start()
    return thread
