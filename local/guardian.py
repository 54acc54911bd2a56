"""Kills the local cloud's child processes when the server is gone, however it went.

A process of its own, started as a plain script. It reads process group ids from standard input,
`+ID` for one that started and `-ID` for one that ended; the end of the input means that the server
is dead (the kernel closes a dead process's pipes), and then every group that is left is killed.
A parent-death signal would reach the direct child only, exists on Linux alone, and fires when the
*thread* that started the child ends; whole groups are what must go.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from typing import TextIO


def guard(lines: TextIO) -> None:
    """Follow the groups until the input ends, then kill those that are left."""
    groups: set[int] = set()
    for line in lines:
        change, group = line[0], int(line[1:])
        if change == "+":
            groups.add(group)
        else:
            groups.discard(group)
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # it ends with its input and with nothing else
    guard(sys.stdin)
