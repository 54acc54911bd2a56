"""The files of an artifact, of whichever engine: written whole, and read within bounds."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from typing import IO, Any

from contract.errors import UserError
from model.text.rules import TokenizerRules

MODEL_FILE, VOCABULARY_FILE, TOKENIZER_FILE, WEIGHTS_FILE = "model.json", "vocabulary.json", "tokenizer.json", "weights.npz"
MAX_JSON_BYTES = 64 * 1024**2
MAX_JSON_BRACKETS = 2**20  # each is an object in memory, twenty times as large as its text


def write_whole(path: Path, write: Callable[[IO[bytes]], None]) -> None:
    """Write a file so that it is there whole or not at all."""
    temporary = path.with_name(f".{path.name}.partial")
    with temporary.open("wb") as file:
        write(file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def write_rules(rules: TokenizerRules, folder: Path) -> None:
    """Write `tokenizer.json`."""
    text = json.dumps(rules.to_json(), ensure_ascii=False, indent=0)
    write_whole(folder / TOKENIZER_FILE, lambda file: write_text(file, text))


def write_entries(artifact: Any, folder: Path, format_version: int, without: Sequence[str]) -> None:
    """Write `model.json` from the fields of a dataclass but for those that have files of their own."""
    entries = {"format_version": format_version} | {
        entry.name: asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
        for entry in fields(artifact)
        if entry.name not in without
        for value in [getattr(artifact, entry.name)]
    }
    write_whole(folder / MODEL_FILE, lambda file: write_text(file, json.dumps(entries, ensure_ascii=False, indent=2) + "\n"))


def write_text(file: IO[bytes], text: str) -> None:
    """Write a text as UTF-8."""
    # A lone surrogate in a label or word has no UTF-8 form.
    file.write(text.encode("utf-8", "surrogatepass"))


def read_json(folder: Path, name: str) -> Any:
    """The content of a file of the artifact, whose size and depth are looked at before. Raises UserError."""
    path = folder / name
    if not path.is_file():
        raise damaged(folder, f"{name} is missing")
    if path.stat().st_size > MAX_JSON_BYTES:
        raise damaged(folder, f"{name} is larger than any model's")
    content = path.read_bytes()
    if content.count(b"[") + content.count(b"{") > MAX_JSON_BRACKETS:
        raise damaged(folder, f"{name} holds more than any model's")
    try:
        return json.loads(content.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError) as error:
        raise damaged(folder, f"{name} is no JSON") from error


def dataclass_of(kind: type, entries: Any) -> Any:
    """A flat dataclass from its JSON form, each value of the field's own type."""
    made = kind(**entries)
    for entry in fields(kind):
        value, wanted = getattr(made, entry.name), entry.type
        is_right = isinstance(value, float | int) and not isinstance(value, bool) if wanted == "float" else type(value).__name__ == wanted
        if not is_right:
            raise ValueError(f"{entry.name} is {value!r}")
    return made


def strings(value: Any) -> list[str]:
    """The value, if it is a list of texts. Raises ValueError."""
    if not isinstance(value, list) or not {*map(type, value)} <= {str}:
        raise ValueError("a list of texts was expected")
    return value


def damaged(folder: Path, problem: str) -> UserError:
    """The error that says so, and how to go on."""
    return UserError(
        f"The model in '{folder.name}' is damaged: {problem}."
        " Go back to an earlier model with 'kit rollback', or train again by dropping the training file once more."
    )
