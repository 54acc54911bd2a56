"""`python -m local --assembly DIR --state DIR`: serve a local cloud in the foreground until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from pathlib import Path
from typing import NoReturn

from local.server import serve

CODE = Path(__file__).resolve().parent.parent


def main() -> NoReturn:
    """Parse the arguments and serve."""
    parser = argparse.ArgumentParser(prog="python -m local", description="Serve a synthesized app on this machine.")
    parser.add_argument("--assembly", type=Path, required=True, help="the synthesized app: a folder with manifest.json")
    parser.add_argument("--state", type=Path, required=True, help="a folder for logs, scratch files and cloud.json")
    parser.add_argument("--port", type=int, default=0, help="the port to listen on; default: any free one")
    parser.add_argument(
        "--entry-point",
        default=shlex.join((sys.executable, "-m", "container")),
        help="the command that stands for the container image's entry point",
    )
    arguments = parser.parse_args()
    arguments.state.mkdir(parents=True, exist_ok=True)
    status = serve(
        arguments.assembly, arguments.state.resolve(), port=arguments.port, entry_point=tuple(shlex.split(arguments.entry_point)), code=CODE
    )
    sys.stdout.flush()
    os._exit(status)  # all children are gone; taking moto's objects apart one by one would take seconds


if __name__ == "__main__":
    main()
