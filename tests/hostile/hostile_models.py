"""Folders that call themselves a model: sound in their names, hostile in what they hold."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

Files = dict[str, bytes]
MODEL, VOCABULARY, TOKENIZER, WEIGHTS = "model.json", "vocabulary.json", "tokenizer.json", "weights.npz"

# Each takes longer than the universe on thirty letters, or as good as all memory once it is compiled.
PATTERNS = {
    "nested": "(a+)+$",
    "alternatives": "(?:a|a)*$",
    "overlapping": "(?:a|aa)+$",
    "dots": "(.*)*x",
    "back-reference": r"(a*)*\1$",
    "look-ahead": "(?=(a+))a*b",
    "repeated": "(?:(?:(?:a{1,1000}){1,1000}){1,1000}){1,1000}",
    "deep": "(" * 5000 + "a" + ")" * 5000,
    "unclosed": "(",
    "long": "|".join(f"word{number}" for number in range(100_000)),
    "harmless": "a",
}


class Burglar:
    """An object whose unpickling writes a file."""

    def __init__(self, traces: Path) -> None:
        self._traces = traces

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.write_text, (self._traces / "pickled", "executed")


def models(model: Path, traces: Path) -> Iterator[tuple[str, Files]]:
    """Names and files of models; what is executed would leave a file in `traces`."""
    files = {path.name: path.read_bytes() for path in sorted(model.iterdir())}
    for name, change in _descriptions(json.loads(files[MODEL])):
        yield name, files | {MODEL: change}
    for name, change in _vocabularies(json.loads(files[VOCABULARY])):
        yield name, files | {VOCABULARY: change}
    for name, change in _tokenizers(json.loads(files[TOKENIZER])):
        yield name, files | {TOKENIZER: change}
    for name, change in _weights(files[WEIGHTS], traces):
        yield name, files | {WEIGHTS: change}
    yield "one-word", files | _one_word(json.loads(files[MODEL]), files[WEIGHTS])
    for missing in files:
        yield f"without-{missing}", {name: body for name, body in files.items() if name != missing}


def _descriptions(entries: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    for number, version in enumerate((None, 0, 1, 4, 6, "2", 2.5, 10**30, [2], True, {})):
        yield f"version-{number}", json.dumps(entries | {"format_version": version}).encode()
    for part, field in (
        ("architecture", "hidden_units"),
        ("architecture", "words"),
        ("architecture", "layers"),
        ("architecture", "embedding_size"),
    ):
        for value in (0, -1, 2**31, 10**18, 1.5, "6", None, True, [6], float("nan"), 10**400):
            yield f"{field}-{str(value)[:9]}", json.dumps(entries | {part: entries[part] | {field: value}}).encode()
    for field, value in (("terms", 10**12), ("buckets", 2**40), ("terms", -1), ("buckets", 3)):
        yield f"{field}-{value}", json.dumps(entries | {"wide_sizes": entries["wide_sizes"] | {field: value}}).encode()
    for number, value in enumerate((float("nan"), float("inf"), -(10**400), "1", None)):
        yield f"gate-{number}", json.dumps(entries | {"gate": entries["gate"] | {"share": value}}).encode()
        yield f"review-{number}", json.dumps(entries | {"review": entries["review"] | {"threshold": value}}).encode()
    yield "gate-closes-at-once", json.dumps(entries | {"gate": entries["gate"] | {"closes_at": 1e-50}}).encode()
    wrong = ([], ["a"], ["a", "a"], ["a", 1], "ab", None, ["a"] * 10**5, {"a": 1, "b": 2}, [["a"], ["b"]])
    for number, labels in enumerate((*wrong, ["a", ""], ["a", "a "], ["a", "b" * 201])):
        yield f"labels-{number}", json.dumps(entries | {"labels": labels}).encode()
    for number, tokens in enumerate((0, -5, 2**40, 1.5, "9", None, True)):
        yield f"max-tokens-{number}", json.dumps(entries | {"max_tokens": tokens}).encode()
    for extra in ("__class__", "__init__", "weights", "vocabulary", "surprise"):
        yield f"extra-{extra}", json.dumps(entries | {extra: "x"}).encode()
    for absent in entries:
        yield f"no-{absent}", json.dumps({name: value for name, value in entries.items() if name != absent}).encode()
    shapes = {"nothing": b"", "list": b"[]", "number": b"1", "nested": b"[" * 200_000, "brackets": b"[" + b"[]," * 2_000_000 + b"[]]"}
    shapes |= {"objects": b'{"a":' * 100_000, "digits": b"1" * 10_000_000, "large": b" " * (65 * 1024**2), "binary": bytes(range(256))}
    shapes |= {"nan": b"NaN", "utf-16": json.dumps(entries).encode("utf-16"), "twice": json.dumps(entries).encode() * 2}
    for name, body in shapes.items():
        yield f"json-{name}", body


def _vocabularies(words: list[str]) -> Iterator[tuple[str, bytes]]:
    lists: dict[str, Any] = {
        "no-list": {"a": 1}, "numbers": [1, 2], "nested": [words], "twice": [*words[:-1], words[0]], "short": words[:-5], "none": [],
    }  # fmt: skip
    for name, value in lists.items():
        yield f"words-{name}", json.dumps(value).encode()
    yield "words-bomb", b"[" + b"[]," * 20_000_000 + b"[]]"
    yield "words-deep", b"[" * 1_000_000
    yield "words-many", json.dumps([f"w{number}" for number in range(2**21)]).encode()


def _tokenizers(rules: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    for field in ("prefix", "suffix", "infix", "token_match", "url_match"):
        for name, pattern in PATTERNS.items():
            yield f"pattern-{field}-{name}", json.dumps(rules | {field: pattern}).encode()
    changes: dict[str, Any] = {
        "number": {"prefix": 1}, "exceptions-list": {"exceptions": []}, "exceptions-lie": {"exceptions": {"abc": ["x"]}},
        "exceptions-long": {"exceptions": {"(" * 100_000: ["(" * 100_000]}},
        "exceptions-many": {"exceptions": {str(number): [str(number)] for number in range(300_000)}},
        "surprise": {"surprise": ""},
    }  # fmt: skip
    for name, change in changes.items():
        yield f"tokenizer-{name}", json.dumps(rules | change).encode()


def _weights(sound: bytes, traces: Path) -> Iterator[tuple[str, bytes]]:
    with np.load(io.BytesIO(sound)) as content:
        arrays = {name: content[name] for name in content.files}
    name = "output"
    shape = arrays[name].shape
    replaced: dict[str, Any] = {
        "nan": np.full(shape, np.nan, np.float32), "infinite": np.full(shape, np.inf, np.float32),
        "huge-numbers": np.full(shape, 3e38, np.float32), "float64": np.zeros(shape), "int": np.zeros(shape, np.int32),
        "big-endian": np.zeros(shape, ">f4"), "transposed": np.zeros(shape[::-1], np.float32), "scalar": np.float32(1),
        "wide": np.zeros((shape[0], shape[1] + 1), np.float32), "text": np.full(shape, "x"), "records": np.zeros(shape, [("a", "<f4")]),
    }  # fmt: skip
    for kind, value in replaced.items():
        yield f"weights-{kind}", _npz(arrays | {name: value})
    pickled = np.empty(shape, object)
    pickled[:] = Burglar(traces)
    yield "weights-pickled", _npz(arrays | {name: pickled})
    yield "weights-extra", _npz(arrays | {"surprise": np.zeros(3, np.float32)})
    yield "weights-missing", _npz({key: value for key, value in arrays.items() if key != name})
    yield "weights-descending", _npz(arrays | {"wide.terms": arrays["wide.terms"][::-1].copy()})
    yield "weights-negative-square", _npz(arrays | {"wide.squares": -np.ones_like(arrays["wide.squares"])})
    compressed = io.BytesIO()
    np.savez_compressed(compressed, **arrays)
    yield "weights-compressed", compressed.getvalue()
    code = f"__import__('pathlib').Path({str(traces / 'evaluated')!r}).write_text('x')"
    headers = {
        "code": code, "code-in-shape": f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({code},)}}",
        "claimed": "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000, 1000000)}",
        "claimed-negative": "{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 8)}",
        "pickle": f"{{'descr': '|O', 'fortran_order': False, 'shape': {shape}}}", "no-keys": "{}", "list": "[]", "empty": "",
        "deep": "-" * 9000 + "1", "parentheses": "(" * 9000, "long": " " * 60_000,
        "descr-tuple": "{'descr': (), 'fortran_order': False, 'shape': ()}",
        "descr-deep": "{'descr': " + "[" * 90 + "]" * 90 + ", 'fortran_order': False, 'shape': ()}",
    }  # fmt: skip
    for kind, header in headers.items():
        yield f"header-{kind}", _npz(arrays, {name: _array(header)})
    yield "header-version", _npz(arrays, {name: b"\x93NUMPY\x09\x00" + bytes(100)})
    yield "header-no-magic", _npz(arrays, {name: b"PK\x03\x04" + bytes(100)})
    yield "header-version-2-huge", _npz(arrays, {name: b"\x93NUMPY\x02\x00\xff\xff\xff\x7f" + bytes(100)})
    yield "weights-cut", sound[: len(sound) // 2]
    yield "weights-no-zip", b"PK\x03\x04 and nothing more"
    yield "weights-nothing", b""
    yield "weights-names", _npz(arrays, {"../../evil": b"x"})
    yield "weights-contents", sound[:-22] + bytes(50 * 1024**2) + sound[-22:]
    flipped = bytearray(sound)
    flipped[len(sound) // 3] ^= 255
    yield "weights-flipped", bytes(flipped)
    encrypted = bytearray(sound)
    encrypted[sound.index(b"PK\x01\x02") + 8] |= 1
    yield "weights-encrypted", bytes(encrypted)


def _one_word(entries: dict[str, Any], sound: bytes) -> Files:
    """A network that has no vector for an unknown word, and weights that agree."""
    with np.load(io.BytesIO(sound)) as content:
        arrays = {name: content[name] for name in content.files}
    entries["architecture"]["words"] = 1
    return {MODEL: json.dumps(entries).encode(), WEIGHTS: _npz(arrays | {"embedding": arrays["embedding"][:1]})}


def _npz(arrays: dict[str, Any], raw: dict[str, bytes] | None = None) -> bytes:
    """Arrays as NumPy stores them, some of them raw bytes."""
    holder = io.BytesIO()
    with zipfile.ZipFile(holder, "w") as archive:
        for name, value in arrays.items():
            member = io.BytesIO()
            np.save(member, value, allow_pickle=True)
            archive.writestr(f"{name}.npy", (raw or {}).get(name, member.getvalue()))
        for name in set(raw or {}) - set(arrays):
            archive.writestr(f"{name}.npy", (raw or {})[name])
    return holder.getvalue()


def _array(header: str) -> bytes:
    """An array of version 1.0 with this header."""
    text = header.encode("latin-1") + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + bytes(4096)
