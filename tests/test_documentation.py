"""What the documents say is there: commands parse, targets and files exist, tables are those of the code."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from kit.__main__ import make_parser
from stacks.settings import knobs

ROOT = Path(__file__).parent.parent
DOCUMENTS = [path for path in sorted(ROOT.rglob("*.md")) if not {".venv", "node_modules", ".cache", "cdk.out"} & set(path.parts)]


def _commands(word: str) -> list[str]:
    """The lines of all documents' code blocks that start with a word, without their comments."""
    blocks = [block for path in DOCUMENTS for block in re.findall(r"```\w*\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)]
    lines = [line.split(" #")[0].strip() for block in blocks for line in block.splitlines()]
    return sorted({line for line in lines if line.split(" ")[0] == word})


@pytest.mark.parametrize("command", _commands("kit"))
def test_every_kit_command_is_one(command: str) -> None:
    """`kit` would take each command line that a document shows."""
    make_parser().parse_args(shlex.split(command)[1:])


@pytest.mark.parametrize("command", _commands("make"))
def test_every_make_target_is_one(command: str) -> None:
    """`make` knows each target that a document names."""
    done = subprocess.run(["make", "--dry-run", *shlex.split(command)[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_link_leads_somewhere() -> None:
    """A relative link names a file or folder of the repository."""
    for path in DOCUMENTS:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (path.parent / target).exists(), f"{path.relative_to(ROOT)} links to {target}"


def test_the_table_of_settings_is_that_of_the_code() -> None:
    """docs/settings.md has a row for each setting, as it stands in stacks/settings.py."""
    rows = [f"| `{knob.name}` | {knob.type} | {knob.dev} | {knob.prod} | {knob.meaning} |" for knob in knobs()]
    table = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8").splitlines()
    assert [line for line in table if line.startswith("| `")] == rows
