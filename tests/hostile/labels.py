"""Files to train on: what is usable is used, and what no classifier can be trained on is refused in a sentence."""

from __future__ import annotations

import random

from tests.hostile.cases import Case, Refusal, Rows, line, lines, phrase, quoted

ODD_LABELS = {
    "newline": ["late\nor lost", "broken"],
    "comma": ["late, lost", 'broken "down"'],
    "formula": ["=late", "@broken"],
    "emoji": ["😀", "💔"],
    "right-to-left": ["متأخر", "שבור"],
    "long": ["l" * 200, "b" * 200],
    "numbers": ["0", "1"],
    "spaces": [" late ", "broken "],
    "case": ["Late", "late"],
    "control": ["late\x00", "broken\x07"],
    "html": ["<b>", "&amp;"],
    "paths": ["../late", "/etc/passwd"],
    "null": ["null", "NaN"],
}


def _rows(rng: random.Random, labels: list[str], each: int = 8) -> list[list[str]]:
    """Rows of different texts for each label, in any order."""
    made = [[f"{phrase(rng)} {number} {place}", label] for place, label in enumerate(labels) for number in range(each)]
    rng.shuffle(made)
    return made


def _accepted(name: str, rows: list[list[str]], text: str = "") -> Case:
    body = text or lines([["text", "label"], *rows])
    return Case(name, body.encode(), Rows(["text", "label"], rows))


def usable(rng: random.Random) -> list[Case]:
    """Whatever the labels look like, and whatever stands between the rows."""
    plain = _rows(rng, ["late", "broken"])
    made = [_accepted(f"labels-{name}", _rows(rng, labels)) for name, labels in ODD_LABELS.items()]
    unlabelled = [*plain, *([phrase(rng), rng.choice(["", " "])] for _ in range(9))]
    textless = [*plain, *([rng.choice(["", " ", "<br>"]), "late"] for _ in range(9))]
    contradictory = [*plain, *([plain[0][0].upper(), label] for label in ("late", "broken", "broken"))]
    entries = [line(fields) for fields in plain]
    for bad in ("late", "1,2,3,4", '"x" y,z'):
        entries.insert(rng.randint(0, len(entries)), bad)
    return [
        *made,
        _accepted("many-labels", _rows(rng, [f"label {number}" for number in range(300)], each=3)),
        _accepted("rows-without-label", unlabelled),
        _accepted("rows-without-text", textless),
        _accepted("copies", [*plain, *plain, *plain]),
        _accepted("contradictions", contradictory),
        _accepted("bad-rows", plain, "\r\n".join(["text,label", *entries]) + "\r\n"),
        _accepted("one-row-of-a-label", [*plain, ["lost", "lost"]]),
        _accepted("imbalance", [*_rows(rng, ["late"], 200), *_rows(rng, ["broken"], 3)]),
        _accepted("label-first", plain, lines([["label", "text"], *(fields[::-1] for fields in plain)])),
        _accepted("chinese-names", plain, lines([["文本", "标签"], *plain])),
        _accepted("semicolons", plain, lines([["text", "label"], *plain], ";")),
        _accepted("long-text", [*plain, ["late " * 500_000, "late"]]),
        _accepted("one-piece", [*plain, ["(" * 500_000, "late"]]),
        _accepted("surrounded", plain, lines([["id", "text", "predicted_label", "label"], *(["1", a, "x", b] for a, b in plain)])),
    ]


def unusable(rng: random.Random) -> list[Case]:
    """Nothing to learn, or nothing to tell apart."""
    plain = _rows(rng, ["late", "broken"])
    text = phrase(rng)
    files: dict[str, tuple[list[list[str]], str]] = {
        "one-label": (_rows(rng, ["late"]), "label"),
        "no-labels": ([[fields[0], ""] for fields in plain], "label"),
        "no-texts": ([["", fields[1]] for fields in plain], "text"),
        "one-label-of-several-rows": ([*_rows(rng, ["late"]), ["lost", "lost"], ["gone", "gone"]], "'gone', 'lost'"),
        "each-row-its-label": ([[fields[0], f"label {number}"] for number, fields in enumerate(plain)], "column"),
        "one-text": ([[text, label] for label in ("late", "broken") * 4], "label"),
        "too-many-labels": (_rows(rng, [f"label {number}" for number in range(1001)], each=2), "1001"),
        "no-rows": ([], ""),
    }
    made = [Case(name, lines([["text", "label"], *rows]).encode(), Refusal(words)) for name, (rows, words) in files.items()]
    columns = {
        "no-label-column": ["id", "text", "remark"],
        "two-label-columns": ["text", "label", "category"],
        "label-twice": ["text", "Label", "label"],
        "two-text-columns": ["text", "review", "label"],
    }
    made += [Case(name, lines([header, *([a, b, "x"] for a, b in plain)]).encode(), Refusal("column")) for name, header in columns.items()]
    never_closed = lines([["text", "label"], *plain]) + quoted("late")[:-1] + ",late\r\n"
    at = rng.randint(1, len(plain))
    long = [*plain[:at], [phrase(rng), rng.choice(["l" * 201, "late " * 200, "迟" * 100_000])], *plain[at:]]
    swapped = [[label, f"{text} {phrase(rng, words=60)}"] for text, label in plain]
    return [
        *made,
        Case("long-label", lines([["text", "label"], *long]).encode(), Refusal(f"the label in row {at + 2} has")),
        Case("swapped-columns", lines([["text", "label"], *swapped]).encode(), Refusal("the label in row 2 has")),
        Case("long-label-name", lines([["text", f"label{' ' * 200}"], *plain]).encode(), Refusal("the name of the label column")),
        Case("train-never-closed", never_closed.encode(), Refusal("never closed")),
        Case("train-title", lines([["Claim", ""], ["text", "label"], *plain]).encode(), Refusal("row 1 looks like a title")),
        Case("train-json", b'{"source": "late", "label": 1}\n', Refusal("a JSON file")),
        Case("train-workbook", b"PK\x03\x04rest", Refusal("an Excel workbook")),
        Case("train-empty", b"", Refusal("is empty")),
    ]
