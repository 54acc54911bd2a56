"""docs/runbook.md: a stranger finds every sentence in it, and every command is one."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.__main__ import make_parser

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
INLINE = sorted(set(re.findall(r"`(kit [^`]+)`", TEXT)))


def _constants(path: Path, name: str) -> Iterator[str]:
    """The strings of a dictionary that stands at the top of a file, read without running it."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            values: dict[str, str] = ast.literal_eval(node.value)
            yield from values.values()


def _sentences() -> list[str]:
    """What a failed job may say, up to its first full stop or the first thing that is put in."""
    places = (("report_prediction", "PLATFORM_REASONS"), ("publish_model", "STOPPED"), ("start_training", "FINAL_REFUSALS"))
    texts = [text for folder, name in places for text in _constants(ROOT / "lambda" / folder / "handler.py", name)]
    assert len(texts) >= 10
    return [re.split(r"(?<=\.) | \{", text)[0] for text in texts]


@pytest.mark.parametrize("sentence", _sentences())
def test_every_failure_is_explained(sentence: str) -> None:
    """The sentence that a person was sent stands in the table, word for word, with what to do."""
    (row,) = (line for line in TEXT.splitlines() if line.startswith(f"| {sentence}"))
    happened, remedy = row.split("|")[2:4]
    assert happened.strip()
    assert remedy.strip()


@pytest.mark.parametrize("command", INLINE)
def test_every_command_within_a_sentence_is_one(command: str) -> None:
    """`kit` takes each command as it stands; the ones in blocks are held by the test of all documents."""
    words = [word if word != "V" else "1" for word in shlex.split(command)[1:]]
    make_parser().parse_args(words)


def test_every_link_within_leads_to_a_heading() -> None:
    """Nobody is sent to a section that was renamed, neither from here nor from the commands and alarms."""
    headings = {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", TEXT, re.MULTILINE)}
    code = "\n".join(path.read_text(encoding="utf-8") for room in ("kit", "stacks", "lambda") for path in (ROOT / room).rglob("*.py"))
    linked = {*re.findall(r"\]\(#([a-z-]+)\)", TEXT), *re.findall(r"docs/runbook\.md#([a-z-]+)", code)}
    assert len(linked) >= 3
    assert linked <= headings
