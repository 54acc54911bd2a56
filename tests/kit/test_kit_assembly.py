"""The assembly is made when its sources changed, whole or not at all, by one process at a time."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from contract.errors import PlatformError, UserError
from kit import assembly
from kit.assembly import STAMP, fingerprint, synthesize

CDK = """#!/bin/sh
# stands for the CDK command line: notes that it ran, and writes an assembly
while [ $# -gt 0 ]; do
  case "$1" in --output) out="$2"; shift;; --context) context="$context $2"; shift;; esac
  shift
done
echo "$context" >> runs.txt
mkdir -p "$out"
echo '{}' > "$out/manifest.json"
sleep 0.2
if [ -e broken ]; then echo "app.py: 'fast' is no accelerator" >&2; exit 1; fi
echo done > "$out/last.json"
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small checkout with a stand-in for the CDK command line."""
    for name in ("stacks", "contract", "lambda/start", "container", "model"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "code.py").write_text(f"# {name}\n")
    (tmp_path / "app.py").write_text("# app\n")
    (tmp_path / "cdk.json").write_text("{}\n")
    cdk = tmp_path / "node_modules" / ".bin" / "cdk"
    cdk.parent.mkdir(parents=True)
    cdk.write_text(CDK)
    cdk.chmod(0o755)
    return tmp_path


def runs(root: Path) -> list[str]:
    """The context of each synth so far."""
    path = root / "runs.txt"
    return [line.strip() for line in path.read_text().splitlines()] if path.exists() else []


def test_synth_runs_once_for_the_same_sources(root: Path) -> None:
    """A second call finds the assembly up to date; the default is the local cloud's, without a GPU."""
    output = synthesize(root=root)
    assert synthesize(root=root) == output == root / ".cache" / "assembly"
    assert runs(root) == ["accelerator=cpu"]
    assert json.loads((output / "manifest.json").read_text()) == {}


@pytest.mark.parametrize("name", ["app.py", "cdk.json", "stacks/code.py", "contract/new.py", "lambda/start/code.py", "model/code.py"])
def test_a_changed_source_makes_it_anew(root: Path, name: str) -> None:
    """Whatever goes into the templates, the Lambdas' assets or the image counts."""
    synthesize(root=root)
    (root / name).write_text("changed = True\n")
    synthesize(root=root)
    assert len(runs(root)) == 2


def test_a_removed_source_and_another_context_make_it_anew(root: Path) -> None:
    """Files that are gone and settings on the command line count too."""
    before = fingerprint(root, {})
    assert fingerprint(root, {"stage": "prod"}) != before
    (root / "model" / "code.py").unlink()
    assert fingerprint(root, {}) != before


def test_by_products_do_not_count(root: Path) -> None:
    """Compiled files and caches of tools change nothing."""
    before = fingerprint(root, {})
    for name in ("stacks/__pycache__/code.pyc", "model/.mypy_cache/x.json", "kit/drop.py", "tests/test_x.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x")
    assert fingerprint(root, {}) == before


def test_a_failed_synth_leaves_the_previous_assembly(root: Path) -> None:
    """The old assembly stays until the new one is whole, and the message holds what synth said."""
    output = synthesize(root=root)
    stamp = (output / STAMP).read_text()
    (root / "app.py").write_text("# broken\n")
    (root / "broken").touch()
    with pytest.raises(PlatformError, match="'fast' is no accelerator"):
        synthesize(root=root)
    assert (output / STAMP).read_text() == stamp
    assert sorted(path.name for path in output.parent.iterdir()) == ["assembly", "locks"]


def test_an_interrupted_synth_leaves_no_half_assembly(root: Path) -> None:
    """After a kill in the middle there is no assembly, and the next call makes one."""
    program = f"from pathlib import Path\nfrom kit.assembly import synthesize\nsynthesize(root=Path({str(root)!r}))"
    process = subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.DEVNULL)
    while not runs(root):
        assert process.poll() is None
    process.kill()
    process.wait()
    assert not (root / ".cache" / "assembly").exists()
    assert (synthesize(root=root) / "last.json").exists()


def test_concurrent_callers_synthesize_once(root: Path) -> None:
    """Those who come second wait and find it done."""
    threads = [threading.Thread(target=synthesize, kwargs={"root": root}) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(runs(root)) == 1


def test_without_the_cdk_the_remedy_is_named(root: Path) -> None:
    """A checkout without node_modules is told to set up."""
    (root / "node_modules" / ".bin" / "cdk").unlink()
    with pytest.raises(UserError, match="make setup"):
        synthesize(root=root)


def test_command_line_for_the_makefile(root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """`python -m kit.assembly` writes where it is told, with the settings it is given; failures are a sentence."""
    monkeypatch.setattr(assembly, "synthesize", lambda output, context: synthesize(output, context, root))
    assert assembly.main(["--output", str(root / "cdk.out"), "-c", "stage=prod", "-c", "accelerator=cpu"]) == 0
    assert (root / "cdk.out" / STAMP).exists()
    assert runs(root) == ["stage=prod accelerator=cpu"]
    (root / "broken").touch()
    assert assembly.main(["--output", str(root / "cdk.out"), "-c", "stage=dev"]) == 1
    assert "is no accelerator" in capsys.readouterr().err
