"""Compiles the kernel: `python -m model.kernel.build [--output DIR]`.

With `cc`, or `CC` from the environment, or else the compiler of the package ziglang where it is installed. Libraries
that are up to date are left as they are.
"""

from __future__ import annotations

import argparse
import os
import platform
import shlex
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from contract.errors import PlatformError
from model.kernel.binding import FOLDER, VARIANTS, Library, library_file, source_hash

ZIG = [sys.executable, "-m", "ziglang", "cc"]
FLAGS = ["-std=gnu11", "-O3", "-fPIC", "-fvisibility=hidden", "-shared"]


def build(output: Path = FOLDER) -> list[Path]:
    """Compile each variant that this processor's family has, unless it is there already; returns the libraries.

    Raises PlatformError when there is no compiler, or when it fails.
    """
    wanted = {library_file(output, name): flags for name, flags in _flags().items()}
    missing = {path: flags for path, flags in wanted.items() if not Library.is_current(path)}
    if missing:
        compiler = _compiler()
        output.mkdir(parents=True, exist_ok=True)
        for path, flags in missing.items():
            _compile(compiler, flags, path)
    return list(wanted)


def _flags() -> dict[str, list[str]]:
    is_x86 = platform.machine().lower() in ("x86_64", "amd64")
    return {variant.name: variant.flags for variant in VARIANTS if is_x86 or not variant.needs}


def _compiler() -> list[str]:
    chosen = os.environ.get("CC", "cc")
    if shutil.which(shlex.split(chosen)[0]):
        return shlex.split(chosen)
    if find_spec("ziglang"):
        return ZIG
    raise PlatformError(
        "There is no C compiler, so the fast engine was not built; NumPy will do its work, more slowly."
        " Install a compiler as 'cc' (on Debian: apt-get install gcc libc6-dev) or the Python package ziglang, and run this again."
    )


def _compile(compiler: list[str], flags: list[str], to: Path) -> None:
    """Compile beside the target and move it there, so that a library in use is never half written."""
    if compiler == ZIG:
        flags = [flag.replace("x86-64-", "x86_64_") for flag in flags]  # as it spells the levels
    sources = [str(path) for path in sorted(FOLDER.glob("*.c"))]
    with TemporaryDirectory(dir=to.parent) as folder:
        made = Path(folder) / to.name
        command = [*compiler, *FLAGS, *flags, f'-DSOURCE_HASH="{source_hash()}"', "-o", str(made), *sources, "-lm"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # the compiler, with our own arguments
        if done.returncode:
            raise PlatformError(f"The compiler '{compiler[0]}' failed on the fast engine: {done.stderr.strip()[-2000:]}")
        made.replace(to)


def main() -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m model.kernel.build", description="Compile the fast engine.")
    parser.add_argument("--output", type=Path, default=FOLDER, help="where the libraries go (default: beside their source)")
    try:
        for path in build(parser.parse_args().output):
            print(path)
    except PlatformError as error:
        print(error, file=sys.stderr)
        return error.exit_status
    return 0


if __name__ == "__main__":
    sys.exit(main())
