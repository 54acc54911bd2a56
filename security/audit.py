"""`make audit`: the locked packages against the database of known vulnerabilities; each finding needs an explanation.

Exit status 0 when every finding stands in explained.toml and every entry there is still found, 1 when not, 2 when the
database could not be asked. Behind a mirror of the package index without that database, pip-audit finds nothing and calls
everything safe. So it is asked first about a version that is known to be weak, and nothing is believed if that one is not found.

    python -m security.audit --advisories FOLDER    asks a clone of the same database instead: see advisories.py
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from security.finding import Finding

ROOT = Path(__file__).resolve().parent.parent
Ask = Callable[[Path], Iterator[Finding]]
LOCKS = (  # all but that of spaCy's word vectors, which are in no package index
    "requirements.txt",
    "container/requirements-cpu.txt",
    "container/requirements-gpu.txt",
    "model/kernel/requirements.txt",
    "benchmarks/requirements.txt",
    "security/checkov.txt",
    "security/pip-audit.txt",
)
EXPLAINED = Path(__file__).with_name("explained.toml")
FINDINGS, UNREACHABLE = 1, 2
WEAK = "pyyaml==5.3"  # runs code from files that it loads; known since 2020


class Unreachable(Exception):
    """The database did not answer; the message says how that was noticed."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask about every lock, and say what is not explained."""
    parser = argparse.ArgumentParser(prog="python -m security.audit")
    parser.add_argument("--advisories", type=Path, metavar="FOLDER", help="a clone of the database, where the package index has none")
    folder = parser.parse_args(arguments).advisories
    ask = ask_folder(folder) if folder else ask_index
    explained = read_explained(EXPLAINED.read_text(encoding="utf-8"))
    try:
        check_database(ask)
        findings = [finding for lock in LOCKS for finding in ask(ROOT / lock)]
    except Unreachable as error:
        print(f"Nothing is known: the database of vulnerabilities could not be asked. {error}", file=sys.stderr)
        return UNREACHABLE
    return report(findings, explained)


def read_explained(text: str) -> dict[str, str]:
    """Names of vulnerabilities and why each may stay."""
    return {entry["id"]: entry["why"] for entry in tomllib.loads(text).get("finding", [])}


def check_database(ask: Ask) -> None:
    """Ask about a version that is known to be weak. Raises Unreachable when it is called safe."""
    with tempfile.TemporaryDirectory() as folder:
        lock = Path(folder) / "weak.txt"
        lock.write_text(f"{WEAK}\n", encoding="utf-8")
        if not list(ask(lock)):
            raise Unreachable(f"It called {WEAK} safe.")


def ask_folder(folder: Path) -> Ask:
    """Asks a clone of the database."""
    from security.advisories import advisories_for  # noqa: PLC0415  # needs packages that pip-audit's own environment has not

    def ask(lock: Path) -> Iterator[Finding]:
        return advisories_for(lock.read_text(encoding="utf-8"), folder, _name(lock))

    return ask


def ask_index(lock: Path) -> Iterator[Finding]:
    """What pip-audit and the package index know of the packages of one lock. Raises Unreachable."""
    options = ["--disable-pip", "--no-deps", "--format", "json", "--progress-spinner", "off", "--requirement", str(lock)]
    done = subprocess.run([sys.executable, "-m", "pip_audit", *options], capture_output=True, text=True, check=False)  # noqa: S603  # our own words
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except ValueError:
        said = done.stderr.strip().splitlines()
        raise Unreachable(said[-1] if said else f"pip-audit ended with status {done.returncode}.") from None
    for package in packages:
        if "skip_reason" in package:
            raise Unreachable(f"{package['skip_reason']}.")
        for entry in package["vulns"]:
            yield Finding(
                package["name"], package["version"], entry["id"], tuple(entry["aliases"]), tuple(entry["fix_versions"]), _name(lock)
            )


def _name(lock: Path) -> str:
    return f"{lock.parent.name}/{lock.name}"


def report(findings: list[Finding], explained: Mapping[str, str]) -> int:
    """Print what is new and what is over; the exit status."""
    unexplained = [finding for finding in findings if not finding.is_explained(explained)]
    known = {name for finding in findings for name in (finding.id, *finding.aliases)}
    over = sorted(set(explained) - known)
    for finding in unexplained:
        print(f"not explained: {finding}")
    for name in over:
        print(f"explained in {EXPLAINED.name}, and found no longer: {name}")
    if not (unexplained or over):
        explanation = f", all of them explained in {EXPLAINED.name}" if findings else ""
        print(f"{len(findings)} known vulnerabilities in {len(LOCKS)} locks{explanation}.")
    return FINDINGS if unexplained or over else 0


if __name__ == "__main__":
    sys.exit(main())
