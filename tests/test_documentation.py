"""What the documents say is there: commands parse, targets and files exist, tables are those of the code."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from kit.__main__ import make_parser
from stacks.application import file_context, settings_of
from stacks.knobs import knobs
from stacks.settings import STAGES, Settings

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


def test_every_anchor_is_a_heading() -> None:
    """Nobody is sent to a section that was renamed, neither from a document nor by a sentence of the code."""
    code = "\n".join(path.read_text(encoding="utf-8") for room in ("kit", "stacks", "lambda") for path in (ROOT / room).rglob("*.py"))
    linked = {(ROOT / name, anchor) for name, anchor in re.findall(r"(docs/\w+\.md)#([a-z-]+)", code)}
    for path in DOCUMENTS:
        for name, anchor in re.findall(r"\]\(([^)#:]+\.md)#([^)]+)\)", path.read_text(encoding="utf-8")):
            linked.add(((path.parent / name).resolve(), anchor))
    assert {path.name for path, _ in linked} >= {"runbook.md", "settings.md"}
    for path, anchor in linked:
        headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert anchor in {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}, f"{path}#{anchor}"


@pytest.mark.parametrize("stage", STAGES)
def test_the_example_of_a_changed_setting_is_accepted(stage: str) -> None:
    """What docs/settings.md shows of cdk.json, written there, changes each stage."""
    (lines,) = re.findall(r'```\n"context": \{\n(.*?),\n```', (ROOT / "docs" / "settings.md").read_text(encoding="utf-8"), re.DOTALL)
    shown = json.loads(f"{{{lines}}}")
    assert settings_of(file_context() | shown | {"stage": stage}) == Settings.of(stage, shown[stage]) != Settings.of(stage)


def test_the_table_of_settings_is_that_of_the_code() -> None:
    """docs/settings.md has a row for each setting, as it stands in stacks/settings.py."""
    rows = [f"| `{knob.name}` | {knob.type} | {knob.dev} | {knob.prod} | {knob.meaning} |" for knob in knobs()]
    table = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8").splitlines()
    assert [line for line in table if line.startswith("| `")] == rows
