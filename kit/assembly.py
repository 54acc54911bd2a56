"""The synthesized app, made anew only when its sources changed.

    python -m kit.assembly [--output cdk.out] [-c name=value ...]

runs the pinned CDK command line and leaves a stamp in the assembly: a hash of everything that synth reads.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from contract.errors import KitError, PlatformError, UserError
from kit import printing
from kit.deployment import ROOT
from kit.lock import alone

SOURCES = (
    "app.py",
    "cdk.json",
    "package-lock.json",
    "requirements.txt",
    "pyproject.toml",
    ".dockerignore",
    "stacks",
    "contract",
    "lambda",
    "page",
    "container",
    "model",
)
LOCAL_CONTEXT = {"accelerator": "cpu"}  # no GPU is needed where nothing but this machine runs
CACHE = ".cache"
STAMP = "kit.stamp"
ERROR_LINES = 15


def synthesize(output: Path | None = None, context: Mapping[str, str] | None = None, root: Path = ROOT) -> Path:
    """The assembly's folder, up to date: by default the one for the local cloud.

    Concurrent callers wait for each other, and an interrupted synth leaves the previous assembly.
    Raises UserError when the app refuses its settings, PlatformError when synth cannot run.
    """
    context = LOCAL_CONTEXT if context is None else context
    output = root / CACHE / "assembly" if output is None else output
    with alone(root / CACHE / "locks" / f"{output.name}.lock"):
        stamp = fingerprint(root, context)
        if not _is_current(output, stamp):
            printing.say("Synthesizing the CloudFormation templates (about half a minute; only when the sources changed).")
            _replace(output, stamp, context, root)
    return output


def fingerprint(root: Path, context: Mapping[str, str]) -> str:
    """A hash of the sources, the context and the commit, which the app writes into the templates."""
    digest = hashlib.sha256()
    for part in (*(f"{name}={value}" for name, value in sorted(context.items())), _commit(root)):
        digest.update(f"{part}\0".encode())
    for path in sorted(_files(root)):
        digest.update(f"{path.relative_to(root).as_posix()}\0{path.stat().st_mode & 0o100}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _files(root: Path) -> Iterator[Path]:
    for name in SOURCES:
        path = root / name
        if path.is_file():
            yield path
        else:
            yield from (entry for entry in path.rglob("*") if entry.is_file() and not _is_by_product(entry.relative_to(root)))


def _is_by_product(path: Path) -> bool:
    return "__pycache__" in path.parts or any(part.endswith("_cache") for part in path.parts)


def _commit(root: Path) -> str:
    git = shutil.which("git")
    if git is None:
        return ""
    command = [git, "-C", str(root), "describe", "--always", "--dirty", "--exclude=*"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603  # nothing of it comes from outside


def _is_current(output: Path, stamp: str) -> bool:
    path = output / STAMP
    return path.exists() and path.read_text(encoding="utf-8") == stamp


def _replace(output: Path, stamp: str, context: Mapping[str, str], root: Path) -> None:
    """Synthesize beside the old assembly and put the new one in its place."""
    output.parent.mkdir(parents=True, exist_ok=True)
    fresh, old = (output.with_name(f".{output.name}.{name}") for name in ("new", "old"))
    for path in (fresh, old):
        shutil.rmtree(path, ignore_errors=True)
    try:
        _synth(fresh, context, root)
        (fresh / STAMP).write_text(stamp, encoding="utf-8")
        if output.exists():
            output.rename(old)
        fresh.rename(output)
    finally:
        for path in (fresh, old):
            shutil.rmtree(path, ignore_errors=True)


def _synth(output: Path, context: Mapping[str, str], root: Path) -> None:
    cdk = root / "node_modules" / ".bin" / "cdk"
    if not cdk.exists():
        raise UserError("The CDK command line is not installed. 'make setup' installs it.")
    command = [str(cdk), "synth", "--quiet", "--no-notices", "--output", str(output)]
    for name, value in context.items():
        command += ["--context", f"{name}={value}"]
    bin_folder = Path(sys.executable).parent  # node and python of the same environment
    environment = {
        **os.environ,
        "PATH": f"{bin_folder}{os.pathsep}{os.environ.get('PATH', '')}",
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "AWS_EC2_METADATA_DISABLED": "true",  # synth needs no credentials; looking for them takes seconds
    }
    done = subprocess.run(  # noqa: S603  # the pinned command line
        command, cwd=root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        last = "\n".join(done.stdout.rstrip().splitlines()[-ERROR_LINES:])
        raise PlatformError(f"The templates could not be synthesized. 'cdk synth' said last:\n{last}")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line, for the Makefile."""
    parser = argparse.ArgumentParser(prog="python -m kit.assembly", description="Synthesize the app if its sources changed.")
    parser.add_argument("--output", type=Path, default=ROOT / "cdk.out", metavar="DIR", help="where to (cdk.out)")
    parser.add_argument("-c", "--context", action="append", default=[], metavar="NAME=VALUE", help="a setting, as of 'cdk synth'")
    given = parser.parse_args(arguments)
    context = dict(entry.partition("=")[::2] for entry in given.context)
    try:
        output = synthesize(given.output.absolute(), context)
    except KitError as error:
        print(error, file=sys.stderr)
        return error.exit_status
    print(f"The templates are in {output}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
